//! The stream of bytes to a server.

use crate::address::{Address, Transport};
use std::io;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

/// A stream to a server, of any transport.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Connects to a server, without a bound of time.
pub(crate) async fn connect(address: &Address) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
    stream.set_nodelay(true)?;
    match address.transport {
        Transport::Plain => Ok(Box::new(stream)),
        Transport::Tls => Err(io::Error::other("TLS is not compiled in")),
    }
}
