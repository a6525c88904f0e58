//! A thousand shards on one machine: each hears what is its own, and all come back after op 7. Alone in its program, so
//! that its memory is its own.

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

/// It takes a few seconds, but on a machine that is busy with other things.
const LIMIT: Duration = Duration::from_secs(120);

/// Both ends of every connection are in this process.
const SOCKETS: u64 = 2 * SHARDS as u64 + 200;

/// Of both ends together, in kilobytes.
const MOST_MEMORY: u64 = 192;

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
            panic!("text");
        };
        let payload: Value = serde_json::from_str(&text).unwrap();
        if payload["s"].is_u64() {
            self.sequence = payload["s"].clone();
        }
        payload
    }

    /// The data of the next payload, which is that event.
    async fn event(&mut self, name: &str) -> Value {
        let mut payload = self.payload().await;
        assert_eq!(payload["t"], name, "{payload}");
        payload["d"].take()
    }
}

/// What each client does; all of them meet at the barrier between the acts.
async fn live(url: Arc<str>, shard: u32, act: Arc<Barrier>) {
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
    act.wait().await;

    // One message for each guild: this shard hears that of its own.
    assert_eq!(&client.event("MESSAGE_CREATE").await["guild_id"], guild);
    act.wait().await;

    assert_eq!(client.payload().await["op"], 7);
    drop(client.socket);
    let resume_url = ready["resume_gateway_url"].as_str().unwrap();
    let mut again = Client::connect(resume_url).await;
    again
        .send(json!({"op": 6, "d": {
            "token": DEFAULT_TOKEN,
            "session_id": ready["session_id"],
            "seq": client.sequence,
        }}))
        .await;
    again.event("RESUMED").await;
    act.wait().await;

    assert_eq!(&again.event("MESSAGE_CREATE").await["guild_id"], guild);
    act.wait().await;
}

fn say_everywhere(emulator: &Emulator) {
    for guild in emulator.guild_ids() {
        assert_eq!(emulator.say(guild, "hello"), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn and_each_hears_what_is_its_own() {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    if soft < SOCKETS {
        assert!(hard >= SOCKETS, "this machine allows {hard} open files");
        setrlimit(Resource::RLIMIT_NOFILE, SOCKETS, hard).unwrap();
    }
    timeout(LIMIT, play()).await.expect("it takes too long");
}

async fn play() {
    let emulator = Emulator::builder()
        .shards(SHARDS)
        .max_concurrency(SHARDS)
        .guilds(SHARDS)
        .members(3)
        // No client beats here: nobody waits for that.
        .heartbeat_interval(2 * LIMIT)
        .start()
        .await
        .unwrap();
    let url: Arc<str> = emulator.url().into();
    let act = Arc::new(Barrier::new(SHARDS as usize + 1));
    let before = memory();
    let mut clients = JoinSet::new();
    for shard in 0..SHARDS {
        clients.spawn(live(Arc::clone(&url), shard, Arc::clone(&act)));
    }
    let next = async |clients: &mut JoinSet<()>| {
        tokio::select! {
            _ = act.wait() => {}
            // Nobody ends before the last act.
            Some(Err(error)) = clients.join_next() => panic!("{error}"),
        }
    };

    next(&mut clients).await;
    let stats = emulator.stats();
    assert_eq!((stats.connections, stats.sessions_connected), (1000, 1000));
    if let (Some(before), Some(now)) = (before, memory()) {
        let each = now.saturating_sub(before) / u64::from(SHARDS);
        println!("{each} kB for both ends of a connection and its session");
        assert!(each < MOST_MEMORY, "{each} kB");
    }
    say_everywhere(&emulator);

    next(&mut clients).await;
    assert_eq!(emulator.reconnect(Selector::All), SHARDS as usize);
    next(&mut clients).await;
    let stats = emulator.stats();
    assert_eq!(
        (stats.sessions_started, stats.sessions_resumed),
        (1000, 1000)
    );
    assert_eq!(stats.replayed, 0, "nobody missed anything");
    say_everywhere(&emulator);

    next(&mut clients).await;
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    // READY, a guild, two messages and RESUMED for each.
    assert_eq!(emulator.stats().dispatches, 5 * u64::from(SHARDS));
    assert_eq!(emulator.violations(), []);
}

/// What of this process is in memory, in kilobytes, where the system tells.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
