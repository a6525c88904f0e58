//! Why a proxy did not do as it was asked.

use crate::transport::{ConnectError, ConnectErrorKind};
use std::io;

/// What is wrong, before the proxy and the target are named.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) ConnectError);

impl Refusal {
    pub(super) const fn of(kind: ConnectErrorKind) -> Self {
        Self(ConnectError::new(kind))
    }

    pub(super) fn credentials(why: &'static str) -> Self {
        Self(ConnectError::new(ConnectErrorKind::ProxyCredentials).with_source(why))
    }

    pub(super) fn not_a_proxy(why: &'static str) -> Self {
        Self(ConnectError::new(ConnectErrorKind::NotProxy).with_source(why))
    }

    /// No proxy could be asked for this host.
    pub(super) fn target() -> Self {
        let why = "the host can't be named to a proxy";
        Self(ConnectError::new(ConnectErrorKind::Url).with_source(why))
    }
}

/// The connection to the proxy ended, or broke, before there was an answer.
impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self(ConnectError::new(ConnectErrorKind::NotProxy).with_source(error))
    }
}
