//! What serde says that does not fit.

use super::tree::{NodeId, NodeKind, Tree};

/// A reason for which a value does not fit its type, as an error's text names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    /// An object has no member with this name.
    MissingMember(String),
    /// An object has two members with this name.
    DuplicateMember(String),
    /// A value has another type than expected, or is out of range.
    Unexpected { value: Unexpected, expected: String },
    /// A string is none of the known ones.
    UnknownVariant(String),
    /// The text names neither a member nor a value. The absence of this member is a known reason.
    Other { missing: Option<&'static str> },
}

/// A value, as an error's text shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Unexpected {
    Null,
    Bool,
    /// Its text.
    Integer(String),
    Float,
    /// The string in the form of `Debug`.
    String(String),
    Array,
    Object,
    Other,
}

impl Fault {
    const OTHER: Self = Self::Other { missing: None };

    /// Reads the text of an error, without its position.
    pub(super) fn of(message: &str) -> Self {
        for (prefix, fault) in [
            ("missing field `", Self::MissingMember as fn(String) -> Self),
            ("duplicate field `", Self::DuplicateMember),
        ] {
            if let Some((name, _)) = message
                .strip_prefix(prefix)
                .and_then(|rest| rest.split_once('`'))
            {
                return fault(name.to_owned());
            }
        }
        if let Some(name) = message.strip_prefix("unknown variant `") {
            let end = name.find("`, expected").or_else(|| name.find("`, there"));
            return end.map_or(Self::OTHER, |end| {
                Self::UnknownVariant(name[..end].to_owned())
            });
        }
        // An emoji of a reaction is known by its name, which is absent if the emoji was deleted.
        if message.ends_with("untagged enum EmojiReactionType") {
            return Self::Other {
                missing: Some("name"),
            };
        }
        let found = ["invalid type: ", "invalid value: "]
            .into_iter()
            .find_map(|prefix| message.strip_prefix(prefix));
        match found.and_then(|rest| rest.rsplit_once(", expected ")) {
            Some((value, expected)) => Self::Unexpected {
                value: Unexpected::of(value),
                expected: expected.to_owned(),
            },
            None => Self::OTHER,
        }
    }

    /// The name of a member that is missing, or may be.
    pub(super) fn missing_member(&self) -> Option<&str> {
        match self {
            Self::MissingMember(name) => Some(name),
            Self::Other { missing } => *missing,
            Self::DuplicateMember(_) | Self::Unexpected { .. } | Self::UnknownVariant(_) => None,
        }
    }
}

impl Unexpected {
    fn of(text: &str) -> Self {
        let quoted = |prefix: &str, quote: char| {
            let rest = text.strip_prefix(prefix)?;
            rest.strip_suffix(quote).map(str::to_owned)
        };
        match text {
            "null" | "unit value" | "Option value" => return Self::Null,
            "sequence" => return Self::Array,
            "map" => return Self::Object,
            _ => {}
        }
        if let Some(number) = quoted("integer `", '`') {
            Self::Integer(number)
        } else if let Some(string) = text.strip_prefix("string ") {
            Self::String(string.to_owned())
        } else if text.starts_with("boolean") {
            Self::Bool
        } else if text.starts_with("floating point") {
            Self::Float
        } else {
            Self::Other
        }
    }

    /// Whether a node may be the value.
    pub(super) fn matches(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        let kind = tree.node(node).kind;
        match self {
            Self::Null => kind == NodeKind::Null,
            Self::Bool => kind == NodeKind::Bool,
            Self::Integer(number) => kind == NodeKind::Number && tree.text(node) == number,
            Self::Float => kind == NodeKind::Number && tree.text(node).contains(['.', 'e', 'E']),
            Self::String(string) => tree
                .string(node)
                .is_some_and(|of_node| format!("{of_node:?}") == *string),
            Self::Array => kind == NodeKind::Array,
            Self::Object => kind == NodeKind::Object,
            Self::Other => false,
        }
    }
}

/// The integer that a string or a number with a fraction of zero stands for, as JSON.
pub(super) fn integer(tree: &Tree<'_>, node: NodeId) -> Option<String> {
    let text = match tree.node(node).kind {
        NodeKind::String => tree.string(node)?,
        NodeKind::Number => tree.text(node).to_owned(),
        _ => return None,
    };
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() && fraction.bytes().all(|b| b == b'0') => {
            whole
        }
        Some(_) => return None,
        None => &text,
    };
    let number: i128 = whole.parse().ok()?;
    let fits = i64::try_from(number).is_ok() || u64::try_from(number).is_ok();
    // Discord sends neither `+5` nor `05`.
    let json = number.to_string();
    (fits && json == whole && json != tree.text(node)).then_some(json)
}

