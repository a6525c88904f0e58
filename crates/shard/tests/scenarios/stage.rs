//! The emulator's model behind a connector in memory.

use gloaming_emulator::{
    Settings, Stats, Violation,
    model::{ConnectionId, Gateway, Handshake, Host, Input, Mute, Operation},
    scenario::Impairment,
};
use gloaming_shard::{
    CloseFrame,
    transport::{
        ConnectError, ConnectErrorKind, Inbound, MemoryConnector, MemoryIncoming, MemoryListener,
        MemoryPeer, Outbound,
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(crate) const MAIN: &str = "ws://gateway.test";
const RESUME: &str = "ws://resume.test";

/// What is known of the gateway from outside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) stats: Stats,
    pub(crate) violations: Vec<Violation>,
}

/// A gateway that plays until it is dropped.
pub(crate) struct Stage {
    known: Arc<Mutex<Known>>,
    task: tokio::task::JoinHandle<()>,
}

impl Stage {
    pub(crate) fn set(settings: Settings) -> (Self, MemoryConnector) {
        let (connector, listener) = MemoryConnector::new();
        let known = Arc::new(Mutex::new(Known::default()));
        let server = Server {
            gateway: Gateway::new(settings, now()),
            peers: HashMap::new(),
            heard: unbounded_channel(),
            next: 1,
            known: Arc::clone(&known),
        };
        let task = tokio::spawn(server.run(listener));
        (Self { known, task }, connector)
    }

    pub(crate) fn known(&self) -> Known {
        self.known.lock().expect("nobody panics with it").clone()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a connection's task tells.
enum Heard {
    Text(String),
    Drained,
    Closed(Option<u16>),
}

type Heards = (
    UnboundedSender<(ConnectionId, Heard)>,
    UnboundedReceiver<(ConnectionId, Heard)>,
);

struct Server {
    gateway: Gateway,
    peers: HashMap<ConnectionId, UnboundedSender<Operation>>,
    heard: Heards,
    next: u64,
    known: Arc<Mutex<Known>>,
}

impl Server {
    async fn run(mut self, mut listener: MemoryListener) {
        loop {
            let deadline = self.gateway.poll_timeout();
            tokio::select! {
                attempt = listener.next() => match attempt {
                    Some(attempt) => self.answer(attempt),
                    None => return,
                },
                Some((id, heard)) = self.heard.1.recv() => self.hear(id, heard),
                () = until(deadline) => self.gateway.handle_timeout(now()),
            }
            self.act();
        }
    }

    fn answer(&mut self, attempt: MemoryIncoming) {
        let (host, query) = match attempt.url().split_once('?') {
            Some((url, query)) if url.starts_with(RESUME) => (Host::Resume, query.to_owned()),
            Some((_, query)) => (Host::Main, query.to_owned()),
            None => panic!("P1: a URL without a query: {}", attempt.url()),
        };
        // What is due by now has happened.
        self.gateway.handle_timeout(now());
        if let Some(status) = self.gateway.refusal(host) {
            return attempt.refuse(ConnectError::new(ConnectErrorKind::Handshake { status }));
        }
        let id = ConnectionId(self.next);
        self.next += 1;
        let (operations, to_do) = unbounded_channel();
        self.peers.insert(id, operations);
        tokio::spawn(carry(id, attempt.accept(), to_do, self.heard.0.clone()));
        let handshake = Handshake {
            query,
            host,
            resume_url: RESUME.into(),
        };
        self.gateway
            .handle_input(now(), id, Input::Opened(handshake));
    }

    fn hear(&mut self, id: ConnectionId, heard: Heard) {
        let input = match &heard {
            Heard::Text(text) => Input::Text(text),
            Heard::Drained => Input::Drained,
            Heard::Closed(code) => Input::Closed { code: *code },
        };
        self.gateway.handle_input(now(), id, input);
        if matches!(heard, Heard::Closed(_)) {
            self.peers.remove(&id);
        }
    }

    fn act(&mut self) {
        while let Some(output) = self.gateway.poll_output() {
            // It may have gone meanwhile.
            if let Some(peer) = self.peers.get(&output.connection) {
                _ = peer.send(output.operation);
            }
        }
        assert!(
            !self.gateway.is_muted(Mute::CloseReplies),
            "no scenario of the library mutes them"
        );
        *self.known.lock().expect("nobody panics with it") = Known {
            stats: *self.gateway.stats(),
            violations: self.gateway.violations().to_vec(),
        };
    }
}

/// Carries one connection to its end.
async fn carry(
    id: ConnectionId,
    mut peer: MemoryPeer,
    mut to_do: UnboundedReceiver<Operation>,
    heard: UnboundedSender<(ConnectionId, Heard)>,
) {
    let mut speed = None;
    let mut torn = false;
    let mut half_open = false;
    // Nobody hears of it once the stage is gone.
    let tell = |what| _ = heard.send((id, what));
    loop {
        tokio::select! {
            biased;
            operation = to_do.recv() => match operation {
                None | Some(Operation::Drop) => break,
                Some(Operation::Impair(Impairment::HalfOpen)) => half_open = true,
                Some(Operation::Close { .. }) if half_open => break,
                Some(_) if half_open => {}
                Some(Operation::Close { code, reason }) => {
                    let frame = CloseFrame::new(code, reason);
                    _ = peer.send(Inbound::Close(Some(frame))).await;
                    // The client answers or goes; its session is known to be over or not.
                    _ = tokio::time::timeout(Duration::from_secs(5), peer.receive()).await;
                    break;
                }
                Some(Operation::Impair(Impairment::Throttle { bytes_per_second })) => speed = Some(bytes_per_second),
                Some(Operation::Impair(Impairment::Corrupt)) => torn = true,
                Some(Operation::Send(payload)) => {
                    let mut text = payload.to_text();
                    if std::mem::take(&mut torn) {
                        text.truncate(text.len() / 2);
                    }
                    if let Some(speed) = speed {
                        let time = Duration::from_secs_f64(text.len() as f64 / f64::from(speed));
                        tokio::time::sleep(time).await;
                    }
                    if peer.text(text).await.is_err() {
                        break;
                    }
                    if to_do.is_empty() {
                        tell(Heard::Drained);
                    }
                }
                Some(Operation::SendBatch(batch)) => {
                    for dispatch in batch.dispatches() {
                        let mut text = String::new();
                        dispatch.write_to(&mut text);
                        if peer.text(text).await.is_err() {
                            break;
                        }
                    }
                    tell(Heard::Drained);
                }
                // In memory there are no frames and no bytes.
                Some(_) => {}
            },
            frame = peer.receive(), if !half_open => match frame {
                Some(Outbound::Text(text)) => tell(Heard::Text(text)),
                Some(Outbound::Close(frame)) => {
                    tell(Heard::Closed(Some(frame.code)));
                    _ = peer.send(Inbound::Close(Some(frame))).await;
                    return;
                }
                None => break,
            },
        }
    }
    tell(Heard::Closed(None));
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

#[expect(clippy::disallowed_methods, reason = "the paused clock")]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
