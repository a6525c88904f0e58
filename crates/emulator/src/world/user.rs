//! Users.

use serde_json::{Value, json};

use super::{calendar::Moment, words};
use crate::rng::Rng;

/// A user: a member of a guild, or the bot.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: u64,
    name: String,
    display_name: Option<String>,
    avatar: Option<String>,
    bot: bool,
}

impl User {
    /// A random user whose account was created at `created_at`.
    pub(super) fn random(rng: &mut Rng, created_at: Moment) -> Self {
        Self {
            id: created_at.snowflake(rng.next()),
            name: words::user_name(rng),
            display_name: rng.percent(70).then(|| words::display_name(rng)),
            avatar: rng.percent(85).then(|| rng.hex(32)),
            bot: rng.percent(3),
        }
    }

    /// The same, but not a bot.
    pub(super) fn random_human(rng: &mut Rng, created_at: Moment) -> Self {
        Self {
            bot: false,
            ..Self::random(rng, created_at)
        }
    }

    /// The bot.
    pub(super) fn bot(rng: &mut Rng) -> Self {
        let created_at = Moment::from_discord_ms(200_000_000_000 + rng.below(50_000_000_000));
        Self {
            id: created_at.snowflake(rng.next()),
            name: "gloaming".to_owned(),
            display_name: None,
            avatar: Some(rng.hex(32)),
            bot: true,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The bot of a recording, from the user of a READY.
    pub(super) fn recorded(user: &Value) -> Option<Self> {
        Some(Self {
            id: id_of(user)?,
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

    /// The user object of the bot in READY.
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

/// The id of an object.
pub(crate) fn id_of(object: &Value) -> Option<u64> {
    object["id"].as_str()?.parse().ok().filter(|id| *id > 0)
}
