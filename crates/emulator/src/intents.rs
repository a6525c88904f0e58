//! Intents, and which dispatches require them.

use twilight_model::gateway::Intents;

/// All documented intents: bits 0 to 16, 20, 21, 24 and 25.
pub(crate) const ALL_INTENTS: Intents = Intents::from_bits_retain(53_608_447);

/// The intents that have to be enabled for the bot: GUILD_MEMBERS, GUILD_PRESENCES and MESSAGE_CONTENT.
pub(crate) const PRIVILEGED_INTENTS: Intents = Intents::from_bits_retain(33_026);

/// The intents that a dispatch requires.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RequiredIntents {
    /// None: sent regardless of intents.
    None,
    /// One of these intents.
    AnyOf {
        /// For events of a guild.
        guild: Intents,
        /// For events of direct messages.
        direct: Intents,
    },
}

impl RequiredIntents {
    /// Whether a session with `intents` gets the dispatch.
    pub(crate) fn are_met_by(self, intents: Intents, is_in_guild: bool) -> bool {
        match self {
            Self::None => true,
            Self::AnyOf { guild, .. } if is_in_guild => intents.intersects(guild),
            Self::AnyOf { direct, .. } => intents.intersects(direct),
        }
    }
}

/// The intents that the dispatch `name` requires, according to the list of intents in Discord's documentation and to what
/// Discord announced. Unknown dispatches require none.
pub(crate) fn required_intents(name: &str) -> RequiredIntents {
    let (guild, direct) = match name {
        "GUILD_CREATE"
        | "GUILD_UPDATE"
        | "GUILD_DELETE"
        | "GUILD_ROLE_CREATE"
        | "GUILD_ROLE_UPDATE"
        | "GUILD_ROLE_DELETE"
        | "CHANNEL_CREATE"
        | "CHANNEL_UPDATE"
        | "CHANNEL_DELETE"
        | "VOICE_CHANNEL_STATUS_UPDATE"
        | "VOICE_CHANNEL_START_TIME_UPDATE"
        | "THREAD_CREATE"
        | "THREAD_UPDATE"
        | "THREAD_DELETE"
        | "THREAD_LIST_SYNC"
        | "THREAD_MEMBER_UPDATE"
        | "STAGE_INSTANCE_CREATE"
        | "STAGE_INSTANCE_UPDATE"
        | "STAGE_INSTANCE_DELETE" => (Intents::GUILDS, Intents::empty()),
        "CHANNEL_PINS_UPDATE" => (Intents::GUILDS, Intents::DIRECT_MESSAGES),
        "THREAD_MEMBERS_UPDATE" => (
            Intents::GUILDS.union(Intents::GUILD_MEMBERS),
            Intents::empty(),
        ),
        "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE" | "GUILD_MEMBER_REMOVE" => {
            (Intents::GUILD_MEMBERS, Intents::empty())
        }
        "GUILD_AUDIT_LOG_ENTRY_CREATE"
        | "GUILD_BAN_ADD"
        | "GUILD_BAN_REMOVE"
        | "GUILD_JOIN_REQUEST_CREATE"
        | "GUILD_JOIN_REQUEST_UPDATE"
        | "GUILD_JOIN_REQUEST_DELETE" => (Intents::GUILD_MODERATION, Intents::empty()),
        "GUILD_EMOJIS_UPDATE"
        | "GUILD_STICKERS_UPDATE"
        | "GUILD_SOUNDBOARD_SOUND_CREATE"
        | "GUILD_SOUNDBOARD_SOUND_UPDATE"
        | "GUILD_SOUNDBOARD_SOUND_DELETE"
        | "GUILD_SOUNDBOARD_SOUNDS_UPDATE" => {
            (Intents::GUILD_EMOJIS_AND_STICKERS, Intents::empty())
        }
        "GUILD_INTEGRATIONS_UPDATE"
        | "INTEGRATION_CREATE"
        | "INTEGRATION_UPDATE"
        | "INTEGRATION_DELETE" => (Intents::GUILD_INTEGRATIONS, Intents::empty()),
        "WEBHOOKS_UPDATE" => (Intents::GUILD_WEBHOOKS, Intents::empty()),
        "INVITE_CREATE" | "INVITE_DELETE" => (Intents::GUILD_INVITES, Intents::empty()),
        "VOICE_STATE_UPDATE" | "VOICE_CHANNEL_EFFECT_SEND" => {
            (Intents::GUILD_VOICE_STATES, Intents::empty())
        }
        "PRESENCE_UPDATE" => (Intents::GUILD_PRESENCES, Intents::empty()),
        "MESSAGE_CREATE" | "MESSAGE_UPDATE" | "MESSAGE_DELETE" => {
            (Intents::GUILD_MESSAGES, Intents::DIRECT_MESSAGES)
        }
        "MESSAGE_DELETE_BULK" => (Intents::GUILD_MESSAGES, Intents::empty()),
        "MESSAGE_REACTION_ADD"
        | "MESSAGE_REACTION_REMOVE"
        | "MESSAGE_REACTION_REMOVE_ALL"
        | "MESSAGE_REACTION_REMOVE_EMOJI" => (
            Intents::GUILD_MESSAGE_REACTIONS,
            Intents::DIRECT_MESSAGE_REACTIONS,
        ),
        "TYPING_START" => (
            Intents::GUILD_MESSAGE_TYPING,
            Intents::DIRECT_MESSAGE_TYPING,
        ),
        "GUILD_SCHEDULED_EVENT_CREATE"
        | "GUILD_SCHEDULED_EVENT_UPDATE"
        | "GUILD_SCHEDULED_EVENT_DELETE"
        | "GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE"
        | "GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE"
        | "GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE"
        | "GUILD_SCHEDULED_EVENT_USER_ADD"
        | "GUILD_SCHEDULED_EVENT_USER_REMOVE" => {
            (Intents::GUILD_SCHEDULED_EVENTS, Intents::empty())
        }
        "AUTO_MODERATION_RULE_CREATE"
        | "AUTO_MODERATION_RULE_UPDATE"
        | "AUTO_MODERATION_RULE_DELETE" => {
            (Intents::AUTO_MODERATION_CONFIGURATION, Intents::empty())
        }
        "AUTO_MODERATION_ACTION_EXECUTION" => {
            (Intents::AUTO_MODERATION_EXECUTION, Intents::empty())
        }
        "MESSAGE_POLL_VOTE_ADD" | "MESSAGE_POLL_VOTE_REMOVE" => {
            (Intents::GUILD_MESSAGE_POLLS, Intents::DIRECT_MESSAGE_POLLS)
        }
        _ => return RequiredIntents::None,
    };
    RequiredIntents::AnyOf { guild, direct }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guild_and_direct_messages_require_different_intents() {
        let required = required_intents("MESSAGE_CREATE");
        assert!(required.are_met_by(Intents::GUILD_MESSAGES, true));
        assert!(!required.are_met_by(Intents::GUILD_MESSAGES, false));
        assert!(required.are_met_by(Intents::DIRECT_MESSAGES, false));
        assert!(required_intents("INTERACTION_CREATE").are_met_by(Intents::empty(), true));
    }

    #[test]
    fn all_other_documented_dispatches_require_none() {
        let free: Vec<&str> = gloaming_protocol::DispatchKind::ALL
            .iter()
            .map(|kind| kind.name())
            .filter(|name| required_intents(name) == RequiredIntents::None)
            .collect();
        assert_eq!(
            free,
            [
                "READY",
                "RESUMED",
                "RATE_LIMITED",
                "APPLICATION_COMMAND_PERMISSIONS_UPDATE",
                "CHANNEL_INFO",
                "ENTITLEMENT_CREATE",
                "ENTITLEMENT_UPDATE",
                "ENTITLEMENT_DELETE",
                "GUILD_MEMBERS_CHUNK",
                "SOUNDBOARD_SOUNDS",
                "INTERACTION_CREATE",
                "SUBSCRIPTION_CREATE",
                "SUBSCRIPTION_UPDATE",
                "SUBSCRIPTION_DELETE",
                "USER_UPDATE",
                "VOICE_SERVER_UPDATE",
            ]
        );
    }

    #[test]
    fn masks_are_as_documented() {
        let documented: u64 = (0..=16).chain([20, 21, 24, 25]).map(|bit| 1 << bit).sum();
        assert_eq!(ALL_INTENTS.bits(), documented);
        assert_eq!(
            PRIVILEGED_INTENTS,
            Intents::GUILD_MEMBERS | Intents::GUILD_PRESENCES | Intents::MESSAGE_CONTENT
        );
    }
}
