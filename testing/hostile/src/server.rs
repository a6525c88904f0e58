//! The server: one connection with the attack, and then connections on which it behaves.

use crate::{
    Attack, Case, Reached, Reaction, Security, Setup, Then,
    clock::within,
    encoder::Encoder,
    limits::PATIENCE,
    peer::{Peer, Stream, event, ready},
};
use gloaming_test_support::{tls::Authority, wire};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// How many pieces of an endless attack are sent at most: more than any shard may read.
const MAX_PIECES: usize = 100_000;

/// A server for one case.
pub(crate) struct Server {
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    setup: Setup,
    pub(crate) url: String,
    pub(crate) connections: Arc<AtomicU32>,
}

impl Server {
    pub(crate) async fn listen(setup: Setup, authority: &Authority) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("{}://{}", setup.scheme(), listener.local_addr()?);
        Ok(Self {
            listener,
            acceptor: match setup.security {
                Security::Plain => None,
                Security::Tls(_) => Some(authority.acceptor()),
            },
            setup,
            url,
            connections: Arc::default(),
        })
    }

    /// Plays the case on the first connection and behaves on the others. Never returns.
    pub(crate) async fn play(self, case: Case) {
        let (case, acceptor) = (Arc::new(case), self.acceptor);
        let url: Arc<str> = self.url.as_str().into();
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = self.listener.accept().await {
            let earlier = self.connections.fetch_add(1, Ordering::Relaxed);
            let connection = Connection {
                acceptor: acceptor.clone(),
                encoder: Encoder::new(self.setup.compression),
                case: (earlier == 0).then(|| Arc::clone(&case)),
                url: Arc::clone(&url),
            };
            // A connection ends with an error when the shard leaves.
            connections.spawn(async move { connection.serve(stream).await });
            while connections.try_join_next().is_some() {}
        }
    }
}

/// One connection, with an attack or without.
struct Connection {
    acceptor: Option<TlsAcceptor>,
    encoder: Encoder,
    case: Option<Arc<Case>>,
    url: Arc<str>,
}

impl Connection {
    async fn serve(self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        if self
            .case
            .as_ref()
            .is_some_and(|case| case.then == Then::Reset)
        {
            stream.set_zero_linger()?;
        }
        let stream: Box<dyn Stream> = match &self.acceptor {
            None => Box::new(stream),
            Some(acceptor) => Box::new(acceptor.accept(stream).await?),
        };
        let mut peer = Peer {
            stream,
            encoder: self.encoder,
        };
        match self.case {
            None => behave(&mut peer, &self.url).await,
            Some(case) => attack(&mut peer, &case, &self.url).await,
        }
    }
}

async fn behave(peer: &mut Peer, url: &str) -> io::Result<()> {
    wire::upgrade(&mut *peer.stream).await?;
    peer.hello().await?;
    match peer.identify_or_resume().await? {
        6 => {
            peer.send(r#"{"t":"RESUMED","s":null,"op":0,"d":{}}"#)
                .await?
        }
        _ => peer.send(&ready(url)).await?,
    }
    peer.mark().await?;
    peer.attend().await
}

async fn attack(peer: &mut Peer, case: &Case, url: &str) -> io::Result<()> {
    if case.reached == Reached::Handshake {
        wire::read_request(&mut *peer.stream).await?;
    } else {
        wire::upgrade(&mut *peer.stream).await?;
    }
    if matches!(case.reached, Reached::Identified | Reached::Active) {
        peer.hello().await?;
        peer.identify_or_resume().await?;
    }
    if case.reached == Reached::Active {
        peer.send(&ready(url)).await?;
        peer.send(&event("2", 2)).await?;
    }
    let sent = send(peer, case.attack).await;
    match (case.then, case.reaction) {
        (Then::Wait, Reaction::Stays) => {
            sent?;
            match case.reached {
                Reached::Handshake | Reached::Open => {
                    peer.hello().await?;
                    peer.identify_or_resume().await?;
                    peer.send(&ready(url)).await?;
                }
                Reached::Identified => peer.send(&ready(url)).await?,
                Reached::Active => {}
            }
            peer.mark().await?;
            peer.attend().await
        }
        (Then::Wait, _) => {
            _ = within(PATIENCE, peer.departed()).await;
            Ok(())
        }
        (Then::End, _) => {
            peer.stream.shutdown().await?;
            _ = within(PATIENCE, peer.departed()).await;
            Ok(())
        }
        // Dropped with its linger time of zero.
        (Then::Reset, _) => Ok(()),
    }
}

/// Sends the attack. Fails if the shard leaves before the end of it.
async fn send(peer: &mut Peer, attack: Attack) -> io::Result<()> {
    match attack {
        Attack::Silence => Ok(()),
        Attack::Bytes(bytes) => peer.write(&bytes()).await,
        Attack::Endless(piece) => {
            let piece = piece();
            for _ in 0..MAX_PIECES {
                peer.write(&piece).await?;
            }
            Ok(())
        }
        Attack::Payload(text) => peer.send(&text()).await,
        Attack::Text(text) => {
            let frame = peer.encoder.frame(&text());
            peer.write(&frame).await
        }
        Attack::Frames(frames) => match frames(&mut peer.encoder) {
            Some(frames) => peer.write(&frames).await,
            None => Ok(()),
        },
    }
}
