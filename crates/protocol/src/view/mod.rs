//! Borrowed views of events: typed, and read on demand from the payload's text.
//!
//! A bot that reads three values of each event pays for three. [`Payload::view`](crate::Payload::view) scans the top level
//! of `d` once, and a method of the view reads its value when it is called: ids and numbers as values, strings borrowed
//! unless they contain an escape, nested objects and lists as further views. Nothing is allocated for the usual events.
//! [`decode_event`](crate::decode_event) parses everything, into types that own their data.
//!
//! ```
//! use gloaming_protocol::{Payload, view::EventView};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let payload = Payload::parse(
//!     r#"{"t":"MESSAGE_CREATE","s":42,"op":0,"d":{"id":"5","channel_id":"6","guild_id":"7","content":"!ping",
//!     "author":{"id":"8","username":"nelly","bot":false},"mentions":[{"id":"9","username":"max"}]}}"#,
//! )?;
//! match payload.view()? {
//!     EventView::MessageCreate(message) => {
//!         let author = message.author()?;
//!         if !author.bot()? && message.content()?.starts_with("!ping") {
//!             println!("{} in {}", author.id()?, message.channel_id()?);
//!         }
//!         for user in message.mentions()? {
//!             assert_eq!(user?.name()?, "max");
//!         }
//!         // Members without a method are read by their names.
//!         assert_eq!(message.optional::<u64>("position")?, None);
//!     }
//!     EventView::Other(event) => println!("{:?}: {}", event.name(), event.data()),
//!     event => println!("{:?} in {:?}", event.kind(), event.guild_id()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Views and twilight-model
//!
//! Methods have the names of twilight-model's fields, and return what [`decode_event`](crate::decode_event) reads:
//!
//! - If a name appears twice in an object, the first value counts.
//! - Members that twilight-model requires are errors if they are missing. [`ObjectView::get`] tells a missing member
//!   from one that is `null`.
//! - A timestamp with an offset from UTC is the instant that it stands for.
//!
//! But nothing is repaired: a value that does not match its type is a [`ViewError`], which has its path, and other values
//! of the event can still be read. `to_model`, which each event's view has, decodes and repairs the whole event.
//!
//! What is not read is not validated: a view of text that is not JSON may be made, but reading it never panics.

mod attachment;
mod channel;
mod define;
mod embed;
mod event_view;
mod from_value;
mod guild;
mod interaction;
mod list;
mod member;
mod members;
mod message;
mod object;
mod other;
mod path;
mod presence;
mod reaction;
mod role;
mod typing;
mod user;
mod usual_member;
mod value;
mod view_error;
mod voice_state;

pub use self::attachment::AttachmentView;
pub use self::channel::{ChannelPinsUpdateView, ChannelView, ThreadDeleteView, ThreadMetadataView};
pub use self::embed::{
    EmbedAuthorView, EmbedFieldView, EmbedFooterView, EmbedMediaView, EmbedProviderView, EmbedView,
};
pub use self::event_view::{
    BanAddView, BanRemoveView, ChannelCreateView, ChannelDeleteView, ChannelUpdateView, EventView,
    GuildCreateView, GuildUpdateView, InteractionCreateView, MemberRemoveView, MessageCreateView,
    MessageUpdateView, PresenceUpdateView, ReactionAddView, ReactionRemoveView, RoleCreateView,
    RoleUpdateView, ThreadCreateView, ThreadUpdateView, VoiceStateUpdateView,
};
pub use self::from_value::FromValue;
pub use self::guild::{GuildDeleteView, GuildView};
pub use self::interaction::{
    CommandOptionView, CommandValueView, InteractionDataView, InteractionMetadataView,
    InteractionView,
};
pub use self::list::ListView;
pub use self::member::{GuildUserView, MemberAddView, MemberUpdateView, MemberView};
pub use self::message::{
    MessageDeleteBulkView, MessageDeleteView, MessageReferenceView, MessageView, StickerItemView,
};
pub use self::object::ObjectView;
pub use self::other::OtherView;
pub use self::presence::{
    ActivityEmojiView, ActivityTimestampsView, ActivityView, ClientStatusView, PresenceView,
};
pub use self::reaction::{EmojiView, ReactionRemoveAllView, ReactionRemoveEmojiView, ReactionView};
pub use self::role::{RoleChangeView, RoleColorsView, RoleDeleteView, RoleView};
pub use self::typing::TypingStartView;
pub use self::user::UserView;
pub use self::value::ValueView;
pub use self::view_error::{ViewError, ViewErrorKind};
pub use self::voice_state::VoiceStateView;
