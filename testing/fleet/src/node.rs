//! A node in a process of its own.

use crate::{
    Result, clock,
    engine::EngineSetting,
    http,
    line::Line,
    proxy::Proxy,
    record::{NodeNumber, SharedRecord},
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::Deserialize;
use std::{
    fs::File,
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStderr, ChildStdout, Command},
    sync::oneshot,
    time::timeout,
};

/// How long a process may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// The stream of the workers, and a small one that nobody reads and that must not hold up the other.
const SINKS: &str = "events, unread types=WEBHOOKS_UPDATE max_mib=1 overflow=drop";

/// With what nodes are started.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) events: &'static str,
    pub(crate) gateway_url: String,
    pub(crate) api_url: String,
    pub(crate) token: String,
    pub(crate) logs: PathBuf,
}

/// A node. Its process is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) number: NodeNumber,
    child: Child,
    address: SocketAddr,
    /// The network between the node and the server of the engine.
    proxy: Option<Proxy>,
}

/// What a node says of itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Health {
    pub(crate) serving: Vec<u32>,
    shards: Option<Shards>,
}

#[derive(Debug, Deserialize)]
struct Shards {
    up: usize,
}

impl Health {
    /// Returns whether all shards of the node have a session.
    pub(crate) fn is_up(&self) -> bool {
        let up = self.shards.as_ref().map_or(0, |shards| shards.up);
        up == self.serving.len()
    }
}

impl Node {
    pub(crate) async fn start(
        program: &Program,
        engine: EngineSetting,
        number: NodeNumber,
        record: SharedRecord,
    ) -> Result<Self> {
        let mut command = Command::new(&program.path);
        command.env_clear();
        if program.events == "nats" {
            command.env("GLOAMING_SINKS", SINKS);
        }
        let mut child = command
            .env("DISCORD_TOKEN", &program.token)
            .env("GLOAMING_INTENTS", "GUILDS,GUILD_WEBHOOKS")
            .env("GLOAMING_ENGINE", engine.text)
            .env("GLOAMING_EVENTS", program.events)
            .env("GLOAMING_GATEWAY_URL", &program.gateway_url)
            .env("GLOAMING_API_URL", &program.api_url)
            .env("GLOAMING_HTTP", "127.0.0.1:0")
            .env("GLOAMING_NAME", format!("node-{number}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A Ctrl-C is for the drill, which ends the nodes.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", program.path.display()))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
            return Err("a node has no output".into());
        };
        tokio::spawn(read_events(stdout, number, record));
        let (sender, address) = oneshot::channel();
        let log = program.logs.join(format!("node-{number}.log"));
        tokio::spawn(async move { copy_log(stderr, &log, sender).await });
        let address = timeout(PATIENCE, address)
            .await
            .map_err(|_| "a node does not start")?;
        let address = address.map_err(|_| format!("node {number} has ended before it started"))?;
        Ok(Self {
            number,
            child,
            address,
            proxy: engine.proxy,
        })
    }

    /// Returns whether the node is ready, as an orchestrator asks it.
    pub(crate) async fn is_ready(&self) -> bool {
        let response = http::get(self.address, "/ready").await;
        response.is_ok_and(|(status, _)| status == 200)
    }

    pub(crate) async fn health(&self) -> Result<Health> {
        let (_, body) = http::get(self.address, "/health").await?;
        Ok(serde_json::from_str(&body)?)
    }

    /// Returns the network between the node and the server of the engine.
    pub(crate) fn proxy(&self) -> Result<&Proxy> {
        self.proxy
            .as_ref()
            .ok_or_else(|| "the engine has no server".into())
    }

    /// Returns the id of the process, if it runs.
    pub(crate) fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let id = self.child.id().ok_or("a node has ended")?;
        Ok(kill(Pid::from_raw(i32::try_from(id)?), signal)?)
    }

    /// Waits for the end of the process.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus> {
        let number = self.number;
        let status = timeout(PATIENCE, self.child.wait()).await;
        Ok(status.map_err(|_| format!("node {number} does not end"))??)
    }
}

async fn read_events(output: ChildStdout, node: NodeNumber, record: SharedRecord) {
    let mut lines = BufReader::with_capacity(64 * 1024, output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let now = clock::now();
        match Line::parse(&line) {
            Ok(Line::Numbered { shard, number }) => record.lock().handled(now, node, shard, number),
            Ok(Line::Gap { shard }) => record
                .lock()
                .fault(format!("node {node} lost events of shard {shard}")),
            Ok(Line::Other) => {}
            // What a node had not finished when it was killed.
            Err(_) => {}
        }
    }
}

/// Copies the log of a node into a file, and finds the address at which it answers.
async fn copy_log(log: ChildStderr, path: &Path, address: oneshot::Sender<SocketAddr>) {
    let mut address = Some(address);
    let Ok(mut file) = File::create(path) else {
        return;
    };
    let mut lines = BufReader::new(log).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some((_, found)) = line.split_once("http://")
            && let Ok(found) = found.trim().parse()
            && let Some(sender) = address.take()
        {
            _ = sender.send(found);
        }
        // The figures count, whether or not the disk is full.
        _ = writeln!(file, "{line}");
    }
}
