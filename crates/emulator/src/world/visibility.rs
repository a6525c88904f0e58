//! Which channels of a guild the bot can view ([P37](gloaming_protocol::rules#p37)).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::user::id_of;

/// The permission to view a channel.
pub(crate) const VIEW_CHANNEL: u64 = 1 << 10;

/// The permission that includes all others, and that overwrites do not restrict.
const ADMINISTRATOR: u64 = 1 << 3;

/// The flag of a channel that is obfuscated.
const OBFUSCATED: u64 = 1 << 17;

/// The name of every channel that is obfuscated.
const OBFUSCATED_NAME: &str = "___hidden___";

/// The type of a category.
const CATEGORY: u64 = 4;

/// The fields of an obfuscated channel that have their values. `guild_id` is not one of the channel itself, but of the
/// event that has it.
const RELIABLE: [&str; 5] = ["id", "type", "position", "parent_id", "guild_id"];

/// The bot, as far as permissions depend on it.
pub(super) struct Viewer<'a> {
    pub(super) guild: u64,
    pub(super) bot: u64,
    /// The roles of the bot, without `@everyone`.
    pub(super) roles: &'a [u64],
    /// The voice channel that the bot is connected to.
    pub(super) voice_channel: Option<u64>,
}

impl Viewer<'_> {
    /// The channels that the bot can't view, among all channels of a guild with these roles.
    pub(super) fn hidden(&self, channels: &[Value], roles: &[Value]) -> BTreeSet<u64> {
        let of_guild = self.permissions_in_guild(roles);
        let viewable: BTreeSet<u64> = channels
            .iter()
            .filter(|channel| self.can_view(of_guild, channel))
            .filter_map(id_of)
            .collect();
        // A category is shown if one of its channels is.
        let parents: BTreeSet<u64> = channels
            .iter()
            .filter(|channel| id_of(channel).is_some_and(|id| viewable.contains(&id)))
            .filter_map(|channel| number(&channel["parent_id"]))
            .collect();
        let is_shown = |channel: &Value, id: u64| {
            viewable.contains(&id) || channel["type"] == CATEGORY && parents.contains(&id)
        };
        channels
            .iter()
            .filter_map(|channel| Some((channel, id_of(channel)?)))
            .filter(|(channel, id)| !is_shown(channel, *id))
            .map(|(_, id)| id)
            .collect()
    }

    /// The permissions of `@everyone` and of the roles of the bot.
    fn permissions_in_guild(&self, roles: &[Value]) -> u64 {
        roles
            .iter()
            .filter(|role| id_of(role).is_some_and(|id| self.has_role(id)))
            .filter_map(|role| number(&role["permissions"]))
            .fold(0, |all, permissions| all | permissions)
    }

    /// Discord's computation of permissions in a channel: the overwrites of `@everyone`, then those of all roles together,
    /// then that of the member.
    fn can_view(&self, of_guild: u64, channel: &Value) -> bool {
        if of_guild & ADMINISTRATOR != 0 {
            return true;
        }
        if self.voice_channel.is_some() && self.voice_channel == id_of(channel) {
            return true;
        }
        let overwrites = channel["permission_overwrites"].as_array();
        let overwrites = || overwrites.into_iter().flatten().filter_map(Overwrite::of);
        let levels: [&dyn Fn(&Overwrite) -> bool; 3] = [
            &|it| it.is_of_role && it.id == self.guild,
            &|it| it.is_of_role && it.id != self.guild && self.has_role(it.id),
            &|it| !it.is_of_role && it.id == self.bot,
        ];
        let mut permissions = of_guild;
        for level in levels {
            let (allow, deny) = overwrites()
                .filter(|overwrite| level(overwrite))
                .fold((0, 0), |(allow, deny), it| {
                    (allow | it.allow, deny | it.deny)
                });
            permissions = permissions & !deny | allow;
        }
        permissions & VIEW_CHANNEL != 0
    }

    fn has_role(&self, id: u64) -> bool {
        id == self.guild || self.roles.contains(&id)
    }
}

/// A permission overwrite of a channel.
struct Overwrite {
    id: u64,
    is_of_role: bool,
    allow: u64,
    deny: u64,
}

impl Overwrite {
    fn of(overwrite: &Value) -> Option<Self> {
        Some(Self {
            id: id_of(overwrite)?,
            is_of_role: number(&overwrite["type"])? == 0,
            allow: number(&overwrite["allow"]).unwrap_or(0),
            deny: number(&overwrite["deny"]).unwrap_or(0),
        })
    }
}

/// What a bot gets of a channel that it can't view.
pub(super) fn obfuscated(channel: &Value, guild: u64) -> Value {
    let Value::Object(fields) = channel else {
        return channel.clone();
    };
    let mut fields = fields.clone();
    for (field, value) in &mut fields {
        if !RELIABLE.contains(&field.as_str()) {
            *value = Value::Null;
        }
    }
    let everyone = json!([{"id": guild.to_string(), "type": 0, "allow": "0", "deny": VIEW_CHANNEL.to_string()}]);
    fields.insert("name".to_owned(), OBFUSCATED_NAME.into());
    fields.insert("flags".to_owned(), OBFUSCATED.into());
    fields.insert("permission_overwrites".to_owned(), everyone);
    fields.into()
}

