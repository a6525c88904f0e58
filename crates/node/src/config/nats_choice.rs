//! NATS servers, as the configuration names them.

use std::{
    fmt::{self, Debug, Formatter},
    path::PathBuf,
};

/// The NATS servers that the nodes share. `Debug` does not show the addresses, which may have credentials.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct NatsChoice {
    servers: String,
    /// What the bot is called on the servers. Bots of one NATS account need different names. Default: `bot`.
    pub bot: String,
    /// On how many servers of a cluster the streams are kept that a node creates. Default: 1.
    pub replicas: u8,
    /// A PEM file with the certificates that servers may have, instead of those of the system.
    pub root_certificates: Option<PathBuf>,
    /// PEM files with the certificate that the node presents, and its key.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// How the node authenticates, if the address does not say.
    pub credentials: Option<NatsCredentials>,
}

/// How a node authenticates to NATS, besides the address. The secrets are in files.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NatsCredentials {
    /// By the JWT and the seed of this file, as `nsc generate creds` writes it.
    File(PathBuf),
    /// By an NKey, whose seed is in this file.
    NkeyFile(PathBuf),
    /// By a token, which is in this file.
    TokenFile(PathBuf),
    /// As a user, whose password is in this file.
    User {
        /// The name of the user.
        user: String,
        /// The file with the password.
        password_file: PathBuf,
    },
}

impl NatsChoice {
    pub(super) fn new(servers: String) -> Self {
        Self {
            servers,
            bot: "bot".to_owned(),
            replicas: 1,
            root_certificates: None,
            client_certificate: None,
            credentials: None,
        }
    }

    /// Returns the addresses of the servers, with their credentials.
    #[must_use]
    pub fn servers(&self) -> &str {
        &self.servers
    }
}

impl Debug for NatsChoice {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsChoice")
            .field("bot", &self.bot)
            .field("replicas", &self.replicas)
            .field("root_certificates", &self.root_certificates)
            .field("client_certificate", &self.client_certificate)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
