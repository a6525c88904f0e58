//! Reads the payloads of clients.

use std::str;

use serde_json::{Map, Number, Value};

use super::{
    error::{EtfError, Fault},
    tag::{FLOAT_TEXT_BYTES, MAX_ATOM_CHARS, Tag, VERSION},
};

/// How deep terms may be nested, which is also the limit of JSON.
const MAX_DEPTH: usize = 127;

/// Decodes a payload of a client. The atoms `nil` and `null` are null, other atoms are text unless they are boolean, and
/// tuples are lists. Like Erlang, it ignores what follows the term.
///
/// The memory that it uses is proportional to the size of the payload, whatever lengths the payload claims.
pub(crate) fn decode(payload: &[u8]) -> Result<Value, EtfError> {
    let mut decoder = Decoder {
        payload,
        at: 0,
        depth: 0,
    };
    decoder.version()?;
    decoder.term()
}

struct Decoder<'a> {
    payload: &'a [u8],
    /// The next byte.
    at: usize,
    /// The number of terms around the next one.
    depth: usize,
}

/// A term of which only the tag was read.
#[derive(Clone, Copy)]
struct Head {
    tag: Tag,
    /// The byte of the tag.
    at: usize,
}

impl Head {
    const fn error(self, fault: Fault) -> EtfError {
        EtfError { at: self.at, fault }
    }
}

impl<'a> Decoder<'a> {
    fn version(&mut self) -> Result<(), EtfError> {
        let fault = match *self.payload {
            [VERSION, ..] => {
                self.at = 1;
                return Ok(());
            }
            [] => Fault::Empty,
            [first, second, ..] if is_zlib_header(first, second) => Fault::Compressed,
            [first, ..] => Fault::Version(first),
        };
        Err(EtfError { at: 0, fault })
    }

    fn term(&mut self) -> Result<Value, EtfError> {
        let head = self.head()?;
        match head.tag {
            Tag::SmallInteger => Ok(self.u8(head)?.into()),
            Tag::Integer => Ok(i32::from_be_bytes(self.array(head)?).into()),
            Tag::SmallBig => {
                let length = self.u8(head)?;
                self.big(head, length.into())
            }
            Tag::LargeBig => {
                let length = self.u32(head)?;
                self.big(head, length)
            }
            Tag::NewFloat => number(head, f64::from_be_bytes(self.array(head)?)),
            Tag::Float => self.float_text(head),
            Tag::Atom | Tag::SmallAtom | Tag::AtomUtf8 | Tag::SmallAtomUtf8 => self.atom(head),
            Tag::Binary => Ok(self.binary(head)?.into()),
            Tag::Nil => Ok(Value::Array(Vec::new())),
            Tag::String => {
                let length = self.u16(head)?;
                Ok(self.take(head, length)?.into())
            }
            Tag::SmallTuple => {
                let length = self.u8(head)?;
                self.elements(head, length.into()).map(Value::Array)
            }
            Tag::LargeTuple => {
                let length = self.u32(head)?;
                self.elements(head, length).map(Value::Array)
            }
            Tag::List => self.list(head),
            Tag::Map => self.map(head),
            Tag::Compressed => Err(head.error(Fault::Compressed)),
        }
    }

    fn head(&mut self) -> Result<Head, EtfError> {
        let at = self.at;
        let error = |fault| EtfError { at, fault };
        let number = *self.payload.get(at).ok_or_else(|| error(Fault::NoTerm))?;
        let tag = Tag::from_number(number).ok_or_else(|| error(Fault::Number(number)))?;
        self.at += 1;
        Ok(Head { tag, at })
    }

    fn list(&mut self, head: Head) -> Result<Value, EtfError> {
        let length = self.u32(head)?;
        let elements = self.elements(head, length)?;
        let tail = self.head()?;
        match tail.tag {
            Tag::Nil => Ok(Value::Array(elements)),
            _ => Err(tail.error(Fault::ImproperList)),
        }
    }

