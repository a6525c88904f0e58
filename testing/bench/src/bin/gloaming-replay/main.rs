//! Sends prepared traffic to every client that connects, so that the server costs next to nothing while clients are
//! measured.
//!
//! `ws://HOST:PORT/N/close` sends HELLO, and once the client identifies READY, the GUILD_CREATEs and N dispatches, then a
//! close frame. `ws://HOST:PORT/N/hold` keeps the connection open instead. `ws://HOST:PORT/N/paced/RATE` sends RATE
//! dispatches per second, and prints when each was written. `/N/steady/BEFORE/RATE/CLIENTS` sends BEFORE of them at once and
//! the others at that rate once as many clients are there, prints nothing, and keeps the connection. With `--tls on`, it is
//! `wss://`.

mod connection;
mod crowd;
mod guilds;
mod mix;
mod options;
mod prepared;
mod recorded;

use std::{
    env,
    io::{self, ErrorKind},
    net::Ipv4Addr,
    process::ExitCode,
    sync::Arc,
};

use gloaming_bench::Result;
use gloaming_test_support::tls::Authority;
use serde::Serialize;
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpSocket, TcpStream},
    runtime,
};
use tokio_rustls::TlsAcceptor;

use self::{
    connection::serve, crowd::Crowds, options::Options, prepared::Prepared, recorded::Recorded,
};

/// The most connections that wait to be accepted.
const BACKLOG: u32 = 4096;

fn main() -> ExitCode {
    let result = options::parse(env::args().skip(1)).and_then(|options| {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(replay(&options))
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gloaming-replay: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The line that is printed once clients can connect.
#[derive(Debug, Serialize)]
struct Serving<'a> {
    url: &'a str,
    /// The number of GUILD_CREATEs that each client is sent before the events.
    guilds: usize,
    mean_inflated_bytes: usize,
    mean_wire_bytes: usize,
    /// The certificate to trust, in PEM form, if connections are encrypted.
    root_certificate: Option<&'a str>,
}

/// Prints a line, and serves until standard input ends: with the program that started this one.
async fn replay(options: &Options) -> Result<()> {
    let recorded = Recorded::record(options.mix, options.events, options.seed).await?;
    let listener = listen()?;
    let address = listener.local_addr()?;
    let authority = options
        .tls
        .then(|| Authority::of(&[&address.ip().to_string()]));
    let scheme = if options.tls { "wss" } else { "ws" };
    let url = format!("{scheme}://{address}");
    let prepared = Prepared::new(&recorded, options.compression, &url)?;
    let line = Serving {
        url: &url,
        guilds: prepared.guilds(),
        mean_inflated_bytes: prepared.mean_inflated(),
        mean_wire_bytes: prepared.mean_on_the_wire(),
        root_certificate: authority.as_ref().map(|authority| &*authority.root_pem),
    };
    println!("{}", serde_json::to_string(&line)?);
    drop(recorded);
    let prepared = Arc::new(prepared);
    let crowds = Arc::<Crowds>::default();
    let acceptor = authority.map(|authority| authority.acceptor());
    let accept = async {
        loop {
            let (stream, _) = listener.accept().await?;
            let (acceptor, prepared) = (acceptor.clone(), Arc::clone(&prepared));
            tokio::spawn(answer(stream, acceptor, prepared, Arc::clone(&crowds)));
        }
    };
    tokio::select! {
        ended = accept => ended,
        () = end_of_input() => Ok(()),
    }
}

/// Listens on any port of this machine, for a thousand shards that connect at once. With the system's default of 128, the
/// system refuses the others for a second, which would be measured as time of the client.
fn listen() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    socket.listen(BACKLOG)
}

async fn answer(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    prepared: Arc<Prepared>,
    crowds: Arc<Crowds>,
) {
    let served = async {
        stream.set_nodelay(true)?;
        match acceptor {
            Some(acceptor) => serve(acceptor.accept(stream).await?, &prepared, &crowds).await,
            None => serve(stream, &prepared, &crowds).await,
        }
    };
    if let Err(error) = served.await
        // A client reconnects, and its process ends.
        && error.kind() != ErrorKind::UnexpectedEof
    {
        eprintln!("gloaming-replay: a connection has failed: {error}");
    }
}

async fn end_of_input() {
    let mut input = tokio::io::stdin();
    let mut ignored = [0; 64];
    while matches!(input.read(&mut ignored).await, Ok(1..)) {}
}
