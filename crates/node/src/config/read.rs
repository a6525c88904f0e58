//! Settings as text, and where they come from.

use super::{ConfigError, SETTINGS, Setting};
use std::collections::BTreeMap;
use toml::Value;

/// The settings that were given, by key.
#[derive(Debug)]
pub(super) struct Values {
    given: BTreeMap<&'static str, Given>,
    pub(super) token: Option<String>,
}

/// A setting's text, and where it was set.
#[derive(Debug)]
struct Given {
    text: String,
    place: String,
}

/// The environment variable of the token.
pub(super) const TOKEN_VARIABLE: &str = "DISCORD_TOKEN";

impl Values {
    pub(super) fn read(
        file: Option<&str>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut given = BTreeMap::new();
        for (key, value) in parse(file.unwrap_or_default())? {
            let place = format!("`{key}` in the file");
            let setting = find(&key, &place)?;
            let text = text_of(&value).map_err(|problem| ConfigError::new(&place, problem))?;
            given.insert(setting.key, Given { text, place });
        }
        for setting in SETTINGS {
            // An empty variable is what a template without a value makes.
            if let Some(text) = environment(setting.variable).filter(|text| !text.is_empty()) {
                let place = setting.variable.to_owned();
                given.insert(setting.key, Given { text, place });
            }
        }
        let token = environment(TOKEN_VARIABLE).filter(|token| !token.is_empty());
        Ok(Self { given, token })
    }

    /// Returns a setting, if it was given.
    pub(super) fn get<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(given) = self.given.get(key) else {
            return Ok(None);
        };
        let read = read(given.text.trim());
        let value = read.map_err(|problem| ConfigError::new(&given.place, problem))?;
        Ok(Some(value))
    }

    /// Returns a setting that has no default.
    pub(super) fn require<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        self.get(key, read)?.ok_or_else(|| {
            let setting = SETTINGS.iter().find(|setting| setting.key == key);
            let variable = setting.map_or_else(String::new, |setting| {
                format!(", or the variable {}", setting.variable)
            });
            ConfigError::new(format!("`{key}`"), format!("set it in the file{variable}"))
        })
    }
}

fn parse(file: &str) -> Result<toml::Table, ConfigError> {
    let table = file.parse::<toml::Table>();
    // The text of the error quotes the line, which may have a token in the wrong place.
    table.map_err(|error| {
        let line = error.span().map(|span| {
            let before = file.as_bytes().iter().take(span.start);
            before.filter(|byte| **byte == b'\n').count() + 1
        });
        let place = line.map_or_else(|| "the file".to_owned(), |line| format!("line {line}"));
        ConfigError::new(place, format!("it is not TOML: {}", error.message()))
    })
}

fn find(key: &str, place: &str) -> Result<&'static Setting, ConfigError> {
    if key == "token" {
        let problem = format!(
            "the token is not part of the configuration: set {TOKEN_VARIABLE}, or name a file that has it with `token_file`"
        );
        return Err(ConfigError::new(place, problem));
    }
    let setting = SETTINGS.iter().find(|setting| setting.key == key);
    setting.ok_or_else(|| {
        let keys: Vec<_> = SETTINGS.iter().map(|setting| setting.key).collect();
        let problem = format!("there is no such setting; there are {}", keys.join(", "));
        ConfigError::new(place, problem)
    })
}

/// Returns a value as an environment variable has it.
fn text_of(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Array(values) => {
            let texts = values.iter().map(text_of);
            Ok(texts.collect::<Result<Vec<_>, _>>()?.join(","))
        }
        _ => Err("write a text, a whole number or a list of these".to_owned()),
    }
}
