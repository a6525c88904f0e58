use super::define::{define_ids_within, define_view};
use super::{ListView, UserView};
use std::borrow::Cow;
use twilight_model::gateway::presence::{ActivityFlags, ActivityType, Status};
use twilight_model::id::Id;
use twilight_model::id::marker::{ApplicationMarker, GuildMarker};

define_view! {
    /// The presence of a user in a guild: whether the user is online, and what the user does.
    PresenceView<'a> {
        /// The user, of whom only the id is always there.
        user: required UserView<'a>;
        /// The guild.
        guild_id: required Id<GuildMarker>;
        /// The status.
        status: required Status;
        /// The status on each kind of client.
        client_status: required ClientStatusView<'a>;
        /// The activities.
        activities: defaulted ListView<'a, ActivityView<'a>>;
    }
}

define_ids_within! {
    PresenceView: user_id = "user";
}

define_view! {
    /// The status of a user on each kind of client. `None` if the user is offline there.
    ClientStatusView<'a> {
        /// On desktops.
        desktop: optional Status;
        /// On phones.
        mobile: optional Status;
        /// In browsers. That of a bot is here.
        web: optional Status;
        /// In virtual reality.
        vr: optional Status;
    }
}

define_view! {
    /// What a user does.
    ActivityView<'a> {
        /// The name, for example of a game.
        name: required Cow<'a, str>;
        /// The type.
        kind = "type": defaulted ActivityType;
        /// The id.
        id: optional Cow<'a, str>;
        /// The application.
        application_id: optional Id<ApplicationMarker>;
        /// What the user does at the moment.
        details: optional Cow<'a, str>;
        /// The state of the party, or the text of a custom status.
        state: optional Cow<'a, str>;
        /// The URL of a stream.
        url: optional Cow<'a, str>;
        /// When the activity was added, in milliseconds since 1970.
        created_at: optional u64;
        /// When the activity started and when it ends.
        timestamps: optional ActivityTimestampsView<'a>;
        /// The emoji of a custom status.
        emoji: optional ActivityEmojiView<'a>;
        /// Whether it can be joined at a time.
        instance: optional bool;
        /// The flags.
        flags: optional ActivityFlags;
    }
}

define_view! {
    /// When an activity started and when it ends.
    ActivityTimestampsView<'a> {
        /// The start, in milliseconds since 1970.
        start: optional u64;
        /// The end, in milliseconds since 1970.
        end: optional u64;
    }
}

define_view! {
    /// The emoji of a custom status.
    ActivityEmojiView<'a> {
        /// The name, or the emoji itself.
        name: required Cow<'a, str>;
        /// The id of an emoji of a guild.
        id: optional Cow<'a, str>;
        /// Whether the emoji is animated.
        animated: optional bool;
    }
}
