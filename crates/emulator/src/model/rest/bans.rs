//! The bans of guilds.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::{traffic::Event, world::user::id_of};

/// The most bans of all guilds that are kept.
const MAX_BANS: usize = 10_000;

/// The ban objects by guild and user.
#[derive(Debug, Default)]
pub(crate) struct Bans {
    guilds: HashMap<u64, BTreeMap<u64, Value>>,
    count: usize,
}

impl Bans {
    /// Keeps what an event says about bans.
    pub(crate) fn observe(&mut self, event: &Event) {
        let is_added = match &*event.name {
            "GUILD_BAN_ADD" => true,
            "GUILD_BAN_REMOVE" => false,
            _ => return,
        };
        let (Some(guild), Some(user)) = (event.guild, id_of(&event.data["user"])) else {
            return;
        };
        let bans = self.guilds.entry(guild).or_default();
        if !is_added {
            self.count -= usize::from(bans.remove(&user).is_some());
        } else if self.count == MAX_BANS {
            tracing::warn!("more than {MAX_BANS} bans: REST ignores further ones");
        } else {
            let ban = json!({"reason": null, "user": event.data["user"]});
            self.count += usize::from(bans.insert(user, ban).is_none());
        }
    }

    /// Adds the reason of a ban, which the event does not have.
    pub(crate) fn set_reason(&mut self, guild: u64, user: u64, reason: Option<String>) {
        let bans = self.guilds.get_mut(&guild);
        if let Some(ban) = bans.and_then(|bans| bans.get_mut(&user)) {
            ban["reason"] = reason.into();
        }
    }

    /// The bans of a guild, by user.
    pub(crate) fn of(&self, guild: u64) -> impl Iterator<Item = (u64, &Value)> {
        let bans = self.guilds.get(&guild).into_iter().flatten();
        bans.map(|(user, ban)| (*user, ban))
    }
}
