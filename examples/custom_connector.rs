//! A connector of one's own: it opens TCP connections from a chosen local address and counts their bytes.
//!
//! It reads the bot's token from `DISCORD_TOKEN` and the local IPv4 address from `LOCAL_ADDRESS` (default: the system
//! chooses), and ends on ctrl-c. To run it against another gateway than Discord's, such as `gloaming-emulator`, set
//! `GATEWAY_URL`.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Shard, ShardId,
    queue::BoxFuture,
    tls::Tls,
    transport::{
        Connect, ConnectError, ConnectErrorKind, DEFAULT_MAX_MESSAGE_BYTES, Transport, WebSocket,
    },
};
use std::{
    env,
    error::Error,
    io,
    net::Ipv4Addr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpSocket, TcpStream, lookup_host},
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let local = match env::var("LOCAL_ADDRESS") {
        Ok(address) => address.parse()?,
        Err(_) => Ipv4Addr::UNSPECIFIED,
    };
    let connector = CountingConnector {
        tls: Tls::new()?,
        local,
        counts: Arc::default(),
    };
    let counts = Arc::clone(&connector.counts);
    let mut config = ConfigBuilder::new(token, Intents::GUILDS).connector(connector);
    if let Ok(url) = env::var("GATEWAY_URL") {
        config = config.gateway_url(url);
    }
    let mut shard = Shard::with_config(ShardId::ONE, config.build());

    let sender = shard.sender();
    tokio::spawn(async move {
        if shutdown::requested().await.is_ok() {
            // It fails only if the shard has stopped already.
            _ = sender.close(CloseFrame::NORMAL);
        }
    });

    while let Some(item) = shard.next_item(EventTypeFlags::all()).await {
        match item {
            Item::Lifecycle(Lifecycle::Ready { session_id }) => println!("ready: {session_id}"),
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("{error}"),
            _ => {}
        }
    }
    println!(
        "{} bytes received, {} bytes sent",
        counts.received.load(Ordering::Relaxed),
        counts.sent.load(Ordering::Relaxed)
    );
    Ok(())
}

#[derive(Debug)]
struct CountingConnector {
    tls: Tls,
    local: Ipv4Addr,
    counts: Arc<Counts>,
}

/// Bytes on the wire, over all connections.
#[derive(Debug, Default)]
struct Counts {
    received: AtomicU64,
    sent: AtomicU64,
}

impl Connect for CountingConnector {
    fn connect(
        &self,
        url: &str,
    ) -> BoxFuture<'static, std::result::Result<Box<dyn Transport>, ConnectError>> {
        let (url, local) = (url.to_owned(), self.local);
        let (tls, counts) = (self.tls.clone(), Arc::clone(&self.counts));
        // The shard drops this future after its connect timeout.
        Box::pin(async move {
            let (host, port) = host_and_port(&url)?;
            let stream = dial(local, &host, port)
                .await
                .map_err(|error| ConnectError::new(ConnectErrorKind::Tcp).with_source(error))?;
            // A connector that goes through a proxy calls `Proxy::handshake(stream, &host, port)` here.
            let stream = tls
                .handshake(&host, CountedStream { stream, counts })
                .await?;
            let socket = WebSocket::handshake(stream, &url, DEFAULT_MAX_MESSAGE_BYTES).await?;
            Ok(Box::new(socket) as Box<dyn Transport>)
        })
    }
}

/// Splits `wss://HOST[:PORT]/…`.
fn host_and_port(url: &str) -> std::result::Result<(String, u16), ConnectError> {
    let invalid = || ConnectError::new(ConnectErrorKind::Url);
    let rest = url.strip_prefix("wss://").ok_or_else(invalid)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "443"));
    let port = port.parse().map_err(|error| invalid().with_source(error))?;
    Ok((host.to_owned(), port))
}

async fn dial(local: Ipv4Addr, host: &str, port: u16) -> io::Result<TcpStream> {
    let remote = lookup_host((host, port))
        .await?
        .find(|address| address.is_ipv4())
        .ok_or(io::ErrorKind::AddrNotAvailable)?;
    let socket = TcpSocket::new_v4()?;
    socket.bind((local, 0).into())?;
    socket.set_nodelay(true)?;
    socket.connect(remote).await
}

struct CountedStream {
    stream: TcpStream,
    counts: Arc<Counts>,
}

impl AsyncRead for CountedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        let count = buf.filled().len() - before;
        self.counts
            .received
            .fetch_add(count as u64, Ordering::Relaxed);
        result
    }
}

impl AsyncWrite for CountedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(count)) = result {
            self.counts.sent.fetch_add(count as u64, Ordering::Relaxed);
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
