//! Members of guilds.

use serde_json::{Value, json};

use super::{calendar::Moment, guild::Guild, user::User, words};
use crate::rng::{Rng, stream};

impl Guild {
    /// The member with this number. Number 0 is the owner. The same number always gives the same member.
    pub(crate) fn member(&self, seed: u64, at: u64) -> Member {
        let mut rng = Rng::derived(seed, &[stream::MEMBER, self.index, at]);
        let age = rng.below(200_000_000_000);
        // Accounts are older than the guild, as far as the calendar allows.
        let created_at =
            Moment::from_discord_ms((self.id >> 22).saturating_sub(age).max(1_000_000_000));
        let user = User::random(&mut rng, created_at);
        Member::random(&mut rng, user, self)
    }

    /// A random member.
    pub(crate) fn any_member(&self, seed: u64, rng: &mut Rng) -> Member {
        self.member(seed, rng.below(self.members))
    }
}

/// A member of a guild.
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
    /// `user` as a member of `guild`, with random attributes.
    fn random(rng: &mut Rng, user: User, guild: &Guild) -> Self {
        let mut roles: Vec<u64> = (0..rng.below(4))
            .map(|_| guild.role(1 + rng.below(guild.role_count() - 1)))
            .collect();
        roles.sort_unstable();
        roles.dedup();
        let joined_at = guild.created_at().plus_ms(rng.below(30_000_000_000));
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

    /// Whether the user name or the nickname starts with `prefix`, which is in lower case. The case of the names does not
    /// matter.
    pub(crate) fn name_starts_with(&self, prefix: &str) -> bool {
        let starts = |name: &str| name.to_lowercase().starts_with(prefix);
        starts(self.user.name()) || self.nick.as_deref().is_some_and(starts)
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
