//! Compares views of events with twilight-model's types: every method against the field of the same name.

mod of_events;
mod of_parts;

use gloaming_protocol::DispatchKind;
use gloaming_protocol::view::{ListView, ObjectView, ValueView, ViewError, ViewErrorKind};
use std::borrow::Cow;
use std::fmt::{self, Debug, Display, Formatter};
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

pub use self::of_events::assert_agrees;

/// Whether an object within the value has a name twice. twilight-model reads some of these without an error, and uses
/// another value than views, or the same.
#[must_use]
pub fn has_duplicate_names(value: ValueView<'_>) -> bool {
    if let Ok(object) = value.object() {
        let names = Vec::from_iter(object.iter().map(|(name, _)| name));
        let is_twice = |(index, name)| names[..index].contains(name);
        names.iter().enumerate().any(is_twice)
            || object.iter().any(|(_, value)| has_duplicate_names(value))
    } else if let Ok(mut list) = value.list::<ValueView<'_>>() {
        list.any(|value| value.is_ok_and(has_duplicate_names))
    } else {
        false
    }
}

/// What a view returns has to be what the model has.
trait Agrees<M: ?Sized> {
    /// Panics if it is not.
    fn agrees(&self, model: &M, at: &At<'_>);
}

/// The path of a value, for messages.
struct At<'p> {
    parent: Option<&'p Self>,
    step: Step,
}

#[derive(Debug, Eq, PartialEq)]
enum Step {
    Event(Option<DispatchKind>),
    Member(&'static str),
    Element(usize),
}

impl At<'_> {
    /// Whether it is the guild of a part of a created guild. The model adds it, as the parts lack it.
    fn is_guild_of_part(&self) -> bool {
        let mut root = self;
        let mut depth = 0;
        while let Some(parent) = root.parent {
            root = parent;
            depth += 1;
        }
        self.step == Step::Member("guild_id")
            && depth > 1
            && root.step == Step::Event(Some(DispatchKind::GuildCreate))
    }
}

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent} > ")?;
        }
        write!(f, "{:?}", self.step)
    }
}

/// How many elements a list has, if they have no view.
struct Count(usize);

/// Whether an object is there that has no view.
struct Present(bool);

impl<T: Agrees<M>, M> Agrees<M> for Result<T, ViewError> {
    fn agrees(&self, model: &M, at: &At<'_>) {
        match self {
            _ if at.is_guild_of_part() => {}
            Ok(value) => value.agrees(model, at),
            // The model reads values of any depth where it has no field.
            Err(error) if error.kind() == ViewErrorKind::Limit => {}
            Err(error) => panic!("{at}: {error}"),
        }
    }
}

impl<T: Agrees<M> + Debug, M: Debug> Agrees<Option<M>> for Option<T> {
    fn agrees(&self, model: &Option<M>, at: &At<'_>) {
        match (self, model) {
            (Some(value), Some(model)) => value.agrees(model, at),
            (None, None) => {}
            _ => panic!("{at}: {self:?} is not {model:?}"),
        }
    }
}

impl<'a, T, M> Agrees<Vec<M>> for ListView<'a, T>
where
    Result<T, ViewError>: Agrees<M>,
    T: gloaming_protocol::view::FromValue<'a>,
{
    fn agrees(&self, model: &Vec<M>, at: &At<'_>) {
        assert_eq!(self.clone().count(), model.len(), "{at}");
        assert_eq!(self.is_empty(), model.is_empty(), "{at}");
        for (index, (value, model)) in self.clone().zip(model).enumerate() {
            let at = At {
                parent: Some(at),
                step: Step::Element(index),
            };
            value.agrees(model, &at);
        }
    }
}

impl Agrees<Count> for ListView<'_, ObjectView<'_>> {
    fn agrees(&self, Count(count): &Count, at: &At<'_>) {
        assert_eq!(self.clone().count(), *count, "{at}");
    }
}

impl Agrees<Option<Count>> for Option<ListView<'_, ObjectView<'_>>> {
    fn agrees(&self, model: &Option<Count>, at: &At<'_>) {
        let count = self.clone().map(Iterator::count);
        assert_eq!(count, model.as_ref().map(|Count(count)| *count), "{at}");
    }
}

impl Agrees<Present> for Option<ObjectView<'_>> {
    fn agrees(&self, Present(is_present): &Present, at: &At<'_>) {
        assert_eq!(self.is_some(), *is_present, "{at}");
    }
}

impl Agrees<String> for Cow<'_, str> {
    fn agrees(&self, model: &String, at: &At<'_>) {
        assert_eq!(self, model, "{at}");
    }
}

impl<M> Agrees<Self> for Id<M> {
    fn agrees(&self, model: &Self, at: &At<'_>) {
        assert_eq!(self, model, "{at}");
    }
}

macro_rules! equal {
    ($($type:ty),* $(,)?) => {
        $(impl Agrees<Self> for $type {
            fn agrees(&self, model: &Self, at: &At<'_>) {
                assert_eq!(self, model, "{at}");
            }
        })*
    };
}

equal! {
    ActivityFlags, ActivityType, AttachmentFlags, ChannelFlags, ChannelType, CommandOptionType, CommandType,
    ComponentType, HexColor, ImageHash, InteractionType, MemberFlags, MessageFlags,
    MessageReferenceType, MessageType, Permissions, PremiumType, RoleFlags, Status, StickerFormatType, Timestamp,
    UserFlags, bool, f64, i32, i64, i8, u16, u32, u64, u8,
}

/// Compares each method of a view with the field of the same name, or with what is given after `=`, except those that
/// are `skip`ped. All methods are listed.
macro_rules! agree {
    ($view:ty, $model:ty, |$m:ident| { $($field:ident $(= $value:tt)?),* $(,)? }) => {
        impl Agrees<$model> for $view {
            #[allow(deprecated, reason = "views read the fields as well")]
            fn agrees(&self, $m: &$model, at: &At<'_>) {
                const LISTED: usize = [$(stringify!($field)),*].len();
                const { assert!(<$view>::MEMBERS.len() == LISTED, "each member is compared") };
                $(agree!(@field self, $m, at, $field $(= $value)?);)*
            }
        }
    };
    (@field $self:ident, $m:ident, $at:ident, $field:ident = skip) => {};
    (@field $self:ident, $m:ident, $at:ident, $field:ident = $value:tt) => {
        let at = At { parent: Some($at), step: Step::Member(stringify!($field)) };
        $self.$field().agrees(&$value, &at);
    };
    (@field $self:ident, $m:ident, $at:ident, $field:ident) => {
        let at = At { parent: Some($at), step: Step::Member(stringify!($field)) };
        $self.$field().agrees(&$m.$field, &at);
    };
}

use agree;
