//! The demo in its own process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::load::Failure;
use crate::people::KEYS;

pub(crate) struct Server {
    child: Child,
    address: String,
}

impl Server {
    pub(crate) async fn start(database_url: &str) -> Result<Self, Failure> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_countersign-demo"))
            .env("DATABASE_URL", database_url)
            .env("COUNTERSIGN_KEYS", KEYS)
            .env("COUNTERSIGN_ADDR", "127.0.0.1:0")
            .env("COUNTERSIGN_ADDRESS_LIMIT", "0")
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()?;
        let printed = child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(printed).lines();
        let first = lines.next().ok_or("the demo did not start")??;
        // The rest of the output is read, so that the pipe never fills.
        std::thread::spawn(move || lines.for_each(drop));
        let (_, address) = first.split_once("http://").ok_or("no address")?;
        let address = address.to_owned();
        Ok(Self { child, address })
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Resident memory in MiB, now and at its peak.
    pub(crate) fn memory(&self) -> Result<(u64, u64), Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let of = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
            Some(kibibytes / 1024)
        };
        let now = of("VmRSS:").ok_or("no VmRSS")?;
        Ok((now, of("VmHWM:").ok_or("no VmHWM")?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
