//! Guild outages, and messages that clients do not expect.

use std::{sync::Arc, time::Instant};

use twilight_model::gateway::Intents;

use super::Gateway;
use crate::{
    model::{
        delivery::unavailable_guild,
        io::Operation,
        sessions::{GuildArrival, GuildAvailability},
    },
    payload::Payload,
    selector::Selector,
};

/// Names and data of events that are not documented ([P34](gloaming_protocol::rules#p34)).
const UNKNOWN_EVENTS: [(&str, &str); 6] = [
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

/// What a broken proxy might send.
const INVALID_JSON: &str = "<html><h1>502 Bad Gateway</h1></html>";

impl Gateway {
    /// Makes all guilds of sessions unavailable, as in an outage: a GUILD_DELETE with `unavailable` for each, and no
    /// further events of these guilds until they are [available] again. Returns the number of sessions.
    ///
    /// [available]: Self::make_guilds_available
    pub fn make_guilds_unavailable(&mut self, selector: &Selector) -> usize {
        self.for_sessions(selector, |gateway, key| {
            let Some(session) = gateway.sessions.get_mut(key) else {
                return;
            };
            if !session.intents.contains(Intents::GUILDS) {
                return;
            }
            let shard = session.shard;
            session.guild_availability = GuildAvailability::Unavailable;
            session.guild_arrival = GuildArrival::First;
            let unsent = std::mem::take(&mut session.pending_guilds);
            let all: Vec<usize> = gateway.world.guilds_of_shard(shard).collect();
            for index in &all {
                if unsent.binary_search(index).is_err() {
                    let data = unavailable_guild(gateway.world.guild_id(*index));
                    gateway
                        .delivery()
                        .dispatch(key, "GUILD_DELETE".into(), data);
                }
            }
            if let Some(session) = gateway.sessions.get_mut(key) {
                session.pending_guilds = all.into();
            }
        })
    }

    /// Makes unavailable guilds available: a GUILD_CREATE for each, as fast as the client reads. Returns the number of
    /// sessions.
    pub fn make_guilds_available(&mut self, now: Instant, selector: &Selector) -> usize {
        self.for_sessions(selector, |gateway, key| {
            let Some(session) = gateway.sessions.get_mut(key) else {
                return;
            };
            let before = std::mem::replace(
                &mut session.guild_availability,
                GuildAvailability::Available,
            );
            if before == GuildAvailability::Unavailable
                && let Some(id) = session.connection()
            {
                gateway.send_pending(now, id);
            }
        })
    }

    /// Makes the guilds of sessions unavailable and available again, one after another and so many times in total, as
    /// fast as the clients read. Returns the number of sessions.
    pub fn flood_guilds(&mut self, now: Instant, selector: &Selector, times: u64) -> usize {
        self.for_sessions(selector, |gateway, key| {
            let Some(session) = gateway.sessions.get_mut(key) else {
                return;
            };
            let guilds: Vec<usize> = gateway.world.guilds_of_shard(session.shard).collect();
            session.flood_guilds(&guilds, times);
            if let Some(id) = session.connection() {
                gateway.send_pending(now, id);
            }
        })
    }

    /// Sends so many events that are not documented, regardless of intents. Returns the number of sessions.
    pub fn send_unknown_events(&mut self, selector: &Selector, count: u64) -> usize {
        self.for_sessions(selector, |gateway, key| {
            for ((name, data), _) in UNKNOWN_EVENTS.iter().cycle().zip(0..count) {
                gateway
                    .delivery()
                    .dispatch(key, (*name).into(), Arc::from(*data));
            }
        })
    }

    /// Sends a message that is not valid JSON. Returns the number of connections.
    pub fn send_invalid_json(&mut self, selector: &Selector) -> usize {
        self.for_connections(selector, |gateway, id| {
            let message = Payload::Control(INVALID_JSON.into());
            gateway.effects.push(id, Operation::Send(message));
        })
    }
}
