//! Where the token of the bot comes from.

use std::{fs::File, io::Read as _};

use gloaming_protocol::Token;

/// The environment variable with the token.
pub(crate) const TOKEN_VARIABLE: &str = "GLOAMING_EMULATOR_TOKEN";

/// The largest file that is read as a token. Tokens have fewer than a hundred bytes.
const MAX_FILE_BYTES: u64 = 4096;

/// The option that set the token. Only one of them can be given.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum TokenSource {
    /// None did: the token is that of the environment, or the default.
    #[default]
    Unset,
    CommandLine,
    File,
}

impl TokenSource {
    /// Fails if another option has set the token.
    pub(crate) fn set(&mut self, source: Self) -> Result<(), String> {
        if *self != Self::Unset && *self != source {
            return Err("--token and --token-file can't both be given".to_owned());
        }
        *self = source;
        Ok(())
    }
}

pub(crate) fn parse(text: &str) -> Result<Token, String> {
    let token = Token::new(text);
    if token.expose().is_empty() {
        return Err("the token is empty".to_owned());
    }
    if token
        .expose()
        .chars()
        .any(|character| character.is_whitespace() || character.is_control())
    {
        return Err("the token contains a blank or a control character".to_owned());
    }
    Ok(token)
}

/// Reads the token in a file, without white space around it. The errors do not contain what was read.
pub(crate) fn read(path: &str) -> Result<Token, String> {
    let cannot_read = |reason: &dyn std::fmt::Display| format!("can't read {path}: {reason}");
    let file = File::open(path).map_err(|error| cannot_read(&error))?;
    let mut text = String::new();
    file.take(MAX_FILE_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|error| cannot_read(&error))?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(cannot_read(&format!(
            "it is larger than {MAX_FILE_BYTES} bytes, so it is no token"
        )));
    }
    parse(&text).map_err(|error| format!("{path}: {error}"))
}
