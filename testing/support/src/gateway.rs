//! The gateway's side of a shard over a transport in memory, driven by the test step by step.

use crate::zlib;
use bytes::Bytes;
use gloaming_shard::{
    CloseFrame, Compression, ConfigBuilder, Intents, Shard, ShardId,
    transport::{
        Inbound, MemoryConnector, MemoryIncoming, MemoryListener, MemoryPeer, Outbound, Text,
    },
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// The token of the shard.
pub const TOKEN: &str = "the.bot.token";
/// The interval of heartbeats in HELLO.
pub const INTERVAL: Duration = Duration::from_millis(41_250);
/// The host in READY.
pub const RESUME_HOST: &str = "wss://gateway-us-east1-b.discord.gg";
/// The id of the session in READY.
pub const SESSION: &str = "c9f7a1";

/// The virtual time after which nothing more is going to happen.
const TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// The server that a shard connects to.
#[derive(Debug)]
pub struct Gateway {
    listener: MemoryListener,
    compression: Compression,
}

/// Returns a shard without compression, and its gateway.
pub fn start() -> (Shard, Gateway) {
    start_with(|config| config)
}

/// Returns a shard with a changed configuration, and its gateway.
pub fn start_with(change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> (Shard, Gateway) {
    let (connector, gateway) = listen();
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .compression(Compression::None)
        .connector(connector);
    let config = change(config).build();
    let gateway = gateway.compressing(config.compression());
    (Shard::with_config(ShardId::ONE, config), gateway)
}

/// Returns a connector that no shard uses yet, and the gateway that it connects to.
pub fn listen() -> (MemoryConnector, Gateway) {
    let (connector, listener) = MemoryConnector::new();
    let gateway = Gateway {
        listener,
        compression: Compression::None,
    };
    (connector, gateway)
}

/// Returns the compressions that are compiled in, of those that this gateway has.
pub fn compressions() -> impl Iterator<Item = Compression> {
    [Compression::None, Compression::ZlibStream]
        .into_iter()
        .filter(|compression| compression.is_available())
}

/// Waits for `future`.
///
/// # Panics
///
/// Panics with `what` if it never completes.
pub async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(output) = timeout(TIMEOUT, future).await else {
        panic!("{what}: it never happens");
    };
    output
}

impl Gateway {
    /// Sets the compression of the connections to come.
    #[must_use]
    pub fn compressing(self, compression: Compression) -> Self {
        Self {
            compression,
            ..self
        }
    }

    /// Waits for an attempt to connect.
    pub async fn attempt(&mut self) -> MemoryIncoming {
        in_time("a connection", self.listener.next())
            .await
            .expect("the shard lives")
    }

    /// Returns an attempt to connect that has already been made.
    pub fn attempt_now(&mut self) -> Option<MemoryIncoming> {
        self.listener.try_next()
    }

    /// Waits for an attempt to connect, and accepts it.
    pub async fn accept(&mut self) -> Connection {
        let attempt = self.attempt().await;
        self.take(attempt)
    }

    /// Accepts an attempt to connect.
    pub fn take(&self, attempt: MemoryIncoming) -> Connection {
        Connection {
            url: attempt.url().to_owned(),
            encoder: Encoder::new(self.compression),
            peer: attempt.accept(),
            heartbeats: Vec::new(),
        }
    }

    /// Accepts a connection and sends HELLO.
    pub async fn greet(&mut self) -> Connection {
        let mut connection = self.accept().await;
        connection.hello().await;
        connection
    }

    /// Accepts a connection, waits for IDENTIFY and sends READY with sequence 1.
    pub async fn begin(&mut self) -> Connection {
        let mut connection = self.greet().await;
        connection.expect(2).await;
        connection.send(&ready(SESSION, 1)).await;
        connection
    }

    /// Accepts a connection and waits for RESUME after `sequence`.
    pub async fn resuming(&mut self, sequence: u64) -> Connection {
        let mut connection = self.greet().await;
        let resume = connection.expect(6).await;
        assert_eq!(
            resume,
            json!({"token": TOKEN, "session_id": SESSION, "seq": sequence})
        );
        connection
    }
}

/// The gateway's end of a connection.
#[derive(Debug)]
pub struct Connection {
    /// The URL that the shard connected to.
    pub url: String,
    /// The transport.
    pub peer: MemoryPeer,
    encoder: Encoder,
    /// The `d` of the heartbeats that were received.
    pub heartbeats: Vec<Value>,
}

/// What a shard does on a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// It sent a payload.
    Sent {
        /// The opcode.
        op: u64,
        /// The data.
        d: Value,
    },
    /// It sent a close frame with this code.
    Closed(u16),
    /// It dropped the connection.
    Left,
}

