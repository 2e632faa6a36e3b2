//! A Redis server of a test's own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use countersign_guide_redis::{RedisStore, StoreError};

/// A server on a socket in a folder. It is killed when it is dropped.
pub struct Server {
    process: Child,
    address: String,
}

impl Server {
    pub fn start(folder: &Path, appendfsync: &str) -> Self {
        let socket = folder.join("socket");
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "yes"])
            .args(["--appendfsync", appendfsync])
            .arg("--dir")
            .arg(folder)
            .arg("--unixsocket")
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let address = format!("unix://{}", socket.display());
        Self { process, address }
    }

    /// Connects as soon as the server listens.
    pub async fn connect(&self) -> Result<RedisStore, StoreError> {
        let started = Instant::now();
        loop {
            match RedisStore::connect(&self.address).await {
                Err(StoreError::Redis(_)) if started.elapsed() < Duration::from_secs(20) => {
                    tokio::task::yield_now().await;
                }
                connected => return connected,
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
