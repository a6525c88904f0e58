//! Erlang's External Term Format as a client reads and writes it, without code of the emulator.

use serde_json::{Map, Number, Value};

/// How deep terms may be nested.
const MAX_DEPTH: usize = 256;

/// A term.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// An atom.
    Atom(String),
    /// A binary that is UTF-8.
    Binary(String),
    /// A float.
    Float(f64),
    /// An integer of at most 64 bits.
    Integer(i128),
    /// A list, also one that was encoded as a STRING_EXT.
    List(Vec<Self>),
    /// The pairs of a map, in their order.
    Map(Vec<(Self, Self)>),
    /// A tuple.
    Tuple(Vec<Self>),
}

impl Term {
    /// Reads a payload. Returns `None` if it is not one term, or if the term is not one of the above.
    #[must_use]
    pub fn decode(payload: &[u8]) -> Option<Self> {
        let (term, rest) = Self::decode_prefix(payload)?;
        rest.is_empty().then_some(term)
    }

    /// Reads a payload, and returns what follows the term.
    #[must_use]
    pub fn decode_prefix(payload: &[u8]) -> Option<(Self, &[u8])> {
        let mut reader = Reader(payload.strip_prefix(&[131])?);
        let term = reader.term(0)?;
        Some((term, reader.0))
    }

    /// Writes the term as a payload.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = vec![131];
        self.write(&mut payload);
        payload
    }

    /// Returns the term of a JSON value. Keys are binaries, as Discord requires of clients.
    #[must_use]
    pub fn from_json(value: &Value) -> Self {
        match value {
            Value::Null => Self::Atom("nil".to_owned()),
            Value::Bool(value) => Self::Atom(value.to_string()),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(integer), _) => Self::Integer(integer.into()),
                (_, Some(integer)) => Self::Integer(integer.into()),
                _ => Self::Float(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => Self::Binary(text.clone()),
            Value::Array(elements) => Self::List(elements.iter().map(Self::from_json).collect()),
            Value::Object(pairs) => Self::Map(
                (pairs.iter())
                    .map(|(key, value)| (Self::Binary(key.clone()), Self::from_json(value)))
                    .collect(),
            ),
        }
    }

    /// Returns the term as JSON. As with erlpack, an integer of more than 32 bits becomes a string.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Atom(name) => match &**name {
                "nil" | "null" => Value::Null,
                "true" => true.into(),
                "false" => false.into(),
                name => name.into(),
            },
            Self::Binary(text) => text.clone().into(),
            Self::Float(float) => Number::from_f64(*float).into(),
            Self::Integer(integer) => match i64::try_from(*integer) {
                Ok(small) if small.unsigned_abs() < 1 << 32 => small.into(),
                _ => integer.to_string().into(),
            },
            Self::List(elements) | Self::Tuple(elements) => {
                elements.iter().map(Self::to_json).collect()
            }
            Self::Map(pairs) => Value::Object(
                (pairs.iter())
                    .map(|(key, value)| (key.to_key(), value.to_json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// Returns the value of a key, which may be an atom or a binary.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(pairs) = self else {
            return None;
        };
        let pair = pairs.iter().find(|(found, _)| match found {
            Self::Atom(name) | Self::Binary(name) => name == key,
            _ => false,
        })?;
        Some(&pair.1)
    }

    fn to_key(&self) -> String {
        match self {
            Self::Atom(text) | Self::Binary(text) => text.clone(),
            other => other.to_json().to_string(),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Atom(name) => {
                out.extend([119, name.len() as u8]);
                out.extend(name.as_bytes());
            }
            Self::Binary(text) => {
                head(109, text.len(), out);
                out.extend(text.as_bytes());
            }
            Self::Float(float) => {
                out.push(70);
                out.extend(float.to_be_bytes());
            }
            Self::Integer(integer) => match (u8::try_from(*integer), i32::try_from(*integer)) {
                (Ok(byte), _) => out.extend([97, byte]),
                (_, Ok(integer)) => {
                    out.push(98);
                    out.extend(integer.to_be_bytes());
                }
                _ => {
                    out.extend([110, 8, u8::from(*integer < 0)]);
                    out.extend((integer.unsigned_abs() as u64).to_le_bytes());
                }
            },
            Self::List(elements) => {
                if !elements.is_empty() {
                    head(108, elements.len(), out);
                    elements.iter().for_each(|element| element.write(out));
                }
                out.push(106);
            }
            Self::Tuple(elements) => {
                head(105, elements.len(), out);
                elements.iter().for_each(|element| element.write(out));
            }
            Self::Map(pairs) => {
                head(116, pairs.len(), out);
                for (key, value) in pairs {
                    key.write(out);
                    value.write(out);
                }
            }
        }
    }
}

fn head(tag: u8, length: usize, out: &mut Vec<u8>) {
    out.push(tag);
    out.extend((length as u32).to_be_bytes());
}