impl Connection {
    /// Sends HELLO.
    pub async fn hello(&mut self) {
        self.send(r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#)
            .await;
    }

    /// Acknowledges a heartbeat.
    pub async fn acknowledge(&mut self) {
        self.send(r#"{"t":null,"s":null,"op":11,"d":null}"#).await;
    }

    /// Sends a payload with the connection's compression.
    pub async fn send(&mut self, json: &str) {
        let frame = self.encoder.encode(json.as_bytes());
        self.frame(frame).await;
    }

    /// Sends an event for each sequence.
    pub async fn events(&mut self, sequences: impl IntoIterator<Item = u64>) {
        for sequence in sequences {
            self.send(&event(sequence)).await;
        }
    }

    /// Returns the frame of a payload, for a test that damages it before sending it.
    pub fn encode(&mut self, payload: &[u8]) -> Inbound {
        self.encoder.encode(payload)
    }

    /// Sends a frame.
    pub async fn frame(&self, frame: Inbound) {
        // If the shard has dropped the connection, the test notices that by what the shard does next.
        _ = in_time("room for a frame", self.peer.send(frame)).await;
    }

    /// Sends a close frame with this code.
    pub async fn close(&self, code: u16) {
        self.frame(Inbound::Close(Some(CloseFrame::new(code, ""))))
            .await;
    }

    /// Returns what the shard does next. Acknowledges heartbeats.
    pub async fn next(&mut self) -> Action {
        loop {
            match self.next_with_heartbeats().await {
                Action::Sent { op: 1, .. } => self.acknowledge().await,
                action => return action,
            }
        }
    }

    /// Returns what the shard does next, without acknowledging a heartbeat.
    pub async fn next_with_heartbeats(&mut self) -> Action {
        let received = in_time("something from the shard", self.peer.receive()).await;
        let action = action(received);
        if let Action::Sent { op: 1, d } = &action {
            self.heartbeats.push(d.clone());
        }
        action
    }

    /// Returns what the shard has already done.
    pub fn next_now(&mut self) -> Option<Action> {
        let received = self.peer.try_receive()?;
        Some(action(Some(received)))
    }

    /// Returns the `d` of the next payload.
    ///
    /// # Panics
    ///
    /// Panics if the payload has another opcode.
    pub async fn expect(&mut self, op: u64) -> Value {
        match self.next().await {
            Action::Sent { op: sent, d } if sent == op => d,
            other => panic!("instead of op {op}: {other:?}"),
        }
    }

    /// Waits until the shard has dropped the connection, and returns the code of its close frame.
    pub async fn left(&mut self) -> Option<u16> {
        in_time("the shard leaves", async {
            let mut closed = None;
            loop {
                match self.next().await {
                    Action::Closed(code) => closed = Some(code),
                    Action::Left => return closed,
                    Action::Sent { .. } => {}
                }
            }
        })
        .await
    }

    /// Acknowledges heartbeats for this time, and returns everything else that the shard does.
    pub async fn attend(&mut self, time: Duration) -> Vec<Action> {
        let mut actions = Vec::new();
        let deadline = tokio::time::sleep(time);
        tokio::pin!(deadline);
        loop {
            let received = tokio::select! {
                biased;
                received = self.peer.receive() => received,
                () = &mut deadline => return actions,
            };
            match action(received) {
                Action::Sent { op: 1, d } => {
                    self.heartbeats.push(d);
                    self.acknowledge().await;
                }
                Action::Left => {
                    actions.push(Action::Left);
                    return actions;
                }
                other => actions.push(other),
            }
        }
    }
}

fn action(received: Option<Outbound>) -> Action {
    match received {
        Some(Outbound::Text(text)) => {
            let payload: Value = serde_json::from_str(&text).expect("shards send JSON");
            Action::Sent {
                op: payload["op"].as_u64().expect("shards send an op"),
                d: payload["d"].clone(),
            }
        }
        Some(Outbound::Close(frame)) => Action::Closed(frame.code),
        None => Action::Left,
    }
}

/// Makes frames of payloads. With compression, a connection is one zlib stream
/// ([P29](gloaming_protocol::rules#p29)).
#[derive(Debug)]
pub struct Encoder(Option<zlib::Stream>);

impl Encoder {
    /// Creates the encoder of a connection.
    #[must_use]
    pub fn new(compression: Compression) -> Self {
        Self(match compression {
            Compression::ZlibStream => Some(zlib::Stream::new()),
            _ => None,
        })
    }

    /// Returns the frame of the next payload.
    pub fn encode(&mut self, payload: &[u8]) -> Inbound {
        match &mut self.0 {
            None => Inbound::Text(Text::from(Bytes::copy_from_slice(payload))),
            Some(stream) => Inbound::Binary(stream.message(payload).into()),
        }
    }
}

/// Returns READY with this session and sequence.
#[must_use]
pub fn ready(session: &str, sequence: u64) -> String {
    let mut ready: Value = serde_json::from_str(include_str!(
        "../../../crates/protocol/tests/fixtures/dispatch/READY.json"
    ))
    .expect("the fixture is JSON");
    ready["session_id"] = session.into();
    ready["resume_gateway_url"] = RESUME_HOST.into();
    dispatch("READY", sequence, &ready)
}

/// Returns RESUMED with this sequence.
#[must_use]
pub fn resumed(sequence: u64) -> String {
    dispatch("RESUMED", sequence, &json!({}))
}

/// Returns a small event. Its channel id is its sequence, so that a test knows it after it was typed.
#[must_use]
pub fn event(sequence: u64) -> String {
    let number = sequence.to_string();
    let data = json!({"guild_id": "1", "channel_id": number});
    dispatch("WEBHOOKS_UPDATE", sequence, &data)
}

/// Returns a dispatch with this name, sequence and data.
#[must_use]
pub fn dispatch(name: &str, sequence: u64, data: &Value) -> String {
    format!(r#"{{"t":"{name}","s":{sequence},"op":0,"d":{data}}}"#)
}
