//! The audit log of guilds.

use serde_json::{Value, json};

use super::{
    context::{Outcome, RequestContext},
    error::ApiError,
    response::RestResponse,
};
use crate::traffic::Event;

/// What was done: the type of an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Action(u64);

impl Action {
    pub(super) const CHANNEL_CREATE: Self = Self(10);
    pub(super) const CHANNEL_UPDATE: Self = Self(11);
    pub(super) const CHANNEL_DELETE: Self = Self(12);
    pub(super) const OVERWRITE_CREATE: Self = Self(13);
    pub(super) const OVERWRITE_UPDATE: Self = Self(14);
    pub(super) const OVERWRITE_DELETE: Self = Self(15);
    pub(super) const MEMBER_KICK: Self = Self(20);
    pub(super) const MEMBER_BAN_ADD: Self = Self(22);
    pub(super) const MEMBER_BAN_REMOVE: Self = Self(23);
    pub(super) const MEMBER_UPDATE: Self = Self(24);
    pub(super) const MEMBER_ROLE_UPDATE: Self = Self(25);
    pub(super) const ROLE_CREATE: Self = Self(30);
    pub(super) const ROLE_UPDATE: Self = Self(31);
    pub(super) const ROLE_DELETE: Self = Self(32);
    pub(super) const INVITE_CREATE: Self = Self(40);
    pub(super) const INVITE_DELETE: Self = Self(42);
    pub(super) const WEBHOOK_CREATE: Self = Self(50);
    pub(super) const WEBHOOK_UPDATE: Self = Self(51);
    pub(super) const WEBHOOK_DELETE: Self = Self(52);
    pub(super) const MESSAGE_DELETE: Self = Self(72);
    pub(super) const MESSAGE_BULK_DELETE: Self = Self(73);
    pub(super) const MESSAGE_PIN: Self = Self(74);
    pub(super) const MESSAGE_UNPIN: Self = Self(75);
    pub(super) const THREAD_CREATE: Self = Self(110);
    pub(super) const THREAD_UPDATE: Self = Self(111);
    pub(super) const THREAD_DELETE: Self = Self(112);
}

/// A change that the bot makes, as the audit log keeps it.
#[derive(Clone, Debug)]
pub(super) struct Change {
    action: Action,
    target: Option<u64>,
    changes: Vec<Value>,
    options: Option<Value>,
}

impl Change {
    pub(super) const fn new(action: Action, target: Option<u64>) -> Self {
        Self {
            action,
            target,
            changes: Vec::new(),
            options: None,
        }
    }

    /// Whether no value has changed.
    pub(super) const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(super) fn with_options(mut self, options: Value) -> Self {
        self.options = Some(options);
        self
    }

    /// Adds a changed value.
    pub(super) fn with_value(mut self, key: &str, old: Option<Value>, new: Option<Value>) -> Self {
        let mut change = json!({"key": key});
        if let Some(old) = old {
            change["old_value"] = old;
        }
        if let Some(new) = new {
            change["new_value"] = new;
        }
        self.changes.push(change);
        self
    }

    /// Adds the fields that differ between two objects, of those that a request can change.
    pub(super) fn between<'a>(
        mut self,
        old: &Value,
        new: &Value,
        fields: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        for key in fields {
            let (old, new) = (old.get(key), new.get(key));
            if old != new {
                let value = |value: Option<&Value>| value.filter(|it| !it.is_null()).cloned();
                self = self.with_value(key, value(old), value(new));
            }
        }
        self
    }
}

impl RequestContext<'_> {
    /// Adds an entry to the audit log of a guild: GUILD_AUDIT_LOG_ENTRY_CREATE.
    pub(super) fn audit(&mut self, guild: u64, change: Change) -> Result<(), ApiError> {
        let reason = self.reason()?;
        let (_, id) = self.gateway.rest_mut().next_id();
        let mut entry = json!({
            "user_id": self.bot().to_string(),
            "target_id": change.target.map(|id| id.to_string()),
            "id": id.to_string(),
            "guild_id": guild.to_string(),
            "action_type": change.action.0,
        });
        if !change.changes.is_empty() {
            entry["changes"] = change.changes.into();
        }
        if let Some(options) = change.options {
            entry["options"] = options;
        }
        if let Some(reason) = reason {
            entry["reason"] = reason.into();
        }
        let event = Event::in_guild("GUILD_AUDIT_LOG_ENTRY_CREATE", guild, entry);
        self.gateway.make_happen(&event);
        Ok(())
    }
}

/// The entries, newest first, or oldest first after an id.
pub(super) fn list(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let limit = context.limit(100, 50)?;
    let before = context.query_id("before")?;
    let after = context.query_id("after")?;
    let user = context.query_id("user_id")?;
    let action: Option<u64> = context.number("action_type", 0, u64::from(u16::MAX))?;
    let id = |entry: &Value, name: &str| entry[name].as_str().and_then(|id| id.parse().ok());
    let is_listed = |entry: &&Value| {
        let at: u64 = id(entry, "id").unwrap_or(0);
        before.is_none_or(|before| at < before)
            && after.is_none_or(|after| at > after)
            && user.is_none_or(|user| id(entry, "user_id") == Some(user))
            && action.is_none_or(|action| entry["action_type"] == action)
    };
    let all: Vec<&Value> = context.gateway.rest().audit_log(guild.id).collect();
    let listed = |entries: &mut dyn Iterator<Item = &Value>| -> Vec<Value> {
        let entries = entries.filter(is_listed).take(limit);
        entries
            .map(|entry| {
                let mut entry = entry.clone();
                if let Some(fields) = entry.as_object_mut() {
                    fields.remove("guild_id");
                }
                entry
            })
            .collect()
    };
    let entries = if after.is_some() {
        listed(&mut all.iter().copied())
    } else {
        listed(&mut all.iter().rev().copied())
    };
    let mut users: Vec<u64> = (entries.iter())
        .flat_map(|entry| [id(entry, "user_id"), id(entry, "target_id")])
        .flatten()
        .collect();
    users.sort_unstable();
    users.dedup();
    let world = context.gateway.world();
    let users: Vec<Value> = users.into_iter().filter_map(|id| world.user(id)).collect();
    Ok(RestResponse::ok(json!({
        "webhooks": [],
        "users": users,
        "threads": [],
        "integrations": [],
        "guild_scheduled_events": [],
        "auto_moderation_rules": [],
        "audit_log_entries": entries,
        "application_commands": [],
    })))
}
