//! The quickstart, driven as a person would, with `oathtool` as the authenticator.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// The example in a terminal of its own.
struct Session {
    child: Child,
    keyboard: ChildStdin,
    screen: ChildStdout,
}

impl Session {
    fn start() -> Self {
        // Of the whole workspace, because that is the build of its tests.
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--workspace", "--example", "quickstart"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(built.expect("cargo runs").success());
        let tests = std::env::current_exe().unwrap();
        let target = tests.ancestors().nth(3).unwrap();
        let mut child = Command::new(target.join("debug/examples/quickstart"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (keyboard, screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self {
            child,
            keyboard,
            screen,
        }
    }

    /// Reads until the prompt, and gives what was shown before it.
    fn until(&mut self, prompt: &str) -> String {
        let mut shown = Vec::new();
        let mut byte = [0];
        while !shown.ends_with(prompt.as_bytes()) {
            let read = self.screen.read(&mut byte).unwrap();
            assert_eq!(
                read,
                1,
                "ended before {prompt:?}: {}",
                String::from_utf8_lossy(&shown)
            );
            shown.push(byte[0]);
        }
        String::from_utf8(shown).unwrap()
    }

    fn type_line(&mut self, line: &str) {
        writeln!(self.keyboard, "{line}").unwrap();
    }

    /// Chooses a command that asks for a code, types it, and gives the answer.
    fn with_code(&mut self, command: &str, code: &str) -> String {
        self.type_line(command);
        self.until("code: ");
        self.type_line(code);
        self.until("\n> ")
    }
}

/// The code of that moment, by an implementation that is not ours.
fn oathtool(key: &str, time: u64) -> String {
    let output = Command::new("oathtool")
        .args(["--totp", "-b", key, "--now", &format!("@{time}")])
        .output()
        .expect("oathtool is installed");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn recovery_codes(shown: &str) -> Vec<String> {
    let is_code = |word: &&str| word.len() == 29 && word.split('-').count() == 6;
    shown
        .split_whitespace()
        .filter(is_code)
        .map(str::to_owned)
        .collect()
}

#[test]
#[ignore = "needs oathtool"]
fn the_whole_life_with_oathtool_as_the_authenticator() {
    let mut session = Session::start();
    let shown = session.until("the app's code: ");
    assert!(shown.contains('█'), "a QR code is drawn");
    let key = shown
        .split("key: ")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();

    session.type_line("letters");
    assert!(
        session
            .until("the app's code: ")
            .contains("No: this is not a code")
    );
    let confirming = oathtool(&key, now);
    session.type_line(&confirming);
    let shown = session.until("\n> ");
    assert!(shown.contains("The second factor is on."), "{shown}");
    let codes = recovery_codes(&shown);
    assert_eq!(codes.len(), 10, "{shown}");

    // The next step's code is within the window already, so nobody has to wait.
    assert!(
        session
            .with_code("login", &confirming)
            .contains("No: the code is not right")
    );
    let next = oathtool(&key, now + 30);
    assert!(
        session
            .with_code("login", &next)
            .contains("Signed in with the app; 10 recovery codes left.")
    );
    assert!(
        session
            .with_code("login", &next)
            .contains("No: the code is not right"),
        "a replay"
    );

    // The replay was the first failure in a row.
    let wrong = (0..).map(|code| format!("{code:06}"));
    let near: Vec<_> = (0..8)
        .map(|step| oathtool(&key, now - 60 + step * 30))
        .collect();
    let wrong = wrong.into_iter().find(|code| !near.contains(code)).unwrap();
    for failure in 2..=5 {
        let shown = session.with_code("login", &wrong);
        assert!(
            shown.contains("No: the code is not right"),
            "failure {failure}: {shown}"
        );
    }
    let shown = session.with_code("login", &wrong);
    assert!(shown.contains("No: too many attempts; wait "), "{shown}");

    assert!(
        session
            .with_code("login", &codes[0])
            .contains("Signed in with a recovery code; 9 recovery")
    );
    assert!(
        session
            .with_code("login", &codes[0])
            .contains("No: the code is not right")
    );

    let fresh = recovery_codes(&session.with_code("codes", &codes[1]));
    assert_eq!(fresh.len(), 10);
    assert!(
        session
            .with_code("login", &codes[2])
            .contains("No: the code is not right")
    );

    session.type_line("status");
    assert!(
        session
            .until("\n> ")
            .contains("10 of 10 recovery codes left")
    );
    assert!(
        session
            .with_code("off", "nonsense")
            .contains("No: this is not a code")
    );
    assert!(
        session
            .with_code("off", &fresh[0])
            .contains("The second factor is off.")
    );
    session.type_line("login");
    assert!(
        session
            .until("\n> ")
            .contains("Signed in: there is no second step.")
    );
    session.type_line("log");
    assert!(session.until("\n> ").contains("Disabled"));
    session.type_line("quit");
    assert!(session.child.wait().unwrap().success());
}
