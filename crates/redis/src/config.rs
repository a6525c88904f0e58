//! Where the engine is, and how a client is authenticated.

use crate::{address::Address, error::RedisError, secret::Secret};
use std::path::PathBuf;

/// The longest name of a bot.
const MAX_NAME: usize = 48;

/// Where the Redis server of a bot is, and how this process is authenticated.
///
/// `Debug` shows no credentials, and neither does an error.
///
/// ```
/// use gloaming_redis::RedisConfig;
///
/// let config = RedisConfig::new("redis://bot:p4ssword@10.0.0.1:6379", "my-bot")?;
/// assert!(!format!("{config:?}").contains("p4ssword"));
/// # Ok::<(), gloaming_redis::RedisError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RedisConfig {
    pub(crate) address: Address,
    pub(crate) bot: String,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) root_certificates: Option<PathBuf>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Credentials {
    /// `None` is the default user.
    pub(crate) user: Option<Secret>,
    pub(crate) password: Secret,
}

impl RedisConfig {
    /// Reads the address of a server: `redis://host:6379`, or `redis://host:6379/2` for another database than number 0. It may
    /// have `user:password@` or `:password@` before the host, with `%` escapes for special characters. `rediss://` encrypts, and
    /// needs the feature `tls`.
    ///
    /// `bot` names what is stored there: each bot of one database has another name, and all nodes of a bot have the same. It has 1
    /// to 48 letters, digits, `-` and `_`.
    ///
    /// # Errors
    ///
    /// Fails if the address or the name can't be used.
    pub fn new(server: &str, bot: &str) -> Result<Self, RedisError> {
        let parsed = Address::parse(server);
        let (address, credentials) = parsed.map_err(RedisError::of_address)?;
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !(1..=MAX_NAME).contains(&bot.len()) || !bot.chars().all(is_allowed) {
            return Err(RedisError::of_name(bot, MAX_NAME));
        }
        Ok(Self {
            address,
            bot: bot.to_owned(),
            credentials,
            root_certificates: None,
        })
    }

    /// Authenticates by this password, as the default user.
    #[must_use]
    pub fn with_password(mut self, password: impl Into<String>) -> Self {
        self.credentials = Some(Credentials {
            user: None,
            password: Secret::new(password.into()),
        });
        self
    }

    /// Authenticates as this user.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some(Credentials {
            user: Some(Secret::new(user.into())),
            password: Secret::new(password.into()),
        });
        self
    }

    /// Trusts the certificates of this PEM file instead of those of the system. It has no effect without TLS.
    #[must_use]
    pub fn with_root_certificates(mut self, path: impl Into<PathBuf>) -> Self {
        self.root_certificates = Some(path.into());
        self
    }

    /// Returns the name of the bot.
    #[must_use]
    pub fn bot(&self) -> &str {
        &self.bot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_and_errors_show_no_credentials() {
        let config = RedisConfig::new("redis://bot:hunter2@host", "bot").unwrap();
        let with_user = config.clone().with_user("hunter2", "hunter2");
        let shown = format!(
            "{config:?} {with_user:?} {:?}",
            config.clone().with_password("hunter2")
        );
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("redis://host"), "{shown}");
        let error = RedisConfig::new("http://bot:hunter2@host", "bot").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }

    #[test]
    fn name_is_a_part_of_a_key() {
        for name in ["", "a.b", "a}b", "a:b", "ä", &"x".repeat(49)] {
            let error = RedisConfig::new("redis://host", name).unwrap_err();
            assert!(error.to_string().contains("1 to 48"), "{error}");
        }
    }
}
