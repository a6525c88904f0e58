//! A network between a node and the server of the engine, which can be cut.

use crate::Result;
use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::AbortHandle,
};

/// Whether bytes pass.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Network {
    Whole,
    /// They wait, and arrive late, as with a switch that fails for a while. Nobody is told.
    Cut,
}

/// Passes connections on to a server.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    network: watch::Sender<Network>,
    task: AbortHandle,
}

impl Proxy {
    /// Begins to pass connections on to the server at this address.
    pub(crate) async fn start(server: String) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (network, state) = watch::channel(Network::Whole);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server.clone(), state.clone()));
            }
        });
        let task = task.abort_handle();
        Ok(Self {
            address,
            network,
            task,
        })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn cut(&self) {
        self.network.send_replace(Network::Cut);
    }

    pub(crate) fn heal(&self) {
        self.network.send_replace(Network::Whole);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Passes the bytes of a connection in both directions until one side closes it.
async fn pass(
    client: TcpStream,
    server: String,
    mut network: watch::Receiver<Network>,
) -> io::Result<()> {
    whole(&mut network).await?;
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        ended = copy(from_client, to_server, network.clone()) => ended,
        ended = copy(from_server, to_client, network) => ended,
    }
}

async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut network: watch::Receiver<Network>,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        whole(&mut network).await?;
        if length == 0 {
            return Ok(());
        }
        to.write_all(&buffer[..length]).await?;
    }
}

async fn whole(network: &mut watch::Receiver<Network>) -> io::Result<()> {
    let waited = network.wait_for(|network| *network == Network::Whole);
    let waited = waited.await;
    waited.map(drop).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_wait_until_the_network_is_whole_again() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap().to_string();
        let proxy = Proxy::start(address).await.unwrap();
        let mut client = TcpStream::connect(proxy.address()).await.unwrap();
        let (mut accepted, _) = server.accept().await.unwrap();
        client.write_all(b"a").await.unwrap();
        let mut byte = [0];
        accepted.read_exact(&mut byte).await.unwrap();
        proxy.cut();
        client.write_all(b"b").await.unwrap();
        let other = TcpStream::connect(proxy.address()).await.unwrap();
        tokio::select! {
            biased;
            _ = accepted.read(&mut byte) => panic!("it is cut"),
            _ = server.accept() => panic!("it is cut"),
            () = tokio::task::yield_now() => {}
        }
        proxy.heal();
        accepted.read_exact(&mut byte).await.unwrap();
        assert_eq!(byte, *b"b");
        server.accept().await.unwrap();
        drop((client, other));
        assert_eq!(accepted.read(&mut byte).await.unwrap(), 0);
    }
}
