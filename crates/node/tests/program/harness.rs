//! Nodes in processes of their own.

use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStderr, ChildStdout, Command},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
    time::timeout,
};

/// How long something may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for something.
pub(crate) async fn in_time<T>(what: &str, happens: impl Future<Output = T>) -> T {
    let Ok(happened) = timeout(PATIENCE, happens).await else {
        panic!("timed out: {what}");
    };
    happened
}

/// Starts the gateway of a bot of two shards.
pub(crate) async fn emulator() -> Emulator {
    let emulator = Emulator::builder().shards(2).guilds(4).max_concurrency(16);
    emulator.start().await.unwrap()
}

/// A folder that is removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("gloaming-node-{name}-{}", process::id()));
        _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

/// The program with the settings that it needs against the emulator.
pub(crate) fn command(emulator: &Emulator, folder: &Folder) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gloaming-node"));
    command
        .env_clear()
        .env("DISCORD_TOKEN", DEFAULT_TOKEN)
        .env("GLOAMING_INTENTS", "GUILDS,GUILD_MESSAGES")
        .env(
            "GLOAMING_ENGINE",
            format!("local:{}", folder.path().display()),
        )
        .env("GLOAMING_GATEWAY_URL", emulator.url())
        .env("GLOAMING_API_URL", emulator.rest_url())
        .env("GLOAMING_HTTP", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// A node.
pub(crate) struct Node {
    child: Child,
    reader: JoinHandle<()>,
    events: UnboundedReceiver<Value>,
    log: Lines<BufReader<ChildStderr>>,
    http: String,
}

impl Node {
    /// Starts a node, and waits until it answers requests.
    pub(crate) async fn start(emulator: &Emulator, folder: &Folder) -> Self {
        Self::start_with(emulator, folder, &[]).await
    }

    pub(crate) async fn start_with(emulator: &Emulator, folder: &Folder, args: &[&str]) -> Self {
        let mut child = command(emulator, folder).args(args).spawn().unwrap();
        let (sender, events) = unbounded_channel();
        let reader = tokio::spawn(read(child.stdout.take().unwrap(), sender));
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let http = in_time("the node listens", async {
            loop {
                let line = log.next_line().await.unwrap().expect("the node has ended");
                if let Some((_, address)) = line.split_once("http://") {
                    return address.trim().to_owned();
                }
            }
        });
        let http = http.await;
        Self {
            child,
            reader,
            events,
            log,
            http,
        }
    }

    /// Waits until the node has this many shards, and events flow from them.
    pub(crate) async fn serves(&self, shards: usize) {
        in_time("the node is ready", async {
            loop {
                let report: Value = serde_json::from_str(&self.get("/health").await.1).unwrap();
                let is_ready = self.get("/ready").await.0 == 200;
                if is_ready && report["serving"].as_array().map(Vec::len) == Some(shards) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Waits until this many events of this type have arrived.
    pub(crate) async fn passed_on(&self, kind: &str, events: u64) {
        let count = |metrics: &str| {
            let is_of_kind =
                |line: &&str| line.starts_with("gloaming_events_total{") && line.contains(kind);
            let lines = metrics.lines().filter(is_of_kind);
            lines
                .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
                .sum::<u64>()
        };
        in_time("events arrive", async {
            while count(&self.get("/metrics").await.1) < events {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Returns the status and the body of a page.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.http).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: node\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    /// Returns the next event of this type.
    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        let event = in_time(kind, self.next_event(kind)).await;
        event.expect("the node has ended")
    }

    /// Returns the next event of this type, or `None` if the node has ended.
    pub(crate) async fn next_event(&mut self, kind: &str) -> Option<Value> {
        loop {
            let event = self.events.recv().await?;
            if event["type"] == kind {
                return Some(event);
            }
        }
    }

    /// Closes the pipe of the events, as the end of a worker does.
    pub(crate) async fn stop_reading(&mut self) {
        self.reader.abort();
        assert!((&mut self.reader).await.is_err());
    }

    pub(crate) fn terminate(&self) {
        let id = self.child.id().expect("it runs").try_into().unwrap();
        kill(Pid::from_raw(id), Signal::SIGTERM).unwrap();
    }

    /// Waits for the end of the process, and returns the rest of its log.
    pub(crate) async fn ended(&mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        in_time("the node ends", async {
            while let Some(line) = self.log.next_line().await.unwrap() {
                rest.push_str(&line);
                rest.push('\n');
            }
            (self.child.wait().await.unwrap(), rest)
        })
        .await
    }
}

async fn read(output: ChildStdout, events: UnboundedSender<Value>) {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        _ = events.send(serde_json::from_str(&line).unwrap());
    }
}
