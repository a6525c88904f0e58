use super::define::define_view;
use super::{ListView, ObjectView, UserView};
use std::borrow::Cow;
use twilight_model::channel::{ChannelFlags, ChannelType};
use twilight_model::id::Id;
use twilight_model::id::marker::{
    ApplicationMarker, ChannelMarker, GenericMarker, GuildMarker, TagMarker, UserMarker,
};
use twilight_model::util::{ImageHash, Timestamp};

define_view! {
    /// A channel or a thread.
    ChannelView<'a> {
        /// The id.
        id: required Id<ChannelMarker>;
        /// The guild. `None` for private channels.
        guild_id: optional Id<GuildMarker>;
        /// The type.
        kind = "type": required ChannelType;
        /// The name.
        name: optional Cow<'a, str>;
        /// The topic.
        topic: optional Cow<'a, str>;
        /// The category of a channel, or the channel of a thread.
        parent_id: optional Id<ChannelMarker>;
        /// The position among the channels.
        position: optional i32;
        /// The permissions of roles and members that differ from those in the guild.
        permission_overwrites: optional ListView<'a, ObjectView<'a>>;
        /// The user who started a thread or owns a group.
        owner_id: optional Id<UserMarker>;
        /// The application that created a group or thread.
        application_id: optional Id<ApplicationMarker>;
        /// The users of a private channel.
        recipients: optional ListView<'a, UserView<'a>>;
        /// The icon of a group.
        icon: optional ImageHash;
        /// The last message, or the last thread of a forum. It may have been deleted.
        last_message_id: optional Id<GenericMarker>;
        /// When a message was pinned last.
        last_pin_timestamp: optional Timestamp;
        /// Seconds between two messages of a user.
        rate_limit_per_user: optional u16;
        /// Whether the channel is for adults.
        nsfw: optional bool;
        /// The flags.
        flags: optional ChannelFlags;
        /// The bits per second of a voice channel.
        bitrate: optional u32;
        /// The most users of a voice channel, or 0.
        user_limit: optional u32;
        /// The region of a voice channel. `None` if Discord chooses it.
        rtc_region: optional Cow<'a, str>;
        /// The state of a thread.
        thread_metadata: optional ThreadMetadataView<'a>;
        /// The number of members of a thread, up to 50.
        member_count: optional i8;
        /// The number of messages of a thread, without deleted ones.
        message_count: optional u32;
        /// The number of messages that were ever sent in a thread.
        total_message_sent: optional u32;
        /// Whether a thread was just created, in THREAD_CREATE.
        newly_created: optional bool;
        /// The tags of a thread in a forum.
        applied_tags: optional ListView<'a, Id<TagMarker>>;
    }
}

define_view! {
    /// The state of a thread.
    ThreadMetadataView<'a> {
        /// Whether the thread is archived.
        archived: required bool;
        /// When it was archived or unarchived last, or was created.
        archive_timestamp: required Timestamp;
        /// When it was created.
        create_timestamp: optional Timestamp;
        /// Whether only moderators can unarchive it.
        locked: defaulted bool;
        /// Whether everyone can add others to a private thread.
        invitable: optional bool;
    }
}

define_view! {
    /// THREAD_DELETE: a thread was deleted.
    ThreadDeleteView<'a> {
        /// The thread.
        id: required Id<ChannelMarker>;
        /// Its guild.
        guild_id: required Id<GuildMarker>;
        /// Its channel.
        parent_id: required Id<ChannelMarker>;
        /// Its type.
        kind = "type": required ChannelType;
    }
}

define_view! {
    /// CHANNEL_PINS_UPDATE: a message was pinned or unpinned.
    ChannelPinsUpdateView<'a> {
        /// The channel.
        channel_id: required Id<ChannelMarker>;
        /// The guild. `None` in private channels.
        guild_id: optional Id<GuildMarker>;
        /// When the last pinned message was pinned.
        last_pin_timestamp: optional Timestamp;
    }
}
