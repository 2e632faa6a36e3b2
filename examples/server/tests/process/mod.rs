//! The demo in its own process, for tests and benches.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// The running demo, which is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    address: String,
}

impl Process {
    /// The command that starts the demo on a free port, without limits for an address. Settings are
    /// added as environment variables.
    pub(crate) fn command(database_url: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign-demo"));
        command
            .env("DATABASE_URL", database_url)
            .env("COUNTERSIGN_ADDR", "127.0.0.1:0")
            .env("COUNTERSIGN_ADDRESS_LIMIT", "0")
            .env("RUST_LOG", "error");
        command
    }

    /// Starts the demo, and returns once it listens.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Failure> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let printed = child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(printed).lines();
        let first = lines.next().ok_or("the demo did not start")??;
        // The rest of the output is read, so that the pipe never fills.
        std::thread::spawn(move || lines.for_each(drop));
        let (_, address) = first.split_once("http://").ok_or("no address")?;
        let address = address.to_owned();
        Ok(Self { child, address })
    }

    /// `localhost:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Resident memory, in MiB.
    pub(crate) fn memory(&self) -> Result<u64, Failure> {
        self.mebibytes("VmRSS:")
    }

    /// Resident memory at its peak, in MiB.
    pub(crate) fn peak_memory(&self) -> Result<u64, Failure> {
        self.mebibytes("VmHWM:")
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

    /// Kills it, as a crash would end it.
    pub(crate) fn kill(&mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop, as a supervisor does, and waits until it has stopped.
    pub(crate) fn stop(&mut self) -> Result<ExitStatus, Failure> {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status()?;
        if !asked.success() {
            return Err("the signal was not sent".into());
        }
        Ok(self.child.wait()?)
    }

    fn mebibytes(&self, field: &str) -> Result<u64, Failure> {
        let status = self.told("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kibibytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kibibytes.ok_or("no such field")?.parse::<u64>()? / 1024)
    }

    fn told(&self, file: &str) -> std::io::Result<String> {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
