//! A thousand shards connect, receive the events of their guilds, and resume after op 7. The test is alone in its
//! program, so that it can measure the memory of the process.

#![cfg(unix)]

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Selector};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::Barrier, task::JoinSet, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

const SHARDS: u32 = 1000;

/// The test takes a few seconds, but longer on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// Both ends of every connection are in this process.
const SOCKETS: u64 = 2 * SHARDS as u64 + 200;

/// Upper bound for both ends of a connection, in kilobytes.
const MAX_MEMORY: u64 = 192;

struct Client {
    socket: WebSocketStream<TcpStream>,
    sequence: Value,
}

impl Client {
    async fn connect(url: &str) -> Self {
        let stream = TcpStream::connect(url.trim_start_matches("ws://"));
        let config = WebSocketConfig::default().read_buffer_size(4096);
        let (socket, _) = client_async_with_config(
            format!("{url}/?v=10&encoding=json"),
            stream.await.unwrap(),
            Some(config),
        )
        .await
        .unwrap();
        let mut client = Self {
            socket,
            sequence: Value::Null,
        };
        assert_eq!(client.payload().await["op"], 10);
        client
    }

    async fn send(&mut self, payload: Value) {
        let message = Message::text(payload.to_string());
        self.socket.send(message).await.unwrap();
    }

    async fn payload(&mut self) -> Value {
        let Message::Text(text) = self.socket.next().await.unwrap().unwrap() else {
            panic!("expected a text message");
        };
        let payload: Value = serde_json::from_str(&text).unwrap();
        if payload["s"].is_u64() {
            self.sequence = payload["s"].clone();
        }
        payload
    }

    /// The data of the next payload, which must be that event.
    async fn event(&mut self, name: &str) -> Value {
        let mut payload = self.payload().await;
        assert_eq!(payload["t"], name, "{payload}");
        payload["d"].take()
    }
}

/// The steps of each client. All clients meet at the barrier between two phases.
async fn run_client(url: Arc<str>, shard: u32, phase: Arc<Barrier>) {
    let mut client = Client::connect(&url).await;
    client
        .send(json!({"op": 2, "d": {
            "token": DEFAULT_TOKEN,
            "properties": {"os": "linux", "browser": "test", "device": "test"},
            "intents": 1 | 1 << 9 | 1 << 15,
            "shard": [shard, SHARDS],
        }}))
        .await;
    let ready = client.event("READY").await;
    let guild = &ready["guilds"][0]["id"];
    assert_eq!(&client.event("GUILD_CREATE").await["id"], guild);
    phase.wait().await;

    // One message for each guild: this shard receives that of its own guild.
    assert_eq!(&client.event("MESSAGE_CREATE").await["guild_id"], guild);
    phase.wait().await;

    assert_eq!(client.payload().await["op"], 7);
    drop(client.socket);
    let resume_url = ready["resume_gateway_url"].as_str().unwrap();
    let mut resumed = Client::connect(resume_url).await;
    resumed
        .send(json!({"op": 6, "d": {
            "token": DEFAULT_TOKEN,
            "session_id": ready["session_id"],
            "seq": client.sequence,
        }}))
        .await;
    resumed.event("RESUMED").await;
    phase.wait().await;

    assert_eq!(&resumed.event("MESSAGE_CREATE").await["guild_id"], guild);
    phase.wait().await;
}

fn say_in_all_guilds(emulator: &Emulator) {
    for guild in emulator.guild_ids() {
        assert_eq!(emulator.say(guild, "hello"), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousand_clients_connect_and_resume() {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    if soft < SOCKETS {
        assert!(hard >= SOCKETS, "this machine allows {hard} open files");
        setrlimit(Resource::RLIMIT_NOFILE, SOCKETS, hard).unwrap();
    }
    timeout(LIMIT, run())
        .await
        .expect("the test takes too long");
}

async fn run() {
    let emulator = Emulator::builder()
        .shards(SHARDS)
        .max_concurrency(SHARDS)
        .guilds(SHARDS)
        .members(3)
        // The clients send no heartbeats; the interval is longer than the test.
        .heartbeat_interval(2 * LIMIT)
        .start()
        .await
        .unwrap();
    let url: Arc<str> = emulator.url().into();
    let phase = Arc::new(Barrier::new(SHARDS as usize + 1));
    let before = memory();
    let mut clients = JoinSet::new();
    for shard in 0..SHARDS {
        clients.spawn(run_client(Arc::clone(&url), shard, Arc::clone(&phase)));
    }
    let next = async |clients: &mut JoinSet<()>| {
        tokio::select! {
            _ = phase.wait() => {}
            // No client ends before the last phase.
            Some(Err(error)) = clients.join_next() => panic!("{error}"),
        }
    };

    next(&mut clients).await;
    let stats = emulator.stats();
    assert_eq!((stats.connections, stats.sessions_connected), (1000, 1000));
    if let (Some(before), Some(now)) = (before, memory()) {
        let each = now.saturating_sub(before) / u64::from(SHARDS);
        println!("{each} kB for both ends of a connection and its session");
        assert!(each < MAX_MEMORY, "{each} kB");
    }
    say_in_all_guilds(&emulator);

    next(&mut clients).await;
    assert_eq!(emulator.reconnect(Selector::All), SHARDS as usize);
    next(&mut clients).await;
    let stats = emulator.stats();
    assert_eq!(
        (stats.sessions_started, stats.sessions_resumed),
        (1000, 1000)
    );
    assert_eq!(stats.replayed, 0, "no client missed an event");
    say_in_all_guilds(&emulator);

    next(&mut clients).await;
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    // READY, a guild, two messages and RESUMED for each.
    assert_eq!(emulator.stats().dispatches, 5 * u64::from(SHARDS));
    assert_eq!(emulator.violations(), []);
}

/// The resident memory of this process in kilobytes, if the system reports it.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
