//! The audit logs of guilds.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use crate::traffic::Event;

/// The most entries of a guild. When there are more, the oldest are discarded.
const MAX_ENTRIES: usize = 1000;

/// The last entries of each guild, oldest first.
#[derive(Debug, Default)]
pub(crate) struct AuditLogs(HashMap<u64, VecDeque<Value>>);

impl AuditLogs {
    /// Keeps the entry of an event.
    pub(crate) fn observe(&mut self, event: &Event) {
        if event.name != "GUILD_AUDIT_LOG_ENTRY_CREATE" {
            return;
        }
        let Some(guild) = event.guild else {
            return;
        };
        let entries = self.0.entry(guild).or_default();
        if entries.len() == MAX_ENTRIES {
            entries.pop_front();
        }
        entries.push_back(event.data.clone());
    }

    /// The entries of a guild, oldest first.
    pub(crate) fn of(&self, guild: u64) -> impl Iterator<Item = &Value> {
        self.0.get(&guild).into_iter().flatten()
    }
}
