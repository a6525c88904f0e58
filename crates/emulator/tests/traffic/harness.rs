//! A session that receives all events.

use std::time::{Duration, Instant};

use gloaming_emulator::{
    DEFAULT_TOKEN, EmulatorBuilder,
    model::{ConnectionId, Gateway, Handshake, Host, Input, Operation, Payload},
};
use serde_json::json;
use twilight_model::gateway::Intents;

pub(crate) const ALL: u64 = 53_608_447;

/// One dispatch.
pub(crate) struct Received {
    pub(crate) name: String,
    pub(crate) data: String,
}

/// Everything that a session with these intents receives in that time: READY and GUILD_CREATEs first.
pub(crate) fn receive_for(
    builder: EmulatorBuilder,
    intents: Intents,
    time: Duration,
) -> Vec<Received> {
    Session::start(builder.heartbeat_interval(time * 2), intents).receive_for(time)
}

/// A session that is a client's only one. It sends no heartbeats.
pub(crate) struct Session {
    pub(crate) gateway: Gateway,
    pub(crate) now: Instant,
}

impl Session {
    const CLIENT: ConnectionId = ConnectionId(1);

    pub(crate) fn start(builder: EmulatorBuilder, intents: Intents) -> Self {
        let now = Instant::now();
        let mut gateway = Gateway::new(builder.into_settings(), now);
        let handshake = Handshake {
            query: "v=10&encoding=json".to_owned(),
            host: Host::Main,
            resume_url: "ws://resume.example".into(),
        };
        gateway.handle_input(now, Self::CLIENT, Input::Opened(handshake));
        let identify = json!({"op": 2, "d": {
            "token": DEFAULT_TOKEN,
            "properties": {"os": "linux", "browser": "test", "device": "test"},
            "intents": intents.bits(),
        }});
        gateway.handle_input(now, Self::CLIENT, Input::Text(&identify.to_string()));
        Self { gateway, now }
    }

    /// What the session receives in that time.
    pub(crate) fn receive_for(&mut self, time: Duration) -> Vec<Received> {
        let end = self.now + time;
        let mut received = Vec::new();
        loop {
            let before = received.len();
            while let Some(output) = self.gateway.poll_output() {
                match output.operation {
                    Operation::Send(Payload::Dispatch(dispatch)) => received.push(Received {
                        name: dispatch.name.into_owned(),
                        data: dispatch.data.to_string(),
                    }),
                    Operation::SendBatch(run) => {
                        received.extend(run.dispatches().map(|dispatch| Received {
                            name: dispatch.name.into_owned(),
                            data: dispatch.data.to_string(),
                        }))
                    }
                    _ => {}
                }
            }
            if received.len() > before {
                (self.gateway).handle_input(self.now, Self::CLIENT, Input::Drained);
                continue;
            }
            match self.gateway.poll_timeout().filter(|next| *next <= end) {
                Some(next) => {
                    self.now = next;
                    self.gateway.handle_timeout(next);
                }
                None => {
                    self.now = end;
                    return received;
                }
            }
        }
    }
}

pub(crate) fn all() -> Intents {
    Intents::from_bits_truncate(ALL)
}
