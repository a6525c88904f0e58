//! The stream of bytes to a server.

use crate::{
    address::{Address, Transport},
    config::RedisConfig,
    error::RedisError,
};
use std::io;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

/// A stream to a server, of any transport.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// What makes streams to servers.
#[derive(Clone)]
pub(crate) struct Connector {
    /// `None` if the address has no TLS.
    #[cfg(feature = "tls")]
    tls: Option<crate::tls::Tls>,
}

impl Connector {
    #[cfg(feature = "tls")]
    pub(crate) fn new(config: &RedisConfig) -> Result<Self, RedisError> {
        let tls = match config.address.transport {
            Transport::Plain => None,
            Transport::Tls => Some(crate::tls::Tls::new(config)?),
        };
        Ok(Self { tls })
    }

    #[cfg(not(feature = "tls"))]
    pub(crate) fn new(config: &RedisConfig) -> Result<Self, RedisError> {
        match config.address.transport {
            Transport::Plain => Ok(Self {}),
            Transport::Tls => Err(RedisError::of_address(
                "its scheme needs the feature `tls` of gloaming-redis, which this program was built without",
            )),
        }
    }

    /// Connects to a server, without a bound of time.
    pub(crate) async fn connect(&self, address: &Address) -> io::Result<Box<dyn Stream>> {
        let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
        stream.set_nodelay(true)?;
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return Ok(Box::new(tls.connect(&address.host, stream).await?));
        }
        Ok(Box::new(stream))
    }
}
