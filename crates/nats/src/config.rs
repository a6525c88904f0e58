//! Where the engine is, and how a client is authenticated.

use crate::{address::Servers, error::NatsError, secret::Secret};
use std::path::PathBuf;

/// The longest name of a bot.
const MAX_NAME: usize = 48;

/// Where the NATS servers of a bot are, and how this process is authenticated.
///
/// `Debug` shows no credentials, and neither does an error.
///
/// ```
/// use gloaming_nats::NatsConfig;
///
/// let config = NatsConfig::new("nats://bot:p4ssword@10.0.0.1:4222,nats://10.0.0.2:4222", "my-bot")?;
/// assert!(!format!("{config:?}").contains("p4ssword"));
/// # Ok::<(), gloaming_nats::NatsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NatsConfig {
    pub(crate) servers: Servers,
    pub(crate) bot: String,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) replicas: u8,
    pub(crate) root_certificates: Option<PathBuf>,
    pub(crate) client_certificate: Option<ClientCertificate>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Credentials {
    Token(Secret),
    User {
        user: Secret,
        password: Secret,
    },
    NkeySeed(Secret),
    /// A file with a JWT and a seed.
    File(PathBuf),
}

#[derive(Clone, Debug)]
pub(crate) struct ClientCertificate {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
}

impl NatsConfig {
    /// Reads the addresses of the servers: one `nats://host:4222` or `tls://host:4222`, or several with commas between them.
    /// One of them may have `user:password@` or `token@` before the host, with `%` escapes for special characters.
    ///
    /// `bot` names what is stored on the servers: each bot of one NATS account has another name, and all nodes of a bot have
    /// the same. It has 1 to 48 letters, digits, `-` and `_`.
    ///
    /// # Errors
    ///
    /// Fails if the addresses or the name can't be used.
    pub fn new(servers: &str, bot: &str) -> Result<Self, NatsError> {
        let parsed = Servers::parse(servers);
        let (servers, credentials) = parsed.map_err(NatsError::of_address)?;
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !(1..=MAX_NAME).contains(&bot.len()) || !bot.chars().all(is_allowed) {
            return Err(NatsError::of_name(bot, MAX_NAME));
        }
        Ok(Self {
            servers,
            bot: bot.to_owned(),
            credentials,
            replicas: 1,
            root_certificates: None,
            client_certificate: None,
        })
    }

    /// Authenticates by this token.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.credentials = Some(Credentials::Token(Secret::new(token.into())));
        self
    }

    /// Authenticates as this user.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some(Credentials::User {
            user: Secret::new(user.into()),
            password: Secret::new(password.into()),
        });
        self
    }

    /// Authenticates by the signature of an NKey of a user, whose seed this is: 58 characters that begin with `SU`.
    #[must_use]
    pub fn with_nkey_seed(mut self, seed: impl Into<String>) -> Self {
        self.credentials = Some(Credentials::NkeySeed(Secret::new(seed.into())));
        self
    }

    /// Authenticates by the JWT and the seed of this file, as `nsc generate creds` writes it. It is read when a connection is made
    /// for the first time.
    #[must_use]
    pub fn with_credentials_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.credentials = Some(Credentials::File(path.into()));
        self
    }

    /// Trusts the certificates of this PEM file instead of those of the system.
    #[must_use]
    pub fn with_root_certificates(mut self, path: impl Into<PathBuf>) -> Self {
        self.root_certificates = Some(path.into());
        self
    }

    /// Presents a certificate to the servers. Both files are PEM.
    #[must_use]
    pub fn with_client_certificate(
        mut self,
        chain: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.client_certificate = Some(ClientCertificate {
            chain: chain.into(),
            key: key.into(),
        });
        self
    }

    /// Sets on how many servers of a cluster each of the streams is kept, 1 to 5, when this creates them. The default is 1.
    ///
    /// With 3, the fleet outlives the loss of a server and of its disk. A stream that exists keeps its number; change it with
    /// `nats stream edit`.
    #[must_use]
    pub fn with_replicas(mut self, replicas: u8) -> Self {
        self.replicas = replicas.clamp(1, 5);
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
        let config = NatsConfig::new("nats://bot:hunter2@host", "bot").unwrap();
        let config = config.with_replicas(9);
        assert_eq!(config.replicas, 5);
        let others = [
            config.clone().with_token("hunter2"),
            config.clone().with_user("hunter2", "hunter2"),
            config.clone().with_nkey_seed("hunter2"),
        ];
        let shown = format!("{config:?} {others:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("nats://host"), "{shown}");
        let error = NatsConfig::new("http://bot:hunter2@host", "bot").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }

    #[test]
    fn name_is_a_part_of_a_subject() {
        for name in ["", "a.b", "a b", "*", "ä", &"x".repeat(49)] {
            let error = NatsConfig::new("nats://host", name).unwrap_err();
            assert!(error.to_string().contains("1 to 48"), "{error}");
        }
    }
}
