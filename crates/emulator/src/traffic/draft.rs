//! The contents of a message, as REST accepts them.

use serde_json::{Value, json};

/// The most characters in the content of a message.
const MAX_CONTENT_CHARS: usize = 2000;
/// The flag of a message that only the user of its interaction sees.
const EPHEMERAL: u64 = 1 << 6;

/// The contents of a message: text, or something else to show.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    content: String,
    flags: u64,
    /// The complete body of the request.
    body: Value,
}

/// Why a body is not a valid message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DraftError {
    /// A field has the wrong type.
    Malformed,
    /// The message would show nothing.
    Empty,
    /// The content has more than 2000 characters.
    TooLong,
}

impl Draft {
    /// Text only.
    pub(crate) fn text(content: &str) -> Self {
        Self {
            content: content.to_owned(),
            flags: 0,
            body: json!({"content": content}),
        }
    }

    /// Parses the body that a bot sends.
    pub(crate) fn parse(body: Value) -> Result<Self, DraftError> {
        let Value::Object(fields) = &body else {
            return Err(DraftError::Malformed);
        };
        let content = match fields.get("content") {
            None | Some(Value::Null) => "",
            Some(Value::String(content)) => content,
            Some(_) => return Err(DraftError::Malformed),
        };
        if content.chars().count() > MAX_CONTENT_CHARS {
            return Err(DraftError::TooLong);
        }
        let shows_more = ["embeds", "components", "sticker_ids", "attachments"]
            .iter()
            .any(|list| body[list].as_array().is_some_and(|list| !list.is_empty()))
            || body["poll"].is_object();
        if content.is_empty() && !shows_more {
            return Err(DraftError::Empty);
        }
        Ok(Self {
            content: content.to_owned(),
            flags: flags_of(&body),
            body,
        })
    }

    /// Applies an edit, the body that a bot sends. Fields that it omits stay the same.
    pub(crate) fn edited(&self, edit: &Value) -> Result<Self, DraftError> {
        let (Value::Object(mut fields), Value::Object(edit)) = (self.body.clone(), edit) else {
            return Err(DraftError::Malformed);
        };
        fields.extend(edit.clone());
        let edited = Self::parse(Value::Object(fields))?;
        Ok(Self {
            // An edit does not change who sees the message.
            flags: self.flags,
            ..edited
        })
    }

    /// What an existing message shows after an edit, the body that a bot sends. Fields that it omits stay the same, and so do
    /// attachments that it names by their ids.
    pub(crate) fn edit_of(message: &Value, edit: &Value) -> Result<Self, DraftError> {
        let Value::Object(edit) = edit else {
            return Err(DraftError::Malformed);
        };
        let mut body = json!({"flags": message["flags"]});
        for name in ["content", "embeds", "components", "attachments"] {
            body[name] = message[name].clone();
        }
        for (name, value) in edit.iter().filter(|(name, _)| *name != "flags") {
            body[name] = value.clone();
        }
        for attachment in body["attachments"].as_array_mut().into_iter().flatten() {
            let existing = message["attachments"].as_array().into_iter().flatten();
            let same = |other: &&Value| other["id"].is_string() && other["id"] == attachment["id"];
            if let Some(kept) = existing.into_iter().find(same) {
                *attachment = kept.clone();
            }
        }
        Self::parse(body)
    }

    /// Makes the message visible only to the user of its interaction, or to everyone, regardless of its own flag.
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

    /// The body that the bot sent.
    pub(crate) const fn body(&self) -> &Value {
        &self.body
    }

    pub(crate) const fn is_ephemeral(&self) -> bool {
        is_ephemeral(self.flags)
    }

    /// Whether the message is read aloud.
    pub(super) fn is_tts(&self) -> bool {
        self.body["tts"] == true
    }

    /// What the message has only if the bot sent it.
    pub(super) fn further_fields(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let fields = ["nonce", "poll", "message_reference", "referenced_message"];
        (fields.into_iter()).filter_map(|name| Some((name, self.body.get(name)?.clone())))
    }

    /// The message that this is a reply to: its id.
    pub(crate) fn replies_to(&self) -> Option<u64> {
        let id = &self.body["message_reference"]["message_id"];
        id.as_u64().or_else(|| id.as_str()?.parse().ok())
    }

    /// The same, with what Discord says about the message that this is a reply to.
    pub(crate) fn with_reference(mut self, reference: Value, referenced: Value) -> Self {
        self.body["message_reference"] = reference;
        self.body["referenced_message"] = referenced;
        self
    }

    pub(super) const fn flags(&self) -> u64 {
        self.flags
    }

    /// The embeds of the message, with defaults for the fields that a bot may omit.
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

    /// The attachments of the message with this id, in a channel.
    pub(super) fn attachments(&self, channel: u64, message: u64) -> Value {
        let mut attachments = self.list("attachments");
        for (attachment, number) in attachments.as_array_mut().into_iter().flatten().zip(1..) {
            let Some(fields) = attachment.as_object_mut() else {
                continue;
            };
            if fields.contains_key("url") {
                continue;
            }
            let id = message + number;
            let name = fields
                .get("filename")
                .and_then(Value::as_str)
                .unwrap_or("file");
            let path = format!("attachments/{channel}/{id}/{name}");
            fields.insert("id".to_owned(), id.to_string().into());
            fields.insert(
                "url".to_owned(),
                format!("https://cdn.example.com/{path}").into(),
            );
            let proxy = format!("https://media.example.com/{path}");
            fields.insert("proxy_url".to_owned(), proxy.into());
        }
        attachments
    }

    fn list(&self, name: &str) -> Value {
        match &self.body[name] {
            list @ Value::Array(_) => list.clone(),
            _ => json!([]),
        }
    }
}

/// The flags of a message or of its body.
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
    fn message_must_show_something() {
        for body in [
            json!({"content": "a"}),
            json!({"content": "ü".repeat(2000), "embeds": []}),
            json!({"embeds": [{"title": "a"}]}),
            json!({"content": null, "components": [{"type": 1}]}),
            json!({"content": "", "sticker_ids": ["1"]}),
            json!({"poll": {"question": {"text": "a?"}}}),
        ] {
            assert!(Draft::parse(body.clone()).is_ok(), "{body}");
        }
        for (body, expected) in [
            (json!([]), DraftError::Malformed),
            (json!({"content": 1}), DraftError::Malformed),
            (json!({}), DraftError::Empty),
            (
                json!({"content": "", "embeds": [], "poll": null}),
                DraftError::Empty,
            ),
            (json!({"content": "ü".repeat(2001)}), DraftError::TooLong),
        ] {
            assert_eq!(Draft::parse(body.clone()).err(), Some(expected), "{body}");
        }
    }

    #[test]
    fn omitted_fields_of_embeds_get_defaults() {
        let body = json!({"embeds": [{"title": "a", "fields": [{"name": "b", "value": "c"}]}, 1]});
        let draft = Draft::parse(body).unwrap();
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
