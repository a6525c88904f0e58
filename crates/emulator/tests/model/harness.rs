//! A gateway in virtual time with scripted clients.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use gloaming_emulator::{
    DEFAULT_TOKEN, EmulatorBuilder, Settings, ViolationResponse,
    model::{
        ConnectionId, Encoding, Gateway, Handshake, Host, Input, Operation, Payload, RestRequest,
        RestResponse,
    },
};
use gloaming_test_support::etf::Term;
use serde_json::{Value, json};

pub(crate) const QUERY: &str = "v=10&encoding=json";
pub(crate) const ETF: &str = "v=10&encoding=etf";

/// A message or the end of a connection, as the client received it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Received {
    Payload(Value),
    Close(u16),
    Dropped,
}

/// The gateway, its clock and its clients.
pub(crate) struct Harness {
    pub(crate) gateway: Gateway,
    pub(crate) now: Instant,
    connections: u64,
    received: BTreeMap<ConnectionId, Vec<Received>>,
    /// The connections whose payloads are ETF.
    with_etf: BTreeSet<ConnectionId>,
    /// The reason of the last close frame.
    pub(crate) close_reason: String,
    /// Whether clients read, so that connections drain.
    pub(crate) clients_read: bool,
}

impl Harness {
    /// Sends the initial response to an interaction: a message.
    pub(crate) fn respond(&mut self, interaction: &Value) -> RestResponse {
        let text = |name: &str| interaction[name].as_str().unwrap();
        let path = format!(
            "/api/v10/interactions/{}/{}/callback",
            text("id"),
            text("token")
        );
        let mut request = RestRequest::new("POST", &path);
        request.body = br#"{"type": 4, "data": {"content": "pong"}}"#;
        self.gateway.handle_request(self.now, &request)
    }

    pub(crate) fn new(builder: EmulatorBuilder) -> Self {
        Self::with_settings(builder.into_settings())
    }

    pub(crate) fn with_settings(settings: Settings) -> Self {
        let now = Instant::now();
        Self {
            gateway: Gateway::new(settings, now),
            now,
            connections: 0,
            received: BTreeMap::new(),
            with_etf: BTreeSet::new(),
            close_reason: String::new(),
            clients_read: true,
        }
    }

    /// Opens a connection to the main host.
    pub(crate) fn connect(&mut self) -> ConnectionId {
        self.connect_to(Host::Main, QUERY)
    }

    pub(crate) fn connect_to(&mut self, host: Host, query: &str) -> ConnectionId {
        self.connections += 1;
        let id = ConnectionId(self.connections);
        let handshake = Handshake {
            query: query.to_owned(),
            host,
            resume_url: "ws://resume.example".into(),
        };
        self.input(id, Input::Opened(handshake));
        id
    }

    /// Opens a connection and identifies. Returns the connection and the data of READY.
    pub(crate) fn start(&mut self, shard: [u32; 2], intents: u64) -> (ConnectionId, Value) {
        self.start_with(QUERY, shard, intents)
    }

    /// Opens a connection with this query and identifies. Returns the connection and the data of READY.
    pub(crate) fn start_with(
        &mut self,
        query: &str,
        shard: [u32; 2],
        intents: u64,
    ) -> (ConnectionId, Value) {
        let id = self.connect_to(Host::Main, query);
        self.send(id, &identify(shard, intents));
        let ready = self
            .payloads(id)
            .into_iter()
            .find(|payload| payload["t"] == "READY")
            .expect("READY");
        (id, ready["d"].clone())
    }

    pub(crate) fn send(&mut self, id: ConnectionId, payload: &Value) {
        match self.with_etf.contains(&id) {
            true => self.input(id, Input::Binary(&Term::from_json(payload).encode())),
            false => self.input(id, Input::Text(&payload.to_string())),
        }
    }