#[cfg(test)]
mod tests {
    use super::{Fault, Unexpected, integer};
    use crate::event::repair::tree::Tree;
    use serde::Deserialize;
    use std::fmt::Debug;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its errors matter")]
    struct Shape {
        small: u8,
        text: String,
        list: Vec<bool>,
        choice: Choice,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Choice {
        One,
        Two,
    }

    fn fault_of<T: for<'a> Deserialize<'a> + Debug>(json: &str) -> Fault {
        let error = serde_json::from_str::<T>(json).unwrap_err().to_string();
        let (message, _) = error.rsplit_once(" at line ").unwrap();
        Fault::of(message)
    }

    fn unexpected(value: Unexpected, expected: &str) -> Fault {
        Fault::Unexpected {
            value,
            expected: expected.to_owned(),
        }
    }

    #[test]
    fn texts_of_serde_are_understood() {
        let five = || "5".to_owned();
        assert_eq!(
            fault_of::<Shape>(r#"{"small":1}"#),
            Fault::MissingMember("text".to_owned())
        );
        assert_eq!(
            fault_of::<Shape>(r#"{"small":1,"small":2}"#),
            Fault::DuplicateMember("small".to_owned())
        );
        assert_eq!(fault_of::<u8>("null"), unexpected(Unexpected::Null, "u8"));
        assert_eq!(
            fault_of::<u8>("300"),
            unexpected(Unexpected::Integer("300".to_owned()), "u8")
        );
        assert_eq!(fault_of::<u8>("5.0"), unexpected(Unexpected::Float, "u8"));
        assert_eq!(
            fault_of::<u8>(r#""5, expected \"""#),
            unexpected(Unexpected::String(r#""5, expected \"""#.to_owned()), "u8")
        );
        assert_eq!(
            fault_of::<String>("5"),
            unexpected(Unexpected::Integer(five()), "a string")
        );
        assert_eq!(
            fault_of::<Vec<bool>>("{}"),
            unexpected(Unexpected::Object, "a sequence")
        );
        assert_eq!(
            fault_of::<Choice>(r#""three""#),
            Fault::UnknownVariant("three".to_owned())
        );
        assert_eq!(fault_of::<u8>("x"), Fault::OTHER);
    }

    #[test]
    fn value_is_one_of_those_that_the_text_may_mean() {
        let (string, list) = (r#""a \"quote\"""#, "[1]");
        let values = ["null", "true", "5", "6", "5.5", "1e3", string, list, "{}"];
        for (text, meant) in [
            ("null", &["null"][..]),
            ("unit value", &["null"]),
            ("Option value", &["null"]),
            ("boolean `true`", &["true"]),
            ("integer `5`", &["5"]),
            ("floating point `5.5`", &["5.5", "1e3"]),
            (r#"string "a \"quote\"""#, &[string]),
            ("sequence", &[list]),
            ("map", &["{}"]),
            ("character `5`", &[]),
        ] {
            let value = Unexpected::of(text);
            let matches = |json: &&str| value.matches(&Tree::parse(json).unwrap(), 0);
            let found: Vec<_> = values.into_iter().filter(matches).collect();
            assert_eq!(found, meant, "{text}");
        }
    }

    #[test]
    fn integers_are_read_from_strings_and_fractions_of_zero() {
        for (text, number) in [
            (r#""5""#, Some("5")),
            (r#""-5""#, Some("-5")),
            ("5.0", Some("5")),
            ("1600000000123.00", Some("1600000000123")),
            (r#""18446744073709551615""#, Some("18446744073709551615")),
            (r#""18446744073709551616""#, None),
            ("5", None),
            ("5.5", None),
            ("5.", None),
            ("1e3", None),
            (r#""05""#, None),
            (r#""+5""#, None),
            (r#""""#, None),
            (r#""five""#, None),
            ("null", None),
        ] {
            let tree = Tree::parse(text).unwrap();
            assert_eq!(integer(&tree, 0).as_deref(), number, "{text}");
        }
    }
}
