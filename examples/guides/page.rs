//! The page of a guide: it shows its package whole, and its commands work.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A page in `docs/` and the package that it shows.
pub(crate) struct Page {
    name: &'static str,
    text: String,
    package: PathBuf,
}

impl Page {
    /// The page `docs/NAME.md`, of the package in this folder.
    pub(crate) fn new(name: &'static str, package: &str) -> Self {
        let package = PathBuf::from(package);
        let text = fs::read_to_string(package.join(format!("../../../docs/{name}.md"))).unwrap();
        Self {
            name,
            text,
            package,
        }
    }

    /// Holds the page's blocks in a language to be these files, whole and in order. Empty lines do
    /// not count.
    pub(crate) fn shows(&self, language: &str, files: &[&str]) {
        let read = |file: &&str| fs::read_to_string(self.package.join(file)).unwrap();
        let written: String = files.iter().map(read).collect();
        compare(&blocks(&self.text, language).concat(), &written);
    }

    /// Holds the page's dependencies to be those of the package, with the checkout beside the
    /// folder of the reader.
    pub(crate) fn shows_the_dependencies(&self) {
        let manifest = fs::read_to_string(self.package.join("Cargo.toml")).unwrap();
        let (_, section) = manifest.split_once("[dependencies]").unwrap();
        let section = section.split("\n[").next().unwrap();
        let section = section.replace("../../..", "../countersign");
        let shown = blocks(&self.text, "toml");
        compare(&shown.concat(), &format!("[dependencies]{section}"));
    }

    /// Runs the commands of the page in a new folder. The program stands for `cargo run`.
    pub(crate) fn works(&self, program: &str, settings: &[(&str, &str)]) {
        let folder = Folder::new(self.name);
        for entry in fs::read_dir(&self.package).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "sql") {
                fs::copy(&path, folder.0.join(path.file_name().unwrap())).unwrap();
            }
        }
        let bash = |script: &str| {
            let mut bash = Command::new("bash");
            bash.args(["-euo", "pipefail", "-c", script]);
            bash.current_dir(&folder.0).stdout(Stdio::piped());
            bash.envs(settings.iter().copied());
            bash
        };
        let (before, after) = self.text.split_once("\n## Try it\n").unwrap();
        let (_, start) = before.split_once("\n## Run it\n").unwrap();
        let start = blocks(start, "sh").concat();
        assert!(start.contains("cargo run"), "{start}");
        let start = start.replace("cargo run", &format!("exec '{program}'"));
        let mut server = Server(bash(&start).spawn().unwrap());
        let lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        lines
            .find(|line| line.starts_with("listening"))
            .unwrap_or_else(|| panic!("the server does not start"));

        const NEXT: &str = "=== the next block\n";
        let commands = blocks(after, "sh").join(&format!("echo '{}'\n", NEXT.trim_end()));
        let output = bash(&commands).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{printed}");
        let mut printed = printed.split(NEXT);
        let mut expected = 0;
        for block in after.split("```sh\n").skip(1) {
            let printed = printed.next().unwrap();
            for text in blocks(block, "text") {
                expected += 1;
                follows(&text, printed);
            }
        }
        assert!(expected > 3, "the page says too little of what is printed");
    }
}

/// What stands between the fences of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

/// Compares texts line by line.
fn compare(shown: &str, written: &str) {
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| line.trim_end().to_owned()).collect()
    };
    let (shown, written) = (lines(shown), lines(written));
    for (shown, written) in shown.iter().zip(&written) {
        assert_eq!(shown, written);
    }
    assert_eq!(shown.len(), written.len());
}

/// Whether this was printed. Any text may stand where the page has `…`.
fn follows(expected: &str, printed: &str) {
    let mut rest = printed;
    for part in expected.trim_end().split('…') {
        let found = rest.split_once(part);
        rest = found
            .unwrap_or_else(|| panic!("{part:?} is missing in {printed}"))
            .1;
    }
}

/// A folder that is gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = format!("countersign-guide-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(Path::new(&self.0));
    }
}

/// A process that is ended at the end.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
