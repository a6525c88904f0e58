//! The emulator's gateway model behind a connector in memory.

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

/// The gateway's main URL.
pub const MAIN: &str = "ws://gateway.test";
/// A subdomain of the main host, so that sessions are resumed there.
const RESUME: &str = "ws://resume.gateway.test";

/// The observable state of the gateway.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What it counted.
    pub stats: Stats,
    /// The rules that clients broke.
    pub violations: Vec<Violation>,
}

/// A gateway that runs until it is dropped.
#[derive(Debug)]
pub struct TestServer {
    snapshot: Arc<Mutex<Snapshot>>,
    changes: UnboundedSender<Change>,
    task: tokio::task::JoinHandle<()>,
}

impl TestServer {
    /// Starts a gateway in a task of the current runtime.
    pub fn start(settings: Settings) -> (Self, MemoryConnector) {
        let (connector, listener) = MemoryConnector::new();
        let snapshot = Arc::new(Mutex::new(Snapshot::default()));
        let (changes, to_change) = unbounded_channel();
        let server = Server {
            gateway: Gateway::new(settings, now()),
            peers: HashMap::new(),
            report: unbounded_channel(),
            next: 1,
            snapshot: Arc::clone(&snapshot),
        };
        let task = tokio::spawn(server.run(listener, to_change));
        let server = Self {
            snapshot,
            changes,
            task,
        };
        (server, connector)
    }

    /// Does something with the gateway as soon as its task runs, after what was asked for before.
    pub fn change(&self, change: impl FnOnce(&mut Gateway, Instant) + Send + 'static) {
        // The gateway runs until this is dropped.
        _ = self.changes.send(Box::new(change));
    }

    /// Returns the state of the gateway.
    ///
    /// # Panics
    ///
    /// If the gateway's task panicked.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot
            .lock()
            .expect("the lock is not poisoned")
            .clone()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A change that a test makes.
type Change = Box<dyn FnOnce(&mut Gateway, Instant) + Send>;

/// A message from a connection's task.
enum Report {
    Text(String),
    Drained,
    Closed(Option<u16>),
}

type Reports = (
    UnboundedSender<(ConnectionId, Report)>,
    UnboundedReceiver<(ConnectionId, Report)>,
);

struct Server {
    gateway: Gateway,
    peers: HashMap<ConnectionId, UnboundedSender<Operation>>,
    report: Reports,
    next: u64,
    snapshot: Arc<Mutex<Snapshot>>,
}

impl Server {
    async fn run(mut self, mut listener: MemoryListener, mut changes: UnboundedReceiver<Change>) {
        loop {
            let deadline = self.gateway.poll_timeout();
            tokio::select! {
                attempt = listener.next() => match attempt {
                    Some(attempt) => self.accept(attempt),
                    None => return,
                },
                Some(change) = changes.recv() => change(&mut self.gateway, now()),
                Some((id, report)) = self.report.1.recv() => self.handle_report(id, report),
                () = until(deadline) => self.gateway.handle_timeout(now()),
            }
            self.apply_outputs();
        }
    }

    fn accept(&mut self, attempt: MemoryIncoming) {
        let (host, query) = match attempt.url().split_once('?') {
            Some((url, query)) if url.starts_with(RESUME) => (Host::Resume, query.to_owned()),
            Some((_, query)) => (Host::Main, query.to_owned()),
            None => panic!("P1: a URL without a query: {}", attempt.url()),
        };
        // Runs timers that are due.
        self.gateway.handle_timeout(now());
        if let Some(status) = self.gateway.refusal(host) {
            return attempt.refuse(ConnectError::new(ConnectErrorKind::Handshake { status }));
        }
        let id = ConnectionId(self.next);
        self.next += 1;
        let (operations, to_do) = unbounded_channel();
        self.peers.insert(id, operations);
        tokio::spawn(relay(id, attempt.accept(), to_do, self.report.0.clone()));
        let handshake = Handshake {
            query,
            host,
            resume_url: RESUME.into(),
        };
        self.gateway
            .handle_input(now(), id, Input::Opened(handshake));
    }

    fn handle_report(&mut self, id: ConnectionId, report: Report) {
        let input = match &report {
            Report::Text(text) => Input::Text(text),
            Report::Drained => Input::Drained,
            Report::Closed(code) => Input::Closed { code: *code },
        };
        self.gateway.handle_input(now(), id, input);
        if matches!(report, Report::Closed(_)) {
            self.peers.remove(&id);
        }
    }

    fn apply_outputs(&mut self) {
        while let Some(output) = self.gateway.poll_output() {
            // The connection may have ended.
            if let Some(peer) = self.peers.get(&output.connection) {
                _ = peer.send(output.operation);
            }
        }
        assert!(
            !self.gateway.is_muted(Mute::CloseReplies),
            "no scenario mutes close replies"
        );
        *self.snapshot.lock().expect("the lock is not poisoned") = Snapshot {
            stats: *self.gateway.stats(),
            violations: self.gateway.violations().to_vec(),
        };
    }
}

/// Relays one connection until it ends.
async fn relay(
    id: ConnectionId,
    mut peer: MemoryPeer,
    mut to_do: UnboundedReceiver<Operation>,
    report: UnboundedSender<(ConnectionId, Report)>,
) {
    let mut speed = None;
    let mut torn = false;
    let mut half_open = false;
    // The server may have been dropped.
    let tell = |what| _ = report.send((id, what));
    loop {
        tokio::select! {
            biased;
            operation = to_do.recv() => match operation {
                None | Some(Operation::Drop) => break,
                Some(Operation::Impair(Impairment::HalfOpen)) => half_open = true,
                Some(Operation::Close { .. }) if half_open => break,
                Some(_) if half_open => {}
                Some(Operation::Close { code, reason }) => {
                    let frame = CloseFrame { code, reason };
                    _ = peer.send(Inbound::Close(Some(frame))).await;
                    // The client answers or disconnects; the gateway knows whether its session is over.
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
                        tell(Report::Drained);
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
                    tell(Report::Drained);
                }
                // A connection in memory has no frames and bytes.
                Some(_) => {}
            },
            frame = peer.receive(), if !half_open => match frame {
                Some(Outbound::Text(text)) => tell(Report::Text(text)),
                Some(Outbound::Close(frame)) => {
                    tell(Report::Closed(Some(frame.code)));
                    _ = peer.send(Inbound::Close(Some(frame))).await;
                    return;
                }
                None => break,
            },
        }
    }
    tell(Report::Closed(None));
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

/// Returns the time of the paused clock.
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
pub fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
