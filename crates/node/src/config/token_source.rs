//! Where the token comes from.

use super::{
    ConfigError,
    read::{TOKEN_VARIABLE, Values},
};
use gloaming_protocol::Token;
use std::{fs::File, io::Read as _, path::PathBuf};

/// The largest file that is read as a token. Tokens have fewer than a hundred bytes.
const MAX_FILE_BYTES: u64 = 4096;

pub(super) fn read(values: &Values) -> Result<Token, ConfigError> {
    let file = values.get("token_file", |path| Ok(PathBuf::from(path)))?;
    match (&values.token, file) {
        // What is closer to the process counts, as with all settings.
        (Some(token), _) => {
            parse(token).map_err(|problem| ConfigError::new(TOKEN_VARIABLE, problem))
        }
        (None, Some(path)) => {
            let text = read_file(&path).and_then(|text| parse(&text));
            text.map_err(|problem| ConfigError::new(path.display().to_string(), problem))
        }
        (None, None) => Err(ConfigError::new(
            "the token",
            format!(
                "set {TOKEN_VARIABLE} to the bot's token, or `token_file` to the path of a file that has it"
            ),
        )),
    }
}

fn read_file(path: &PathBuf) -> Result<String, String> {
    let cannot_read = |error| format!("the file of the token can't be read: {error}");
    let file = File::open(path).map_err(cannot_read)?;
    let mut text = String::new();
    let read = file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text);
    let length = read.map_err(cannot_read)?;
    if length as u64 > MAX_FILE_BYTES {
        return Err(format!(
            "it is larger than {MAX_FILE_BYTES} bytes, so that it is no token"
        ));
    }
    Ok(text)
}

/// The errors do not contain what was read.
fn parse(text: &str) -> Result<Token, String> {
    let token = Token::new(text);
    let is_blank = |character: char| character.is_whitespace() || character.is_control();
    match token.expose() {
        "" => Err("the token is empty".to_owned()),
        text if text.chars().any(is_blank) => {
            Err("the token has a blank or a control character in it".to_owned())
        }
        _ => Ok(token),
    }
}
