//! Made-up values for the options of a slash command, as the command was registered.

use serde_json::{Map, Value, json};

use super::scene::Scene;
use crate::world::words;

/// The types of options.
mod kind {
    pub(super) const SUBCOMMAND: u64 = 1;
    pub(super) const SUBCOMMAND_GROUP: u64 = 2;
    pub(super) const INTEGER: u64 = 4;
    pub(super) const BOOLEAN: u64 = 5;
    pub(super) const USER: u64 = 6;
    pub(super) const CHANNEL: u64 = 7;
    pub(super) const ROLE: u64 = 8;
    pub(super) const MENTIONABLE: u64 = 9;
    pub(super) const NUMBER: u64 = 10;
    pub(super) const ATTACHMENT: u64 = 11;
}

/// How often a member sets an option that is not required, in percent.
const OPTIONAL_PERCENT: u64 = 50;

/// What a member entered: the options, and the objects that their ids stand for.
#[derive(Debug, Default)]
pub(super) struct EnteredOptions {
    pub(super) options: Vec<Value>,
    resolved: Map<String, Value>,
}

impl EnteredOptions {
    /// Values for registered options: all that are required, and some of the others.
    pub(super) fn of(registered: &Value, scene: &mut Scene<'_>) -> Self {
        let mut entered = Self::default();
        entered.options = entered.enter(registered, scene);
        entered
    }

    /// The objects of users, channels, roles and attachments, by id; `None` if there are none.
    pub(super) fn resolved(self) -> Option<Value> {
        (!self.resolved.is_empty()).then(|| self.resolved.into())
    }

    fn enter(&mut self, registered: &Value, scene: &mut Scene<'_>) -> Vec<Value> {
        let registered = registered.as_array().map_or(&[][..], Vec::as_slice);
        let is_nested = |option: &&Value| {
            matches!(
                option["type"].as_u64(),
                Some(kind::SUBCOMMAND | kind::SUBCOMMAND_GROUP)
            )
        };
        // A command with subcommands has no other options, and a member uses one of them.
        let nested: Vec<&Value> = registered.iter().filter(is_nested).collect();
        if !nested.is_empty() {
            let used = scene.rng.pick(&nested);
            let options = self.enter(&used["options"], scene);
            return vec![json!({"type": used["type"], "name": used["name"], "options": options})];
        }
        let mut options = Vec::new();
        for option in registered {
            if option["required"] == true || scene.rng.percent(OPTIONAL_PERCENT) {
                let value = self.value(option, scene);
                options
                    .push(json!({"type": option["type"], "name": option["name"], "value": value}));
            }
        }
        options
    }

    fn value(&mut self, option: &Value, scene: &mut Scene<'_>) -> Value {
        if let Some(choices) = option["choices"].as_array().filter(|it| !it.is_empty()) {
            return choices[scene.rng.index(choices.len())]["value"].clone();
        }
        match option["type"].as_u64().unwrap_or_default() {
            kind::INTEGER => integer(option, scene).into(),
            kind::NUMBER => (integer(option, scene) as f64).into(),
            kind::BOOLEAN => scene.rng.percent(50).into(),
            kind::USER | kind::MENTIONABLE => {
                let member = scene.guild.any_member(scene.world.seed, scene.rng);
                let id = member.user.id.to_string();
                let mut partial = member.partial_json();
                partial["permissions"] = "2248473465835073".into();
                self.resolve("users", &id, member.user.json());
                self.resolve("members", &id, partial);
                id.into()
            }
            kind::CHANNEL => {
                let id = scene.guild.any_text_channel(scene.rng).to_string();
                let channel = json!({
                    "id": id,
                    "type": 0,
                    "name": words::slug(scene.rng, '-'),
                    "parent_id": null,
                    "permissions": "2248473465835073",
                });
                self.resolve("channels", &id, channel);
                id.into()
            }
            kind::ROLE => {
                let at = scene.rng.below(scene.guild.role_count());
                let id = scene.guild.role(at).to_string();
                let roles = scene.world.roles(scene.guild);
                let role = roles.into_iter().find(|role| role["id"] == id.as_str());
                self.resolve("roles", &id, role.unwrap_or_default());
                id.into()
            }
            kind::ATTACHMENT => {
                let id = scene.now.snowflake(3).to_string();
                let url = format!("https://cdn.example.com/ephemeral-attachments/{id}/notes.txt");
                let attachment = json!({
                    "id": id,
                    "ephemeral": true,
                    "filename": "notes.txt",
                    "content_type": "text/plain; charset=utf-8",
                    "size": 100 + scene.rng.below(10_000),
                    "url": url,
                    "proxy_url": url,
                });
                self.resolve("attachments", &id, attachment);
                id.into()
            }
            // Text, and types that are not known yet.
            _ => text(option, scene).into(),
        }
    }

    fn resolve(&mut self, kind: &str, id: &str, object: Value) {
        let objects = self.resolved.entry(kind).or_insert_with(|| json!({}));
        objects[id] = object;
    }
}

/// A whole number between `min_value` and `max_value`.
fn integer(option: &Value, scene: &mut Scene<'_>) -> i64 {
    let bound = |name: &str| option[name].as_f64().map(|bound| bound as i64);
    let min = bound("min_value").unwrap_or(0);
    let max = bound("max_value")
        .unwrap_or_else(|| min.saturating_add(100))
        .max(min);
    let range = u64::try_from(max.saturating_sub(min)).unwrap_or_default();
    let offset = scene.rng.below(range.saturating_add(1));
    min.saturating_add_unsigned(offset)
}

/// A text with `min_length` to `max_length` characters.
fn text(option: &Value, scene: &mut Scene<'_>) -> String {
    let bound = |name: &str| {
        option[name]
            .as_u64()
            .and_then(|it| usize::try_from(it).ok())
    };
    let (min, max) = (
        bound("min_length").unwrap_or(1),
        bound("max_length").unwrap_or(100),
    );
    // Discord's limit for both is 6000.
    let (min, max) = (min.min(6000), max.clamp(1, 6000));
    let mut text: String = words::sentence(scene.rng).chars().take(max).collect();
    let length = text.chars().count();
    text.extend(std::iter::repeat_n('!', min.saturating_sub(length)));
    text
}
