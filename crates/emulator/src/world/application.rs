//! The application of the bot.

use serde_json::{Value, json};

use super::{World, calendar::Moment, user::User};
use crate::rng::{Rng, stream};

/// The flags for the three privileged intents of a bot in less than 100 guilds: 1 << 13, 1 << 15 and 1 << 19.
const FLAGS: u64 = 565_248;

impl World {
    /// The application object of REST.
    pub(crate) fn application_json(&self) -> Value {
        let mut application = self.partial_application_json();
        let more = json!({
            "name": self.bot.name(),
            "icon": null,
            "description": "A bot among made-up guilds.",
            "bot_public": true,
            "bot_require_code_grant": false,
            "verify_key": Rng::derived(self.seed, &[stream::APPLICATION]).hex(64),
            "owner": self.owner().json(),
            "team": null,
            "tags": [],
            "redirect_uris": [],
            "interactions_endpoint_url": null,
            "role_connections_verification_url": null,
            "summary": "",
            "approximate_guild_count": self.guild_ids().count(),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "bot": self.bot.json(),
        });
        if let (Value::Object(application), Value::Object(more)) = (&mut application, more) {
            application.extend(more);
        }
        application
    }

    /// The partial application object of READY. `flags` is a 32-bit integer, and `flags_new` has all bits as a string.
    pub(crate) fn partial_application_json(&self) -> Value {
        json!({
            "id": self.application_id.to_string(),
            "flags": FLAGS,
            "flags_new": FLAGS.to_string(),
        })
    }

    /// The owner of the application.
    fn owner(&self) -> User {
        let mut rng = Rng::derived(self.seed, &[stream::APPLICATION, self.bot.id]);
        User::random_human(&mut rng, Moment::from_discord_ms(20_000_000_000))
    }
}
