//! The ways to connect.

use crate::limits;
use gloaming_shard::{
    Compression, ConfigBuilder, JsonParser,
    tls::{Tls, TlsBackend},
};
use std::fmt::{self, Display, Formatter};

/// How a shard connects and reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Setup {
    /// The TLS of the connection.
    pub security: Security,
    /// The compression that the shard asks for.
    pub compression: Compression,
    /// What reads events.
    pub parser: JsonParser,
}

/// The TLS of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Security {
    /// None.
    Plain,
    /// With this backend.
    Tls(TlsBackend),
}

impl Setup {
    /// Without TLS and compression, read by serde_json.
    pub const PLAIN: Self = Self {
        security: Security::Plain,
        compression: Compression::None,
        parser: JsonParser::Serde,
    };

    /// Whether everything that it needs is compiled in.
    #[must_use]
    pub fn is_available(self) -> bool {
        let has_tls = match self.security {
            Security::Plain => true,
            Security::Tls(backend) => backend.is_available(),
        };
        has_tls && self.compression.is_available() && self.parser.is_available()
    }

    /// The scheme of the URL.
    pub(crate) const fn scheme(self) -> &'static str {
        match self.security {
            Security::Plain => "ws",
            Security::Tls(_) => "wss",
        }
    }

    /// Returns the configuration of a shard that trusts this root certificate.
    pub(crate) fn config(self, url: &str, root: &[u8]) -> ConfigBuilder {
        let config = limits::config(url)
            .compression(self.compression)
            .json_parser(self.parser);
        match self.security {
            Security::Plain => config.tls(Tls::plain()),
            Security::Tls(backend) => {
                let tls =
                    Tls::with_backend(backend).and_then(|tls| tls.with_root_certificate(root));
                config.tls(tls.expect("the backend is available, and the root is a certificate"))
            }
        }
    }
}

impl Display for Setup {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.security {
            Security::Plain => f.write_str("ws")?,
            Security::Tls(backend) => write!(f, "wss with {backend}")?,
        }
        write!(f, ", {}, {:?}", self.compression, self.parser)
    }
}
