//! In thousands of generated payloads, the scanner finds the same fields as a complete JSON parser.

use crate::harness::json;
use gloaming_protocol::Payload;
use gloaming_test_support::{Random, envelope::Envelope};
use serde_json::Value;

const ROUNDS: u64 = 4000;

/// A payload, and the text of its `d`.
fn payload(random: &mut Random) -> (String, String) {
    let depth = 1 + random.below(4);
    let data = json::value(random, depth);
    let sequence = match random.below(3) {
        0 => "null".into(),
        1 => random.next().to_string(),
        _ => random.below(1000).to_string(),
    };
    let name = random.pick(&[
        "null",
        r#""MESSAGE_CREATE""#,
        r#""READ\u0059""#,
        r#""\"é\\""#,
        r#""""#,
    ]);
    let mut members = vec![
        (json::string(random, "op"), random.below(12).to_string()),
        (json::string(random, "s"), sequence),
        (json::string(random, "t"), name.into()),
        (json::string(random, "d"), data.clone()),
    ];
    for key in ["unknown", "dd", "o", "_trace"] {
        if random.once_in(4) {
            members.push((json::string(random, key), json::value(random, 2)));
        }
    }
    random.shuffle(&mut members);
    let members = Vec::from_iter(
        members
            .iter()
            .map(|(key, value)| json::member(random, key, value)),
    );
    let text = json::list(random, '{', &members, '}');
    let (before, after) = (json::space(random), json::space(random));
    (format!("{before}{text}{after}"), data)
}

#[test]
fn generated_payloads_agree() {
    for seed in 0..ROUNDS {
        let (text, data) = payload(&mut Random::new(seed));
        let fields = serde_json::from_str::<Envelope>(&text)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
        let Some((op, sequence, name)) = fields.as_payload() else {
            assert!(Payload::parse(&text).is_err(), "seed {seed}: {text}");
            continue;
        };
        let payload =
            Payload::parse(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
        assert_eq!(payload.op().number(), op, "seed {seed}: {text}");
        assert_eq!(payload.sequence(), sequence, "seed {seed}: {text}");
        assert_eq!(payload.name(), name, "seed {seed}: {text}");
        assert_eq!(payload.data(), data, "seed {seed}: {text}");
        assert_eq!(
            payload.decode_data::<Value>().ok(),
            fields.d,
            "seed {seed}: {text}"
        );
    }
}

#[test]
fn payloads_with_a_changed_byte_agree() {
    const REPLACEMENTS: [u8; 14] = *b"\"\\{}[],:0opdst";

    for seed in 0..ROUNDS {
        let mut random = Random::new(seed);
        let mut bytes = payload(&mut random).0.into_bytes();
        let position = random.below(bytes.len());
        bytes[position] = random.pick(&REPLACEMENTS);
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        // Invalid JSON may be accepted or rejected, without a panic.
        let parsed = Payload::parse(&text);
        let data = parsed.as_ref().map(Payload::data);
        let Ok(fields) = serde_json::from_str::<Envelope>(&text) else {
            continue;
        };
        let found = parsed
            .as_ref()
            .ok()
            .map(|payload| (payload.op().number(), payload.sequence(), payload.name()));
        assert_eq!(found, fields.as_payload(), "seed {seed}: {text}");
        if let Ok(data) = data {
            let data = serde_json::from_str::<Value>(data).expect("it is a part of valid JSON");
            assert_eq!(data, fields.d.unwrap_or_default(), "seed {seed}: {text}");
        }
    }
}

#[test]
fn guild_ids_agree() {
    for seed in 0..ROUNDS {
        let mut random = Random::new(seed);
        let data = json::object(&mut random, 3);
        let value = serde_json::from_str::<Value>(&data).unwrap();
        for (name, key) in [("MESSAGE_CREATE", "guild_id"), ("GUILD_CREATE", "id")] {
            let text = crate::harness::dispatch_text(name, 1, &data);
            let found = Payload::parse(&text).unwrap().guild_id().map(|id| id.get());
            let expected = match &value[key] {
                Value::String(id) => id.parse().ok(),
                id => id.as_u64(),
            };
            assert_eq!(found, expected.filter(|id| *id != 0), "seed {seed}: {text}");
        }
    }
}
