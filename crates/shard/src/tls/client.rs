//! The interface to a TLS library.

use super::backend::TlsBackend;
use crate::net::{ByteStream, ConnectError};
use gloaming_queue::BoxFuture;

/// A TLS library that is set up and ready for handshakes.
pub(super) trait Client: Send + Sync {
    fn handshake(
        &self,
        host: String,
        stream: Box<dyn ByteStream>,
    ) -> BoxFuture<'static, Result<Box<dyn ByteStream>, ConnectError>>;
}

/// The settings that a [`Client`] is created from.
#[derive(Clone)]
pub(super) struct ClientSettings {
    pub(super) backend: TlsBackend,
    /// Certificates in DER form to trust in addition to those of the backend.
    pub(super) extra_roots: Vec<Box<[u8]>>,
}
