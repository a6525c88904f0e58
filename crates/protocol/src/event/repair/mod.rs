//! Repairs of events that do not match their type.
//!
//! An event is decoded as it is first. Only if that fails, the smallest part that does not fit is changed: a number
//! that came as a string is converted, an absent member gets the value that stands for nothing, and what can't be
//! converted is left out. Each change is reported as a [`Repair`].
//!
//! The search works on the errors of the decoder, so it needs no knowledge of the types: it changes a value to which the
//! error may refer, decodes again, and keeps the change if the error is gone. Number and size of the attempts are
//! bounded.
//!
//! Timestamps with an offset from UTC fit their type, which ignores the offset. They are converted, too, as are those in
//! forms of ISO 8601 that the type refuses, such as `2024-02-03T00:30:00.148Z`.

mod candidates;
mod defaults;
mod edits;
mod fault;
mod report;
mod search;
mod tree;
mod utc;

pub(super) use self::search::repair;
pub(crate) use self::utc::instant_of;

use crate::excerpt::Excerpt;
use std::fmt::{self, Display, Formatter};

/// One change that was made to an event so that it fits its type.
///
/// ```
/// use gloaming_protocol::{Decoded, Event, JsonParser, Payload, RepairKind, decode_event};
///
/// let payload = Payload::parse(
///     r#"{"t":"TYPING_START","s":7,"op":0,"d":{"channel_id":"1","user_id":"2","timestamp":"1700000000"}}"#,
/// )?;
/// let Decoded::Repaired(repaired) = decode_event(&payload, JsonParser::best())? else {
///     panic!("the time is a string");
/// };
/// assert!(matches!(repaired.event(), Event::TypingStart(typing) if typing.timestamp == 1700000000));
/// let [repair] = repaired.repairs() else {
///     panic!("only the time is repaired");
/// };
/// assert_eq!((repair.path(), repair.kind()), ("timestamp", RepairKind::Converted));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Repair {
    path: String,
    kind: RepairKind,
}

/// How a part of an event was changed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RepairKind {
    /// A value was converted to the type that is expected: a string or a number such as `5.0` to an integer, a number
    /// to a string, or a time with an offset, or in another form of
    /// ISO 8601 than Discord's, to UTC.
    Converted,
    /// A member that was absent, `null` or of no use got the value that stands for nothing: `false`, 0, an empty string
    /// or an empty list.
    Defaulted,
    /// A member of an object or an element of a list was left out.
    Removed,
}

impl RepairKind {
    /// Every variant.
    pub const ALL: [Self; 3] = [Self::Converted, Self::Defaulted, Self::Removed];

    /// The name in logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Converted => "converted",
            Self::Defaulted => "defaulted",
            Self::Removed => "removed",
        }
    }
}

impl Repair {
    /// Where the change was made, in `d`: `members[3].user.public_flags`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What was changed.
    #[must_use]
    pub const fn kind(&self) -> RepairKind {
        self.kind
    }
}

/// `members[3].user.public_flags converted`.
impl Display for Repair {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Excerpt::new(&self.path), self.kind.name())
    }
}
