//! In seeded conversations with a gateway that fails in every way that keeps the session, and with a slow
//! consumer, each event is delivered once and in order.

use crate::harness::{
    consumer::{Observed, ReceiveMethod, take, take_spawned},
    gateway::{
        Action, Connection, Gateway, INTERVAL, SESSION, compressions, event, ready, resumed,
        start_with,
    },
};
use bytes::Bytes;
use gloaming_shard::{
    CloseFrame, Compression, DecoderLimits, EventTypeFlags, Lifecycle, Shard, SpawnedShard,
    transport::{ConnectError, ConnectErrorKind, Inbound},
};
use gloaming_test_support::Random;
use std::time::Duration;
use tokio::time::sleep;

const SEEDS: u64 = 150;

/// The minimum number of events per conversation.
const EVENTS: usize = 300;

/// The number of consecutive failures after which the gateway works: more would lose the session.
const PATIENCE: u32 = 2;

/// A gateway with one session, which can replay all of its dispatches.
struct Server {
    gateway: Gateway,
    compression: Compression,
    random: Random,
    /// The dispatches; the first has sequence number 1.
    log: Vec<String>,
    /// The sequence numbers of numbered events.
    events: Vec<u64>,
    identifies: u32,
    failures: u32,
}

/// The progress of a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Missed events remain to be replayed.
    Early,
    Live,
}

/// The result of a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    /// It failed before the session was active.
    Failed,
    /// It failed after the session was active.
    Served,
    /// It is open, and all events are sent.
    Done,
}

impl Server {
    /// Serves connections one after the other; returns the sequence numbers of all events.
    async fn run(mut self) -> (Vec<u64>, Connection) {
        loop {
            let attempt = self.gateway.attempt().await;
            if self.may_fail() && self.random.below(6) == 0 {
                attempt.refuse(ConnectError::new(ConnectErrorKind::Tcp));
                self.failures += 1;
                continue;
            }
            let mut connection = self.gateway.take(attempt);
            match self.serve(&mut connection).await {
                Outcome::Failed => self.failures += 1,
                Outcome::Served => self.failures = 0,
                Outcome::Done => {
                    assert_eq!(self.identifies, 1, "the session was never lost");
                    return (self.events, connection);
                }
            }
        }
    }

    fn may_fail(&self) -> bool {
        self.failures < PATIENCE && self.events.len() < EVENTS
    }

    async fn serve(&mut self, connection: &mut Connection) -> Outcome {
        if self.may_fail() && self.random.below(8) == 0 {
            self.fail(connection, Stage::Early).await;
            return Outcome::Failed;
        }
        connection.hello().await;
        match connection.next().await {
            Action::Sent { op: 2, .. } => {
                self.identifies += 1;
                self.log.push(ready(SESSION, 1));
            }
            Action::Sent { op: 6, d } => {
                let from = usize::try_from(d["seq"].as_u64().unwrap()).unwrap();
                for missed in from..self.log.len() {
                    if self.may_fail() && self.random.below(200) == 0 {
                        self.fail(connection, Stage::Early).await;
                        return Outcome::Failed;
                    }
                    connection.send(&self.log[missed]).await;
                }
                self.log.push(resumed(self.log.len() as u64 + 1));
            }
            Action::Closed(_) | Action::Left => return Outcome::Failed,
            other => panic!("{other:?}"),
        }
        connection.send(&self.log[self.log.len() - 1]).await;
        self.serve_active_session(connection).await
    }

    /// Sends events on an active session until a failure occurs.
    async fn serve_active_session(&mut self, connection: &mut Connection) -> Outcome {
        for _ in 0..self.random.below(60) {
            self.make_event();
            connection.send(&self.log[self.log.len() - 1]).await;
            if self.random.below(20) == 0 {
                let pause = INTERVAL.mul_f64(self.random.below(200) as f64 / 100.0);
                if connection.attend(pause).await.contains(&Action::Left) {
                    return Outcome::Served;
                }
            }
        }
        if self.events.len() >= EVENTS {
            return Outcome::Done;
        }
        self.fail(connection, Stage::Live).await;
        Outcome::Served
    }

    fn make_event(&mut self) {
        let sequence = self.log.len() as u64 + 1;
        self.log.push(event(sequence));
        self.events.push(sequence);
    }

