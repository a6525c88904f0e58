//! What no client expects: guilds that come and go, events that nobody knows, messages that are no payloads.

use std::{sync::Arc, time::Instant};

use serde_json::json;
use twilight_model::gateway::Intents;

use super::{
    gateway::Gateway,
    input::Operation,
    payload_text::Payload,
    session::{Arrival, Guilds, Session},
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
    /// Makes all guilds of sessions unavailable, as in an outage of the servers that keep them: a GUILD_DELETE with
    /// `unavailable` for each, and no events of theirs until they are [available] again. Gives how many sessions it were.
    ///
    /// [available]: Self::make_guilds_available
    pub fn make_guilds_unavailable(&mut self, selector: &Selector) -> usize {
        self.for_sessions(selector, |gateway, key| {
            let Some(session) = gateway.sessions.get_mut(&key) else {
                return;
            };
            if !session.intents.contains(Intents::GUILDS) {
                return;
            }
            let shard = session.shard;
            session.guilds = Guilds::Unavailable;
            session.arrival = Arrival::First;
            let untold = std::mem::take(&mut session.pending_guilds);
            let all: Vec<usize> = gateway.world.guilds_of_shard(shard).collect();
            for index in &all {
                if untold.binary_search(index).is_err() {
                    let id = gateway.world.guild_id(*index).to_string();
                    let data = json!({"id": id, "unavailable": true}).to_string();
                    gateway.dispatch_to(key, "GUILD_DELETE".into(), data.into());
                }
            }
            if let Some(session) = gateway.sessions.get_mut(&key) {
                session.pending_guilds = all.into();
            }
        })
    }

    /// Makes guilds available that were not: a GUILD_CREATE for each, as fast as the client takes them. Gives how many
    /// sessions it were.
    pub fn make_guilds_available(&mut self, now: Instant, selector: &Selector) -> usize {
        self.for_sessions(selector, |gateway, key| {
            let Some(session) = gateway.sessions.get_mut(&key) else {
                return;
            };
            let before = std::mem::replace(&mut session.guilds, Guilds::Available);
            if before == Guilds::Unavailable
                && let Some(id) = session.connection()
            {
                gateway.feed(now, id);
            }
        })
    }

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
    pub fn send_invalid_json(&mut self, selector: &Selector) -> usize {
        self.for_connections(selector, |gateway, id| {
            gateway.act(id, Operation::Send(Payload::Control(GARBAGE.into())));
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
