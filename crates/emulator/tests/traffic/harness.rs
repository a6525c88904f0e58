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
    let mut now = Instant::now();
    let end = now + time;
    let mut gateway = Gateway::new(builder.heartbeat_interval(time * 2).into_settings(), now);
    let client = ConnectionId(1);
    let handshake = Handshake {
        query: "v=10&encoding=json".to_owned(),
        host: Host::Main,
        resume_url: "ws://resume.example".into(),
    };
    gateway.handle_input(now, client, Input::Opened(handshake));
    let identify = json!({"op": 2, "d": {
        "token": DEFAULT_TOKEN,
        "properties": {"os": "linux", "browser": "test", "device": "test"},
        "intents": intents.bits(),
    }});
    gateway.handle_input(now, client, Input::Text(&identify.to_string()));
    let mut received = Vec::new();
    loop {
        let before = received.len();
        while let Some(output) = gateway.poll_output() {
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
            gateway.handle_input(now, client, Input::Drained);
            continue;
        }
        match gateway.poll_timeout().filter(|next| *next <= end) {
            Some(next) => {
                now = next;
                gateway.handle_timeout(now);
            }
            None => return received,
        }
    }
}

pub(crate) fn all() -> Intents {
    Intents::from_bits_truncate(ALL)
}
