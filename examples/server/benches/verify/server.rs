//! The demo in its own process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

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

    /// Resident memory at its peak, in MiB.
    pub(crate) fn peak_memory(&self) -> Result<u64, Failure> {
        let status = self.told("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kibibytes.ok_or("no VmHWM")?.parse::<u64>()? / 1024)
    }

    /// The processor time of all its threads so far, in user space and in the kernel.
    pub(crate) fn processor(&self) -> Result<Duration, Failure> {
        /// Linux tells it in hundredths of a second, whatever the kernel counts by.
        const TICK: Duration = Duration::from_millis(10);
        let stat = self.told("stat")?;
        // The second field is a name in parentheses, and may have spaces.
        let (_, fields) = stat.rsplit_once(')').ok_or("no stat")?;
        let mut ticks = 0;
        for field in fields.split_whitespace().skip(11).take(2) {
            ticks += field.parse::<u32>()?;
        }
        Ok(TICK * ticks)
    }

    fn told(&self, file: &str) -> std::io::Result<String> {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