    /// Ends the connection in a random way, while further events occur.
    async fn fail(&mut self, connection: &mut Connection, stage: Stage) {
        let missed = self.random.below(10);
        match self.random.below(9) {
            0 => {}
            1 => {
                let codes = [1000, 1001, 4000, 4001, 4002, 4003, 4005, 4008, 4999];
                let code = codes[self.random.below(codes.len())];
                connection.close(code).await;
            }
            2 => connection.send("garbage").await,
            3 => self.tear(connection).await,
            4 => {
                connection
                    .send(r#"{"t":null,"s":null,"op":7,"d":null}"#)
                    .await;
                // An event crosses the shard's close frame, unless earlier events remain to be replayed.
                if stage == Stage::Live {
                    for _ in 0..self.random.below(5) {
                        self.make_event();
                        connection.send(&self.log[self.log.len() - 1]).await;
                    }
                }
                if self.random.below(2) == 0 {
                    connection.close(CloseFrame::RESUME.code).await;
                }
                connection.left().await;
            }
            5 => {
                connection
                    .send(r#"{"t":null,"s":null,"op":9,"d":true}"#)
                    .await;
                connection.left().await;
            }
            // No replies until the shard closes the connection.
            6 => while connection.next_with_heartbeats().await != Action::Left {},
            7 => {
                let bomb = format!(r#"{{"op":0,"d":"{}"}}"#, "x".repeat(2 << 20));
                connection.send(&bomb).await;
                connection.left().await;
            }
            _ => {
                connection
                    .frame(Inbound::Binary(Bytes::from_static(b"\x07")))
                    .await
            }
        }
        if self.identifies > 0 {
            for _ in 0..missed {
                self.make_event();
            }
        }
    }

    /// Sends an event that is truncated at a random position.
    async fn tear(&mut self, connection: &mut Connection) {
        if self.identifies > 0 {
            self.make_event();
        }
        let last = event(self.log.len() as u64);
        let torn = match connection.encode(last.as_bytes()) {
            Inbound::Binary(bytes) => {
                let cut = self.random.below(bytes.len() - 6);
                Inbound::Binary(bytes.slice(..cut))
            }
            _ => {
                // Not after a brace, where it would have a valid envelope.
                let cut = 1 + self.random.below(30);
                connection.encode(&last.as_bytes()[..cut])
            }
        };
        connection.frame(torn).await;
        if self.compression == Compression::None {
            connection.left().await;
        }
    }
}

enum Consumer {
    Lone(Box<Shard>, ReceiveMethod),
    Spawned(SpawnedShard),
}

impl Consumer {
    async fn take(&mut self) -> Observed {
        match self {
            Self::Lone(shard, method) => take(shard, *method).await,
            Self::Spawned(shard) => take_spawned(shard).await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn random_conversations_end_without_loss() {
    for seed in 0..SEEDS {
        for compression in compressions() {
            converse(seed, compression).await;
        }
    }
}

async fn converse(seed: u64, compression: Compression) {
    println!("seed {seed}, {compression}");
    let limits = DecoderLimits {
        max_message_bytes: 1 << 20,
    };
    let read_ahead = Random::new(seed ^ 7).pick(&[0, 2_000, 20_000, 1 << 20]);
    let (shard, gateway) = start_with(|config| {
        let config = config.compression(compression).decoder_limits(limits);
        config.read_ahead(read_ahead)
    });
    let server = Server {
        gateway,
        compression,
        random: Random::new(seed),
        log: Vec::new(),
        events: Vec::new(),
        identifies: 0,
        failures: 0,
    };
    let server = tokio::spawn(server.run());

    let mut random = Random::new(!seed);
    let mut consumer = match random.below(8) {
        lone @ 0..4 => Consumer::Lone(Box::new(shard), ReceiveMethod::ALL[lone as usize]),
        buffer => Consumer::Spawned(shard.spawn(EventTypeFlags::all(), 1 << (2 * (buffer - 4)))),
    };
    let slowness = random.pick(&[0, 0, 1, 10, 60]);
    let mut seen = Vec::new();
    let events = loop {
        if server.is_finished() {
            let (events, connection) = server.await.unwrap();
            let last = *events.last().unwrap();
            while seen.last() != Some(&last) {
                if let Observed::Event(sequence) = consumer.take().await {
                    seen.push(sequence);
                }
            }
            drop(connection);
            break events;
        }
        tokio::select! {
            biased;
            taken = consumer.take() => match taken {
                Observed::Event(sequence) => seen.push(sequence),
                Observed::Lifecycle(
                    lost @ (Lifecycle::Gap { .. } | Lifecycle::Skipped { .. }),
                ) => panic!("seed {seed}, {compression}: {lost:?}"),
                Observed::End => panic!("seed {seed}, {compression}: the stream ended"),
                _ => {}
            },
            () = sleep(Duration::from_secs(1)) => {}
        }
        if slowness > 0 && random.below(20) == 0 {
            sleep(Duration::from_secs(random.below(slowness * 2))).await;
        }
    };
    let wrong = seen
        .iter()
        .zip(&events)
        .position(|(seen, made)| seen != made);
    assert_eq!(wrong, None, "seed {seed}, {compression}: {seen:?}");
    assert_eq!(seen.len(), events.len());
}
