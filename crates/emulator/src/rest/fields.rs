//! What the fields of bodies may be, and what Discord says about others.

use serde_json::{Map, Value};

use super::error::{ApiError, InvalidForm};

/// A field of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    name: &'static str,
    kind: Kind,
    need: Need,
    null: Null,
}

/// What a field may be.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Text with that many characters.
    Text {
        min: usize,
        max: usize,
    },
    Integer {
        min: i64,
        max: i64,
    },
    /// One of these integers.
    Choice(&'static [i64]),
    Boolean,
    Snowflake,
    /// A list of at most so many snowflakes.
    Snowflakes {
        max: usize,
    },
    /// A bit set, as a string or as a number.
    Bits,
    /// A list of at most so many objects.
    Objects {
        max: usize,
    },
    Object,
    /// Anything.
    Any,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Need {
    Optional,
    Required,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Null {
    Accepted,
    Rejected,
}

impl Field {
    pub(crate) const fn text(name: &'static str, min: usize, max: usize) -> Self {
        Self::new(name, Kind::Text { min, max })
    }

    pub(crate) const fn integer(name: &'static str, min: i64, max: i64) -> Self {
        Self::new(name, Kind::Integer { min, max })
    }

    pub(crate) const fn choice(name: &'static str, choices: &'static [i64]) -> Self {
        Self::new(name, Kind::Choice(choices))
    }

    pub(crate) const fn boolean(name: &'static str) -> Self {
        Self::new(name, Kind::Boolean)
    }

    pub(crate) const fn snowflake(name: &'static str) -> Self {
        Self::new(name, Kind::Snowflake)
    }

    pub(crate) const fn snowflakes(name: &'static str, max: usize) -> Self {
        Self::new(name, Kind::Snowflakes { max })
    }

    pub(crate) const fn bits(name: &'static str) -> Self {
        Self::new(name, Kind::Bits)
    }

    pub(crate) const fn objects(name: &'static str, max: usize) -> Self {
        Self::new(name, Kind::Objects { max })
    }

    pub(crate) const fn object(name: &'static str) -> Self {
        Self::new(name, Kind::Object)
    }

    pub(crate) const fn any(name: &'static str) -> Self {
        Self::new(name, Kind::Any)
    }

    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            need: Need::Optional,
            null: Null::Accepted,
        }
    }

    /// The same, but it may neither be missing nor null.
    pub(crate) const fn required(self) -> Self {
        Self {
            need: Need::Required,
            null: Null::Rejected,
            ..self
        }
    }

    /// The same, but it must not be null.
    pub(crate) const fn not_null(self) -> Self {
        Self {
            null: Null::Rejected,
            ..self
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    fn check(&self, value: Option<&Value>, form: &mut InvalidForm) {
        let problem = match value {
            None if self.need == Need::Required => Some(required()),
            None => None,
            Some(Value::Null) if self.null == Null::Rejected => Some(required()),
            Some(Value::Null) => None,
            Some(value) => self.kind.problem(value),
        };
        if let Some((code, message)) = problem {
            form.add(self.name, code, &message);
        }
    }
}

/// Checks the fields of a body. Fields that are not listed are ignored, as Discord does.
pub(crate) fn check(body: &Map<String, Value>, fields: &[Field]) -> Result<(), ApiError> {
    let mut form = InvalidForm::default();
    for field in fields {
        field.check(body.get(field.name), &mut form);
    }
    form.check()
}

/// Copies the fields of a body that are listed to an object. Ids and bit sets become strings.
pub(crate) fn apply(object: &mut Value, body: &Map<String, Value>, fields: &[Field]) {
    for field in fields {
        if let Some(value) = body.get(field.name) {
            object[field.name] = match (field.kind, value) {
                (Kind::Snowflake | Kind::Bits, Value::Number(number)) => number.to_string().into(),
                (Kind::Snowflakes { .. }, Value::Array(ids)) => ids
                    .iter()
                    .filter_map(snowflake)
                    .map(|id| id.to_string())
                    .collect(),
                _ => value.clone(),
            };
        }
    }
}

/// An id, which may be a string or a number.
pub(crate) fn snowflake(value: &Value) -> Option<u64> {
    let id = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    id.filter(|id| *id > 0)
}

type Problem = (&'static str, String);

impl Kind {
    fn problem(self, value: &Value) -> Option<Problem> {
        match (self, value) {
            (Self::Text { min, max }, Value::String(text)) => length_problem(text, min, max),
            (Self::Text { .. }, other) => Some((
                "STRING_TYPE_CONVERT",
                format!("Could not interpret \"{}\" as string.", shown(other)),
            )),
            (Self::Integer { min, max }, other) => match integer(other) {
                None => Some(not("NUMBER_TYPE_COERCE", other, "int")),
                Some(number) if number > max => Some((
                    "NUMBER_TYPE_MAX",
                    format!("int value should be less than or equal to {max}."),
                )),
                Some(number) if number < min => Some((
                    "NUMBER_TYPE_MIN",
                    format!("int value should be greater than or equal to {min}."),
                )),
                Some(_) => None,
            },
            (Self::Choice(choices), other) => match integer(other) {
                None => Some(not("ENUM_TYPE_COERCE", other, "a valid enum value")),
                Some(number) if choices.contains(&number) => None,
                Some(_) => {
                    let choices: Vec<String> = choices.iter().map(i64::to_string).collect();
                    Some((
                        "BASE_TYPE_CHOICES",
                        format!("Value must be one of {{{}}}.", choices.join(", ")),
                    ))
                }
            },
            (Self::Boolean, Value::Bool(_)) => None,
            (Self::Boolean, _) => Some((
                "BOOLEAN_TYPE_CONVERT",
                "Must be either true or false.".to_owned(),
            )),
            (Self::Snowflake, other) => match snowflake(other) {
                None => Some(not("NUMBER_TYPE_COERCE", other, "snowflake")),
                Some(_) => None,
            },
            (Self::Bits, Value::Number(number)) if number.is_u64() => None,
            (Self::Bits, Value::String(text)) if text.parse::<u64>().is_ok() => None,
            (Self::Bits, other) => Some(not("NUMBER_TYPE_COERCE", other, "int")),
            (Self::Snowflakes { max } | Self::Objects { max }, Value::Array(list)) => {
                if list.len() > max {
                    return Some(too_long(max));
                }
                match self {
                    Self::Snowflakes { .. } => list
                        .iter()
                        .find(|id| snowflake(id).is_none())
                        .map(|other| not("NUMBER_TYPE_COERCE", other, "snowflake")),
                    _ => list
                        .iter()
                        .find(|it| !it.is_object())
                        .map(|_| no_dictionary()),
                }
            }
            (Self::Snowflakes { .. } | Self::Objects { .. }, _) => Some((
                "LIST_TYPE_CONVERT",
                "Only iterables may be used in a ListType".to_owned(),
            )),
            (Self::Object, Value::Object(_)) | (Self::Any, _) => None,
            (Self::Object, _) => Some(no_dictionary()),
        }
    }
}

/// What is wrong with the number of characters of a text.
pub(crate) fn length_problem(text: &str, min: usize, max: usize) -> Option<Problem> {
    let length = text.chars().count();
    if (min..=max).contains(&length) {
        None
    } else if min > 0 {
        Some((
            "BASE_TYPE_BAD_LENGTH",
            format!("Must be between {min} and {max} in length."),
        ))
    } else {
        Some(too_long(max))
    }
}

fn too_long(max: usize) -> Problem {
    (
        "BASE_TYPE_MAX_LENGTH",
        format!("Must be {max} or fewer in length."),
    )
}

fn required() -> Problem {
    ("BASE_TYPE_REQUIRED", "This field is required".to_owned())
}

fn no_dictionary() -> Problem {
    (
        "DICT_TYPE_CONVERT",
        "Only dictionaries may be used in a DictType".to_owned(),
    )
}

fn not(code: &'static str, value: &Value, what: &str) -> Problem {
    (code, format!("Value \"{}\" is not {what}.", shown(value)))
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// A value in a message, which is not longer than needed to recognize it.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => "...".to_owned(),
        other => other.to_string(),
    };
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FIELDS: &[Field] = &[
        Field::text("name", 1, 5).required(),
        Field::text("topic", 0, 3),
        Field::integer("bitrate", 8, 9),
        Field::choice("type", &[0, 2]),
        Field::boolean("nsfw").not_null(),
        Field::snowflake("parent_id"),
        Field::snowflakes("roles", 2),
        Field::bits("permissions"),
        Field::objects("overwrites", 1),
        Field::object("options"),
        Field::any("icon"),
    ];

    fn errors(body: &Value) -> Value {
        match check(body.as_object().unwrap(), FIELDS) {
            Ok(()) => Value::Null,
            Err(error) => error.into_response().body().unwrap()["errors"].clone(),
        }
    }

    #[test]
    fn valid_bodies_pass() {
        for body in [
            json!({"name": "a", "unknown": 1}),
            json!({"name": "ümläut".chars().take(5).collect::<String>(), "topic": null, "bitrate": "8", "type": 2}),
            json!({"name": "a", "parent_id": 5, "roles": ["1", 2], "permissions": "0", "icon": [], "options": {}}),
        ] {
            assert_eq!(errors(&body), Value::Null, "{body}");
        }
    }

    #[test]
    fn problems_have_the_codes_of_discord() {
        let body = json!({
            "topic": "long", "bitrate": 10, "type": 1, "nsfw": null, "parent_id": "x", "roles": "1",
            "permissions": -1, "overwrites": [1], "options": [],
        });
        let errors = errors(&body);
        for (field, code, message) in [
            ("name", "BASE_TYPE_REQUIRED", "This field is required"),
            (
                "topic",
                "BASE_TYPE_MAX_LENGTH",
                "Must be 3 or fewer in length.",
            ),
            (
                "bitrate",
                "NUMBER_TYPE_MAX",
                "int value should be less than or equal to 9.",
            ),
            ("type", "BASE_TYPE_CHOICES", "Value must be one of {0, 2}."),
            ("nsfw", "BASE_TYPE_REQUIRED", "This field is required"),
            (
                "parent_id",
                "NUMBER_TYPE_COERCE",
                "Value \"x\" is not snowflake.",
            ),
            (
                "roles",
                "LIST_TYPE_CONVERT",
                "Only iterables may be used in a ListType",
            ),
            (
                "permissions",
                "NUMBER_TYPE_COERCE",
                "Value \"-1\" is not int.",
            ),
            (
                "overwrites",
                "DICT_TYPE_CONVERT",
                "Only dictionaries may be used in a DictType",
            ),
            (
                "options",
                "DICT_TYPE_CONVERT",
                "Only dictionaries may be used in a DictType",
            ),
        ] {
            let expected = json!({"_errors": [{"code": code, "message": message}]});
            assert_eq!(errors[field], expected, "{field}");
        }
    }

    #[test]
    fn listed_fields_are_copied() {
        let body =
            json!({"parent_id": 7, "roles": [1, "2"], "permissions": 8, "name": null, "other": 1});
        let mut object = json!({"name": "a", "topic": "b"});
        apply(&mut object, body.as_object().unwrap(), FIELDS);
        let expected = json!({"name": null, "topic": "b", "parent_id": "7", "roles": ["1", "2"], "permissions": "8"});
        assert_eq!(object, expected);
    }
}