/// What is left of a payload.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn term(&mut self, depth: usize) -> Option<Term> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.number(1)? {
            70 => {
                let bytes = self.take(8)?.try_into().ok()?;
                let float = f64::from_be_bytes(bytes);
                float.is_finite().then_some(Term::Float(float))
            }
            97 => self.number(1).map(|integer| Term::Integer(integer.into())),
            98 => self
                .number(4)
                .map(|integer| Term::Integer((integer as u32 as i32).into())),
            99 => {
                let text = self.take(31)?.split(|byte| *byte == 0).next()?;
                let text = std::str::from_utf8(text).ok()?;
                let float: f64 = text.trim().parse().ok()?;
                float.is_finite().then_some(Term::Float(float))
            }
            100 => self.number(2).and_then(|length| self.latin1(length)),
            115 => self.number(1).and_then(|length| self.latin1(length)),
            118 => self.number(2).and_then(|length| self.atom(length)),
            119 => self.number(1).and_then(|length| self.atom(length)),
            104 => {
                let length = self.number(1)?;
                self.elements(length, depth).map(Term::Tuple)
            }
            105 => {
                let length = self.number(4)?;
                self.elements(length, depth).map(Term::Tuple)
            }
            106 => Some(Term::List(Vec::new())),
            107 => {
                let length = self.number(2)?;
                let bytes = self.take(length as usize)?;
                let integers = bytes.iter().map(|byte| Term::Integer((*byte).into()));
                Some(Term::List(integers.collect()))
            }
            108 => {
                let length = self.number(4)?;
                let elements = self.elements(length, depth)?;
                (self.number(1)? == 106).then_some(Term::List(elements))
            }
            109 => {
                let length = self.number(4)?;
                self.text(length).map(Term::Binary)
            }
            110 => {
                let length = self.number(1)?;
                self.big(length)
            }
            111 => {
                let length = self.number(4)?;
                self.big(length)
            }
            116 => {
                let length = self.number(4)?;
                let mut pairs: Vec<(Term, Term)> = Vec::new();
                for _ in 0..length {
                    let key = self.term(depth + 1)?;
                    if pairs.iter().any(|(other, _)| *other == key) {
                        return None;
                    }
                    pairs.push((key, self.term(depth + 1)?));
                }
                Some(Term::Map(pairs))
            }
            _ => None,
        }
    }

    fn elements(&mut self, length: u64, depth: usize) -> Option<Vec<Term>> {
        let mut elements = Vec::new();
        for _ in 0..length {
            elements.push(self.term(depth + 1)?);
        }
        Some(elements)
    }

    fn big(&mut self, length: u64) -> Option<Term> {
        let is_negative = self.number(1)? != 0;
        let mut magnitude = 0i128;
        for (index, byte) in self.take(usize::try_from(length).ok()?)?.iter().enumerate() {
            if index < 8 {
                magnitude |= i128::from(*byte) << (8 * index);
            } else if *byte != 0 {
                return None;
            }
        }
        let integer = if is_negative { -magnitude } else { magnitude };
        (integer >= i64::MIN.into()).then_some(Term::Integer(integer))
    }

    fn latin1(&mut self, length: u64) -> Option<Term> {
        let bytes = self.take(length as usize)?;
        let name: String = bytes.iter().copied().map(char::from).collect();
        (name.chars().count() <= 255).then_some(Term::Atom(name))
    }

    fn atom(&mut self, length: u64) -> Option<Term> {
        let name = self.text(length)?;
        (name.chars().count() <= 255).then_some(Term::Atom(name))
    }

    fn text(&mut self, length: u64) -> Option<String> {
        let bytes = self.take(usize::try_from(length).ok()?)?;
        String::from_utf8(bytes.to_vec()).ok()
    }

    fn number(&mut self, bytes: usize) -> Option<u64> {
        let bytes = self.take(bytes)?;
        Some(
            bytes
                .iter()
                .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        )
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn terms_are_read_as_they_were_written() {
        let value = json!({"op": 2, "d": {
            "a": null, "b": [true, false], "c": [], "d": -1.5, "e": "ä", "f": [0, 255, 256, -1, i64::MIN, u64::MAX],
        }});
        let term = Term::from_json(&value);
        assert_eq!(Term::decode(&term.encode()), Some(term.clone()));
        assert_eq!(term.get("op"), Some(&Term::Integer(2)));
        let mut read = term.to_json();
        assert_eq!(read["d"]["f"][5], u64::MAX.to_string());
        read["d"]["f"] = value["d"]["f"].clone();
        assert_eq!(read, value);
    }

    #[test]
    fn invalid_payloads_are_not_read() {
        for payload in [
            &[][..],
            &[131],
            &[130, 97, 1],
            &[131, 97, 1, 1],
            &[131, 108, 0, 0, 0, 1, 97, 1, 97, 1],
            &[131, 109, 0, 0, 0, 1, 0xff],
        ] {
            assert_eq!(Term::decode(payload), None, "{payload:?}");
        }
    }
}
