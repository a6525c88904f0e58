//! The gateway's side of a shard, played by hand over memory.

use bytes::Bytes;
use flate2::{Compress, FlushCompress};
use gloaming_shard::{
    CloseFrame, Compression, ConfigBuilder, Intents, Shard, ShardId,
    transport::{
        Inbound, MemoryConnector, MemoryIncoming, MemoryListener, MemoryPeer, Outbound, Text,
    },
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

pub(crate) const TOKEN: &str = "the.bot.token";
pub(crate) const INTERVAL: Duration = Duration::from_millis(41_250);
pub(crate) const RESUME_HOST: &str = "wss://gateway-us-east1-b.discord.gg";
pub(crate) const SESSION: &str = "c9f7a1";

/// Virtual time in which everything that is going to happen has happened.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Where a shard's connections arrive.
pub(crate) struct Gateway {
    listener: MemoryListener,
    compression: Compression,
}

/// A shard without compression, and its gateway.
pub(crate) fn start() -> (Shard, Gateway) {
    start_with(|config| config)
}

/// A shard with a configuration of the test's own, and its gateway.
pub(crate) fn start_with(change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> (Shard, Gateway) {
    let (connector, gateway) = listen();
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .compression(Compression::None)
        .connector(connector);
    let config = change(config).build();
    let gateway = gateway.compressing(config.compression());
    (Shard::with_config(ShardId::ONE, config), gateway)
}

/// A connector without a shard yet, and the gateway that it leads to.
pub(crate) fn listen() -> (MemoryConnector, Gateway) {
    let (connector, listener) = MemoryConnector::new();
    let gateway = Gateway {
        listener,
        compression: Compression::None,
    };
    (connector, gateway)
}

/// The compressions that tests of the decoder go through.
pub(crate) fn compressions() -> impl Iterator<Item = Compression> {
    [Compression::None, Compression::ZlibStream]
        .into_iter()
        .filter(|compression| compression.is_available())
}

pub(crate) async fn in_time<T>(what: &str, happens: impl Future<Output = T>) -> T {
    let Ok(happened) = timeout(PATIENCE, happens).await else {
        panic!("{what}: it never happens");
    };
    happened
}

impl Gateway {
    pub(crate) fn compressing(self, compression: Compression) -> Self {
        Self {
            compression,
            ..self
        }
    }

    pub(crate) async fn attempt(&mut self) -> MemoryIncoming {
        in_time("a connection", self.listener.next())
            .await
            .expect("the shard lives")
    }

    pub(crate) fn attempt_now(&mut self) -> Option<MemoryIncoming> {
        self.listener.try_next()
    }

    pub(crate) async fn accept(&mut self) -> Connection {
        let attempt = self.attempt().await;
        self.take(attempt)
    }

    /// Accepts an attempt to connect.
    pub(crate) fn take(&self, attempt: MemoryIncoming) -> Connection {
        Connection {
            url: attempt.url().to_owned(),
            encoder: Encoder::new(self.compression),
            peer: attempt.accept(),
            heartbeats: Vec::new(),
        }
    }

    /// A connection on which HELLO was sent.
    pub(crate) async fn greet(&mut self) -> Connection {
        let mut connection = self.accept().await;
        connection.hello().await;
        connection
    }

    /// A connection on which the shard has identified and READY (sequence 1) was sent.
    pub(crate) async fn begin(&mut self) -> Connection {
        let mut connection = self.greet().await;
        connection.expect(2).await;
        connection.send(&ready(SESSION, 1)).await;
        connection
    }

    /// A connection on which the shard has asked to resume after `sequence`.
    pub(crate) async fn resuming(&mut self, sequence: u64) -> Connection {
        let mut connection = self.greet().await;
        let asked = connection.expect(6).await;
        assert_eq!(
            asked,
            json!({"token": TOKEN, "session_id": SESSION, "seq": sequence})
        );
        connection
    }
}

/// One connection, from the gateway's end.
pub(crate) struct Connection {
    pub(crate) url: String,
    pub(crate) peer: MemoryPeer,
    encoder: Encoder,
    /// The `d` of the heartbeats received.
    pub(crate) heartbeats: Vec<Value>,
}

/// What the shard did on a connection, heartbeats apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    Sent { op: u64, d: Value },
    Closed(u16),
    Left,
}

impl Connection {
    pub(crate) async fn hello(&mut self) {
        self.send(r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#)
            .await;
    }

    pub(crate) async fn acknowledge(&mut self) {
        self.send(r#"{"t":null,"s":null,"op":11,"d":null}"#).await;
    }

    /// Sends a payload as the connection's compression wants it.
    pub(crate) async fn send(&mut self, json: &str) {
        let frame = self.encoder.encode(json.as_bytes());
        self.frame(frame).await;
    }

    /// Sends events by their numbers.
    pub(crate) async fn events(&mut self, sequences: impl IntoIterator<Item = u64>) {
        for sequence in sequences {
            self.send(&event(sequence)).await;
        }
    }

    /// The frame that a payload makes here, to be damaged before it is sent.
    pub(crate) fn encode(&mut self, payload: &[u8]) -> Inbound {
        self.encoder.encode(payload)
    }

    pub(crate) async fn frame(&self, frame: Inbound) {
        // A shard that left already does not read it: the test will see that it left.
        _ = in_time("room for a frame", self.peer.send(frame)).await;
    }

    pub(crate) async fn close(&self, code: u16) {
        self.frame(Inbound::Close(Some(CloseFrame::new(code, ""))))
            .await;
    }

    /// What the shard does next. Acknowledges heartbeats.
    pub(crate) async fn next(&mut self) -> Act {
        loop {
            match self.next_with_heartbeats().await {
                Act::Sent { op: 1, .. } => self.acknowledge().await,
                act => return act,
            }
        }
    }

    /// What the shard does next, left unanswered.
    pub(crate) async fn next_with_heartbeats(&mut self) -> Act {
        let received = in_time("something from the shard", self.peer.receive()).await;
        let act = act(received);
        if let Act::Sent { op: 1, d } = &act {
            self.heartbeats.push(d.clone());
        }
        act
    }

    /// What the shard has done, if it has done something.
    pub(crate) fn next_now(&mut self) -> Option<Act> {
        let received = self.peer.try_receive()?;
        Some(act(Some(received)))
    }

    /// The `d` of the next payload, which must have this op.
    pub(crate) async fn expect(&mut self, op: u64) -> Value {
        match self.next().await {
            Act::Sent { op: sent, d } if sent == op => d,
            other => panic!("instead of op {op}: {other:?}"),
        }
    }

    /// Waits until the shard has dropped the connection; gives the code of its close frame.
    pub(crate) async fn left(&mut self) -> Option<u16> {
        in_time("the shard leaves", async {
            let mut closed = None;
            loop {
                match self.next().await {
                    Act::Closed(code) => closed = Some(code),
                    Act::Left => return closed,
                    Act::Sent { .. } => {}
                }
            }
        })
        .await
    }

    /// Acknowledges heartbeats for a while; whatever else the shard sends is given back.
    pub(crate) async fn attend(&mut self, time: Duration) -> Vec<Act> {
        let mut acts = Vec::new();
        let deadline = tokio::time::sleep(time);
        tokio::pin!(deadline);
        loop {
            let received = tokio::select! {
                biased;
                received = self.peer.receive() => received,
                () = &mut deadline => return acts,
            };
            match act(received) {
                Act::Sent { op: 1, d } => {
                    self.heartbeats.push(d);
                    self.acknowledge().await;
                }
                Act::Left => {
                    acts.push(Act::Left);
                    return acts;
                }
                other => acts.push(other),
            }
        }
    }
}

fn act(received: Option<Outbound>) -> Act {
    match received {
        Some(Outbound::Text(text)) => {
            let payload: Value = serde_json::from_str(&text).expect("shards send JSON");
            Act::Sent {
                op: payload["op"].as_u64().expect("shards send an op"),
                d: payload["d"].clone(),
            }
        }
        Some(Outbound::Close(frame)) => Act::Closed(frame.code),
        None => Act::Left,
    }
}

/// Makes frames of payloads, with one zlib stream for a connection (P29).
pub(crate) struct Encoder(Option<Deflate>);

struct Deflate {
    context: Compress,
    header: &'static [u8],
}

impl Encoder {
    pub(crate) fn new(compression: Compression) -> Self {
        Self(match compression {
            Compression::ZlibStream => Some(Deflate {
                context: Compress::new(flate2::Compression::default(), false),
                header: &[0x78, 0x9c],
            }),
            _ => None,
        })
    }

    pub(crate) fn encode(&mut self, payload: &[u8]) -> Inbound {
        match &mut self.0 {
            None => Inbound::Text(
                Text::try_from(Bytes::copy_from_slice(payload)).expect("WebSocket text is UTF-8"),
            ),
            Some(deflate) => Inbound::Binary(deflate.message(payload).into()),
        }
    }
}

impl Deflate {
    fn message(&mut self, mut payload: &[u8]) -> Vec<u8> {
        let mut out = std::mem::take(&mut self.header).to_vec();
        loop {
            out.reserve(payload.len() / 2 + 64);
            let before = self.context.total_in();
            self.context
                .compress_vec(payload, &mut out, FlushCompress::Sync)
                .expect("deflating does not fail");
            payload = &payload[usize::try_from(self.context.total_in() - before).unwrap()..];
            if payload.is_empty() && out.len() < out.capacity() {
                return out;
            }
        }
    }
}

pub(crate) fn ready(session: &str, sequence: u64) -> String {
    let mut ready: Value = serde_json::from_str(include_str!(
        "../../../protocol/tests/fixtures/dispatch/READY.json"
    ))
    .expect("the fixture is JSON");
    ready["session_id"] = session.into();
    ready["resume_gateway_url"] = RESUME_HOST.into();
    dispatch("READY", sequence, &ready)
}

pub(crate) fn resumed(sequence: u64) -> String {
    dispatch("RESUMED", sequence, &json!({}))
}

/// A small event that tells its sequence also when it is typed.
pub(crate) fn event(sequence: u64) -> String {
    let number = sequence.to_string();
    let data = json!({"guild_id": "1", "channel_id": number});
    dispatch("WEBHOOKS_UPDATE", sequence, &data)
}

pub(crate) fn dispatch(name: &str, sequence: u64, data: &Value) -> String {
    format!(r#"{{"t":"{name}","s":{sequence},"op":0,"d":{data}}}"#)
}
