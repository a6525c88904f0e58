//! The types as which values can be read.

use super::{ListView, ObjectView, ValueView, ViewError};
use crate::event::instant_of;
use crate::json::words::digits;
use serde::Deserialize;
use std::borrow::Cow;
use twilight_model::application::command::{CommandOptionType, CommandType};
use twilight_model::application::interaction::InteractionType;
use twilight_model::channel::message::component::ComponentType;
use twilight_model::channel::message::sticker::StickerFormatType;
use twilight_model::channel::message::{MessageFlags, MessageReferenceType, MessageType};
use twilight_model::channel::{AttachmentFlags, ChannelFlags, ChannelType};
use twilight_model::gateway::presence::{ActivityFlags, ActivityType, Status};
use twilight_model::guild::{MemberFlags, Permissions, RoleFlags};
use twilight_model::id::Id;
use twilight_model::user::{PremiumType, UserFlags};
use twilight_model::util::{HexColor, ImageHash, Timestamp};

/// A type as which a [value](ValueView) of an event can be read.
///
/// Implement it for types of your own to read them from members that no view has a method for:
///
/// ```
/// use gloaming_protocol::view::{FromValue, ValueView, ViewError};
///
/// struct Color(u32);
///
/// impl<'a> FromValue<'a> for Color {
///     fn from_value(value: ValueView<'a>) -> Result<Self, ViewError> {
///         let color = value.string()?;
///         let color = color.strip_prefix('#').and_then(|digits| u32::from_str_radix(digits, 16).ok());
///         color.map(Self).ok_or_else(|| value.mismatch("a color"))
///     }
/// }
/// ```
pub trait FromValue<'a>: Sized {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is of another type, or out of range.
    fn from_value(value: ValueView<'a>) -> Result<Self, ViewError>;
}

impl<'a> FromValue<'a> for ValueView<'a> {
    #[inline]
    fn from_value(value: Self) -> Result<Self, ViewError> {
        Ok(value)
    }
}

impl<'a> FromValue<'a> for ObjectView<'a> {
    #[inline]
    fn from_value(value: ValueView<'a>) -> Result<Self, ViewError> {
        value.object()
    }
}

impl<'a, T: FromValue<'a>> FromValue<'a> for ListView<'a, T> {
    #[inline]
    fn from_value(value: ValueView<'a>) -> Result<Self, ViewError> {
        value.list()
    }
}

/// `null` is `None`.
impl<'a, T: FromValue<'a>> FromValue<'a> for Option<T> {
    #[inline]
    fn from_value(value: ValueView<'a>) -> Result<Self, ViewError> {
        if value.is_null() {
            Ok(None)
        } else {
            T::from_value(value).map(Some)
        }
    }
}

/// Borrowed unless the string contains an escape.
impl<'a> FromValue<'a> for Cow<'a, str> {
    #[inline]
    fn from_value(value: ValueView<'a>) -> Result<Self, ViewError> {
        value.string()
    }
}

impl<'a> FromValue<'a> for bool {
    #[inline]
    fn from_value(value: ValueView<'a>) -> Result<Self, ViewError> {
        match value.json() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(value.mismatch("a boolean")),
        }
    }
}

/// Ids are strings, and sometimes integers ([P33](crate::rules#p33)).
impl<'a, M> FromValue<'a> for Id<M> {
    #[inline]
    fn from_value(value: ValueView<'a>) -> Result<Self, ViewError> {
        id_of(value).ok_or_else(|| value.mismatch("an id"))
    }
}

/// Reads an id, or returns `None` if the value is none.
#[inline]
pub(super) fn id_of<M>(value: ValueView<'_>) -> Option<Id<M>> {
    let id = match value.json().as_bytes() {
        [b'"', id @ .., b'"'] => digits(id).or_else(|| unusual_id(value)),
        b"null" => None,
        _ => unusual_id(value),
    };
    id.and_then(Id::new_checked)
}

/// Reads an id as twilight-model does: with a sign or escapes, or as an integer.
#[cold]
fn unusual_id(value: ValueView<'_>) -> Option<u64> {
    match value.json().as_bytes() {
        [b'"', ..] => value.string().ok()?.parse().ok(),
        _ => value.decode().ok(),
    }
}

/// The instant, whichever offset and form of ISO 8601 the timestamp has.
impl<'a> FromValue<'a> for Timestamp {
    fn from_value(value: ValueView<'a>) -> Result<Self, ViewError> {
        let mismatch = || value.mismatch("a timestamp");
        let text = value.string().map_err(|_| mismatch())?;
        instant_of(&text).ok_or_else(mismatch)
    }
}

/// The number of a user without a unique name, of up to four digits. It is a string, or a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Discriminator(pub(super) u16);

impl<'a> FromValue<'a> for Discriminator {
    fn from_value(value: ValueView<'a>) -> Result<Self, ViewError> {
        let number = match value.json().as_bytes() {
            [b'"', ..] => value.string()?.parse().ok(),
            _ => value.decode().ok(),
        };
        number
            .map(Self)
            .ok_or_else(|| value.mismatch("a discriminator"))
    }
}

/// Types that are read as twilight-model reads them.
macro_rules! decoded {
    ($($type:ty, $expected:literal;)*) => {
        $(impl<'a> FromValue<'a> for $type {
            fn from_value(value: ValueView<'a>) -> Result<Self, ViewError> {
                decode(value, $expected)
            }
        })*
    };
}

fn decode<'a, T: Deserialize<'a>>(value: ValueView<'a>, expected: &str) -> Result<T, ViewError> {
    value.decode().map_err(|_| value.mismatch(expected))
}

decoded! {
    u8, "a number";
    u16, "a number";
    u32, "a number";
    u64, "a number";
    i8, "a number";
    i32, "a number";
    i64, "a number";
    f64, "a number";
    ActivityFlags, "a number of flags";
    ActivityType, "the number of an activity type";
    AttachmentFlags, "a number of flags";
    ChannelFlags, "a number of flags";
    ChannelType, "the number of a channel type";
    CommandOptionType, "the number of an option type";
    CommandType, "the number of a command type";
    ComponentType, "the number of a component type";
    HexColor, "a color";
    ImageHash, "the hash of an image";
    InteractionType, "the number of an interaction type";
    MemberFlags, "a number of flags";
    MessageFlags, "a number of flags";
    MessageReferenceType, "the number of a reference type";
    MessageType, "the number of a message type";
    Permissions, "a number of permissions";
    PremiumType, "the number of a premium type";
    RoleFlags, "a number of flags";
    Status, "a status";
    StickerFormatType, "the number of a sticker format";
    UserFlags, "a number of flags";
}
