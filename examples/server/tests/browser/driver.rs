//! ChromeDriver, which starts and controls a browser.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process of ChromeDriver, which ends when it is dropped.
pub(crate) struct Driver {
    child: Child,
    address: String,
}

impl Driver {
    /// Starts ChromeDriver on a free port.
    pub(crate) fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is needed (Debian: chromium-driver)");
        let printed = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(printed).lines().map_while(Result::ok);
        // The line is "ChromeDriver was started successfully on port 12345."
        let port = lines.find_map(|line| {
            let rest = line.split_once("successfully on port ")?.1;
            rest.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.expect("chromedriver did not start");
        std::thread::spawn(move || lines.for_each(drop));
        let address = format!("127.0.0.1:{port}");
        Self { child, address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Driver {
    /// Asks ChromeDriver to shut down, because a kill would leave its browsers running.
    fn drop(&mut self) {
        if let Err(error) = self.shut_down() {
            eprintln!("chromedriver has to be killed: {error}");
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

impl Driver {
    fn shut_down(&self) -> io::Result<()> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "GET /shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )?;
        stream.read(&mut [0; 64]).map(drop)
    }
}
