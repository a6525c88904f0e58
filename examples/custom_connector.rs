//! A bot that reaches the gateway by other ways than straight: by way of an HTTP CONNECT proxy, of a
//! SOCKS5 proxy, and with a connector of its own, which binds a local address and counts bytes.
//!
//! Without a token the gateway is the bundled emulator and the proxies are small ones at the end of this
//! file; it ends by itself. With `DISCORD_TOKEN` set it goes to Discord, by way of the proxy in `PROXY_URL`.

use gloaming::{
    CloseFrame, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Shard, ShardId,
    emulator::{DEFAULT_TOKEN, Emulator},
    queue::BoxFuture,
    tls::Tls,
    transport::{
        Connect, ConnectError, ConnectErrorKind, DEFAULT_MAX_MESSAGE_BYTES, Proxy, Transport,
        WebSocket,
    },
};
use std::{
    env,
    error::Error,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};
use tokio::{
    io::{
        AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf, copy_bidirectional,
    },
    net::{TcpListener, TcpSocket, TcpStream},
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How much to see before closing.
const EVENTS: u32 = 10;

#[tokio::main]
async fn main() -> Result<()> {
    if let Ok(token) = env::var("DISCORD_TOKEN") {
        let proxy = env::var("PROXY_URL").map_err(|_| "PROXY_URL names no proxy to go through")?;
        let proxy = Proxy::parse(&proxy)?;
        println!("-- by way of {proxy}");
        return run(ConfigBuilder::new(token, Intents::GUILDS).network_proxy(proxy)).await;
    }

    let emulator = Emulator::builder().guilds(EVENTS).start().await?;
    let tls = Tls::new()?.with_root_certificate(emulator.root_certificate())?;
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
        .gateway_url(emulator.wss_url());

    // All that a proxy takes. The token goes through it inside of TLS.
    let port = proxy(http_connect).await?;
    let http = Proxy::parse(&format!("http://127.0.0.1:{port}"))?;
    println!("-- by way of {http}");
    run(config.clone().tls(tls.clone()).network_proxy(http)).await?;

    let socks5 = Proxy::socks5("127.0.0.1", proxy(socks5).await?);
    println!("-- by way of {socks5}");
    run(config.clone().tls(tls.clone()).network_proxy(socks5)).await?;

    println!("-- with a connector of one's own");
    let connector = Counting::new(tls);
    let counted = Arc::clone(&connector.counted);
    run(config.connector(connector)).await?;
    println!(
        "{} bytes received, {} sent",
        counted.received.load(Ordering::Relaxed),
        counted.sent.load(Ordering::Relaxed)
    );

    let broken = emulator.violations().len();
    println!("rules broken, as the gateway saw it: {broken}");
    emulator.shutdown().await;
    Ok(())
}

/// The bot: it sees some events and leaves.
async fn run(config: ConfigBuilder) -> Result<()> {
    // What contradicts itself shows here, and not when the shard connects.
    let mut shard = Shard::with_config(ShardId::ONE, config.try_build()?);
    let mut events = 0;
    while let Some(item) = shard.next_item(EventTypeFlags::all()).await {
        match item {
            Item::Lifecycle(Lifecycle::Ready { session_id }) => println!("ready: {session_id}"),
            Item::Event(_) => {
                events += 1;
                if events == EVENTS {
                    shard.close(CloseFrame::NORMAL);
                }
            }
            // Says whether the gateway or the proxy was at fault, and never a password.
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => {
                let cause = error.source().map(ToString::to_string);
                eprintln!("{error}: {}", cause.unwrap_or_default());
            }
            _ => {}
        }
    }
    println!("{events} events");
    Ok(())
}

/// A connector of one's own: TCP from a chosen local address, every byte counted.
#[derive(Debug)]
struct Counting {
    tls: Tls,
    counted: Arc<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    received: AtomicU64,
    sent: AtomicU64,
}

impl Counting {
    fn new(tls: Tls) -> Self {
        Self {
            tls,
            counted: Arc::default(),
        }
    }
}

impl Connect for Counting {
    fn connect(
        &self,
        url: &str,
    ) -> BoxFuture<'static, std::result::Result<Box<dyn Transport>, ConnectError>> {
        let url = url.to_owned();
        let tls = self.tls.clone();
        let counted = Arc::clone(&self.counted);
        // The shard bounds the time this takes, by dropping it.
        Box::pin(async move {
            let (host, address) = address(&url)?;
            let stream = dial(address)
                .await
                .map_err(|error| ConnectError::new(ConnectErrorKind::Tcp).with_source(error))?;
            // For a proxy: `Proxy::handshake(stream, host, port)` at this point.
            let stream = tls
                .handshake(&host, CountedStream { stream, counted })
                .await?;
            let socket = WebSocket::handshake(stream, &url, DEFAULT_MAX_MESSAGE_BYTES).await?;
            Ok(Box::new(socket) as Box<dyn Transport>)
        })
    }
}

