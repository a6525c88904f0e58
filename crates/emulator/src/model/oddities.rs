//! What is documented, or only to be expected, and still surprises bots (P34).

use std::time::Instant;

use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use super::{
    gateway::Gateway,
    session::{Guilds, Session},
};
use crate::selector::Selector;

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
            let untold = std::mem::take(&mut session.pending_guilds);
            let all: Vec<usize> = gateway.world.guilds_of_shard(shard).collect();
            for index in &all {
                if untold.binary_search(index).is_err() {
                    let id = gateway.world.guilds()[*index].id.to_string();
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

    /// Sends sessions `count` events each whose names nobody knows, with data of any kind. Gives how many sessions.
    pub fn dispatch_unknown_events(&mut self, selector: &Selector, count: u64) -> usize {
        self.for_sessions(selector, |gateway, key| {
            for _ in 0..count {
                let sequence = gateway
                    .sessions
                    .get(&key)
                    .map_or(0, |session: &Session| session.sequence);
                let name = format!("UNHEARD_OF_{}", sequence % 10);
                let data = odd_data(sequence).to_string();
                gateway.dispatch_to(key, name.into(), data.into());
            }
        })
    }
}

/// One kind of data after the other.
fn odd_data(number: u64) -> Value {
    match number % 7 {
        0 => json!({}),
        1 => json!(null),
        2 => json!([]),
        3 => json!(number),
        4 => json!("text"),
        5 => json!({"guild_id": number, "op": 7, "s": "0", "t": null, "d": {"op": 9}}),
        _ => json!({"guild_id": null, "id": [[[{"deep": true}]]], "\u{1f40d}": "\u{0}"}),
    }
}
