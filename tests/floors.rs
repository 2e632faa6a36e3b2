//! The house of ARCHITECTURE.md: a file uses what stands on a lower floor and nothing above it, no
//! two files use each other, and what changes an account stands in one folder.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. Modules on one floor do not know each other. A folder stands for its files.
type Floors = &'static [&'static [&'static str]];

const LIBRARY: Floors = &[
    &["time", "typed", "secret"],
    &["otp"],
    &["keyuri"],
    &["qr"],
    &["entropy", "user"],
    &[
        "id",
        "version",
        "epoch",
        "factor",
        "method",
        "passkey",
        "purpose",
        "requirement",
        "demand",
    ],
    &["channel", "grant", "limits"],
    &["first_factor", "host_note"],
    &["assurance"],
    &["session"],
    &["keys"],
    &["token"],
    &["recovery_codes"],
    &["denial"],
    &["answer"],
    &["request", "reauthentication"],
    &["event"],
    &["policy", "words"],
    &["notify", "recovery_codes/sheet"],
    &["recovery_codes/codes"],
    &["account/state"],
    &["account/status"],
    &[
        "account/machine/context",
        "account/machine/halt",
        "account/machine/proof",
    ],
    &["account/machine/draft"],
    &["account/machine/requirement", "account/machine/tokens"],
    &[
        "account/machine/authenticators",
        "account/machine/delayed_recovery",
        "account/machine/passkeys",
        "account/machine/sent_codes",
        "account/machine/unanswered",
    ],
    &["account/machine/charging", "account/machine/devices"],
    &["account/machine/recovery_codes"],
    &["account/machine/reactions"],
    &["account/machine/lock", "account/machine/proofs"],
    &["account/machine/reauthentication"],
    &["account/machine/catch_up"],
    &["account/machine/command"],
    &["account/machine/decide"],
    &["account/machine"],
    &[
        "account/commands/administration",
        "account/commands/authenticators",
        "account/commands/delayed_recovery",
        "account/commands/devices",
        "account/commands/sent_codes",
        "account/commands/enrollment",
        "account/commands/import",
        "account/commands/lifecycle",
        "account/commands/lock",
        "account/commands/login",
        "account/commands/passkeys",
        "account/commands/recovery_codes",
        "account/commands/rotation",
        "account/commands/step_up",
    ],
    &["account/commands"],
    &["account"],
    &["store"],
    &["service"],
    &["outbox"],
    &["testing", "internals"],
    &["conformance"],
    &["guide"],
];

const CONTRACT: Floors = &[
    &["time"],
    &["random"],
    &["headers"],
    &["request", "response", "origin", "languages"],
    &["exchange", "cookies"],
    &["problem/kind"],
    &["problem/kinds"],
    &["problem"],
    &["body", "password"],
    &["host"],
    &["bound"],
    &["json"],
    &["state"],
    &["visitor"],
    &["owner"],
    &["auth", "assurance", "call", "login", "passkey", "refusals"],
    &["proof"],
    &["operation"],
    &["routes/about"],
    &["routes/login"],
    &["routes/enrollment"],
    &["routes/passkeys"],
    &["routes/authenticators"],
    &["routes/recovery_codes"],
    &["routes/step_up"],
    &["routes/devices"],
    &["routes/sent_codes"],
    &["routes/delayed_recovery"],
    &["routes/lock"],
    &["routes/lifecycle"],
    &["routes/status"],
    &["routes/events"],
    &["routes/administration"],
    &["routes"],
    &["openapi", "protection"],
    &["router"],
];

const AXUM: Floors = &[
    &["response"],
    &["problem"],
    &["auth", "body", "openapi"],
    &["extractors", "protection"],
    &["router"],
];

const WEBAUTHN: Floors = &[
    &["cbor"],
    &["key"],
    &["options", "authenticator_data"],
    &["response", "relying_party"],
    &["ceremonies", "import"],
];

const HOUSES: [(&str, Floors); 4] = [
    ("src", LIBRARY),
    ("crates/countersign-http/src", CONTRACT),
    ("crates/countersign-axum/src", AXUM),
    ("crates/countersign-webauthn/src", WEBAUTHN),
];

#[test]
fn every_arrow_points_to_a_lower_floor() {
    for (source, floors) in HOUSES {
        let house = House::read(source, floors);
        let mut wrong = Vec::new();
        for (from, to) in house.arrows() {
            let ((below, one), (above, other)) = (house.place(&to), house.place(&from));
            if one != other && below >= above {
                wrong.push(format!("{from} → {to}"));
            }
        }
        assert_eq!(
            wrong, [""; 0],
            "arrows of {source} that point up or sideways"
        );
    }
}

#[test]
fn every_file_stands_on_a_floor_and_every_floor_holds_one() {
    for (source, floors) in HOUSES {
        let house = House::read(source, floors);
        let files = house.files.keys().filter(|file| *file != "lib");
        let held: BTreeSet<_> = files.map(|file| house.place(file).1).collect();
        assert_eq!(held, floors.concat().into_iter().collect(), "{source}");
    }
}

#[test]
fn no_circle_of_files_is_closed() {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (source, floors) in HOUSES {
        for (from, to) in House::read(source, floors).arrows() {
            let [from, to] = [from, to].map(|file| format!("{source}/{file}"));
            arrows.entry(from).or_default().insert(to);
        }
    }
    // A file that uses no remaining file, or that no remaining file uses, is in no circle.
    loop {
        let before = arrows.len();
        let left: BTreeSet<_> = arrows.keys().cloned().collect();
        arrows.retain(|_, used| {
            used.retain(|file| left.contains(file));
            !used.is_empty()
        });
        let used: BTreeSet<_> = arrows.values().flatten().cloned().collect();
        arrows.retain(|file, _| used.contains(file));
        if arrows.len() == before {
            break;
        }
    }
    assert!(arrows.is_empty(), "files in a circle: {arrows:#?}");
}

#[test]
fn the_account_is_changed_in_one_folder_whose_methods_call_downward() {
    let house = House::read("src", LIBRARY);
    let changes = |text: &str| text.contains("Draft<'_> {\n") && text.contains("impl Draft<");
    let machine = |name: &str| name.starts_with("account/machine/");
    let mut defined = BTreeMap::new();
    for (name, text) in &house.files {
        assert!(
            machine(name) || !changes(text),
            "{name} changes the account"
        );
        if machine(name) {
            let methods = text.split("    pub(crate) fn ").skip(1);
            let methods = methods.map(|rest| identifier(rest).to_owned());
            defined.extend(methods.map(|method| (method, name.as_str())));
        }
    }
    for (name, text) in house.files.iter().filter(|(name, _)| machine(name)) {
        for call in text.split("self.").skip(1).map(identifier) {
            if let Some(file) = defined.get(call) {
                let (below, above) = (house.place(file).0, house.place(name).0);
                assert!(
                    file == name || below < above,
                    "{name} calls {call} of {file}"
                );
            }
        }
    }
}

/// The files of a crate by module, without their comments and tests.
struct House {
    files: BTreeMap<String, String>,
    floors: Floors,
}

impl House {
    fn read(source: &str, floors: Floors) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
        let mut files = BTreeMap::new();
        for path in paths(&source) {
            let name = path.strip_prefix(&source).unwrap().with_extension("");
            let name = name.to_str().unwrap().replace('\\', "/");
            let name = name.trim_end_matches("/mod").to_owned();
            if name.contains("tests") || name.ends_with("samples") || name.ends_with("test_rng") {
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let lines = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            files.insert(name, lines.collect::<Vec<_>>().join("\n"));
        }
        Self { files, floors }
    }

    /// The floor that a file stands on, and the module there which it is part of.
    fn place(&self, file: &str) -> (usize, &'static str) {
        let holds = |module: &str| file == module || file.starts_with(&format!("{module}/"));
        let places = self.floors.iter().zip(0..).flat_map(|(modules, floor)| {
            let modules = modules.iter().filter(|module| holds(module));
            modules.map(move |module| (floor, *module))
        });
        places
            .max_by_key(|(_, module)| module.len())
            .unwrap_or_else(|| panic!("{file} stands on no floor"))
    }

    /// Which file uses which. What a file hands on (`pub use`) from its own folder is no use.
    fn arrows(&self) -> BTreeSet<(String, String)> {
        let mut arrows = BTreeSet::new();
        for (name, text) in self.files.iter().filter(|(name, _)| *name != "lib") {
            for path in used(text) {
                let target = self.target(name, &path);
                if target != *name && !target.starts_with(&format!("{name}/")) {
                    arrows.insert((name.clone(), target));
                }
            }
        }
        arrows
    }

    /// The file in which a path that is written in `file` ends.
    fn target(&self, file: &str, path: &[&str]) -> String {
        let mut module = file.to_owned();
        for (place, name) in path.iter().enumerate() {
            let child = match module.as_str() {
                "" => (*name).to_owned(),
                _ => format!("{module}/{name}"),
            };
            match *name {
                "crate" => module.clear(),
                "self" => {}
                "super" => {
                    module = module
                        .rsplit_once('/')
                        .map_or("", |(above, _)| above)
                        .to_owned()
                }
                _ if self.is_module(&child) => module = child,
                _ => {
                    let handed_on = place > 0 || path.len() == 1;
                    return match self.handed_on(&module, name).filter(|_| handed_on) {
                        Some(from) => self.target(&module, &from),
                        None => module,
                    };
                }
            }
        }
        module
    }

    fn is_module(&self, name: &str) -> bool {
        let inside = format!("{name}/");
        let below = self.files.range(inside.clone()..).next();
        self.files.contains_key(name) || below.is_some_and(|(file, _)| file.starts_with(&inside))
    }

    /// The path behind a name that the module re-exports.
    fn handed_on(&self, module: &str, name: &str) -> Option<Vec<&str>> {
        let text = self
            .files
            .get(if module.is_empty() { "lib" } else { module })?;
        let found = statements(text).filter(|(exported, _)| *exported);
        let mut paths = found.flat_map(|(_, tree)| expanded(tree));
        paths.find(|path| path.last() == Some(&name) && path.len() > 1)
    }
}

fn paths(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let inside = entries.map(|path| match path.is_dir() {
        true => paths(&path),
        false => vec![path],
    });
    inside.flatten().collect()
}

/// All paths of this crate that a file writes, in `use` or elsewhere.
fn used(text: &str) -> Vec<Vec<&str>> {
    let imported = statements(text).flat_map(|(_, tree)| expanded(tree));
    let inline = text.match_indices("crate::").map(|(place, _)| {
        let path = &text[place..];
        let part = |letter: char| letter.is_alphanumeric() || "_:".contains(letter);
        &path[..path.find(|letter| !part(letter)).unwrap_or(path.len())]
    });
    // What ends with `::` goes on in braces, and is read with its statement.
    let whole = inline.filter(|path| !path.ends_with("::"));
    let of_this_crate = |path: &Vec<&str>| matches!(path[0], "crate" | "super" | "self");
    let paths = imported.chain(whole.map(|path| path.split("::").collect()));
    paths.filter(of_this_crate).collect()
}

/// The trees of `use` statements, and whether they export.
fn statements(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split(';').filter_map(|statement| {
        let (before, tree) = statement.rsplit_once("use ")?;
        let line = before.rsplit('\n').next().unwrap();
        let starts = line.is_empty() || line.starts_with("pub");
        starts.then_some((line.starts_with("pub"), tree))
    })
}

/// `a::{b, c::{d}}` as `a::b` and `a::c::d`.
fn expanded(tree: &str) -> Vec<Vec<&str>> {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap();
        return vec![
            name.split("::")
                .map(str::trim)
                .filter(|name| *name != "self" || tree == "self")
                .collect(),
        ];
    };
    let head: Vec<_> = head
        .split("::")
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let inner = &rest[..rest.rfind('}').unwrap()];
    let mut depth = 0;
    let parts = inner.split(|letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        letter == ',' && depth == 0
    });
    let parts = parts
        .filter(|part| !part.trim().is_empty())
        .flat_map(expanded);
    parts.map(|part| [head.clone(), part].concat()).collect()
}

fn identifier(text: &str) -> &str {
    let part = |letter: char| letter.is_alphanumeric() || letter == '_';
    &text[..text.find(|letter| !part(letter)).unwrap_or(text.len())]
}
