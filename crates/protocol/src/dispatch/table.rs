//! The table of the 79 documented and 6 announced dispatches: variant, name on the wire, flag, and source of the type.

/// Calls the macro `$callback` with the table.
///
/// A row is `docs variant, "NAME", FLAG, source;`. Variants are named as in twilight-model and flags as in
/// twilight-gateway if those have one. The source is `Model` if twilight-model has a type for the event, `Supplement` if
/// only `supplement` has one, and `Untyped` if the event was announced but its fields are not documented. Those come
/// last, so that the numbers of the others stay the same when Discord documents them.
macro_rules! with_dispatch_table {
    ($callback:ident) => {
        $callback! {
            /// A session started. Contains its id and resume URL.
            Ready, "READY", READY, Model;
            /// The session was resumed, and all missed events were sent.
            Resumed, "RESUMED", RESUMED, Model;
            /// A request, for example for guild members, exceeded a rate limit.
            RateLimited, "RATE_LIMITED", RATE_LIMITED, Model;
            /// Permissions of an application command changed.
            CommandPermissionsUpdate, "APPLICATION_COMMAND_PERMISSIONS_UPDATE", COMMAND_PERMISSIONS_UPDATE, Model;
            /// An auto moderation rule was created.
            AutoModerationRuleCreate, "AUTO_MODERATION_RULE_CREATE", AUTO_MODERATION_RULE_CREATE, Model;
            /// An auto moderation rule was changed.
            AutoModerationRuleUpdate, "AUTO_MODERATION_RULE_UPDATE", AUTO_MODERATION_RULE_UPDATE, Model;
            /// An auto moderation rule was deleted.
            AutoModerationRuleDelete, "AUTO_MODERATION_RULE_DELETE", AUTO_MODERATION_RULE_DELETE, Model;
            /// An auto moderation rule was executed.
            AutoModerationActionExecution, "AUTO_MODERATION_ACTION_EXECUTION", AUTO_MODERATION_ACTION_EXECUTION, Model;
            /// A guild channel was created.
            ChannelCreate, "CHANNEL_CREATE", CHANNEL_CREATE, Model;
            /// A channel was changed.
            ChannelUpdate, "CHANNEL_UPDATE", CHANNEL_UPDATE, Model;
            /// A channel was deleted.
            ChannelDelete, "CHANNEL_DELETE", CHANNEL_DELETE, Model;
            /// Answers a request for channel info.
            ChannelInfo, "CHANNEL_INFO", CHANNEL_INFO, Supplement;
            /// A message was pinned or unpinned.
            ChannelPinsUpdate, "CHANNEL_PINS_UPDATE", CHANNEL_PINS_UPDATE, Model;
            /// A thread was created, or the bot was added to a private one.
            ThreadCreate, "THREAD_CREATE", THREAD_CREATE, Model;
            /// A thread was changed.
            ThreadUpdate, "THREAD_UPDATE", THREAD_UPDATE, Model;
            /// A thread was deleted.
            ThreadDelete, "THREAD_DELETE", THREAD_DELETE, Model;
            /// The bot gained access to a channel with active threads.
            ThreadListSync, "THREAD_LIST_SYNC", THREAD_LIST_SYNC, Model;
            /// The bot's own membership of a thread changed.
            ThreadMemberUpdate, "THREAD_MEMBER_UPDATE", THREAD_MEMBER_UPDATE, Model;
            /// Members were added to or removed from a thread.
            ThreadMembersUpdate, "THREAD_MEMBERS_UPDATE", THREAD_MEMBERS_UPDATE, Model;
            /// An entitlement was created.
            EntitlementCreate, "ENTITLEMENT_CREATE", ENTITLEMENT_CREATE, Model;
            /// An entitlement was changed.
            EntitlementUpdate, "ENTITLEMENT_UPDATE", ENTITLEMENT_UPDATE, Model;
            /// An entitlement was deleted.
            EntitlementDelete, "ENTITLEMENT_DELETE", ENTITLEMENT_DELETE, Model;
            /// A guild became available, or the bot joined it.
            GuildCreate, "GUILD_CREATE", GUILD_CREATE, Model;
            /// A guild was changed.
            GuildUpdate, "GUILD_UPDATE", GUILD_UPDATE, Model;
            /// A guild became unavailable, or the bot left it.
            GuildDelete, "GUILD_DELETE", GUILD_DELETE, Model;
            /// An entry was added to a guild's audit log.
            GuildAuditLogEntryCreate, "GUILD_AUDIT_LOG_ENTRY_CREATE", GUILD_AUDIT_LOG_ENTRY_CREATE, Model;
            /// A user was banned from a guild.
            BanAdd, "GUILD_BAN_ADD", BAN_ADD, Model;
            /// A user was unbanned from a guild.
            BanRemove, "GUILD_BAN_REMOVE", BAN_REMOVE, Model;
            /// A guild's emojis changed.
            GuildEmojisUpdate, "GUILD_EMOJIS_UPDATE", GUILD_EMOJIS_UPDATE, Model;
            /// A guild's stickers changed.
            GuildStickersUpdate, "GUILD_STICKERS_UPDATE", GUILD_STICKERS_UPDATE, Model;
            /// A guild's integrations changed.
            GuildIntegrationsUpdate, "GUILD_INTEGRATIONS_UPDATE", GUILD_INTEGRATIONS_UPDATE, Model;
            /// A user joined a guild.
            MemberAdd, "GUILD_MEMBER_ADD", MEMBER_ADD, Model;
            /// A user left a guild or was removed.
            MemberRemove, "GUILD_MEMBER_REMOVE", MEMBER_REMOVE, Model;
            /// A guild member was changed.
            MemberUpdate, "GUILD_MEMBER_UPDATE", MEMBER_UPDATE, Model;
            /// Answers a request for guild members, with up to 1000 of them.
            MemberChunk, "GUILD_MEMBERS_CHUNK", MEMBER_CHUNK, Model;
            /// A role was created.
            RoleCreate, "GUILD_ROLE_CREATE", ROLE_CREATE, Model;
            /// A role was changed.
            RoleUpdate, "GUILD_ROLE_UPDATE", ROLE_UPDATE, Model;
            /// A role was deleted.
            RoleDelete, "GUILD_ROLE_DELETE", ROLE_DELETE, Model;
            /// A scheduled event was created.
            GuildScheduledEventCreate, "GUILD_SCHEDULED_EVENT_CREATE", GUILD_SCHEDULED_EVENT_CREATE, Model;
            /// A scheduled event was changed.
            GuildScheduledEventUpdate, "GUILD_SCHEDULED_EVENT_UPDATE", GUILD_SCHEDULED_EVENT_UPDATE, Model;
            /// A scheduled event was deleted.
            GuildScheduledEventDelete, "GUILD_SCHEDULED_EVENT_DELETE", GUILD_SCHEDULED_EVENT_DELETE, Model;
            /// A user subscribed to a scheduled event.
            GuildScheduledEventUserAdd, "GUILD_SCHEDULED_EVENT_USER_ADD", GUILD_SCHEDULED_EVENT_USER_ADD, Model;
            /// A user unsubscribed from a scheduled event.
            GuildScheduledEventUserRemove, "GUILD_SCHEDULED_EVENT_USER_REMOVE", GUILD_SCHEDULED_EVENT_USER_REMOVE, Model;
            /// A guild soundboard sound was created.
            GuildSoundboardSoundCreate, "GUILD_SOUNDBOARD_SOUND_CREATE", GUILD_SOUNDBOARD_SOUND_CREATE, Supplement;
            /// A guild soundboard sound was changed.
            GuildSoundboardSoundUpdate, "GUILD_SOUNDBOARD_SOUND_UPDATE", GUILD_SOUNDBOARD_SOUND_UPDATE, Supplement;
            /// A guild soundboard sound was deleted.
            GuildSoundboardSoundDelete, "GUILD_SOUNDBOARD_SOUND_DELETE", GUILD_SOUNDBOARD_SOUND_DELETE, Supplement;
            /// Several guild soundboard sounds were changed.
            GuildSoundboardSoundsUpdate, "GUILD_SOUNDBOARD_SOUNDS_UPDATE", GUILD_SOUNDBOARD_SOUNDS_UPDATE, Supplement;
            /// Answers a request for soundboard sounds.
            SoundboardSounds, "SOUNDBOARD_SOUNDS", SOUNDBOARD_SOUNDS, Supplement;
            /// A guild integration was created.
            IntegrationCreate, "INTEGRATION_CREATE", INTEGRATION_CREATE, Model;
            /// A guild integration was changed.
            IntegrationUpdate, "INTEGRATION_UPDATE", INTEGRATION_UPDATE, Model;
            /// A guild integration was deleted.
            IntegrationDelete, "INTEGRATION_DELETE", INTEGRATION_DELETE, Model;
            /// A user used an interaction, for example an application command.
            InteractionCreate, "INTERACTION_CREATE", INTERACTION_CREATE, Model;
            /// An invite to a channel was created.
            InviteCreate, "INVITE_CREATE", INVITE_CREATE, Model;
            /// An invite to a channel was deleted.
            InviteDelete, "INVITE_DELETE", INVITE_DELETE, Model;
            /// A message was sent.
            MessageCreate, "MESSAGE_CREATE", MESSAGE_CREATE, Model;
            /// A message was edited.
            MessageUpdate, "MESSAGE_UPDATE", MESSAGE_UPDATE, Model;
            /// A message was deleted.
            MessageDelete, "MESSAGE_DELETE", MESSAGE_DELETE, Model;
            /// Several messages were deleted at once.
            MessageDeleteBulk, "MESSAGE_DELETE_BULK", MESSAGE_DELETE_BULK, Model;
            /// A user reacted to a message.
            ReactionAdd, "MESSAGE_REACTION_ADD", REACTION_ADD, Model;
            /// A user removed a reaction from a message.
            ReactionRemove, "MESSAGE_REACTION_REMOVE", REACTION_REMOVE, Model;
            /// All reactions were removed from a message.
            ReactionRemoveAll, "MESSAGE_REACTION_REMOVE_ALL", REACTION_REMOVE_ALL, Model;
            /// All reactions with one emoji were removed from a message.
            ReactionRemoveEmoji, "MESSAGE_REACTION_REMOVE_EMOJI", REACTION_REMOVE_EMOJI, Model;
            /// A user voted in a poll.
            MessagePollVoteAdd, "MESSAGE_POLL_VOTE_ADD", MESSAGE_POLL_VOTE_ADD, Model;
            /// A user removed a vote in a poll.
            MessagePollVoteRemove, "MESSAGE_POLL_VOTE_REMOVE", MESSAGE_POLL_VOTE_REMOVE, Model;
            /// A user's presence changed.
            PresenceUpdate, "PRESENCE_UPDATE", PRESENCE_UPDATE, Model;
            /// A stage instance was created.
            StageInstanceCreate, "STAGE_INSTANCE_CREATE", STAGE_INSTANCE_CREATE, Model;
            /// A stage instance was changed.
            StageInstanceUpdate, "STAGE_INSTANCE_UPDATE", STAGE_INSTANCE_UPDATE, Model;
            /// A stage instance was deleted or closed.
            StageInstanceDelete, "STAGE_INSTANCE_DELETE", STAGE_INSTANCE_DELETE, Model;
            /// A subscription to a premium app was created.
            SubscriptionCreate, "SUBSCRIPTION_CREATE", SUBSCRIPTION_CREATE, Model;
            /// A subscription to a premium app was changed.
            SubscriptionUpdate, "SUBSCRIPTION_UPDATE", SUBSCRIPTION_UPDATE, Model;
            /// A subscription to a premium app was deleted.
            SubscriptionDelete, "SUBSCRIPTION_DELETE", SUBSCRIPTION_DELETE, Model;
            /// A user started typing.
            TypingStart, "TYPING_START", TYPING_START, Model;
            /// The bot's own user was changed.
            UserUpdate, "USER_UPDATE", USER_UPDATE, Model;
            /// A user sent an effect in the bot's voice channel.
            VoiceChannelEffectSend, "VOICE_CHANNEL_EFFECT_SEND", VOICE_CHANNEL_EFFECT_SEND, Supplement;
            /// The start time of a voice channel's session changed.
            VoiceChannelStartTimeUpdate, "VOICE_CHANNEL_START_TIME_UPDATE", VOICE_CHANNEL_START_TIME_UPDATE, Supplement;
            /// The status of a voice channel changed.
            VoiceChannelStatusUpdate, "VOICE_CHANNEL_STATUS_UPDATE", VOICE_CHANNEL_STATUS_UPDATE, Supplement;
            /// A user joined, left, moved or changed state in a voice channel.
            VoiceStateUpdate, "VOICE_STATE_UPDATE", VOICE_STATE_UPDATE, Model;
            /// A guild's voice server was assigned or changed.
            VoiceServerUpdate, "VOICE_SERVER_UPDATE", VOICE_SERVER_UPDATE, Model;
            /// A channel's webhooks changed.
            WebhooksUpdate, "WEBHOOKS_UPDATE", WEBHOOKS_UPDATE, Model;
            /// A user asked to join a guild (announced).
            GuildJoinRequestCreate, "GUILD_JOIN_REQUEST_CREATE", GUILD_JOIN_REQUEST_CREATE, Untyped;
            /// A request to join a guild was changed (announced).
            GuildJoinRequestUpdate, "GUILD_JOIN_REQUEST_UPDATE", GUILD_JOIN_REQUEST_UPDATE, Untyped;
            /// A request to join a guild was withdrawn (announced).
            GuildJoinRequestDelete, "GUILD_JOIN_REQUEST_DELETE", GUILD_JOIN_REQUEST_DELETE, Untyped;
            /// A recurrence of a scheduled event was canceled or moved (announced).
            GuildScheduledEventExceptionCreate, "GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE", GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE, Untyped;
            /// The exception for a recurrence of a scheduled event was changed (announced).
            GuildScheduledEventExceptionUpdate, "GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE", GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE, Untyped;
            /// The exception for a recurrence of a scheduled event was deleted (announced).
            GuildScheduledEventExceptionDelete, "GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE", GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE, Untyped;
        }
    };
}

pub(crate) use with_dispatch_table;
