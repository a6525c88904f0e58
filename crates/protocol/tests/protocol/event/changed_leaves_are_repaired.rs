//! An event of which one value is odd arrives: the value is converted, replaced or left out, and nothing else is.

use crate::harness::{dispatch_fixture, dispatch_text, parsers};
use gloaming_protocol::{Decoded, DispatchKind, Payload, TypeSource, decode_event};
use serde_json::{Value, json};
use std::error::Error;
use std::fmt::Write as _;

/// The share of changed events that must arrive, in percent.
const ARRIVE: f64 = 99.0;

/// A value in a tree: the keys and indexes on the way to it.
type Path = Vec<Step>;

#[derive(Clone, Debug)]
enum Step {
    Member(String),
    Element(usize),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Variant {
    Absent,
    Null,
    NumberAsString,
    NumberWithFraction,
    Large,
    Negative,
    OtherString,
}

impl Variant {
    const ALL: [Self; 7] = [
        Self::Absent,
        Self::Null,
        Self::NumberAsString,
        Self::NumberWithFraction,
        Self::Large,
        Self::Negative,
        Self::OtherString,
    ];

    /// Returns what takes the place of a leaf, or `None` if the variant does not apply to it. `Some(None)` is nothing.
    fn of(self, leaf: &Value) -> Option<Option<Value>> {
        let number = leaf.as_i64();
        Some(Some(match self {
            Self::Absent => return Some(None),
            Self::Null => Value::Null,
            Self::NumberAsString => Value::from(number?.to_string()),
            Self::NumberWithFraction => json!(number? as f64),
            Self::Large => json!(300),
            Self::Negative => json!(-1),
            Self::OtherString => json!("another string"),
        }))
    }
}

#[derive(Debug, Default)]
struct Counts {
    whole: usize,
    repaired: usize,
    undecodable: usize,
}

fn leaves(value: &Value, path: &mut Path, found: &mut Vec<(Path, Value)>) {
    let children: Vec<(Step, &Value)> = match value {
        Value::Object(members) => {
            let members = members.iter();
            members
                .map(|(key, value)| (Step::Member(key.clone()), value))
                .collect()
        }
        Value::Array(elements) => {
            let elements = elements.iter().enumerate();
            elements
                .map(|(index, value)| (Step::Element(index), value))
                .collect()
        }
        leaf => return found.push((path.clone(), leaf.clone())),
    };
    for (step, child) in children {
        path.push(step);
        leaves(child, path, found);
        path.pop();
    }
}

fn change(event: &Value, path: &[Step], replacement: Option<Value>) -> Value {
    let mut event = event.clone();
    let (last, parents) = path.split_last().expect("a leaf of an object");
    let mut parent = &mut event;
    for step in parents {
        parent = match step {
            Step::Member(key) => &mut parent[key],
            Step::Element(index) => &mut parent[index],
        };
    }
    match (last, replacement) {
        (Step::Member(key), Some(value)) => parent[key] = value,
        (Step::Element(index), Some(value)) => parent[index] = value,
        (Step::Member(key), None) => drop(parent.as_object_mut().unwrap().remove(key)),
        (Step::Element(index), None) => drop(parent.as_array_mut().unwrap().remove(*index)),
    }
    event
}

/// The path in the form of a repair's.
fn path_text(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Member(key) if text.is_empty() => text.push_str(key),
            Step::Member(key) => write!(text, ".{key}").unwrap(),
            Step::Element(index) => write!(text, "[{index}]").unwrap(),
        }
    }
    text
}

/// Whether a leaf identifies something, so that no other value can take its place.
fn is_id(path: &[Step], leaf: &Value) -> bool {
    let key = path.iter().rev().find_map(|step| match step {
        Step::Member(key) => Some(&**key),
        Step::Element(_) => None,
    });
    let is_snowflake = leaf
        .as_str()
        .is_some_and(|text| text.len() >= 15 && text.bytes().all(|byte| byte.is_ascii_digit()));
    is_snowflake || key.is_some_and(|key| key == "id" || key.ends_with("_id"))
}

fn modeled_events() -> impl Iterator<Item = (&'static str, Value)> {
    let modeled = DispatchKind::ALL
        .into_iter()
        .filter(|kind| kind.type_source() == TypeSource::Model);
    modeled.map(|kind| {
        let event = dispatch_fixture(kind.name());
        (kind.name(), serde_json::from_str(&event).unwrap())
    })
}

#[test]
fn changed_leaf_costs_at_most_the_leaf() {
    let mut table = String::from("event, whole, repaired, undecodable\n");
    let mut undecodable = String::new();
    let mut total = Counts::default();
    for (name, event) in modeled_events() {
        let mut found = Vec::new();
        leaves(&event, &mut Vec::new(), &mut found);
        let mut counts = Counts::default();
        for (path, leaf) in found.iter().filter(|(path, leaf)| !is_id(path, leaf)) {
            let variants = Variant::ALL.into_iter();
            for (variant, replacement) in
                variants.filter_map(|variant| Some((variant, variant.of(leaf)?)))
            {
                let data = change(&event, path, replacement).to_string();
                let text = dispatch_text(name, 1, &data);
                if let Err(cause) = decode(&text, &path_text(path), &mut counts) {
                    let path = path_text(path);
                    writeln!(undecodable, "{name} {path} {variant:?}: {cause}").unwrap();
                }
            }
        }
        let Counts {
            whole,
            repaired,
            undecodable,
        } = counts;
        writeln!(table, "{name}, {whole}, {repaired}, {undecodable}").unwrap();
        total.whole += whole;
        total.repaired += repaired;
        total.undecodable += undecodable;
    }
    println!("{table}{undecodable}");
    let arrived = total.whole + total.repaired;
    let share = 100.0 * arrived as f64 / (arrived + total.undecodable) as f64;
    println!("{total:?}: {share:.2} % arrive");
    assert!(share >= ARRIVE, "{share:.2} % arrive\n{undecodable}");
}

/// Decodes an event whose leaf at `path` was changed, and counts how it arrives. Returns the cause if it does not.
fn decode(text: &str, path: &str, counts: &mut Counts) -> Result<(), String> {
    let payload = Payload::parse(text).unwrap();
    let mut repairs = Vec::new();
    for parser in parsers() {
        let of_parser = match decode_event(&payload, parser) {
            Ok(Decoded::Event(_) | Decoded::Unknown(_)) => Ok(Vec::new()),
            Ok(Decoded::Repaired(event)) => Ok(event.repairs().to_vec()),
            Err(error) => Err(error.source().unwrap().to_string()),
        };
        repairs.push(of_parser);
    }
    let first = repairs.swap_remove(0);
    // An exception of `JsonParser::Simd`.
    let is_exempt = path.ends_with("].key") && text.contains("GUILD_AUDIT_LOG_ENTRY_CREATE");
    assert!(
        is_exempt || repairs.iter().all(|of_parser| *of_parser == first),
        "the parsers disagree: {first:?}, {repairs:?}: {text}"
    );
    match &first {
        Ok(repairs) if repairs.is_empty() => counts.whole += 1,
        Ok(repairs) => {
            counts.repaired += 1;
            for repair in repairs {
                let rest = path.strip_prefix(repair.path());
                let is_around =
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
                assert!(is_around, "{path}: {repairs:?}");
            }
        }
        Err(_) => counts.undecodable += 1,
    }
    first.map(drop)
}
