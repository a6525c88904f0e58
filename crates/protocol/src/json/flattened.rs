//! Events whose types in twilight-model are another type with one member more, such as a message with the type of its
//! channel.
//!
//! twilight-model flattens the other type into the event, for which serde first reads all members into a list of
//! untyped values. Here, the one member is taken out while the other type is read.

use crate::dispatch::DispatchKind;
use serde::de::value::{BorrowedStrDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use std::borrow::Cow;
use std::fmt::{self, Formatter};
use std::marker::PhantomData;
use twilight_model::gateway::event::{DispatchEvent, DispatchEventWithTypeDeserializer};
use twilight_model::gateway::payload::incoming::{MemberAdd, MessageCreate};

/// Parses the `d` of the dispatch of this kind.
#[inline]
pub(super) fn dispatch<'de, D>(
    kind: DispatchKind,
    deserializer: D,
) -> Result<DispatchEvent, D::Error>
where
    D: Deserializer<'de>,
{
    match kind {
        DispatchKind::MessageCreate => {
            message_create(deserializer).map(|event| DispatchEvent::MessageCreate(Box::new(event)))
        }
        DispatchKind::MemberAdd => {
            member_add(deserializer).map(|event| DispatchEvent::MemberAdd(Box::new(event)))
        }
        _ => DispatchEventWithTypeDeserializer::new(kind.name()).deserialize(deserializer),
    }
}

fn message_create<'de, D>(deserializer: D) -> Result<MessageCreate, D::Error>
where
    D: Deserializer<'de>,
{
    let mut channel_type = None;
    let message = Deserialize::deserialize(Flattened {
        deserializer,
        name: "channel_type",
        value: &mut channel_type,
    })?;
    Ok(MessageCreate {
        channel_type: channel_type.flatten(),
        message,
    })
}

fn member_add<'de, D>(deserializer: D) -> Result<MemberAdd, D::Error>
where
    D: Deserializer<'de>,
{
    const GUILD_ID: &str = "guild_id";
    let mut guild_id = None;
    let member = Deserialize::deserialize(Flattened {
        deserializer,
        name: GUILD_ID,
        value: &mut guild_id,
    })?;
    Ok(MemberAdd {
        guild_id: guild_id.ok_or_else(|| Error::missing_field(GUILD_ID))?,
        member,
    })
}

/// Deserializes an object without the member of a name, which is put into `value`.
struct Flattened<'a, D, T> {
    deserializer: D,
    name: &'static str,
    value: &'a mut Option<T>,
}

impl<'de, D: Deserializer<'de>, T: Deserialize<'de>> Deserializer<'de> for Flattened<'_, D, T> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserializer.deserialize_map(Flattened {
            deserializer: visitor,
            name: self.name,
            value: self.value,
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>, T: Deserialize<'de>> Visitor<'de> for Flattened<'_, V, T> {
    type Value = V::Value;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.deserializer.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.deserializer.visit_map(Flattened {
            deserializer: members,
            name: self.name,
            value: self.value,
        })
    }
}

impl<'de, A: MapAccess<'de>, T: Deserialize<'de>> MapAccess<'de> for Flattened<'_, A, T> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.deserializer.next_key_seed(Key(PhantomData))? {
            if key != self.name {
                return match key {
                    Cow::Borrowed(key) => seed.deserialize(BorrowedStrDeserializer::new(key)),
                    Cow::Owned(key) => seed.deserialize(StringDeserializer::new(key)),
                }
                .map(Some);
            }
            if self.value.is_some() {
                return Err(Error::duplicate_field(self.name));
            }
            *self.value = Some(self.deserializer.next_value()?);
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.deserializer.next_value_seed(seed)
    }
}

/// Reads a name, which is borrowed unless it contains an escape.
struct Key<'de>(PhantomData<&'de str>);

impl<'de> DeserializeSeed<'de> for Key<'de> {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'de> {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}
