//! The sockets of the gateway.

mod accept;
mod chunked_body;
mod connection;
mod control;
mod deflated_batches;
mod http_request;
mod impaired_link;
mod message_encoder;
mod raw_deflate;
mod recording_writer;
mod rest;
mod send_queue;
mod shared_gateway;
mod tls;
mod web_guard;
mod writer;
mod zlib_stream;
#[cfg_attr(not(feature = "zstd"), path = "zstd_disabled.rs")]
mod zstd_stream;

use std::{io, net::Ipv4Addr, sync::Arc};

use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinSet,
};

pub(crate) use self::shared_gateway::SharedGateway;
use self::{
    accept::{Endpoint, Security},
    shared_gateway::run_timers,
    tls::Certificates,
    web_guard::WebGuard,
};
use crate::{connection::Host, settings::Settings};

/// How many connections may wait to be accepted. With the usual 128, most of a thousand shards that connect at once would try
/// again after a second.
const BACKLOG: u32 = 4096;

/// A gateway with its listeners.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) gateway: Arc<SharedGateway>,
    pub(crate) urls: Urls,
    pub(crate) certificates: Certificates,
    /// Dropping the tasks ends everything.
    tasks: JoinSet<()>,
}

/// The URLs of the listeners.
#[derive(Clone, Debug)]
pub(crate) struct Urls {
    pub(crate) ws: String,
    pub(crate) wss: String,
    pub(crate) ws_resume: Arc<str>,
    pub(crate) wss_resume: Arc<str>,
    pub(crate) rest: String,
}

impl Server {
    /// Listens on 127.0.0.1.
    pub(crate) async fn start(settings: Settings) -> io::Result<Self> {
        let certificates = Certificates::generate()?;
        let security = Security::Tls(certificates.acceptor());
        let mut ports = Ports::from(settings.first_port);
        let (ws, ws_port) = ports.listen().await?;
        let (wss, wss_port) = ports.listen().await?;
        let (ws_resume, ws_resume_port) = ports.listen().await?;
        let (wss_resume, wss_resume_port) = ports.listen().await?;
        let (rest, rest_port) = ports.listen().await?;
        let urls = Urls {
            ws: format!("ws://127.0.0.1:{ws_port}"),
            wss: format!("wss://127.0.0.1:{wss_port}"),
            ws_resume: format!("ws://127.0.0.1:{ws_resume_port}").into(),
            wss_resume: format!("wss://127.0.0.1:{wss_resume_port}").into(),
            rest: format!("http://127.0.0.1:{rest_port}"),
        };
        let rest_gateway_url = if settings.tls { &urls.wss } else { &urls.ws }.clone();
        let web_guard = Arc::new(WebGuard::new(&settings));
        let gateway = Arc::new(SharedGateway::new(settings));
        let endpoint = |host, security: &Security, resume_url: &Arc<str>| Endpoint {
            gateway: Arc::clone(&gateway),
            web_guard: Arc::clone(&web_guard),
            host,
            security: security.clone(),
            resume_url: Arc::clone(resume_url),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(run_timers(Arc::clone(&gateway)));
        tasks.spawn(endpoint(Host::Main, &Security::Plain, &urls.ws_resume).accept(ws));
        tasks.spawn(endpoint(Host::Main, &security, &urls.wss_resume).accept(wss));
        tasks.spawn(endpoint(Host::Resume, &Security::Plain, &urls.ws_resume).accept(ws_resume));
        tasks.spawn(endpoint(Host::Resume, &security, &urls.wss_resume).accept(wss_resume));
        let rest_service = rest::Service {
            gateway: Arc::clone(&gateway),
            web_guard: Arc::clone(&web_guard),
            gateway_url: rest_gateway_url,
        };
        tasks.spawn(rest::serve(rest, Arc::new(rest_service)));
        Ok(Self {
            gateway,
            urls,
            certificates,
            tasks,
        })
    }

    /// Ends all tasks, and waits until they and their sockets are gone.
    pub(crate) async fn stop(&mut self) {
        self.tasks.shutdown().await;
    }
}

/// The ports to listen on.
enum Ports {
    /// The system chooses.
    Free,
    /// This one is next.
    From(u16),
}

impl From<Option<u16>> for Ports {
    fn from(first: Option<u16>) -> Self {
        first.map_or(Self::Free, Self::From)
    }
}

impl Ports {
    async fn listen(&mut self) -> io::Result<(TcpListener, u16)> {
        let port = match self {
            Self::Free => 0,
            Self::From(port) => {
                let next = port.checked_add(1).ok_or_else(|| {
                    io::Error::new(
                        io::ErrorKind::InvalidInput,
                        "no port is left below 65536: choose a lower first port",
                    )
                })?;
                std::mem::replace(port, next)
            }
        };
        let listener = listen(port).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("can't listen on port {port}: {error}"),
            )
        })?;
        let port = listener.local_addr()?.port();
        Ok((listener, port))
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    // A port can be used again at once. Windows would allow two listeners at a time.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.listen(BACKLOG)
}
