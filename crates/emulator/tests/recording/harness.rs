//! A gateway in virtual time with clients that read at once.

use std::time::{Duration, Instant};

use gloaming_emulator::{
    DEFAULT_TOKEN, Settings,
    model::{ConnectionId, Gateway, Handshake, Host, Input, Operation},
    recording::{RecordOutcome, Recorder},
};
use serde_json::{Value, json};

pub(crate) struct Harness {
    pub(crate) gateway: Gateway,
    began: Instant,
    now: Instant,
    connections: u64,
    /// The sent payloads: time, connection and text.
    pub(crate) sent: Vec<(Duration, ConnectionId, String)>,
}

impl Harness {
    #[expect(clippy::disallowed_methods, reason = "simulated time needs an origin")]
    pub(crate) fn new(settings: Settings) -> Self {
        let now = Instant::now();
        Self {
            gateway: Gateway::new(settings, now),
            began: now,
            now,
            connections: 0,
            sent: Vec::new(),
        }
    }

    pub(crate) fn start(&mut self, shard: [u32; 2], intents: u64) -> ConnectionId {
        self.connections += 1;
        let id = ConnectionId(self.connections);
        let handshake = Handshake {
            query: "v=10".to_owned(),
            host: Host::Main,
            resume_url: "ws://resume.example".into(),
        };
        self.input(id, Input::Opened(handshake));
        let identify = json!({"op": 2, "d": {
            "token": DEFAULT_TOKEN,
            "properties": {"os": "linux", "browser": "test", "device": "test"},
            "intents": intents,
            "shard": shard,
        }});
        self.input(id, Input::Text(&identify.to_string()));
        id
    }

    pub(crate) fn input(&mut self, id: ConnectionId, input: Input<'_>) {
        self.gateway.handle_input(self.now, id, input);
        self.settle();
    }

    /// Advances time, and handles each deadline at its time.
    pub(crate) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.gateway.poll_timeout().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.gateway.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
    }

    /// Delivers all output of the gateway.
    pub(crate) fn settle(&mut self) {
        while let Some(output) = self.gateway.poll_output() {
            if let Operation::Send(frame) = output.operation {
                let at = self.now - self.began;
                self.sent.push((at, output.connection, frame.to_text()));
                self.gateway
                    .handle_input(self.now, output.connection, Input::Drained);
            }
        }
    }

    /// The dispatches that a client received: time, name and data.
    pub(crate) fn dispatches(&self, client: ConnectionId) -> Vec<(Duration, String, Value)> {
        self.sent
            .iter()
            .filter(|(_, to, _)| *to == client)
            .filter_map(|(at, _, text)| {
                let mut payload: Value = serde_json::from_str(text).unwrap();
                let name = payload["t"].as_str()?.to_owned();
                Some((*at, name, payload["d"].take()))
            })
            .collect()
    }

    /// Passes all sent payloads to a recorder. Returns how many it wrote.
    pub(crate) fn record(&self, recorder: &mut Recorder<Vec<u8>>) -> usize {
        let written = self.sent.iter().filter(|(at, to, text)| {
            let shard = self.gateway.shard_of(*to).unwrap();
            recorder.record(*at, shard, text).unwrap() == RecordOutcome::Written
        });
        written.count()
    }
}
