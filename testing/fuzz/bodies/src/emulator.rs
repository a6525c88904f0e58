use crate::script::Script;
use gloaming_emulator::{
    DEFAULT_TOKEN, Settings,
    model::{ConnectionId, Gateway, Handshake, Host, Input, Mute, Operation},
};
use gloaming_test_support::start_of_time;
use serde::{Deserialize, de::IgnoredAny};
use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

/// The maximum number of steps.
const MAX_STEPS: usize = 500;

/// The maximum number of outputs of one input: a full replay buffer, or a list of members in chunks.
const MAX_OUTPUTS: usize = 1_000;

/// Runs clients that connect, send and disconnect as determined by the script.
pub fn emulator(data: &[u8]) {
    let mut script = Script::new(data);
    let mut clients = Clients::new(&mut script);
    for _ in 0..MAX_STEPS {
        if script.is_over() {
            break;
        }
        clients.step(&mut script);
    }
    clients.disconnect_all();
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Link {
    Open,
    /// The gateway has closed or dropped the connection, and must not send anything.
    Ended,
}

struct Clients {
    gateway: Gateway,
    now: Instant,
    links: BTreeMap<ConnectionId, Link>,
    opened: u64,
    /// The last session that was started.
    session: String,
    sequences: BTreeMap<ConnectionId, u64>,
}

impl Clients {
    fn new(script: &mut Script<'_>) -> Self {
        let now = start_of_time();
        let mut settings = Settings::default();
        settings.guilds = u32::from(script.below(4));
        settings.members = u32::from(script.below(4));
        settings.seed = script.u64();
        settings.replay_buffer = Some(usize::from(script.byte()));
        settings.session_starts_remaining = u32::from(script.byte());
        Self {
            gateway: Gateway::new(settings, now),
            now,
            links: BTreeMap::new(),
            opened: 0,
            session: String::new(),
            sequences: BTreeMap::new(),
        }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        let choice = script.below(24);
        if choice < 2 || self.links.is_empty() {
            return self.open(script);
        }
        let index = usize::from(script.byte()) % self.links.len();
        let id = *self.links.keys().nth(index).expect("the index is in range");
        match choice {
            2 | 3 => self.text(id, &script.text()),
            4 => self.input(id, Input::Binary(script.chunk())),
            5 => self.close(id, Some(script.u16())),
            6 => self.close(id, None),
            7 => self.now += Duration::from_millis(script.number() % (1 << 40)),
            8 => self.now += Duration::from_millis(u64::from(script.u16())),
            9 => self.timeout(),
            10 => self.mute(script),
            11 | 12 => self.input(id, Input::Drained),
            _ => {
                let text = self.payload(script);
                self.text(id, &text);
            }
        }
    }

    fn open(&mut self, script: &mut Script<'_>) {
        self.opened += 1;
        let id = ConnectionId(self.opened);
        let query = match script.below(4) {
            0 => script.text(),
            1 => "v=10&encoding=json&compress=zlib-stream".to_owned(),
            _ => "v=10&encoding=json".to_owned(),
        };
        let host = match script.below(2) {
            0 => Host::Main,
            _ => Host::Resume,
        };
        self.links.insert(id, Link::Open);
        self.input(
            id,
            Input::Opened(Handshake {
                query,
                host,
                resume_url: "ws://resume.example".into(),
            }),
        );
    }

    fn text(&mut self, id: ConnectionId, text: &str) {
        self.input(id, Input::Text(text));
    }

    fn close(&mut self, id: ConnectionId, code: Option<u16>) {
        self.input(id, Input::Closed { code });
        self.links.remove(&id);
    }

    fn timeout(&mut self) {
        if let Some(at) = self.gateway.poll_timeout() {
            self.now = self.now.max(at);
        }
        self.gateway.handle_timeout(self.now);
        self.drain();
    }

    fn mute(&mut self, script: &mut Script<'_>) {
        let what = [Mute::Hello, Mute::Ready, Mute::Acks][usize::from(script.below(3))];
        if self.gateway.is_muted(what) {
            self.gateway.unmute(self.now, what);
        } else {
            self.gateway.mute(what);
        }
        self.drain();
    }

    /// Returns a payload of a client, with values from the script.
    fn payload(&self, script: &mut Script<'_>) -> String {
        let guild = self.gateway.guild_ids().first().map_or(1, |id| id.get());
        match script.below(9) {
            0 => format!(
                r#"{{"op":2,"d":{{"token":"{DEFAULT_TOKEN}","properties":{{"os":"a","browser":"b","device":"c"}},"intents":{},"shard":[{},{}]}}}}"#,
                script.number(),
                script.below(3),
                script.below(4),
            ),
            1 => format!(
                r#"{{"op":2,"d":{{"token":"{DEFAULT_TOKEN}","properties":{{"os":"a","browser":"b","device":"c"}},"intents":53608447,"compress":true}}}}"#
            ),
            2 => format!(
                r#"{{"op":6,"d":{{"token":"{DEFAULT_TOKEN}","session_id":"{}","seq":{}}}}}"#,
                self.session,
                script.byte()
            ),
            3 => format!(r#"{{"op":1,"d":{}}}"#, script.number()),
            4 => format!(
                r#"{{"op":8,"d":{{"guild_id":"{guild}","query":"","limit":{}}}}}"#,
                script.number()
            ),
            5 => format!(
                r#"{{"op":8,"d":{{"guild_id":"{guild}","user_ids":["{}"],"nonce":{}}}}}"#,
                script.number(),
                quoted(&script.text())
            ),
            6 => format!(
                r#"{{"op":31,"d":{{"guild_ids":["{guild}","{}"]}}}}"#,
                script.number()
            ),
            7 => format!(
                r#"{{"op":43,"d":{{"guild_id":"{guild}","fields":["status","voice_start_time"]}}}}"#
            ),
            _ => format!(r#"{{"op":{},"d":{}}}"#, script.byte(), script.text()),
        }
    }

    fn input(&mut self, id: ConnectionId, input: Input<'_>) {
        self.gateway.handle_input(self.now, id, input);
        self.drain();
    }

    fn drain(&mut self) {
        let mut outputs = VecDeque::new();
        while let Some(output) = self.gateway.poll_output() {
            outputs.push_back(output);
            assert!(outputs.len() <= MAX_OUTPUTS, "too many outputs");
        }
        for output in outputs {
            let id = output.connection;
            let link = self.links.get_mut(&id).expect("the connection was opened");
            assert_eq!(
                *link,
                Link::Open,
                "{:?} after the connection ended",
                output.operation
            );
            match output.operation {
                Operation::Close { code, reason } => {
                    assert!((1000..5000).contains(&code) && reason.len() < 124);
                    *link = Link::Ended;
                }
                Operation::Drop => *link = Link::Ended,
                Operation::Send(payload) => self.read(id, &payload.to_text()),
                Operation::SendBatch(batch) => {
                    for dispatch in batch.dispatches() {
                        let mut text = String::new();
                        dispatch.write_to(&mut text);
                        self.read(id, &text);
                    }
                }
                _ => {}
            }
        }
    }

    /// Reads a payload as a client.
    fn read(&mut self, id: ConnectionId, text: &str) {
        let sent = serde_json::from_str::<Sent>(text).expect("a gateway sends JSON");
        if sent.op != 0 {
            return assert_eq!((sent.s, sent.t), (None, None), "{text}");
        }
        let sequence = sent.s.expect("a dispatch has a sequence number");
        if sent.t.as_deref() == Some("READY") {
            let ready = serde_json::from_str::<Ready>(text).expect("READY has a session id");
            self.session = ready.d.session_id;
        } else if let Some(last) = self.sequences.get(&id) {
            assert_eq!(sequence, last + 1, "a sequence number is missing");
        }
        self.sequences.insert(id, sequence);
    }

    /// Closes all connections, and checks that no connections and sessions remain.
    fn disconnect_all(mut self) {
        for id in Vec::from_iter(self.links.keys().copied()) {
            self.close(id, Some(1000));
        }
        self.now += self.gateway.settings().session_lifetime;
        self.gateway.handle_timeout(self.now);
        self.drain();
        let stats = self.gateway.stats();
        assert_eq!((stats.connections, stats.sessions), (0, 0));
        assert!(self.gateway.sessions().is_empty());
    }
}

/// A payload whose `d` is parsed and discarded.
#[derive(Deserialize)]
struct Sent {
    op: u64,
    s: Option<u64>,
    t: Option<String>,
    #[serde(rename = "d")]
    _d: IgnoredAny,
}

#[derive(Deserialize)]
struct Ready {
    d: Session,
}

#[derive(Deserialize)]
struct Session {
    session_id: String,
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is JSON")
}
