//! Removes secrets from the data of dispatches.

use std::io;

use serde_json::{Map, Value};

use super::{
    keys::{Kind, kind_of},
    pseudonym::{Pseudonyms, random_key},
};

/// The number of digits of ids since February 2015.
const ID_DIGITS: std::ops::RangeInclusive<usize> = 17..=20;

/// The settings of the scrubbing of a [`Recorder`](super::Recorder). By default, the key is random, and contents and
/// names are kept.
#[derive(Clone, Default)]
#[must_use]
pub struct Scrubbing {
    key: Option<[u8; 32]>,
    contents: Words,
    names: Words,
}

/// Whether words are kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Words {
    #[default]
    Kept,
    Masked,
}

impl Scrubbing {
    /// Sets the secret key of the pseudonyms, so that several recordings have the same pseudonyms. By default, each
    /// recording has a random key that is not stored.
    ///
    /// Without the key, a pseudonym does not reveal the id, except its creation time, to about 17 minutes per shard.
    /// The time is kept because bots use it.
    pub const fn with_key(mut self, key: [u8; 32]) -> Self {
        self.key = Some(key);
        self
    }

    /// Replaces the letters and digits of messages, embeds, topics, custom statuses and similar texts with `x` and `0`.
    pub const fn without_contents(mut self) -> Self {
        self.contents = Words::Masked;
        self
    }

    /// Replaces the letters and digits in the names of users, guilds, channels, roles, emojis, files and commands with
    /// `x` and `0`.
    pub const fn without_names(mut self) -> Self {
        self.names = Words::Masked;
        self
    }
}

/// The key is not shown.
impl std::fmt::Debug for Scrubbing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scrubbing")
            .field("contents", &self.contents)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// Scrubs the events of one bot.
pub(super) struct Scrubber {
    pseudonyms: Pseudonyms,
    contents: Words,
    names: Words,
}

impl Scrubber {
    pub(super) fn new(scrubbing: &Scrubbing, shards: u32) -> io::Result<Self> {
        let key = match scrubbing.key {
            Some(key) => key,
            None => random_key()
                .map_err(|_| io::Error::other("the operating system provides no random key; set one with `Scrubbing::with_key`"))?,
        };
        Ok(Self {
            pseudonyms: Pseudonyms::new(&key, shards),
            contents: scrubbing.contents,
            names: scrubbing.names,
        })
    }

    pub(super) fn scrub(&self, data: &mut Value) {
        self.value(Kind::Other, data);
    }

    fn value(&self, kind: Kind, value: &mut Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => match (kind, number.as_u64()) {
                (Kind::Secret, _) => *value = 0.into(),
                (Kind::Id, Some(id)) if id > 0 => *value = self.pseudonyms.id(id).into(),
                _ => {}
            },
            Value::String(text) => *text = self.text(kind, text),
            Value::Array(values) => {
                for value in values {
                    self.value(kind, value);
                }
            }
            Value::Object(fields) => self.object(kind, fields),
        }
    }

    fn object(&self, kind: Kind, fields: &mut Map<String, Value>) {
        for (key, value) in std::mem::take(fields) {
            let kind = match kind {
                // Everything below a secret is secret.
                Kind::Secret => Kind::Secret,
                _ => kind_of(&key),
            };
            let mut value = value;
            self.value(kind, &mut value);
            // Objects may be keyed by ids, as resolved users are.
            fields.insert(self.plain(&key), value);
        }
    }

    fn text(&self, kind: Kind, text: &str) -> String {
        match kind {
            Kind::Secret if text.is_empty() => String::new(),
            Kind::Secret => self.pseudonyms.text(text),
            Kind::Id => match parse_id(text) {
                Some(id) => self.pseudonyms.id(id).to_string(),
                None => self.plain(text),
            },
            Kind::Bits if text.bytes().all(|byte| byte.is_ascii_digit()) => text.to_owned(),
            Kind::Content if self.contents == Words::Masked => masked(text),
            Kind::Name if self.names == Words::Masked => masked(text),
            Kind::Bits | Kind::Content | Kind::Name | Kind::Other => self.plain(text),
        }
    }

    /// A text that is kept, without the ids, links and tokens in it.
    fn plain(&self, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(end) = rest.find(char::is_whitespace) {
            let (word, after) = rest.split_at(end);
            self.word(word, &mut clean);
            let mut letters = after.chars();
            clean.extend(letters.next());
            rest = letters.as_str();
        }
        self.word(rest, &mut clean);
        clean
    }

    fn word(&self, word: &str, clean: &mut String) {
        if let Some((before, link)) = split_link(word) {
            self.word(before, clean);
            clean.push_str("https://scrubbed.invalid/");
            clean.push_str(&self.pseudonyms.text(link));
            return;
        }
        let mut rest = word;
        while !rest.is_empty() {
            let end = rest.find(|letter| !is_tokens(letter)).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            if looks_like_token(run) {
                clean.push_str(&self.pseudonyms.text(run));
            } else {
                self.ids(run, clean);
            }
            let mut letters = after.chars();
            clean.extend(letters.next());
            rest = letters.as_str();
        }
    }

    /// Copies a text, and replaces each run of digits that is an id.
    fn ids(&self, text: &str, clean: &mut String) {
        let mut rest = text;
        while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
            let (before, digits) = rest.split_at(start);
            let end = digits
                .find(|letter: char| !letter.is_ascii_digit())
                .unwrap_or(digits.len());
            let (digits, after) = digits.split_at(end);
            clean.push_str(before);
            match parse_id(digits).filter(|_| ID_DIGITS.contains(&digits.len())) {
                Some(id) => clean.push_str(&self.pseudonyms.id(id).to_string()),
                None => clean.push_str(digits),
            }
            rest = after;
        }
        clean.push_str(rest);
    }
}