/// The name in the URL, and where this connector goes for it: it is made for one machine.
fn address(url: &str) -> std::result::Result<(String, SocketAddr), ConnectError> {
    let (host, port) = url
        .strip_prefix("wss://")
        .and_then(|rest| rest.split('/').next()?.rsplit_once(':'))
        .ok_or_else(|| ConnectError::new(ConnectErrorKind::Url))?;
    let port: u16 = port
        .parse()
        .map_err(|error| ConnectError::new(ConnectErrorKind::Url).with_source(error))?;
    Ok((host.to_owned(), (Ipv4Addr::LOCALHOST, port).into()))
}

async fn dial(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    socket.set_nodelay(true)?;
    socket.connect(address).await
}

struct CountedStream {
    stream: TcpStream,
    counted: Arc<Counted>,
}

impl AsyncRead for CountedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let poll = Pin::new(&mut self.stream).poll_read(cx, buf);
        let read = buf.filled().len() - before;
        self.counted
            .received
            .fetch_add(read as u64, Ordering::Relaxed);
        poll
    }
}

impl AsyncWrite for CountedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(written)) = poll {
            self.counted
                .sent
                .fetch_add(written as u64, Ordering::Relaxed);
        }
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A proxy on loopback, for this example only: it leads to this machine, whatever host it is asked for.
/// Gives its port.
async fn proxy<F>(accept: fn(TcpStream) -> F) -> Result<u16>
where
    F: Future<Output = io::Result<(TcpStream, u16)>> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (mut client, port) = accept(client).await?;
            let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
        io::Result::Ok(())
    });
    Ok(port)
}

async fn http_connect(mut client: TcpStream) -> io::Result<(TcpStream, u16)> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") && request.len() < 4096 {
        request.push(client.read_u8().await?);
    }
    let request = String::from_utf8_lossy(&request);
    let target = request.split(' ').nth(1).unwrap_or_default();
    println!("the proxy is asked for {target}");
    let port = target.rsplit(':').next().and_then(|port| port.parse().ok());
    client
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .await?;
    Ok((client, port.ok_or(io::ErrorKind::InvalidData)?))
}

async fn socks5(mut client: TcpStream) -> io::Result<(TcpStream, u16)> {
    // Version, and the ways to authenticate that the client knows. None is needed.
    client.read_u8().await?;
    let methods = client.read_u8().await?;
    client.read_exact(&mut vec![0; methods.into()]).await?;
    client.write_all(&[5, 0]).await?;
    // Version, command, nothing, type of address.
    let mut head = [0; 4];
    client.read_exact(&mut head).await?;
    let length = match head[3] {
        1 => 4,
        4 => 16,
        _ => client.read_u8().await?,
    };
    let mut host = vec![0; length.into()];
    client.read_exact(&mut host).await?;
    let port = client.read_u16().await?;
    println!("the proxy is asked for port {port}");
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    Ok((client, port))
}
