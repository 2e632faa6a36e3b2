//! Explores all acts breadth first, so that the first violation has a shortest path.

use std::collections::HashSet;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// What is explored.
pub(crate) trait Machine: Sync {
    type State: Send + Sync;
    type Act: Copy + Debug + Send + Sync;

    /// Where it begins.
    fn start(&self) -> Self::State;

    /// A number that equal states share and, but for a chance of 2⁻¹²⁸ a pair, no others.
    fn fingerprint(&self, state: &Self::State) -> u128;

    /// What may be tried, in every state.
    fn acts(&self) -> &[Self::Act];

    /// The state after an act, or `None` if the act is impossible here. A broken rule is the error.
    fn take(&self, state: &Self::State, act: Self::Act) -> Option<Result<Self::State, String>>;

    /// What must hold in a state by itself. Tells how much was tried.
    fn probe(&self, state: &Self::State) -> Result<u64, String>;
}

/// How far it went.
#[derive(Debug, Default)]
pub(crate) struct Explored {
    /// Different states, by the number of acts that it takes to get there.
    pub(crate) states: Vec<usize>,
    pub(crate) transitions: u64,
    pub(crate) probes: u64,
    pub(crate) took: Duration,
}

/// How a state was first reached.
struct Reached<A> {
    from: usize,
    by: Option<A>,
}

/// One state with what comes of it.
struct Expanded<M: Machine> {
    probes: u64,
    next: Vec<(M::Act, u128, M::State)>,
}

/// Goes through all states that so many acts lead to. The error is a shortest way to break a rule.
pub(crate) fn explore<M: Machine>(machine: &M, depth: usize) -> Result<Explored, String>
where
    M::State: Send,
{
    let began = Instant::now();
    let mut explored = Explored::default();
    let start = machine.start();
    let mut known = HashSet::from([machine.fingerprint(&start)]);
    let mut reached = vec![Reached {
        from: 0,
        by: None::<M::Act>,
    }];
    let mut frontier = vec![(0, start)];
    for level in 0..=depth {
        explored.states.push(frontier.len());
        let mut next = Vec::new();
        // In slices, so that no more than a slice's successors are held beside those that are new.
        for slice in frontier.chunks(4096) {
            for (at, expanded) in expand(machine, slice, level < depth) {
                let (from, _) = slice[at];
                let expanded = expanded.map_err(|(act, what)| {
                    let mut path = path(&reached, from);
                    path.extend(act);
                    describe(&path, &what)
                })?;
                explored.probes += expanded.probes;
                explored.transitions += expanded.next.len() as u64;
                for (act, fingerprint, state) in expanded.next {
                    if known.insert(fingerprint) {
                        next.push((reached.len(), state));
                        reached.push(Reached {
                            from,
                            by: Some(act),
                        });
                    }
                }
            }
        }
        frontier = next;
    }
    explored.took = began.elapsed();
    Ok(explored)
}

type Outcome<M> = Result<Expanded<M>, (Option<<M as Machine>::Act>, String)>;

/// On all cores, in the order of the slice, so that each run finds the same.
fn expand<M: Machine>(
    machine: &M,
    slice: &[(usize, M::State)],
    onward: bool,
) -> Vec<(usize, Outcome<M>)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = slice.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = slice
            .chunks(share)
            .map(|part| {
                scope.spawn(move || {
                    let outcomes = part.iter().map(|(_, state)| one(machine, state, onward));
                    outcomes.collect::<Vec<_>>()
                })
            })
            .collect();
        let parts = workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap());
        parts.enumerate().collect()
    })
}

fn one<M: Machine>(machine: &M, state: &M::State, onward: bool) -> Outcome<M> {
    let probes = unbroken(|| machine.probe(state)).map_err(|what| (None, what))?;
    let mut next = Vec::new();
    if onward {
        for &act in machine.acts() {
            let taken = unbroken(|| machine.take(state, act).transpose());
            if let Some(state) = taken.map_err(|what| (Some(act), what))? {
                next.push((act, machine.fingerprint(&state), state));
            }
        }
    }
    Ok(Expanded { probes, next })
}

/// What panics breaks a rule, too.
fn unbroken<T>(tried: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let outcome = catch_unwind(AssertUnwindSafe(tried));
    outcome.unwrap_or_else(|_| Err("no input panics".into()))
}

fn path<A: Copy>(reached: &[Reached<A>], mut at: usize) -> Vec<A> {
    let mut path = Vec::new();
    while let Some(act) = reached[at].by {
        path.push(act);
        at = reached[at].from;
    }
    path.reverse();
    path
}

fn describe<A: Debug>(path: &[A], what: &str) -> String {
    let mut text = format!("{what}\nafter {} acts:\n", path.len());
    for (number, act) in path.iter().enumerate() {
        text.push_str(&format!("{:3}. {act:?}\n", number + 1));
    }
    text
}
