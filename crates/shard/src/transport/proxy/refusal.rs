//! The error of a handshake with a proxy.

use crate::net::{ConnectError, ConnectErrorKind};
use std::io;

/// The error of a handshake, without the names of the proxy and the target.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) ConnectError);

impl Refusal {
    pub(super) const fn of(kind: ConnectErrorKind) -> Self {
        Self(ConnectError::new(kind))
    }

    pub(super) fn credentials(reason: &'static str) -> Self {
        Self(ConnectError::new(ConnectErrorKind::ProxyCredentials).with_source(reason))
    }

    pub(super) fn not_a_proxy(reason: &'static str) -> Self {
        Self(ConnectError::new(ConnectErrorKind::NotProxy).with_source(reason))
    }

    /// The host can't be sent to any proxy.
    pub(super) fn target() -> Self {
        let reason = "the host can't be sent in the proxy protocol";
        Self(ConnectError::new(ConnectErrorKind::Url).with_source(reason))
    }
}

/// The connection to the proxy ended or failed before the response was complete.
impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self(ConnectError::new(ConnectErrorKind::NotProxy).with_source(error))
    }
}
