//! What somebody wants to write, as REST takes it.

use serde_json::{Value, json};

/// The most characters of a message's content.
const LONGEST: usize = 2000;
/// The flag of a message that only the user sees whose interaction it answers.
const EPHEMERAL: u64 = 1 << 6;

/// A message to be: it has content, or something else to show.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    content: String,
    flags: u64,
    /// All of it, as it came.
    body: Value,
}

/// Why something is no message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NoDraft {
    /// A field has a type that it can't have.
    Malformed,
    /// There is nothing to show.
    Empty,
    /// The content has over 2000 characters.
    TooLong,
}

impl Draft {
    /// These words and nothing else.
    pub(crate) fn of_words(content: &str) -> Self {
        Self {
            content: content.to_owned(),
            flags: 0,
            body: json!({"content": content}),
        }
    }

    /// The JSON that a bot sends.
    pub(crate) fn read(body: Value) -> Result<Self, NoDraft> {
        let Value::Object(fields) = &body else {
            return Err(NoDraft::Malformed);
        };
        let content = match fields.get("content") {
            None | Some(Value::Null) => "",
            Some(Value::String(content)) => content,
            Some(_) => return Err(NoDraft::Malformed),
        };
        if content.chars().count() > LONGEST {
            return Err(NoDraft::TooLong);
        }
        let shows_more = ["embeds", "components", "sticker_ids"]
            .iter()
            .any(|list| body[list].as_array().is_some_and(|list| !list.is_empty()))
            || body["poll"].is_object();
        if content.is_empty() && !shows_more {
            return Err(NoDraft::Empty);
        }
        Ok(Self {
            content: content.to_owned(),
            flags: flags_of(&body),
            body,
        })
    }

    /// This with the fields of `edit`, the JSON that a bot sends; those that it leaves out stay as they are.
    pub(crate) fn edited(&self, edit: &Value) -> Result<Self, NoDraft> {
        let (Value::Object(mut fields), Value::Object(edit)) = (self.body.clone(), edit) else {
            return Err(NoDraft::Malformed);
        };
        fields.extend(edit.clone());
        let edited = Self::read(Value::Object(fields))?;
        Ok(Self {
            // Who sees a message is settled when it is written.
            flags: self.flags,
            ..edited
        })
    }

    /// Only for the user whose interaction it answers, or for everybody, whatever it says itself.
    pub(crate) fn with_ephemeral(mut self, is_ephemeral: bool) -> Self {
        self.flags &= !EPHEMERAL;
        if is_ephemeral {
            self.flags |= EPHEMERAL;
        }
        self
    }

    pub(crate) fn content(&self) -> &str {
        &self.content
    }

    /// As the bot sent it.
    pub(crate) const fn body(&self) -> &Value {
        &self.body
    }

    pub(crate) const fn is_ephemeral(&self) -> bool {
        is_ephemeral(self.flags)
    }

    pub(super) const fn flags(&self) -> u64 {
        self.flags
    }

    /// As the message has them: with the fields that a bot may leave out.
    pub(super) fn embeds(&self) -> Value {
        let mut embeds = self.list("embeds");
        for embed in embeds.as_array_mut().into_iter().flatten() {
            let Some(fields) = embed.as_object_mut() else {
                continue;
            };
            fields.entry("type").or_insert_with(|| "rich".into());
            let parts = fields.get_mut("fields").and_then(Value::as_array_mut);
            for part in parts.into_iter().flatten().filter_map(Value::as_object_mut) {
                part.entry("inline").or_insert(Value::Bool(false));
            }
        }
        embeds
    }

    pub(super) fn components(&self) -> Value {
        self.list("components")
    }

    fn list(&self, name: &str) -> Value {
        match &self.body[name] {
            list @ Value::Array(_) => list.clone(),
            _ => json!([]),
        }
    }
}

/// The flags of a message, or of what is to be one.
pub(crate) fn flags_of(message: &Value) -> u64 {
    message["flags"].as_u64().unwrap_or(0)
}

pub(crate) const fn is_ephemeral(flags: u64) -> bool {
    flags & EPHEMERAL != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_shows_something() {
        for body in [
            json!({"content": "a"}),
            json!({"content": "ü".repeat(2000), "embeds": []}),
            json!({"embeds": [{"title": "a"}]}),
            json!({"content": null, "components": [{"type": 1}]}),
            json!({"content": "", "sticker_ids": ["1"]}),
            json!({"poll": {"question": {"text": "a?"}}}),
        ] {
            assert!(Draft::read(body.clone()).is_ok(), "{body}");
        }
        for (body, expected) in [
            (json!([]), NoDraft::Malformed),
            (json!({"content": 1}), NoDraft::Malformed),
            (json!({}), NoDraft::Empty),
            (
                json!({"content": "", "embeds": [], "poll": null}),
                NoDraft::Empty,
            ),
            (json!({"content": "ü".repeat(2001)}), NoDraft::TooLong),
        ] {
            assert_eq!(Draft::read(body.clone()).err(), Some(expected), "{body}");
        }
    }

    #[test]
    fn embeds_get_what_may_be_left_out() {
        let body = json!({"embeds": [{"title": "a", "fields": [{"name": "b", "value": "c"}]}, 1]});
        let draft = Draft::read(body).unwrap();
        assert_eq!(
            draft.embeds(),
            json!([
                {"type": "rich", "title": "a", "fields": [{"name": "b", "value": "c", "inline": false}]},
                1,
            ])
        );
        assert_eq!(draft.components(), json!([]));
    }
}
