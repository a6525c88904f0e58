//! The invites of guilds.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::traffic::Event;

/// The most invites of a guild.
pub(crate) const MAX_PER_GUILD: usize = 1000;

/// The most invites of all guilds that are kept.
const MAX_INVITES: usize = 10_000;

/// The data of INVITE_CREATE by code.
#[derive(Debug, Default)]
pub(crate) struct Invites(BTreeMap<String, Value>);

impl Invites {
    /// Keeps what an event says about invites.
    pub(crate) fn observe(&mut self, event: &Event) {
        let data = &event.data;
        let Some(code) = data["code"].as_str() else {
            return;
        };
        match &*event.name {
            "INVITE_CREATE" if self.0.len() < MAX_INVITES => {
                self.0.insert(code.to_owned(), data.clone());
            }
            "INVITE_CREATE" => {
                tracing::warn!("more than {MAX_INVITES} invites: REST ignores further ones");
            }
            "INVITE_DELETE" => drop(self.0.remove(code)),
            _ => {}
        }
    }

    pub(crate) fn get(&self, code: &str) -> Option<&Value> {
        self.0.get(code)
    }

    /// The invites whose field has this id.
    pub(crate) fn with(&self, field: &'static str, id: u64) -> impl Iterator<Item = &Value> {
        let id = id.to_string();
        self.0.values().filter(move |invite| invite[field] == *id)
    }
}
