use super::from_value::id_of;
use super::members::{Members, Unreadable, literal};
use super::{FromValue, ValueView, ViewError, ViewErrorKind};
use crate::envelope::{Path, Payload};
use crate::event::{Decoded, EventError, decode_event};
use crate::json::JsonParser;
use std::borrow::Cow;
use std::fmt::{self, Debug, Formatter};
use twilight_model::id::Id;

/// An object of an event, whose members are read on demand.
///
/// It is scanned once, for the names of its members and where their values start and end, without an allocation if it
/// has up to 32 members, written as the gateway does: without white space. Values are read when they are asked for, so that
/// those that are not cost nothing more. If a name appears twice, its first value counts, as in
/// [`decode_event`](crate::decode_event).
///
/// Each typed view dereferences to the object that it reads, for members that have no method:
///
/// ```
/// use gloaming_protocol::{Payload, view::EventView};
///
/// let payload = Payload::parse(
///     r#"{"t":"MESSAGE_DELETE","s":7,"op":0,"d":{"id":"1","channel_id":"2","reason":{"code":5},"by":null}}"#,
/// )?;
/// let EventView::MessageDelete(message) = payload.view()? else {
///     panic!("a message was deleted");
/// };
/// let reason = message.get("reason").expect("the object has one").object()?;
/// assert_eq!(reason.required::<u64>("code")?, 5);
/// // A member may be absent or null.
/// assert!(message.get("by").is_some_and(|by| by.is_null()) && message.get("from").is_none());
/// assert_eq!(message.optional::<u64>("by")?, message.optional::<u64>("from")?);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ObjectView<'a> {
    /// The whole payload.
    text: &'a str,
    start: usize,
    end: usize,
    members: Members,
}

impl<'a> ObjectView<'a> {
    /// An object that starts at this offset of a payload's text, and whose members are not known yet.
    ///
    /// It is [scanned](Self::scan) where it will stay, since the members are large to move.
    #[inline(always)]
    pub(super) const fn unscanned_at(text: &'a str, start: usize) -> Self {
        Self {
            text,
            start,
            end: start,
            members: Members::new(),
        }
    }

    /// Finds the members.
    #[inline(always)]
    pub(super) fn scan(&mut self) -> Result<(), ViewError> {
        match self.members.read(self.text, self.start) {
            Ok(end) => {
                self.end = end;
                Ok(())
            }
            Err(reason) => Err(unreadable(self.text, self.start, reason)),
        }
    }

    /// The value of the member with this name, or `None` if it is missing. It may be [null](ValueView::is_null).
    #[inline]
    #[must_use]
    pub fn get(&self, name: &str) -> Option<ValueView<'a>> {
        let span = self.members.find(self.text, name)?;
        Some(ValueView::new(self.text, span))
    }

    /// Reads a member that each object of this type has.
    ///
    /// # Errors
    ///
    /// Returns an error if the member is missing, or is not a `T`.
    #[inline]
    pub fn required<T: FromValue<'a>>(&self, name: &str) -> Result<T, ViewError> {
        match self.get(name) {
            Some(value) => T::from_value(value),
            None => Err(self.missing(name)),
        }
    }

    /// Reads a member that may be missing or null, which is `None`.
    ///
    /// # Errors
    ///
    /// Returns an error if the member has another value and is not a `T`.
    #[inline]
    pub fn optional<T: FromValue<'a>>(&self, name: &str) -> Result<Option<T>, ViewError> {
        match self.get(name) {
            Some(value) if !value.is_null() => T::from_value(value).map(Some),
            _ => Ok(None),
        }
    }

    /// Reads a member that may be missing, in which case the default value of the type takes its place.
    ///
    /// # Errors
    ///
    /// Returns an error if there is such a member, and it is not a `T`.
    #[inline]
    pub fn defaulted<T: FromValue<'a> + Default>(&self, name: &str) -> Result<T, ViewError> {
        match self.get(name) {
            Some(value) => T::from_value(value),
            None => Ok(T::default()),
        }
    }

    /// The id in an object that each object of this type has, without scanning that object further than to the id.
    pub(super) fn id_within<M>(&self, name: &str) -> Result<Id<M>, ViewError> {
        let value: ValueView<'a> = self.required(name)?;
        match value.member("id") {
            Some(id) => id.read(),
            None => value.object()?.required("id"),
        }
    }

    /// The id at this path, if there is one.
    pub(super) fn id_at<M>(&self, path: Path) -> Option<Id<M>> {
        let (first, rest) = path.split_first()?;
        let value = self.get(first)?;
        let value = rest
            .iter()
            .try_fold(value, |value, name| value.member(name));
        id_of(value?)
    }

    /// The names of the members and their values, in the order of the JSON. A name may appear twice.
    ///
    /// A name that contains an invalid escape is returned as it is written.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'a, str>, ValueView<'a>)> {
        let text = self.text;
        self.members.iter().map(move |member| {
            let key = literal(member.key, text);
            let name = key.text().unwrap_or(Cow::Borrowed(key.raw));
            (name, ValueView::new(text, member.value))
        })
    }

    /// The number of members.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are no members.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The exact text of the object.
    #[must_use]
    pub fn json(&self) -> &'a str {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    #[cold]
    fn missing(&self, name: &str) -> ViewError {
        let what = "the member is missing".to_owned();
        ViewError::new(
            ViewErrorKind::Missing,
            self.text,
            self.start,
            Some(name),
            what,
        )
    }

    /// The payload that the object is a part of.
    pub(super) fn payload(&self) -> Payload<'a> {
        Payload::parse(self.text).expect("views are made of payloads")
    }

    /// Decodes the whole event.
    pub(super) fn decode_event(&self, parser: JsonParser) -> Result<Decoded, EventError> {
        decode_event(&self.payload(), parser)
    }

    /// The error that the whole event was decoded into the type of another one.
    #[cold]
    pub(super) fn other_type(&self) -> EventError {
        let source = "it was decoded into the type of another event";
        EventError::new(self.payload().to_owned_payload(), source.into())
    }
}

#[cold]
pub(super) fn without_data(text: &str) -> ViewError {
    let what = "`d` is missing".to_owned();
    ViewError::new(ViewErrorKind::Missing, text, 0, None, what)
}

#[cold]
fn unreadable(text: &str, start: usize, reason: Unreadable) -> ViewError {
    if text.as_bytes().get(start) != Some(&b'{') {
        let what = "expected an object".to_owned();
        return ViewError::new(ViewErrorKind::Mismatch, text, start, None, what);
    }
    let (kind, offset, what) = match reason {
        Unreadable::Syntax(offset) => (ViewErrorKind::Syntax, offset, "the object is not json"),
        Unreadable::Depth(offset) => (
            ViewErrorKind::Limit,
            offset,
            "values are nested too deep to be read",
        ),
        Unreadable::Length => (
            ViewErrorKind::Limit,
            start,
            "the payload is too long to be read",
        ),
    };
    ViewError::new(kind, text, offset, None, what.to_owned())
}

/// The names of the members.
impl Debug for ObjectView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names = self.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}
