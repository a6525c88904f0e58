//! A reference for the scanner of payloads: the envelope as serde_json reads it.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use std::fmt::{self, Formatter};

/// The fields of a payload. The first value of a duplicate key counts, as it does for the scanner.
///
/// It is deserialized from a JSON object with any other keys.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// The opcode.
    pub op: Option<Value>,
    /// The sequence.
    pub s: Option<Value>,
    /// The name of an event.
    pub t: Option<Value>,
    /// The data.
    pub d: Option<Value>,
}

impl Envelope {
    /// Returns opcode, sequence and name, or `None` if they are not those of a payload.
    #[must_use]
    pub fn as_payload(&self) -> Option<(u64, Option<u64>, Option<&str>)> {
        let op = self.op.as_ref()?.as_u64()?;
        let sequence = match &self.s {
            None | Some(Value::Null) => None,
            Some(value) => Some(value.as_u64()?),
        };
        let name = match &self.t {
            None | Some(Value::Null) => None,
            Some(value) => Some(value.as_str()?),
        };
        Some((op, sequence, name))
    }
}

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FirstOfEachKey)
    }
}

struct FirstOfEachKey;

impl<'de> Visitor<'de> for FirstOfEachKey {
    type Value = Envelope;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope, A::Error> {
        let mut envelope = Envelope::default();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            let field = match key.as_str() {
                "op" => &mut envelope.op,
                "s" => &mut envelope.s,
                "t" => &mut envelope.t,
                "d" => &mut envelope.d,
                _ => continue,
            };
            field.get_or_insert(value);
        }
        Ok(envelope)
    }
}

#[cfg(test)]
mod tests {
    use super::Envelope;

    #[test]
    fn first_of_a_duplicate_key_counts() {
        let text = r#"{"x":1,"op":0,"op":2,"s":3,"t":"READY","d":{}}"#;
        let envelope = serde_json::from_str::<Envelope>(text).unwrap();
        assert_eq!(envelope.as_payload(), Some((0, Some(3), Some("READY"))));
        let text = r#"{"op":"0"}"#;
        let envelope = serde_json::from_str::<Envelope>(text).unwrap();
        assert_eq!(envelope.as_payload(), None);
    }
}
