//! Generates valid JSON of any shape, with any spelling that the grammar allows.

use gloaming_test_support::Random;
use serde_json::Value;

/// Keys that have a meaning somewhere, to be used where they have none.
const KEYS: [&str; 12] = [
    "op", "s", "t", "d", "id", "guild_id", "a", "", "opp", "}{", "\"d\":", "\\",
];

/// White space, mostly none.
pub(crate) fn space(random: &mut Random) -> &'static str {
    if random.once_in(4) {
        random.pick(&[" ", "\n", "\r\n", "\t", "  \n\t "])
    } else {
        ""
    }
}

/// A value at most `depth` levels deep.
pub(crate) fn value(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 4 } else { 6 }) {
        0 => random.pick(&["null", "true", "false"]).into(),
        1 => number(random),
        2 | 3 => {
            let text = text(random);
            string(random, &text)
        }
        4 => {
            let items = (0..random.below(4)).map(|_| value(random, depth - 1));
            let items = Vec::from_iter(items);
            list(random, '[', &items, ']')
        }
        _ => object(random, depth),
    }
}

/// An object at most `depth` levels deep, without duplicate keys.
pub(crate) fn object(random: &mut Random, depth: usize) -> String {
    let mut keys = KEYS;
    random.shuffle(&mut keys);
    let length = random.below(5);
    let members = Vec::from_iter(keys[..length].iter().map(|key| {
        let key = string(random, key);
        let value = value(random, depth - 1);
        member(random, &key, &value)
    }));
    list(random, '{', &members, '}')
}

pub(crate) fn member(random: &mut Random, key: &str, value: &str) -> String {
    let (before, after) = (space(random), space(random));
    format!("{key}{before}:{after}{value}")
}

pub(crate) fn list(random: &mut Random, open: char, items: &[String], close: char) -> String {
    let mut text = String::from(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(space(random));
        text.push_str(item);
        text.push_str(space(random));
    }
    text.push_str(space(random));
    text.push(close);
    text
}

pub(crate) fn number(random: &mut Random) -> String {
    match random.below(6) {
        0 => random.next().to_string(),
        1 => random.below(1000).to_string(),
        2 => format!("-{}", random.below(1000)),
        3 => format!("{}.{}", random.below(100), random.below(100)),
        4 => format!("{}e{}", random.below(100), random.below(30)),
        _ => format!("{}.5E-{}", random.below(100), random.below(30)),
    }
}

/// `text` as a string literal, with required and optional escapes.
pub(crate) fn string(random: &mut Random, text: &str) -> String {
    let mut literal = String::from('"');
    for char in text.chars() {
        match char {
            '"' | '\\' if random.once_in(2) => literal.extend(['\\', char]),
            '/' if random.once_in(2) => literal.push_str("\\/"),
            '\n' if random.once_in(2) => literal.push_str("\\n"),
            '"' | '\\' | '\0'..=' ' => escape(&mut literal, char),
            _ if random.once_in(12) => escape(&mut literal, char),
            _ => literal.push(char),
        }
    }
    literal.push('"');
    literal
}

fn escape(literal: &mut String, char: char) {
    for unit in char.encode_utf16(&mut [0; 2]) {
        literal.push_str(&format!("\\u{unit:04x}"));
    }
}

fn text(random: &mut Random) -> String {
    const CHARS: [char; 14] = [
        'a', 'Z', '0', '"', '\\', '/', '{', '}', '[', ']', ',', ':', '\n', 'é',
    ];

    (0..random.below(12))
        .map(|_| {
            if random.once_in(10) {
                '🔥'
            } else {
                random.pick(&CHARS)
            }
        })
        .collect()
}

/// The text of a value, with random white space, escapes and order of keys.
pub(crate) fn spell(random: &mut Random, value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items = Vec::from_iter(items.iter().map(|item| spell(random, item)));
            list(random, '[', &items, ']')
        }
        Value::Object(members) => {
            let mut members = Vec::from_iter(members.iter().map(|(key, value)| {
                let key = string(random, key);
                let value = spell(random, value);
                member(random, &key, &value)
            }));
            random.shuffle(&mut members);
            list(random, '{', &members, '}')
        }
        Value::String(text) => string(random, text),
        other => other.to_string(),
    }
}
