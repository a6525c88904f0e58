use super::MemberView;
use super::define::define_view;
use std::borrow::Cow;
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker, UserMarker};
use twilight_model::util::Timestamp;

define_view! {
    /// The connection of a user to a voice channel.
    VoiceStateView<'a> {
        /// The user.
        user_id: required Id<UserMarker>;
        /// The channel. `None` if the user left it.
        channel_id: optional Id<ChannelMarker>;
        /// The guild.
        guild_id: optional Id<GuildMarker>;
        /// The user as a member of the guild.
        member: optional MemberView<'a>;
        /// The id of the voice session.
        session_id: required Cow<'a, str>;
        /// Whether moderators deafened the user.
        deaf: required bool;
        /// Whether moderators muted the user.
        mute: required bool;
        /// Whether the user deafened themself.
        self_deaf: required bool;
        /// Whether the user muted themself.
        self_mute: required bool;
        /// Whether the user streams.
        self_stream: defaulted bool;
        /// Whether the user shares a camera.
        self_video: required bool;
        /// Whether the user may not speak, in a stage channel.
        suppress: required bool;
        /// When the user asked to speak, in a stage channel.
        request_to_speak_timestamp: optional Timestamp;
    }
}
