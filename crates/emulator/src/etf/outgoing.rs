//! Writes the payloads of the gateway as terms, as the table of this module's parent describes.

use serde_json::{Number, Value};

use super::{
    encoder::{Encoder, Fits},
    ids::Field,
};

/// Events whose data has strings as keys.
const EVENTS_WITH_STRING_KEYS: [&str; 1] = ["GUILD_UPDATE"];

/// Appends a payload without a sequence, whose JSON text is given. Text that is not JSON, or that is nested deeper than
/// 127 values, becomes a payload that ends too early: a decoder has to report it.
pub(crate) fn write_control(text: &str, out: &mut Vec<u8>) {
    let mut writer = Writer {
        encoder: Encoder::start(out),
        keys: Keys::Atoms,
    };
    if let Ok(payload) = serde_json::from_str(text) {
        writer.value(&payload, Field::Other);
    }
}

/// Appends a dispatch, whose data is given as JSON text. If the text is not JSON, the payload ends too early.
pub(crate) fn write_dispatch(name: &str, sequence: u64, data: &str, out: &mut Vec<u8>) {
    let keys = match EVENTS_WITH_STRING_KEYS.contains(&name) {
        true => Keys::Binaries,
        false => Keys::Atoms,
    };
    let mut writer = Writer {
        encoder: Encoder::start(out),
        keys,
    };
    writer.encoder.map(4);
    writer.encoder.atom_or_binary("d");
    let Ok(data) = serde_json::from_str(data) else {
        return;
    };
    writer.value(&data, Field::Other);
    writer.encoder.atom_or_binary("op");
    writer.encoder.unsigned(0);
    writer.encoder.atom_or_binary("s");
    writer.encoder.unsigned(sequence);
    writer.encoder.atom_or_binary("t");
    writer.encoder.atom_or_binary(name);
}

/// The terms of keys that have the form of a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Keys {
    Atoms,
    Binaries,
}

struct Writer<'a> {
    encoder: Encoder<'a>,
    keys: Keys,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, field: Field) {
        match value {
            Value::Null => self.encoder.atom_or_binary("nil"),
            Value::Bool(true) => self.encoder.atom_or_binary("true"),
            Value::Bool(false) => self.encoder.atom_or_binary("false"),
            Value::Number(number) => self.number(number),
            Value::String(text) => match field.id(text) {
                Some(id) => self.encoder.unsigned(id),
                None => self.encoder.binary(text),
            },
            Value::Array(elements) => self.list(elements, field),
            Value::Object(pairs) => {
                self.encoder.map(pairs.len());
                for (key, value) in pairs {
                    self.key(key);
                    self.value(value, Field::named(key));
                }
            }
        }
    }

    fn number(&mut self, number: &Number) {
        match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(integer), ..) => self.encoder.unsigned(integer),
            (_, Some(integer), _) => self.encoder.signed(integer),
            (.., float) => self.encoder.float(float.unwrap_or_default()),
        }
    }

    fn list(&mut self, elements: &[Value], field: Field) {
        if elements.is_empty() {
            return self.encoder.nil();
        }
        let bytes: Option<Vec<u8>> = elements.iter().map(byte).collect();
        if let Some(bytes) = bytes
            && self.encoder.bytes(&bytes) == Fits::Yes
        {
            return;
        }
        self.encoder.list(elements.len());
        for element in elements {
            self.value(element, field.element());
        }
        self.encoder.nil();
    }

    fn key(&mut self, key: &str) {
        match self.keys {
            Keys::Atoms if is_name(key) => self.encoder.atom_or_binary(key),
            _ => self.encoder.binary(key),
        }
    }
}

/// The value of an integer from 0 to 255.
fn byte(value: &Value) -> Option<u8> {
    value.as_u64()?.try_into().ok()
}

