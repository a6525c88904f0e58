//! How a node authenticates to NATS, of several settings.

use super::{ConfigError, NatsCredentials, read::Values, value};
use std::path::PathBuf;

/// Returns the files of the certificate and its key. Both are needed.
pub(super) fn client_certificate(
    values: &Values,
) -> Result<Option<(PathBuf, PathBuf)>, ConfigError> {
    let chain = values.get("nats_client_certificate", value::path)?;
    let key = values.get("nats_client_key", value::path)?;
    match (chain, key) {
        (Some(chain), Some(key)) => Ok(Some((chain, key))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(missing("nats_client_key", "nats_client_certificate")),
        (None, Some(_)) => Err(missing("nats_client_certificate", "nats_client_key")),
    }
}

/// Returns the credentials, of which there may be one kind.
pub(super) fn credentials(values: &Values) -> Result<Option<NatsCredentials>, ConfigError> {
    let file = values.get("nats_credentials_file", value::path)?;
    let nkey = values.get("nats_nkey_file", value::path)?;
    let token = values.get("nats_token_file", value::path)?;
    let user = values.get("nats_user", value::name)?;
    let password = values.get("nats_password_file", value::path)?;
    let user = match (user, password) {
        (Some(user), Some(password_file)) => Some(NatsCredentials::User {
            user,
            password_file,
        }),
        (None, None) => None,
        (Some(_), None) => return Err(missing("nats_password_file", "nats_user")),
        (None, Some(_)) => return Err(missing("nats_user", "nats_password_file")),
    };
    let given = [
        file.map(NatsCredentials::File),
        nkey.map(NatsCredentials::NkeyFile),
        token.map(NatsCredentials::TokenFile),
        user,
    ];
    let mut given = given.into_iter().flatten();
    let first = given.next();
    match given.next() {
        None => Ok(first),
        Some(_) => Err(ConfigError::new(
            "the credentials for NATS",
            "set one of `nats_credentials_file`, `nats_nkey_file`, `nats_token_file` and `nats_user`",
        )),
    }
}

fn missing(setting: &str, other: &str) -> ConfigError {
    ConfigError::new(
        format!("`{setting}`"),
        format!("set it, too, since `{other}` is set"),
    )
}