    /// Ends the connection from the side of the client.
    pub(crate) fn disconnect(&mut self, id: ConnectionId, code: Option<u16>) {
        self.input(id, Input::Closed { code });
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

    /// Advances time while the client sends its heartbeats.
    pub(crate) fn wait_with_heartbeats(&mut self, id: ConnectionId, time: Duration) {
        let interval = self.gateway.settings().heartbeat_interval;
        let end = self.now + time;
        while self.now + interval <= end {
            self.wait(interval);
            self.send(id, &json!({"op": 1, "d": null}));
        }
        self.wait(end - self.now);
    }

    /// Everything that the client received since the last call.
    pub(crate) fn received(&mut self, id: ConnectionId) -> Vec<Received> {
        self.settle();
        self.received.remove(&id).unwrap_or_default()
    }

    /// The payloads that the client received since the last call. Panics if it received anything else.
    pub(crate) fn payloads(&mut self, id: ConnectionId) -> Vec<Value> {
        self.received(id)
            .into_iter()
            .map(|received| match received {
                Received::Payload(payload) => payload,
                other => panic!("expected a payload, received {other:?}"),
            })
            .collect()
    }

    /// The names of the dispatches that the client received since the last call.
    pub(crate) fn names(&mut self, id: ConnectionId) -> Vec<String> {
        self.payloads(id)
            .iter()
            .filter_map(|payload| payload["t"].as_str().map(str::to_owned))
            .collect()
    }

    /// The broken rules, and the response of the gateway to each.
    pub(crate) fn violations(&self) -> Vec<(&'static str, ViolationResponse)> {
        self.gateway
            .violations()
            .iter()
            .map(|violation| (violation.rule, violation.response))
            .collect()
    }

    /// Asserts that the client was closed with `code` for breaking `rule`.
    #[track_caller]
    pub(crate) fn assert_refused(&mut self, id: ConnectionId, rule: &str, code: u16) {
        let received = self.received(id);
        assert_eq!(
            received.last(),
            Some(&Received::Close(code)),
            "{received:?}"
        );
        let last = *self.violations().last().expect("a violation");
        assert_eq!(last, (rule, ViolationResponse::Closed(code)));
    }

    /// Delivers all output of the gateway, as a connection whose client reads at once.
    pub(crate) fn settle(&mut self) {
        let mut drained = Vec::new();
        loop {
            while let Some(output) = self.gateway.poll_output() {
                let received = self.received.entry(output.connection).or_default();
                match output.operation {
                    Operation::Encode(Encoding::Etf) => {
                        self.with_etf.insert(output.connection);
                    }
                    Operation::Send(frame) => {
                        let is_etf = self.with_etf.contains(&output.connection);
                        received.push(Received::Payload(read(&frame, is_etf)));
                    }
                    Operation::SendBatch(run) => {
                        let is_etf = self.with_etf.contains(&output.connection);
                        received.extend((run.dispatches()).map(|dispatch| {
                            Received::Payload(read(&Payload::Dispatch(dispatch), is_etf))
                        }));
                    }
                    Operation::Close { code, reason } => {
                        received.push(Received::Close(code));
                        self.close_reason = reason.into_owned();
                    }
                    Operation::Drop => received.push(Received::Dropped),
                    _ => {}
                }
                drained.push(output.connection);
            }
            let Some(id) = drained.pop() else {
                return;
            };
            drained.retain(|other| *other != id);
            if !self.clients_read {
                continue;
            }
            self.gateway.handle_input(self.now, id, Input::Drained);
        }
    }
}

/// Reads a payload as a client.
fn read(payload: &Payload, is_etf: bool) -> Value {
    match is_etf {
        true => Term::decode(&payload.to_etf()).expect("ETF").to_json(),
        false => serde_json::from_str(&payload.to_text()).expect("JSON"),
    }
}

pub(crate) fn identify(shard: [u32; 2], intents: u64) -> Value {
    json!({"op": 2, "d": {
        "token": DEFAULT_TOKEN,
        "properties": {"os": "linux", "browser": "test", "device": "test"},
        "intents": intents,
        "shard": shard,
    }})
}

pub(crate) fn resume(session_id: &Value, seq: u64) -> Value {
    json!({"op": 6, "d": {"token": DEFAULT_TOKEN, "session_id": session_id, "seq": seq}})
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn builder() -> EmulatorBuilder {
    gloaming_emulator::Emulator::builder()
}
