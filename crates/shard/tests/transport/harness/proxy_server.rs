//! Proxies for tests.
#![allow(dead_code, reason = "each test uses some of it")]

use data_encoding::BASE64;
use gloaming_shard::transport::{ByteStream, Proxy};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The protocol of a proxy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    HttpConnect,
    Socks5,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::HttpConnect, Self::Socks5];
}

/// A proxy on loopback that connects to the requested host, and resolves names to 127.0.0.1.
pub(crate) struct ProxyServer {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    requested: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl ProxyServer {
    /// Starts a proxy that requires this name and password, if any.
    pub(crate) async fn start(kind: Kind, wanted: Option<(&'static str, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requested = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requested);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(kind, stream, wanted, Arc::clone(&seen)));
            }
        });
        Self {
            kind,
            address,
            requested,
            task,
        }
    }

    pub(crate) fn proxy(&self) -> Proxy {
        let host = self.address.ip().to_string();
        match self.kind {
            Kind::HttpConnect => Proxy::http_connect(host, self.address.port()),
            Kind::Socks5 => Proxy::socks5(host, self.address.port()),
        }
    }

    /// Returns the requested hosts as they were sent.
    pub(crate) fn requested_hosts(&self) -> Vec<String> {
        self.requested
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for ProxyServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    kind: Kind,
    mut client: impl ByteStream,
    wanted: Option<(&str, &str)>,
    requested: Arc<Mutex<Vec<String>>>,
) {
    let target = match kind {
        Kind::HttpConnect => accept_http(&mut client, wanted).await,
        Kind::Socks5 => accept_socks5(&mut client, wanted).await,
    };
    let Some(target) = target else {
        return;
    };
    requested
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(target.clone());
    let port: u16 = target.rsplit(':').next().unwrap().parse().unwrap();
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .await
        .unwrap();
    let success: &[u8] = match kind {
        Kind::HttpConnect => b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n",
        Kind::Socks5 => &[5, 0, 0, 3, 4, b'h', b'o', b's', b't', 0, 80],
    };
    client.write_all(success).await.unwrap();
    // Ends when either side closes its stream.
    let _ = copy_bidirectional(&mut client, &mut server).await;
}

pub(crate) async fn accept_http(
    client: &mut impl ByteStream,
    wanted: Option<(&str, &str)>,
) -> Option<String> {
    let request = super::websocket_server::read_request(client).await;
    if let Some((name, password)) = wanted {
        let pair = BASE64.encode(format!("{name}:{password}").as_bytes());
        if !request.contains(&format!("\r\nProxy-Authorization: Basic {pair}\r\n")) {
            let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
            client.write_all(refusal).await.unwrap();
            return None;
        }
    }
    let target = request.strip_prefix("CONNECT ")?;
    Some(target.split(' ').next()?.to_owned())
}

pub(crate) async fn accept_socks5(
    client: &mut impl ByteStream,
    wanted: Option<(&str, &str)>,
) -> Option<String> {
    assert_eq!(client.read_u8().await.unwrap(), 5);
    let methods = read_block(client).await;
    let method = if wanted.is_some() { 2 } else { 0 };
    if !methods.contains(&method) {
        client.write_all(&[5, 0xff]).await.unwrap();
        return None;
    }
    client.write_all(&[5, method]).await.unwrap();
    if let Some((name, password)) = wanted {
        assert_eq!(client.read_u8().await.unwrap(), 1);
        let given = [read_block(client).await, read_block(client).await];
        let matches = given == [name.as_bytes(), password.as_bytes()];
        client.write_all(&[1, u8::from(!matches)]).await.unwrap();
        if !matches {
            return None;
        }
    }
    let mut head = [0; 4];
    client.read_exact(&mut head).await.unwrap();
    assert_eq!(head[..3], [5, 1, 0]);
    let host = match head[3] {
        1 => IpAddr::from(Ipv4Addr::from(client.read_u32().await.unwrap())).to_string(),
        4 => format!("[{}]", Ipv6Addr::from(client.read_u128().await.unwrap())),
        3 => String::from_utf8(read_block(client).await).unwrap(),
        other => panic!("address type {other}"),
    };
    Some(format!("{host}:{}", client.read_u16().await.unwrap()))
}

/// Reads a length and as many bytes.
async fn read_block(client: &mut impl ByteStream) -> Vec<u8> {
    let mut bytes = vec![0; usize::from(client.read_u8().await.unwrap())];
    client.read_exact(&mut bytes).await.unwrap();
    bytes
}
