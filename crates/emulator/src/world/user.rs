//! People and their memberships.

use serde_json::{Value, json};

use super::{calendar::Moment, guild::Guild, words};
use crate::rng::Rng;

/// Somebody who can do things: a member of a guild, or the bot itself.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: u64,
    name: String,
    display_name: Option<String>,
    avatar: Option<String>,
    bot: bool,
}

impl User {
    /// The person that `rng` draws, whose account was made at `made`.
    pub(super) fn drawn(rng: &mut Rng, made: Moment) -> Self {
        Self {
            id: made.snowflake(rng.next()),
            name: words::user_name(rng),
            display_name: rng.percent(70).then(|| words::display_name(rng)),
            avatar: rng.percent(85).then(|| rng.hex(32)),
            bot: rng.percent(3),
        }
    }

    /// The same, who is certainly no bot.
    pub(super) fn person(rng: &mut Rng, made: Moment) -> Self {
        Self {
            bot: false,
            ..Self::drawn(rng, made)
        }
    }

    /// The bot that the token stands for.
    pub(super) fn bot(rng: &mut Rng) -> Self {
        let made = Moment::from_discord_ms(200_000_000_000 + rng.below(50_000_000_000));
        Self {
            id: made.snowflake(rng.next()),
            name: "gloaming".to_owned(),
            display_name: None,
            avatar: Some(rng.hex(32)),
            bot: true,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The bot of a recording, by the user of its READY.
    pub(super) fn recorded(user: &Value) -> Option<Self> {
        Some(Self {
            id: super::recorded::id_of(user)?,
            name: user["username"].as_str().unwrap_or("bot").to_owned(),
            display_name: user["global_name"].as_str().map(str::to_owned),
            avatar: user["avatar"].as_str().map(str::to_owned),
            bot: true,
        })
    }

    /// The user object.
    pub(crate) fn json(&self) -> Value {
        let mut user = json!({
            "username": self.name,
            "public_flags": 0,
            "primary_guild": null,
            "id": self.id.to_string(),
            "global_name": self.display_name,
            "display_name_styles": null,
            "discriminator": "0",
            "collectibles": null,
            "clan": null,
            "avatar_decoration_data": null,
            "avatar": self.avatar,
        });
        if self.bot {
            user["bot"] = true.into();
        }
        user
    }

    /// The user object that READY gives the bot about itself.
    pub(crate) fn current_json(&self) -> Value {
        json!({
            "verified": true,
            "username": self.name,
            "primary_guild": null,
            "mfa_enabled": true,
            "id": self.id.to_string(),
            "global_name": self.display_name,
            "flags": 0,
            "email": null,
            "discriminator": "4321",
            "clan": null,
            "bot": true,
            "avatar": self.avatar,
        })
    }
}

/// A user in a guild.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) user: User,
    pub(crate) status: &'static str,
    nick: Option<String>,
    roles: Vec<u64>,
    joined_at: Moment,
    premium_since: Option<Moment>,
}

impl Member {
    /// `user` as a member of `guild`, as `rng` draws it.
    pub(super) fn drawn(rng: &mut Rng, user: User, guild: &Guild) -> Self {
        let mut roles: Vec<u64> = (0..rng.below(4))
            .map(|_| guild.role(1 + rng.below(guild.role_count() - 1)))
            .collect();
        roles.sort_unstable();
        roles.dedup();
        let joined_at = guild.made().plus_ms(rng.below(30_000_000_000));
        Self {
            status: match rng.below(10) {
                0..=4 => "offline",
                5..=6 => "online",
                7..=8 => "idle",
                _ => "dnd",
            },
            nick: rng.percent(25).then(|| words::display_name(rng)),
            premium_since: rng
                .percent(4)
                .then(|| joined_at.plus_ms(rng.below(5_000_000_000))),
            user,
            roles,
            joined_at,
        }
    }

    /// Whether their user name or nickname begins so, whatever the case. `prefix` is in lower case.
    pub(crate) fn is_called(&self, prefix: &str) -> bool {
        let begins = |name: &String| name.to_lowercase().starts_with(prefix);
        begins(&self.user.name) || self.nick.as_ref().is_some_and(begins)
    }

    /// The member object with its user, as in GUILD_CREATE.
    pub(crate) fn json(&self) -> Value {
        let mut member = self.partial_json();
        member["user"] = self.user.json();
        member
    }

    /// The member object without its user, as in MESSAGE_CREATE.
    pub(crate) fn partial_json(&self) -> Value {
        json!({
            "roles": self.roles.iter().map(u64::to_string).collect::<Vec<_>>(),
            "premium_since": self.premium_since.map(Moment::iso8601),
            "pending": false,
            "nick": self.nick,
            "mute": false,
            "joined_at": self.joined_at.iso8601(),
            "flags": 0,
            "deaf": false,
            "communication_disabled_until": null,
            "banner": null,
            "avatar": null,
        })
    }
}
