//! A run of several concurrent requests. The seed decides the order of their steps to the database
//! and back.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use countersign::testing::SeededRng;
use countersign::time::Timestamp;

use crate::network::{Network, Weather};
use crate::operation::{Ended, Operation};
use crate::random::Choice;
use crate::scene::{BEGAN, Crowd, Scene, Service, alice};

/// A request, when it began, and what came of it when.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) operation: Operation,
    pub(crate) began: usize,
    pub(crate) ended: Option<(usize, Ended)>,
    /// Which commits there were of all when it began and when it ended.
    pub(crate) commits: [usize; 2],
}

pub(crate) struct Run {
    pub(crate) weather: Weather,
    pub(crate) requests: Vec<Request>,
    /// What the clock showed from which step on.
    pub(crate) times: Vec<(usize, Timestamp)>,
}

/// More often calm than not, since most of what can go wrong needs something to go right before.
fn weather(random: &SeededRng) -> Weather {
    let chance = || match random.below(3) {
        0 => 0,
        1 => 10,
        _ => 30,
    };
    match random.below(5) {
        0 => Weather {
            longest_way: 3,
            ..Weather::default()
        },
        _ => Weather {
            load_fails: chance() / 2,
            load_lags: [0, 0, 0, 20][random.below(4)],
            commit_is_lost: chance() / 2,
            answer_is_lost: chance(),
            commit_is_late: chance(),
            commit_comes_twice: chance(),
            longest_way: 1 + random.below(4),
        },
    }
}

/// Plays one seed out, until nothing is under way any more.
pub(crate) fn play(service: &Service, scene: &Scene, seed: u64) -> Run {
    let random = SeededRng::new(seed);
    service.random.reseed(!seed);
    service.clock.set(BEGAN);
    let weather = weather(&random);
    let crowd = scene.crowd(&random);
    let count = match random.below(10) {
        0 => 20,
        _ => 2 + random.below(6),
    };
    let operations: Vec<_> = (0..count)
        .map(|_| match random.percent(70) {
            true => scene.ask(&random, crowd),
            false => scene.ask(&random, *random.pick(&Crowd::ALL)),
        })
        .collect();
    let mut network = Network::over(Some(scene.row.clone()), count);
    network.weather = weather;
    network.random = random.clone();
    *service.store.network() = network;

    type Task<'a> = Pin<Box<dyn Future<Output = Ended> + 'a>>;
    let user = alice();
    let mut tasks: Vec<Option<Task<'_>>> = Vec::new();
    for operation in &operations {
        tasks.push(Some(Box::pin(operation.run(service, &user))));
    }
    let mut began = vec![None; count];
    let mut ended = vec![None; count];
    let mut times = vec![(0, BEGAN)];
    let (may_turn, may_drop) = (random.percent(25), random.percent(20));

    for step in 1.. {
        let network = || service.store.network();
        network().step = step;
        let running: Vec<_> = (0..count).filter(|at| tasks[*at].is_some()).collect();
        let letters = network().under_way();
        if running.is_empty() && letters == 0 {
            break;
        }
        if may_turn && times.len() < 3 && random.percent(4) {
            let later = BEGAN + Duration::from_secs(30 * times.len() as u64);
            service.clock.set(later);
            times.push((step, later));
        }
        if letters > 0 && (running.is_empty() || random.percent(15)) {
            let which = random.below(letters);
            // Some never arrive.
            match running.is_empty() && random.percent(30) {
                true => network().forget(),
                false => network().deliver(which),
            }
            continue;
        }
        let at = *random.pick(&running);
        let commits = network().applied.len();
        let (_, start) = *began[at].get_or_insert((step, commits));
        if may_drop && random.percent(3) {
            network().note(at, "dropped".into());
            tasks[at] = None;
            ended[at] = Some((step, Ended::Dropped, [start, commits]));
            continue;
        }
        network().current = at;
        let task = tasks[at].as_mut().unwrap();
        if let std::task::Poll::Ready(result) =
            task.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            network().note(at, format!("ended: {result:?}"));
            let commits = network().applied.len();
            tasks[at] = None;
            ended[at] = Some((step, result, [start, commits]));
        }
    }
    drop(tasks);
    let requests = operations.into_iter().zip(began).zip(ended);
    let requests = requests.map(|((operation, began), ended)| {
        let ended: Option<(usize, Ended, [usize; 2])> = ended;
        let (step, ended, commits) = ended.expect("all have ended");
        Request {
            operation,
            began: began.map_or(0, |(step, _)| step),
            ended: Some((step, ended)),
            commits,
        }
    });
    Run {
        weather,
        requests: requests.collect(),
        times,
    }
}
