//! Searches the memory of this process for secrets whose holders were dropped.
//!
//! Each scenario runs in its own process, on one thread. It puts marked secrets through public
//! operations, finds each secret while it is held, drops everything, and searches all writable
//! memory. The heap must not contain the secrets that the library holds. Secrets on the stack and
//! in the working memory of other crates are reported (SECURITY.md, "Memory").
//!
//! `cargo test --test memory -- --show` prints the table.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

#[cfg(target_os = "linux")]
mod marked;
#[cfg(target_os = "linux")]
mod scenarios;
#[cfg(target_os = "linux")]
mod search;
#[cfg(target_os = "linux")]
mod watch;

/// What is freed stays as it is, and what grows always moves: the worst that an allocator can do.
#[cfg(target_os = "linux")]
#[global_allocator]
static MEMORY: bump_alloc::BumpAlloc = bump_alloc::BumpAlloc::with_size(64 << 20);

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("memory is searched on Linux alone");
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--scenario", name] => scenarios::run(name),
        _ => run_all(&arguments),
    }
}

/// Searching for a picture's many equal fragments takes a minute without an optimizer.
#[cfg(target_os = "linux")]
const NEEDS_RELEASE_BUILD: &str = "QR code";

#[cfg(target_os = "linux")]
fn run_all(arguments: &[String]) -> std::process::ExitCode {
    use std::process::{Command, ExitCode};

    let show = arguments.iter().any(|argument| argument == "--show");
    let filter = arguments.iter().find(|argument| !argument.starts_with('-'));
    let mut failed = false;
    if show {
        println!("| scenario | secret | on the heap | on the stack | longest run, bytes | |");
        println!("| --- | --- | --- | --- | --- | --- |");
    }
    for name in scenarios::names().filter(|name| filter.is_none_or(|filter| name.contains(filter)))
    {
        if cfg!(debug_assertions) && name == NEEDS_RELEASE_BUILD && filter.is_none() {
            println!("memory: {name} ... ignored, needs a release build");
            continue;
        }
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--scenario", name])
            .output()
            .unwrap();
        let passed = child.status.success();
        if show || !passed {
            print!("{}", String::from_utf8_lossy(&child.stdout));
            eprint!("{}", String::from_utf8_lossy(&child.stderr));
        }
        println!(
            "memory: {name} ... {}",
            if passed { "ok" } else { "FAILED" }
        );
        failed |= !passed;
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
