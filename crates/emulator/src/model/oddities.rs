//! What no client expects: guilds that come and go in a flood, events that nobody knows, messages that are no payloads.

use std::{sync::Arc, time::Instant};

use super::{
    frame::Frame,
    gateway::Gateway,
    input::Action,
    session::{Arrival, Session},
};
use crate::selector::Selector;

/// In no documentation: names, and data of every kind (P34).
const UNKNOWN: [(&str, &str); 6] = [
    ("GLOAMING_UNKNOWN_EVENT", r#"{"guild_id":"1","new":true}"#),
    ("GLOAMING_UNKNOWN_EVENT", "null"),
    ("GLOAMING_UNKNOWN_LIST", r#"[1,"2",null,{"three":[]}]"#),
    ("GLOAMING_UNKNOWN_TEXT", r#""text \" with \u0000 escapes""#),
    ("GLOAMING_UNKNOWN_NUMBER", "-1.5e300"),
    (
        "gloaming.unknown/\"name\"",
        r#"{"op":9,"s":0,"t":"READY","d":{"op":7}}"#,
    ),
];

/// What a broken proxy says.
const GARBAGE: &str = "<html><h1>502 Bad Gateway</h1></html>";

impl Gateway {
    /// Makes the guilds of sessions unavailable and available again, one after another and so many times in all, as fast
    /// as clients read. Gives how many sessions.
    pub fn flood_guilds(&mut self, now: Instant, selector: &Selector, times: u64) -> usize {
        self.for_sessions(selector, |gateway, key| {
            let Some(shard) = gateway.sessions.get(&key).map(|session| session.shard) else {
                return;
            };
            let guilds: Vec<usize> = gateway.world.guilds_of_shard(shard).collect();
            let Some(session) = gateway.sessions.get_mut(&key) else {
                return;
            };
            session.come_and_go(&guilds, times);
            if let Some(id) = session.connection() {
                gateway.feed(now, id);
            }
        })
    }

    /// Sends so many events that are in no documentation, whatever the sessions' intents. Gives to how many sessions.
    pub fn send_unknown_events(&mut self, selector: &Selector, count: u64) -> usize {
        self.for_sessions(selector, |gateway, key| {
            for ((name, data), _) in UNKNOWN.iter().cycle().zip(0..count) {
                gateway.dispatch_to(key, (*name).into(), Arc::from(*data));
            }
        })
    }

    /// Sends something that is no payload. Gives to how many connections.
    pub fn send_garbage(&mut self, selector: &Selector) -> usize {
        self.for_connections(selector, |gateway, id| {
            gateway.act(id, Action::Send(Frame::Control(GARBAGE.into())));
        })
    }
}

impl Session {
    /// Sorted, as what is still to come is: each guild as often as its share.
    fn come_and_go(&mut self, guilds: &[usize], times: u64) {
        self.arrival = Arrival::Again;
        let count = guilds.len().max(1) as u64;
        for (place, guild) in (0..).zip(guilds) {
            let share = times / count + u64::from(place < times % count);
            let waits = self.pending_guilds.iter().any(|pending| pending == guild);
            let more = share.saturating_sub(u64::from(waits));
            self.pending_guilds.extend(std::iter::repeat_n(
                *guild,
                usize::try_from(more).unwrap_or(0),
            ));
        }
        self.pending_guilds.make_contiguous().sort_unstable();
    }
}