/// Whether a key is the name of a field, and not for example an id.
fn is_name(key: &str) -> bool {
    let is_part = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    key.bytes().all(is_part) && !key.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::{env, fmt::Write as _, fs};

    use serde_json::{Map, json};

    use super::*;
    use crate::{etf::decode, rng::Rng};

    const TERMS: &str = "tests/fixtures/etf/emulator.tsv";
    const READ: &str = include_str!("../../tests/fixtures/etf/emulator.read.tsv");

    /// Payloads with every kind of value.
    fn payloads() -> Vec<(&'static str, Value)> {
        let dispatch = |name: &str, data: Value| json!({"op": 0, "s": 7, "t": name, "d": data});
        vec![
            (
                "hello",
                json!({"op": 10, "s": null, "t": null, "d": {"heartbeat_interval": 41250, "_trace": ["a"]}}),
            ),
            (
                "invalid-session",
                json!({"op": 9, "s": null, "t": null, "d": false}),
            ),
            (
                "ready",
                dispatch(
                    "READY",
                    json!({
                        "v": 10, "shard": [0, 1], "session_id": "0123456789abcdef", "guilds": [], "user": {"id": "80351110224678912", "bot": true},
                    }),
                ),
            ),
            (
                "ids",
                dispatch(
                    "GUILD_MEMBER_UPDATE",
                    json!({
                        "guild_id": "41771983444115456", "roles": ["41771983423143936", "41771983423143937"], "avatar": null,
                        "content": "41771983423143936", "permissions": "1099511627776", "custom_id": "41771983423143936", "id": "7",
                    }),
                ),
            ),
            (
                "keys",
                dispatch(
                    "INTERACTION_CREATE",
                    json!({"resolved": {"users": {"53908232506183680": {"id": "53908232506183680"}}, "ключ": 1}}),
                ),
            ),
            (
                "string-keys",
                dispatch(
                    "GUILD_UPDATE",
                    json!({"id": "41771983444115456", "name": "a"}),
                ),
            ),
            (
                "integers",
                dispatch(
                    "NUMBERS",
                    json!([
                        0,
                        255,
                        256,
                        -1,
                        i32::MIN,
                        i32::MAX,
                        2_147_483_648_u32,
                        u32::MAX,
                        1_u64 << 52,
                        i64::MIN,
                        u64::MAX
                    ]),
                ),
            ),
            (
                "floats",
                dispatch("NUMBERS", json!([0.5, -1e-300, 1e300, 2.0])),
            ),
            (
                "bytes",
                dispatch(
                    "NUMBERS",
                    json!({"small": [0, 255], "large": [0, 256], "nested": [[1], [2, null]]}),
                ),
            ),
            ("text", dispatch("TEXT", json!(["", "\"\\\n", "ä€🔥"]))),
        ]
    }

    fn encode(payload: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        match (payload["op"].as_u64(), payload["s"].as_u64()) {
            (Some(0), Some(sequence)) => {
                let name = payload["t"].as_str().expect("a name");
                write_dispatch(name, sequence, &payload["d"].to_string(), &mut out);
            }
            _ => write_control(&payload.to_string(), &mut out),
        }
        out
    }

    /// `emulator.read.tsv` has what erlpack for JavaScript and `erlang_py` read from the terms. Both know an id as text.
    #[test]
    fn other_decoders_read_what_was_encoded() {
        let mut table = String::new();
        for (name, payload) in payloads() {
            let hex = encode(&payload)
                .iter()
                .fold(String::new(), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                });
            let _ = writeln!(table, "{name}\t{payload}\t{hex}");
        }
        let path = format!("{}/{TERMS}", env!("CARGO_MANIFEST_DIR"));
        if env::var_os("WRITE_TERMS").is_some() {
            fs::write(&path, &table).unwrap();
        }
        let known = fs::read_to_string(&path).unwrap();
        assert_eq!(
            known, table,
            "the terms have changed: see tests/fixtures/etf/README.md"
        );

        for reader in READ.split("\n\n") {
            let mut lines = reader.lines();
            let reader = lines.next().expect("a name");
            for (name, payload) in payloads() {
                let (read_name, read) = lines.next().unwrap().split_once('\t').unwrap();
                assert_eq!(read_name, name);
                let read: Value = serde_json::from_str(read).unwrap();
                assert_eq!(
                    ids_as_text(&read),
                    ids_as_text(&payload),
                    "{reader}, {name}"
                );
            }
        }
    }

    /// Numbers of more than 32 bits as text, and whole floats as integers: as JavaScript reads them.
    fn ids_as_text(value: &Value) -> Value {
        match value {
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(small), _) if small.unsigned_abs() < 1 << 32 => small.into(),
                (None, Some(float)) if number.is_f64() && float.fract() == 0.0 && float < 1e9 => {
                    (float as i64).into()
                }
                _ if number.is_f64() => number.clone().into(),
                _ => number.to_string().into(),
            },
            Value::Array(elements) => elements.iter().map(ids_as_text).collect(),
            Value::Object(pairs) => (pairs.iter())
                .map(|(key, value)| (key.clone(), ids_as_text(value)))
                .collect::<Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }

    #[test]
    fn random_values_are_decoded_as_they_were() {
        for seed in 0..2000 {
            let mut rng = Rng::new(seed);
            let value = random_value(&mut rng, 4);
            let mut out = Vec::new();
            let mut writer = Writer {
                encoder: Encoder::start(&mut out),
                keys: Keys::Binaries,
            };
            writer.value(&value, Field::Other);
            let decoded = decode(&out).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert_eq!(restored(&decoded), restored(&value), "seed {seed}");
        }
    }

    /// Ids as text again, wherever they may be.
    fn restored(value: &Value) -> Value {
        match value {
            Value::Number(number) if number.as_u64().is_some_and(|id| id >= 1 << 32) => {
                number.to_string().into()
            }
            Value::Array(elements) => elements.iter().map(restored).collect(),
            Value::Object(pairs) => (pairs.iter())
                .map(|(key, value)| (key.clone(), restored(value)))
                .collect::<Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }

    fn random_value(rng: &mut Rng, depth: u64) -> Value {
        let choices = if depth == 0 { 7 } else { 9 };
        match rng.next() % choices {
            0 => Value::Null,
            1 => (rng.next() & 1 == 0).into(),
            2 => (rng.next() >> (rng.next() % 64)).into(),
            3 => ((rng.next() >> (rng.next() % 64)) as i64)
                .wrapping_neg()
                .into(),
            4 => (rng.next() as i32 as f64 / 256.0 + 0.001).into(),
            5 => rng.next().to_string().into(),
            6 => random_text(rng).into(),
            7 => (0..rng.next() % 5)
                .map(|_| match rng.next() % 2 {
                    0 => (rng.next() % 300).into(),
                    _ => random_value(rng, depth - 1),
                })
                .collect(),
            _ => (0..rng.next() % 5)
                .map(|_| (random_key(rng), random_value(rng, depth - 1)))
                .collect::<Map<_, _>>()
                .into(),
        }
    }

    fn random_key(rng: &mut Rng) -> String {
        match rng.next() % 4 {
            0 => "id".to_owned(),
            1 => "roles".to_owned(),
            2 => rng.next().to_string(),
            _ => random_text(rng),
        }
    }

    fn random_text(rng: &mut Rng) -> String {
        (0..rng.next() % 9)
            .map(|_| char::from_u32((rng.next() % 0x2_0000) as u32).unwrap_or('a'))
            .collect()
    }

    #[test]
    fn text_that_is_not_json_ends_too_early() {
        let mut control = Vec::new();
        write_control("{\"op\":", &mut control);
        let mut dispatch = Vec::new();
        write_dispatch("READY", 1, &"[".repeat(200), &mut dispatch);
        assert_eq!(control, [131]);
        assert_eq!(dispatch, b"\x83\x74\0\0\0\x04\x64\0\x01d");
    }

    #[test]
    fn long_lists_of_small_integers_are_lists() {
        for (length, tag) in [(1, 107), (65_535, 107), (65_536, 108)] {
            let mut out = Vec::new();
            write_control(&Value::from(vec![1; length]).to_string(), &mut out);
            assert_eq!(out[1], tag, "{length}");
        }
    }
}