    fn map(&mut self, head: Head) -> Result<Value, EtfError> {
        let pairs = self.u32(head)?;
        self.check_count(head, pairs, 2)?;
        let mut map = Map::new();
        self.descend(head)?;
        for _ in 0..pairs {
            let at = self.at;
            let key = self.key()?;
            let value = self.term()?;
            if map.insert(key, value).is_some() {
                let fault = Fault::RepeatedKey;
                return Err(EtfError { at, fault });
            }
        }
        self.depth -= 1;
        Ok(Value::Object(map))
    }

    fn key(&mut self) -> Result<String, EtfError> {
        let head = self.head()?;
        match head.tag {
            Tag::Binary => self.binary(head).map(str::to_owned),
            Tag::Atom | Tag::SmallAtom | Tag::AtomUtf8 | Tag::SmallAtomUtf8 => {
                Err(head.error(Fault::AtomKey))
            }
            tag => Err(head.error(Fault::Key(tag))),
        }
    }

    fn elements(&mut self, head: Head, length: usize) -> Result<Vec<Value>, EtfError> {
        self.check_count(head, length, 1)?;
        self.descend(head)?;
        // The vector grows with what is there: the capacity for nested lists that claim a lot would add up.
        let mut elements = Vec::new();
        for _ in 0..length {
            elements.push(self.term()?);
        }
        self.depth -= 1;
        Ok(elements)
    }

    fn descend(&mut self, head: Head) -> Result<(), EtfError> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => Err(head.error(Fault::Depth)),
            false => Ok(()),
        }
    }

    /// Each element has at least `least` bytes.
    const fn check_count(&self, head: Head, count: usize, least: usize) -> Result<(), EtfError> {
        let left = self.payload.len() - self.at;
        match count.saturating_mul(least) > left {
            true => Err(head.error(Fault::Count(head.tag, count))),
            false => Ok(()),
        }
    }

    fn big(&mut self, head: Head, length: usize) -> Result<Value, EtfError> {
        let sign = self.u8(head)?;
        let bytes = self.take(head, length)?;
        let (low, high) = bytes.split_at(length.min(8));
        let mut magnitude = [0; 8];
        magnitude[..low.len()].copy_from_slice(low);
        let magnitude = u64::from_le_bytes(magnitude);
        let signed = match sign {
            0 => None,
            _ => Some(0i64.checked_sub_unsigned(magnitude)),
        };
        match (high.iter().all(|byte| *byte == 0), signed) {
            (true, None) => Ok(magnitude.into()),
            (true, Some(Some(integer))) => Ok(integer.into()),
            _ => Err(head.error(Fault::Integer(head.tag))),
        }
    }

    /// A float as C's `%.20e` prints it.
    fn float_text(&mut self, head: Head) -> Result<Value, EtfError> {
        let bytes = self.take(head, FLOAT_TEXT_BYTES)?;
        let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        let float = str::from_utf8(text)
            .ok()
            .and_then(|text| text.trim().parse().ok());
        number(head, float.unwrap_or(f64::NAN))
    }

    fn atom(&mut self, head: Head) -> Result<Value, EtfError> {
        let length = match head.tag {
            Tag::SmallAtom | Tag::SmallAtomUtf8 => self.u8(head)?.into(),
            _ => self.u16(head)?,
        };
        let name: String = match head.tag {
            Tag::Atom | Tag::SmallAtom => {
                let latin1 = self.take(head, length)?;
                latin1.iter().copied().map(char::from).collect()
            }
            _ => self.text(head, length)?.to_owned(),
        };
        if name.chars().count() > MAX_ATOM_CHARS {
            return Err(head.error(Fault::AtomLength));
        }
        Ok(match &*name {
            "nil" | "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::String(name),
        })
    }

    fn binary(&mut self, head: Head) -> Result<&'a str, EtfError> {
        let length = self.u32(head)?;
        self.text(head, length)
    }

    fn text(&mut self, head: Head, length: usize) -> Result<&'a str, EtfError> {
        let start = self.at;
        let bytes = self.take(head, length)?;
        str::from_utf8(bytes).map_err(|error| EtfError {
            at: start + error.valid_up_to(),
            fault: Fault::Utf8(head.tag),
        })
    }

    fn u8(&mut self, head: Head) -> Result<u8, EtfError> {
        self.array(head).map(u8::from_be_bytes)
    }

    fn u16(&mut self, head: Head) -> Result<usize, EtfError> {
        self.array(head)
            .map(|bytes| u16::from_be_bytes(bytes).into())
    }

    fn u32(&mut self, head: Head) -> Result<usize, EtfError> {
        let number = u32::from_be_bytes(self.array(head)?);
        // On a machine with smaller addresses, no payload has as many bytes.
        Ok(usize::try_from(number).unwrap_or(usize::MAX))
    }

    fn array<const N: usize>(&mut self, head: Head) -> Result<[u8; N], EtfError> {
        let bytes = self.take(head, N)?;
        Ok(bytes.try_into().expect("as many bytes were taken"))
    }

    fn take(&mut self, head: Head, length: usize) -> Result<&'a [u8], EtfError> {
        let left = &self.payload[self.at..];
        let Some(taken) = left.get(..length) else {
            return Err(head.error(Fault::Truncated(head.tag, length - left.len())));
        };
        self.at += length;
        Ok(taken)
    }
}

