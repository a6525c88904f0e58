//! The stream under TLS and WebSocket.

use tokio::io::{AsyncRead, AsyncWrite};

/// A stream of bytes in both directions, which TLS and WebSocket run over.
///
/// Implemented for every type that meets the bounds.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}