/// A number, which may be in a string.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUILD: u64 = 1;
    const BOT: u64 = 2;
    const ROLE: u64 = 3;

    fn channel(id: u64, parent: Option<u64>, overwrites: Value) -> Value {
        let parent = parent.map(|id| id.to_string());
        let kind = if parent.is_some() { 0 } else { CATEGORY };
        json!({
            "id": id.to_string(),
            "type": kind,
            "parent_id": parent,
            "permission_overwrites": overwrites,
        })
    }

    fn overwrite(kind: u64, id: u64, allow: u64, deny: u64) -> Value {
        json!({"id": id.to_string(), "type": kind, "allow": allow.to_string(), "deny": deny.to_string()})
    }

    fn hidden(viewer: &Viewer<'_>, everyone: u64, role: u64, channels: &[Value]) -> Vec<u64> {
        let roles = [
            json!({"id": GUILD.to_string(), "permissions": everyone.to_string()}),
            json!({"id": ROLE.to_string(), "permissions": role.to_string()}),
        ];
        viewer.hidden(channels, &roles).into_iter().collect()
    }

    fn viewer(roles: &[u64]) -> Viewer<'_> {
        Viewer {
            guild: GUILD,
            bot: BOT,
            roles,
            voice_channel: None,
        }
    }

    #[test]
    fn overwrites_apply_in_the_order_of_everyone_roles_member() {
        let everyone = overwrite(0, GUILD, 0, VIEW_CHANNEL);
        let role = overwrite(0, ROLE, VIEW_CHANNEL, 0);
        let member = overwrite(1, BOT, 0, VIEW_CHANNEL);
        let other = overwrite(1, BOT + 7, VIEW_CHANNEL, 0);
        let channels = [
            channel(10, Some(9), json!([])),
            channel(11, Some(9), json!([everyone, other])),
            channel(12, Some(9), json!([role, everyone])),
            channel(13, Some(9), json!([member, role, everyone])),
        ];
        assert_eq!(
            hidden(&viewer(&[]), VIEW_CHANNEL, 0, &channels),
            [11, 12, 13]
        );
        assert_eq!(
            hidden(&viewer(&[ROLE]), VIEW_CHANNEL, 0, &channels),
            [11, 13]
        );
    }

    #[test]
    fn roles_of_the_guild_decide_without_overwrites() {
        let channels = [channel(10, Some(9), json!([]))];
        assert_eq!(hidden(&viewer(&[]), 0, VIEW_CHANNEL, &channels), [10]);
        assert_eq!(hidden(&viewer(&[ROLE]), 0, VIEW_CHANNEL, &channels), [0; 0]);
        let denied = overwrite(1, BOT, 0, VIEW_CHANNEL);
        let channels = [channel(10, Some(9), json!([denied]))];
        let administrator = hidden(&viewer(&[ROLE]), 0, ADMINISTRATOR, &channels);
        assert_eq!(
            administrator, [0; 0],
            "overwrites do not restrict administrators"
        );
    }

    #[test]
    fn category_is_shown_if_one_of_its_channels_is() {
        let deny = json!([overwrite(0, GUILD, 0, VIEW_CHANNEL)]);
        let mut channels = vec![
            channel(9, None, deny.clone()),
            channel(10, Some(9), deny.clone()),
            channel(11, Some(9), deny),
        ];
        let all = [9, 10, 11];
        assert_eq!(hidden(&viewer(&[]), VIEW_CHANNEL, 0, &channels), all);
        channels[2]["permission_overwrites"] = json!([]);
        assert_eq!(hidden(&viewer(&[]), VIEW_CHANNEL, 0, &channels), [10]);
    }

    #[test]
    fn voice_channel_that_the_bot_is_connected_to_is_shown() {
        let deny = json!([overwrite(0, GUILD, 0, VIEW_CHANNEL)]);
        let channels = [
            channel(10, Some(9), deny.clone()),
            channel(11, Some(9), deny),
        ];
        let viewer = Viewer {
            voice_channel: Some(11),
            ..viewer(&[])
        };
        assert_eq!(hidden(&viewer, VIEW_CHANNEL, 0, &channels), [10]);
    }

    #[test]
    fn obfuscated_channel_is_as_the_rule_states() {
        let channel = json!({
            "id": "10", "guild_id": "1", "type": 0, "position": 3, "parent_id": "9",
            "name": "secret", "topic": "secret", "nsfw": true, "flags": 2, "icon_emoji": {"name": "🔒"},
            "permission_overwrites": [overwrite(0, GUILD, 0, VIEW_CHANNEL), overwrite(0, ROLE, VIEW_CHANNEL, 0)],
        });
        assert_eq!(
            obfuscated(&channel, GUILD),
            json!({
                "id": "10", "guild_id": "1", "type": 0, "position": 3, "parent_id": "9",
                "name": "___hidden___", "topic": null, "nsfw": null, "flags": 131_072, "icon_emoji": null,
                "permission_overwrites": [{"id": "1", "type": 0, "allow": "0", "deny": "1024"}],
            })
        );
    }
}
