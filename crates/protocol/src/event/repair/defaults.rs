//! Values that take the place of what is missing.

use super::tree::{NodeId, Tree};
use twilight_model::util::Timestamp;

/// The values that stand for nothing, as JSON.
pub(super) const EMPTY: [&str; 4] = ["0", "\"\"", "false", "[]"];

/// The value that stands for nothing where this is expected, as JSON. `None` for types that have no such value, such as
/// ids, times and objects.
pub(super) fn empty(expected: &str) -> Option<&'static str> {
    Some(match expected.trim_start_matches("a ") {
        "boolean" | "bool" => "false",
        "string" | "borrowed string" => "\"\"",
        "sequence" => "[]",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" | "f32"
        | "f64" => "0",
        // Users without a discriminator have 0, roles without permissions too.
        "string or integer discriminator" | "integer or string permissions" => "\"0\"",
        _ => return None,
    })
}

/// The value that the documentation gives to an absent member of an object, as JSON.
pub(super) fn documented(tree: &Tree<'_>, object: NodeId, name: &str) -> Option<String> {
    Some(match name {
        // Of scheduled events and stage instances: the only value that is not deprecated.
        "privacy_level" => "2".to_owned(),
        // Of users of whom no presence is known.
        "status" => "\"offline\"".to_owned(),
        // Of presences: the user is online on no client that is known.
        "client_status" => "{}".to_owned(),
        // Of users without one.
        "discriminator" => "\"0\"".to_owned(),
        // Of rate limited requests: the only opcode that is documented there.
        "opcode" => "8".to_owned(),
        // Of emojis in reactions: the emoji was deleted.
        "name" => "\"\"".to_owned(),
        // Of messages: their ids contain it.
        "timestamp" => format!("\"{}\"", time_of_id(tree, object)?),
        _ => return None,
    })
}

/// The time that an object's id contains.
fn time_of_id(tree: &Tree<'_>, object: NodeId) -> Option<String> {
    const EPOCH_MILLISECONDS: i64 = 1_420_070_400_000;

    let id: i64 = tree.string(tree.member(object, "id")?)?.parse().ok()?;
    let microseconds = ((id >> 22) + EPOCH_MILLISECONDS).checked_mul(1_000)?;
    let time = Timestamp::from_micros(microseconds).ok()?;
    Some(time.iso_8601().to_string())
}

#[cfg(test)]
mod tests {
    use super::{documented, empty};
    use crate::event::repair::tree::Tree;

    #[test]
    fn only_types_with_an_empty_value_have_one() {
        for (expected, value) in [
            ("a boolean", Some("false")),
            ("a string", Some("\"\"")),
            ("a sequence", Some("[]")),
            ("u8", Some("0")),
            ("f64", Some("0")),
            ("struct User", None),
            ("iso 8601 datetime format", None),
            ("a discord snowflake", None),
        ] {
            assert_eq!(empty(expected), value, "{expected}");
        }
    }

    #[test]
    fn absent_members_have_the_documented_value() {
        let tree = Tree::parse("{}").unwrap();
        for (name, value) in [
            ("privacy_level", Some("2")),
            ("status", Some("\"offline\"")),
            ("client_status", Some("{}")),
            ("discriminator", Some("\"0\"")),
            ("opcode", Some("8")),
            ("name", Some("\"\"")),
            ("content", None),
        ] {
            assert_eq!(documented(&tree, 0, name).as_deref(), value, "{name}");
        }
    }

    #[test]
    fn time_of_a_message_is_that_of_its_id() {
        // The example of the documentation.
        let tree = Tree::parse(r#"{"id":"175928847299117063"}"#).unwrap();
        assert_eq!(
            documented(&tree, 0, "timestamp").as_deref(),
            Some("\"2016-04-30T11:18:25.796000+00:00\"")
        );
        for without in ["{}", r#"{"id":"x"}"#, r#"{"id":5}"#] {
            let tree = Tree::parse(without).unwrap();
            assert_eq!(documented(&tree, 0, "timestamp"), None);
        }
    }
}
