//! The table of the events that have a view, and the enum generated from it.

use super::object::without_data;
use super::{
    ChannelPinsUpdateView, ChannelView, GuildDeleteView, GuildUserView, GuildView, InteractionView,
    MemberAddView, MemberUpdateView, MessageDeleteBulkView, MessageDeleteView, MessageView,
    ObjectView, OtherView, PresenceView, ReactionRemoveAllView, ReactionRemoveEmojiView,
    ReactionView, RoleChangeView, RoleDeleteView, ThreadDeleteView, TypingStartView, ViewError,
    VoiceStateView,
};
use crate::dispatch::DispatchKind;
use crate::envelope::{OwnedPayload, Path, Payload, channel_paths, guild_paths, user_paths};
use crate::event::{Decoded, EventError, decode_event};
use crate::json::JsonParser;
use crate::opcode::OpCode;
use twilight_model::gateway::event::Event;
use twilight_model::gateway::payload::incoming;
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker, UserMarker};

/// Defines the events. A row is `docs Variant: EventView of View as Model;`, where the variant is that of
/// [`DispatchKind`] and twilight-model's `Event`. `EventView` is a new type, which dereferences to `View`, if several
/// events share a view. Otherwise, `of View` is left out.
macro_rules! define_events {
    ($($(#[doc = $doc:literal])* $kind:ident: $event:ident $(of $view:ident)? as $model:ty;)*) => {
        /// An event whose values are read on demand; see the [module](super).
        ///
        /// Events that have no view of their own are [`Other`](Self::Other).
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum EventView<'a> {
            $($(#[doc = $doc])* $kind($event<'a>),)*
            /// An event without a view, or a payload with another opcode: its name and JSON.
            Other(OtherView<'a>),
        }

        impl<'a> EventView<'a> {
            /// The events that have a view.
            pub const KINDS: &'static [DispatchKind] = &[$(DispatchKind::$kind),*];

            /// Scans the top level of a payload's `d`.
            #[inline]
            pub(super) fn new(payload: &Payload<'a>) -> Result<Self, ViewError> {
                let kind = payload.kind().filter(|_| payload.op() == OpCode::Dispatch);
                let start = payload.data_offset();
                // Changed where it is, since the members are large to move.
                let mut view = match (kind, start) {
                    $((Some(DispatchKind::$kind), Some(start)) => {
                        let object = ObjectView::unscanned_at(payload.text(), start);
                        Ok(Self::$kind(wrap!(object, $event $($view)?)))
                    })*
                    (Some($(DispatchKind::$kind)|*), None) => Err(without_data(payload.text())),
                    _ => Ok(Self::Other(OtherView::new(payload.clone()))),
                };
                let object = view.as_mut().ok().and_then(Self::object_mut);
                if let Some(Err(error)) = object.map(ObjectView::scan) {
                    view = Err(error);
                }
                view
            }

            fn object_mut(&mut self) -> Option<&mut ObjectView<'a>> {
                match self {
                    $(Self::$kind(event) => Some(object_mut!(event, $event $($view)?)),)*
                    Self::Other(_) => None,
                }
            }

            /// The object of the event, or `None` for [`Other`](Self::Other).
            #[must_use]
            pub fn object(&self) -> Option<&ObjectView<'a>> {
                match self {
                    $(Self::$kind(event) => Some(event),)*
                    Self::Other(_) => None,
                }
            }

            /// The documented or announced event, or `None` if its name is new or the payload is not a dispatch.
            #[must_use]
            pub fn kind(&self) -> Option<DispatchKind> {
                match self {
                    $(Self::$kind(_) => Some(DispatchKind::$kind),)*
                    Self::Other(event) => event.kind(),
                }
            }
        }

        $(define_event_type! { $(#[doc = $doc])* $event $(of $view)? })*

        $(impl $event<'_> {
            /// Decodes the whole event into twilight-model's type.
            ///
            /// Costs as much as [`decode_event`](crate::decode_event), and makes the same repairs.
            /// [`EventView::decode`] also returns what was repaired.
            ///
            /// # Errors
            ///
            /// Returns an error if the event does not match its type.
            pub fn to_model(&self) -> Result<$model, EventError> {
                match self.decode_event(JsonParser::best())?.into_event() {
                    Ok(Event::$kind(event)) => Ok(event),
                    _ => Err(self.other_type()),
                }
            }
        })*
    };
}

/// Defines the type of an event that shares its view with others.
macro_rules! define_event_type {
    ($(#[doc = $doc:literal])* $event:ident) => {};
    ($(#[doc = $doc:literal])* $event:ident of $view:ident) => {
        $(#[doc = $doc])*
        #[doc = concat!("\n\nDereferences to [`", stringify!($view), "`], which has the methods to read it.")]
        #[derive(Clone, Debug)]
        pub struct $event<'a>($view<'a>);

        impl<'a> std::ops::Deref for $event<'a> {
            type Target = $view<'a>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    };
}

/// The object of an event.
macro_rules! object_mut {
    ($object:ident, $event:ident $view:ident) => {
        $object.0.object_mut()
    };
    ($object:ident, $event:ident) => {
        $object.object_mut()
    };
}

/// Makes an event of its object.
macro_rules! wrap {
    ($object:ident, $event:ident $view:ident) => {
        $event($view::from($object))
    };
    ($object:ident, $event:ident) => {
        $event::from($object)
    };
}

define_events! {
    /// MESSAGE_CREATE: a message was sent.
    MessageCreate: MessageCreateView of MessageView as Box<incoming::MessageCreate>;
    /// MESSAGE_UPDATE: a message was edited.
    MessageUpdate: MessageUpdateView of MessageView as Box<incoming::MessageUpdate>;
    /// MESSAGE_DELETE: a message was deleted.
    MessageDelete: MessageDeleteView as incoming::MessageDelete;
    /// MESSAGE_DELETE_BULK: several messages were deleted at once.
    MessageDeleteBulk: MessageDeleteBulkView as incoming::MessageDeleteBulk;
    /// PRESENCE_UPDATE: the status, an activity or the name of a user changed.
    PresenceUpdate: PresenceUpdateView of PresenceView as Box<incoming::PresenceUpdate>;
    /// TYPING_START: a user started to type.
    TypingStart: TypingStartView as Box<incoming::TypingStart>;
    /// MESSAGE_REACTION_ADD: a user reacted to a message.
    ReactionAdd: ReactionAddView of ReactionView as Box<incoming::ReactionAdd>;
    /// MESSAGE_REACTION_REMOVE: a user removed a reaction from a message.
    ReactionRemove: ReactionRemoveView of ReactionView as Box<incoming::ReactionRemove>;
    /// MESSAGE_REACTION_REMOVE_ALL: all reactions were removed from a message.
    ReactionRemoveAll: ReactionRemoveAllView as incoming::ReactionRemoveAll;
    /// MESSAGE_REACTION_REMOVE_EMOJI: all reactions with an emoji were removed from a message.
    ReactionRemoveEmoji: ReactionRemoveEmojiView as incoming::ReactionRemoveEmoji;
    /// GUILD_MEMBER_ADD: a user joined a guild.
    MemberAdd: MemberAddView as Box<incoming::MemberAdd>;
    /// GUILD_MEMBER_UPDATE: a member was changed.
    MemberUpdate: MemberUpdateView as Box<incoming::MemberUpdate>;
    /// GUILD_MEMBER_REMOVE: a user left a guild or was removed.
    MemberRemove: MemberRemoveView of GuildUserView as incoming::MemberRemove;
    /// GUILD_BAN_ADD: a user was banned from a guild.
    BanAdd: BanAddView of GuildUserView as incoming::BanAdd;
    /// GUILD_BAN_REMOVE: a user was unbanned from a guild.
    BanRemove: BanRemoveView of GuildUserView as incoming::BanRemove;
    /// VOICE_STATE_UPDATE: a user joined or left a voice channel, or changed its settings.
    VoiceStateUpdate: VoiceStateUpdateView of VoiceStateView as Box<incoming::VoiceStateUpdate>;
    /// INTERACTION_CREATE: a user used a command or a component, or submitted a modal.
    InteractionCreate: InteractionCreateView of InteractionView as Box<incoming::InteractionCreate>;
    /// CHANNEL_CREATE: a channel was created.
    ChannelCreate: ChannelCreateView of ChannelView as Box<incoming::ChannelCreate>;
    /// CHANNEL_UPDATE: a channel was changed.
    ChannelUpdate: ChannelUpdateView of ChannelView as Box<incoming::ChannelUpdate>;
    /// CHANNEL_DELETE: a channel was deleted.
    ChannelDelete: ChannelDeleteView of ChannelView as Box<incoming::ChannelDelete>;
    /// CHANNEL_PINS_UPDATE: a message was pinned or unpinned.
    ChannelPinsUpdate: ChannelPinsUpdateView as incoming::ChannelPinsUpdate;
    /// THREAD_CREATE: a thread was created, or the bot was added to a private one.
    ThreadCreate: ThreadCreateView of ChannelView as Box<incoming::ThreadCreate>;
    /// THREAD_UPDATE: a thread was changed.
    ThreadUpdate: ThreadUpdateView of ChannelView as Box<incoming::ThreadUpdate>;
    /// THREAD_DELETE: a thread was deleted.
    ThreadDelete: ThreadDeleteView as incoming::ThreadDelete;
    /// GUILD_CREATE: a guild became available, or the bot joined it.
    GuildCreate: GuildCreateView of GuildView as Box<incoming::GuildCreate>;
    /// GUILD_UPDATE: a guild was changed.
    GuildUpdate: GuildUpdateView of GuildView as Box<incoming::GuildUpdate>;
    /// GUILD_DELETE: a guild became unavailable, or the bot left it.
    GuildDelete: GuildDeleteView as incoming::GuildDelete;
    /// GUILD_ROLE_CREATE: a role was created.
    RoleCreate: RoleCreateView of RoleChangeView as incoming::RoleCreate;
    /// GUILD_ROLE_UPDATE: a role was changed.
    RoleUpdate: RoleUpdateView of RoleChangeView as incoming::RoleUpdate;
    /// GUILD_ROLE_DELETE: a role was deleted.
    RoleDelete: RoleDeleteView as incoming::RoleDelete;
}

impl<'a> EventView<'a> {
    /// The payload.
    #[must_use]
    pub fn payload(&self) -> Payload<'a> {
        match self {
            Self::Other(event) => event.payload().clone(),
            event => match event.object() {
                Some(object) => object.payload(),
                None => unreachable!("all other events are objects"),
            },
        }
    }

    /// Decodes the whole event, as [`decode_event`](crate::decode_event) does.
    ///
    /// # Errors
    ///
    /// Returns an error if the event does not match its type, or if `parser` is not compiled in.
    pub fn decode(&self, parser: JsonParser) -> Result<Decoded, EventError> {
        decode_event(&self.payload(), parser)
    }

    /// The guild; see [`Payload::guild_id`].
    #[must_use]
    pub fn guild_id(&self) -> Option<Id<GuildMarker>> {
        self.id_at(guild_paths(self.kind()), Payload::guild_id)
    }

    /// The channel; see [`Payload::channel_id`].
    #[must_use]
    pub fn channel_id(&self) -> Option<Id<ChannelMarker>> {
        self.id_at(channel_paths(self.kind()), Payload::channel_id)
    }

    /// The user; see [`Payload::user_id`].
    #[must_use]
    pub fn user_id(&self) -> Option<Id<UserMarker>> {
        self.id_at(user_paths(self.kind()), Payload::user_id)
    }
}

impl<'a> EventView<'a> {
    /// The id at the first of these paths at which there is one. Events without a view are scanned for it.
    fn id_at<M>(
        &self,
        paths: &[Path],
        scan: impl FnOnce(&Payload<'a>) -> Option<Id<M>>,
    ) -> Option<Id<M>> {
        match (self, self.object()) {
            (Self::Other(event), _) => scan(event.payload()),
            (_, object) => paths.iter().find_map(|path| object?.id_at(path)),
        }
    }
}

impl<'a> Payload<'a> {
    /// Returns a view of the event, whose values are read on demand; see [`view`](crate::view).
    ///
    /// Scans `d` once, without looking into its nested values and, for all events that the gateway sends but large guilds,
    /// without an allocation.
    ///
    /// # Errors
    ///
    /// Returns an error if `d` of an event that has a view is not an object. Any payload without a view is
    /// [`EventView::Other`].
    #[inline]
    pub fn view(&self) -> Result<EventView<'a>, ViewError> {
        EventView::new(self)
    }

    /// Scans `d` of any payload as an object, whose members are read on demand.
    ///
    /// This is the cheapest way to read a few values of a large event. Members that are not read may be invalid JSON.
    ///
    /// ```
    /// use gloaming_protocol::Payload;
    ///
    /// let payload = Payload::parse(
    ///     r#"{"t":"GUILD_MEMBERS_CHUNK","s":7,"op":0,"d":{"guild_id":"1","members":[],"chunk_index":3,"chunk_count":9}}"#,
    /// )?;
    /// let chunk = payload.object()?;
    /// assert_eq!(chunk.required::<u32>("chunk_index")?, 3);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if `d` is missing or not an object.
    pub fn object(&self) -> Result<ObjectView<'a>, ViewError> {
        let start = self.data_offset();
        let start = start.ok_or_else(|| without_data(self.text()))?;
        let mut object = ObjectView::unscanned_at(self.text(), start);
        object.scan()?;
        Ok(object)
    }
}

impl OwnedPayload {
    /// Scans `d` as an object whose members are read on demand; see [`Payload::object`].
    ///
    /// # Errors
    ///
    /// Returns an error in the same cases as [`Payload::object`].
    pub fn object(&self) -> Result<ObjectView<'_>, ViewError> {
        self.as_payload().object()
    }

    /// Returns a view of the event, whose values are read on demand; see [`Payload::view`].
    ///
    /// # Errors
    ///
    /// Returns an error in the same cases as [`Payload::view`].
    pub fn view(&self) -> Result<EventView<'_>, ViewError> {
        EventView::new(&self.as_payload())
    }
}
