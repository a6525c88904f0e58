//! Changes of JSON that both parsers must take alike.

use gloaming_test_support::Random;
use serde_json::{Map, Value, json};

/// Makes lists longer, with new ids in the added items.
pub(super) fn multiply(random: &mut Random, value: &mut Value, times: usize) {
    match value {
        // Lists of numbers have a fixed length.
        Value::Array(items) if items.first().is_some_and(|item| !item.is_number()) => {
            let length = items.len();
            for index in length..length * times {
                let mut item = items[index % length].clone();
                renumber(random, &mut item);
                items.push(item);
            }
        }
        Value::Object(members) => {
            for value in members.values_mut() {
                multiply(random, value, times);
            }
        }
        _ => {}
    }
}

fn renumber(random: &mut Random, value: &mut Value) {
    match value {
        Value::String(text) if text.len() > 15 && text.parse::<u64>().is_ok() => {
            *text = (random.next() >> 1 | 1).to_string();
        }
        Value::Array(items) => items.iter_mut().for_each(|item| renumber(random, item)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|value| renumber(random, value)),
        _ => {}
    }
}

/// Replaces, adds or removes a random value.
pub(super) fn mangle(random: &mut Random, value: &mut Value) {
    let descend = !random.once_in(4);
    match value {
        Value::Array(items) if descend && !items.is_empty() => {
            let index = random.below(items.len());
            mangle(random, &mut items[index]);
        }
        Value::Object(members) if descend && !members.is_empty() => {
            let key = members.keys().nth(random.below(members.len())).cloned();
            let key = key.expect("there are as many keys");
            match random.below(6) {
                0 => {
                    members.remove(&key);
                }
                1 => {
                    members.insert("unknown".to_owned(), unusual_value(random));
                }
                _ => mangle(random, &mut members[&key]),
            }
        }
        Value::String(text) if random.once_in(2) && text.parse::<u64>().is_ok() => {
            *value = text.parse::<u64>().unwrap_or_default().into();
        }
        other => *other = unusual_value(random),
    }
}

fn unusual_value(random: &mut Random) -> Value {
    match random.below(14) {
        0 => Value::Null,
        1 => random.once_in(2).into(),
        2 => (random.next() as i64).into(),
        3 => random.next().into(),
        4 => random.below(300).into(),
        5 => (-(random.below(300) as i64)).into(),
        6 => (random.below(1_000) as f64 / 8.0).into(),
        7 => random.next().to_string().into(),
        8 => "".into(),
        9 => "0".into(),
        10 => "🔥\u{0}\\\"".into(),
        11 => Value::Array(Vec::new()),
        12 => Value::Object(Map::new()),
        _ => json!([{"id": "1"}, null, [1.5]]),
    }
}