fn number(head: Head, float: f64) -> Result<Value, EtfError> {
    let number = Number::from_f64(float).ok_or_else(|| head.error(Fault::Float(head.tag)))?;
    Ok(Value::Number(number))
}

/// Whether a payload begins like a zlib stream (RFC 1950).
const fn is_zlib_header(first: u8, second: u8) -> bool {
    first & 0x0f == 8 && u16::from_be_bytes([first, second]).is_multiple_of(31)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ERLPACK: &str = include_str!("../../tests/fixtures/etf/erlpack.tsv");
    const PYTHON: &str = include_str!("../../tests/fixtures/etf/python.tsv");

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
            .collect()
    }

    fn fault(payload: &[u8]) -> (usize, Fault) {
        let EtfError { at, fault } = decode(payload).expect_err("the payload is invalid");
        (at, fault)
    }

    #[test]
    fn terms_of_other_encoders_are_decoded() {
        let terms = ERLPACK.lines().map(|line| ("erlpack for JavaScript", line));
        let more = PYTHON.lines().map(|line| line.split_once('\t').unwrap());
        let mut count = 0;
        for (encoder, line) in terms.chain(more) {
            let (text, hex) = line.split_once('\t').unwrap();
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(decode(&bytes(hex)), Ok(value), "{encoder}: {text}");
            count += 1;
        }
        assert_eq!(count, 33 + 28);
    }

    #[test]
    fn terms_that_few_encoders_write_are_decoded() {
        for (payload, value) in [
            (&b"\x83\x6b\0\x03abc"[..], json!([97, 98, 99])),
            (b"\x83\x69\0\0\0\x01\x6a", json!([[]])),
            (b"\x83\x6f\0\0\0\x09\0\x07\0\0\0\0\0\0\0\0", json!(7)),
            (b"\x83\x6e\x01\x01\0", json!(0)),
            (b"\x83\x76\0\x02\xc3\xa9", json!("é")),
            (b"\x83\x64\0\x01\xe9", json!("é")),
            (b"\x83\x61\x01 and more, which Erlang ignores", json!(1)),
        ] {
            assert_eq!(decode(payload), Ok(value), "{payload:?}");
        }
    }

    #[test]
    fn faults_are_found_at_their_bytes() {
        for (payload, at, expected) in [
            (&b""[..], 0, Fault::Empty),
            (b"{\"op\":1}", 0, Fault::Version(b'{')),
            (b"\x82\x61\x01", 0, Fault::Version(130)),
            (b"\x78\x9c\x4b\x04\0", 0, Fault::Compressed),
            (b"\x83\x50\0\0\0\x02\x78\x9c", 1, Fault::Compressed),
            (b"\x83", 1, Fault::NoTerm),
            (b"\x83\x62\0\0", 1, Fault::Truncated(Tag::Integer, 2)),
            (
                b"\x83\x6d\0\0\0\x05abc",
                1,
                Fault::Truncated(Tag::Binary, 2),
            ),
            (b"\x83\x6d\0\0\0\x03a\xffc", 7, Fault::Utf8(Tag::Binary)),
            (b"\x83\x77\x01\xff", 3, Fault::Utf8(Tag::SmallAtomUtf8)),
            (b"\x83\x6c\0\0\0\x01", 1, Fault::Count(Tag::List, 1)),
            (
                b"\x83\x74\xff\xff\xff\xff",
                1,
                Fault::Count(Tag::Map, u32::MAX as usize),
            ),
            (b"\x83\x68\x01\x67", 3, Fault::Number(103)),
            (b"\x83\x68\x01\0", 3, Fault::Number(0)),
            (
                b"\x83\x6c\0\0\0\x01\x61\x01\x61\x02",
                8,
                Fault::ImproperList,
            ),
            (b"\x83\x74\0\0\0\x01\x77\x02op\x61\x01", 6, Fault::AtomKey),
            (
                b"\x83\x74\0\0\0\x01\x6b\0\x02op\x61\x01",
                6,
                Fault::Key(Tag::String),
            ),
            (
                b"\x83\x46\x7f\xf0\0\0\0\0\0\0",
                1,
                Fault::Float(Tag::NewFloat),
            ),
            (
                b"\x83\x6e\x09\0\0\0\0\0\0\0\0\0\x01",
                1,
                Fault::Integer(Tag::SmallBig),
            ),
            (
                b"\x83\x6e\x08\x01\x01\0\0\0\0\0\0\x80",
                1,
                Fault::Integer(Tag::SmallBig),
            ),
        ] {
            assert_eq!(fault(payload), (at, expected), "{payload:?}");
        }
        let twice = b"\x83\x74\0\0\0\x02\x6d\0\0\0\x01a\x6a\x6d\0\0\0\x01a\x6a";
        assert_eq!(fault(twice), (13, Fault::RepeatedKey));
        let text = [b"\x83\x63".as_slice(), b"infinity", &[0; 23]].concat();
        assert_eq!(fault(&text), (1, Fault::Float(Tag::Float)));
        let long = [b"\x83\x64\x01\0".as_slice(), &[b'a'; 256]].concat();
        assert_eq!(fault(&long), (1, Fault::AtomLength));
    }

    #[test]
    fn text_of_an_error_names_the_byte_and_the_term() {
        for (payload, text) in [
            (
                &b"{}"[..],
                "at byte 0: 123 instead of the version, 131; it looks like JSON",
            ),
            (
                b"\x83\x74\0\0\0\x01\x64\0\x02op\x61\x01",
                "at byte 6: an atom as a key, which has to be a binary",
            ),
            (
                b"\x83\x68\x01\x67",
                "at byte 3: PID_EXT (103), which JSON can't express",
            ),
            (b"\x83\x21", "at byte 1: the unknown tag 33"),
            (
                b"\x83\x6d\0\0\0\x05abc",
                "at byte 1: BINARY_EXT (109) that lacks 2 bytes",
            ),
        ] {
            assert_eq!(decode(payload).unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn nesting_is_limited() {
        let nested = |depth: usize| {
            let mut payload = vec![VERSION];
            payload.extend([Tag::SmallTuple as u8, 1].repeat(depth));
            payload.push(Tag::Nil as u8);
            payload
        };
        assert!(decode(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(
            fault(&nested(MAX_DEPTH + 1)),
            (1 + 2 * MAX_DEPTH, Fault::Depth)
        );
        assert_eq!(fault(&nested(1_000_000)).1, Fault::Depth);
    }

    #[test]
    fn payload_that_is_cut_anywhere_is_an_error() {
        let (_, hex) = ERLPACK
            .lines()
            .find(|line| line.contains("53608447"))
            .unwrap()
            .split_once('\t')
            .unwrap();
        let payload = bytes(hex);
        assert!(decode(&payload).is_ok());
        for end in 0..payload.len() {
            let error = decode(&payload[..end]).expect_err("the end is missing");
            assert!(error.at <= end, "{error} of {end}");
        }
    }
}