/// Splits a word at the start of a link.
fn split_link(word: &str) -> Option<(&str, &str)> {
    ["http", "ws"]
        .iter()
        .filter_map(|scheme| {
            let mut from = 0;
            // The scheme may be in capitals, and `s` may follow it.
            loop {
                let at = from + word.get(from..)?.to_ascii_lowercase().find(scheme)?;
                let after = &word[at + scheme.len()..];
                let after = after.strip_prefix(['s', 'S']).unwrap_or(after);
                if after.starts_with("://") {
                    return Some(at);
                }
                from = at + scheme.len();
            }
        })
        .min()
        .map(|at| word.split_at(at))
}

fn parse_id(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| is_number && *id > 0)
}

const fn is_tokens(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

/// Three parts of base64: the id of the bot, a time and a signature.
fn looks_like_token(text: &str) -> bool {
    let mut parts = text.split('.').map(str::len);
    matches!(
        (parts.next(), parts.next(), parts.next()),
        (Some(20..), Some(5..), Some(20..))
    )
}

/// A text of the same shape, with `x` for letters and `0` for digits.
fn masked(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            _ if letter.is_alphabetic() => 'x',
            _ if letter.is_numeric() => '0',
            _ => letter,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scrubbed(scrubbing: Scrubbing, mut data: Value) -> Value {
        let scrubber = Scrubber::new(&scrubbing.with_key([3; 32]), 4).unwrap();
        scrubber.scrub(&mut data);
        data
    }

    #[test]
    fn id_has_the_same_pseudonym_everywhere() {
        let data = scrubbed(
            Scrubbing::default(),
            json!({
                "id": "80351110224678912",
                "not_found": [80_351_110_224_678_912_u64],
                "content": "hi <@!80351110224678912>, v1.2.3",
                "resolved": {"users": {"80351110224678912": {}}},
                "permissions": "80351110224678912",
                "undocumented": {"deep": ["80351110224678912"]},
            }),
        );
        let id = data["id"].as_str().unwrap();
        assert_ne!(id, "80351110224678912");
        assert_eq!(data["not_found"][0].to_string(), id);
        assert_eq!(data["content"], format!("hi <@!{id}>, v1.2.3"));
        assert!(data["resolved"]["users"].get(id).is_some());
        assert_eq!(data["undocumented"]["deep"][0], id);
        assert_eq!(data["permissions"], "80351110224678912");
    }

    #[test]
    fn short_ids_are_recognized_by_their_key() {
        let data = scrubbed(
            Scrubbing::default(),
            json!({"guild_id": "1", "custom_id": "1", "roles": ["2"], "roles_of": "2"}),
        );
        assert_ne!(data["guild_id"], "1");
        assert_eq!(data["custom_id"], "1");
        assert_ne!(data["roles"][0], "2");
    }

    #[test]
    fn links_and_tokens_are_removed_from_texts() {
        // A token in form only.
        let token = [
            "MTk4NjIyNDgzNDcxOTI1MjQ4",
            "Cl2FMQ",
            "ZnCjm1XVW7vRze4b7Cq4se7kKWs",
        ]
        .join(".");
        let data = scrubbed(
            Scrubbing::default(),
            json!({
                "content": format!("a ({token}) see <HTTPS://example.com/webhooks/1/{token}?x=1> httpx wss://h"),
                "note": token,
            }),
        );
        let text = data.to_string();
        for secret in [token.as_str(), "example.com", "Cl2FMQ", "wss://h"] {
            assert!(!text.contains(secret), "{text}");
        }
        let content = data["content"].as_str().unwrap();
        assert!(content.starts_with("a ("), "{content}");
        assert!(content.contains(" httpx "), "{content}");
    }

    #[test]
    fn words_are_masked_on_request() {
        let data = json!({"content": "!ping Zoë 42", "author": {"username": "nelly"}, "type": 0});
        assert_eq!(scrubbed(Scrubbing::default(), data.clone()), data);
        assert_eq!(
            scrubbed(
                Scrubbing::default().without_contents().without_names(),
                data
            ),
            json!({"content": "!xxxx xxx 00", "author": {"username": "xxxxx"}, "type": 0})
        );
    }
}
