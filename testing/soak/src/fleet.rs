//! The shards: half of them in a cluster, the others standalone in tasks.

mod factory;
mod observed;

use std::{collections::BTreeMap, io, time::Duration};

use gloaming::{CloseFrame, Cluster, EventTypeFlags, Health, Items, MessageSender, Session, Shard};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};

use self::{factory::ShardFactory, observed::SharedObservations};
use crate::{clock, endpoint::Endpoint, plan::Plan};

/// The number of buffered items per shard.
const BUFFER: usize = 64;

/// Longer than a shard's close handshake and the pause of its consumer.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(60);

/// All shards and the consumers of their events.
#[derive(Debug)]
pub(crate) struct Fleet {
    factory: ShardFactory,
    observed: SharedObservations,
    /// Until when the cluster's consumer takes no events.
    pause: watch::Sender<Option<Instant>>,
    cluster: Cluster,
    consumer: JoinHandle<()>,
    standalone: BTreeMap<u32, StandaloneShard>,
}

/// A shard without a cluster.
#[derive(Debug)]
struct StandaloneShard {
    sender: MessageSender,
    task: JoinHandle<Option<Session>>,
}

impl Fleet {
    pub(crate) fn start(plan: &Plan, endpoint: &Endpoint) -> io::Result<Self> {
        let factory = ShardFactory::new(plan, endpoint)?;
        let observed = SharedObservations::default();
        let pause = watch::Sender::new(None);
        let (cluster, consumer) = start_cluster(&factory, &BTreeMap::new(), &observed, &pause);
        let standalone = factory.standalone().map(|number| {
            let shard = factory.build(number, None);
            (number, start_standalone(shard, observed.clone()))
        });
        Ok(Self {
            standalone: standalone.collect(),
            factory,
            observed,
            pause,
            cluster,
            consumer,
        })
    }

    pub(crate) const fn observed(&self) -> &SharedObservations {
        &self.observed
    }

    /// Returns the shards of the cluster.
    pub(crate) fn clustered(&self) -> impl Iterator<Item = u32> {
        self.factory.clustered()
    }

    /// Returns each shard that is not connected, with its state.
    pub(crate) fn disconnected(&self) -> Vec<(u32, String)> {
        let clustered = self.cluster.info().into_iter();
        let clustered = clustered
            .filter(|(_, info)| info.health() != Health::Up)
            .map(|(number, info)| (number, format!("{:?}", info.health())));
        let standalone = self.observed.with(|observed| {
            let connected = &observed.counters.connected;
            let disconnected = self.standalone.keys().filter(|it| !connected.contains(it));
            disconnected
                .map(|number| (*number, "disconnected".to_owned()))
                .collect::<Vec<_>>()
        });
        clustered.chain(standalone).collect()
    }

    /// Makes the cluster's consumer take no events for this time.
    pub(crate) fn pause_consumers(&self, time: Duration) {
        self.pause.send_replace(Some(clock::now() + time));
    }

    /// Reconnects these shards at the request of the user.
    pub(crate) fn reconnect(&self, shards: &[u32]) {
        for number in shards {
            let clustered = self.cluster.shard(*number).map(|shard| shard.sender());
            let sender = clustered.or_else(|| Some(self.standalone.get(number)?.sender.clone()));
            if let Some(sender) = sender {
                // A shard that has stopped is reported later, because it is not connected.
                _ = sender.reconnect();
            }
        }
    }

    /// Restarts the cluster's client: closes the cluster and starts another one with the saved sessions.
    pub(crate) async fn restart_cluster(&mut self) -> io::Result<()> {
        let sessions = within("closing the cluster", self.cluster.down_resumable()).await?;
        let saved = serde_json::to_string(&sessions)?;
        within("the end of the cluster's stream", &mut self.consumer).await??;
        self.observed.with(|observed| {
            for shard in self.factory.clustered() {
                observed.ledger.client_stopped(shard);
            }
        });
        let sessions: BTreeMap<u32, Session> = serde_json::from_str(&saved)?;
        (self.cluster, self.consumer) =
            start_cluster(&self.factory, &sessions, &self.observed, &self.pause);
        self.observed
            .with(|observed| observed.counters.client_restarts += 1);
        Ok(())
    }

    /// Restarts these shards with their saved sessions, if they are standalone.
    pub(crate) async fn restart_standalone(&mut self, shards: &[u32]) -> io::Result<()> {
        let is_chosen = |number: &u32| shards.contains(number);
        for (number, shard) in &self.standalone {
            if is_chosen(number) {
                // A shard that has stopped already still returns its session.
                _ = shard.sender.close(CloseFrame::RESUME);
            }
        }
        for (number, shard) in &mut self.standalone {
            if !is_chosen(number) {
                continue;
            }
            let session = within("closing a shard", &mut shard.task).await??;
            let saved = serde_json::to_string(&session)?;
            let session: Option<Session> = serde_json::from_str(&saved)?;
            let restarted = self.factory.build(*number, session);
            *shard = start_standalone(restarted, self.observed.clone());
            self.observed
                .with(|observed| observed.counters.client_restarts += 1);
        }
        Ok(())
    }

    /// Closes all shards with a final close code, and waits until all events are delivered.
    pub(crate) async fn close(self) -> io::Result<()> {
        self.cluster.down();
        for shard in self.standalone.values() {
            // A shard that has stopped already needs no close.
            _ = shard.sender.close(CloseFrame::NORMAL);
        }
        within("the end of the cluster's stream", self.consumer).await??;
        for shard in self.standalone.into_values() {
            within("closing a shard", shard.task).await??;
        }
        Ok(())
    }
}

fn start_cluster(
    factory: &ShardFactory,
    sessions: &BTreeMap<u32, Session>,
    observed: &SharedObservations,
    pause: &watch::Sender<Option<Instant>>,
) -> (Cluster, JoinHandle<()>) {
    let shards = factory.clustered();
    let shards = shards.map(|number| factory.build(number, sessions.get(&number).cloned()));
    let (cluster, items) = Cluster::start(shards, dispatches(), BUFFER)
        .expect("the numbers of the shards are distinct");
    let consumer = tokio::spawn(consume(items, observed.clone(), pause.subscribe()));
    (cluster, consumer)
}

/// Returns the flags of all events with a sequence number.
fn dispatches() -> EventTypeFlags {
    EventTypeFlags::all()
        - EventTypeFlags::GATEWAY_HEARTBEAT
        - EventTypeFlags::GATEWAY_HEARTBEAT_ACK
        - EventTypeFlags::GATEWAY_HELLO
        - EventTypeFlags::GATEWAY_INVALIDATE_SESSION
        - EventTypeFlags::GATEWAY_RECONNECT
}

async fn consume(
    mut items: Items,
    observed: SharedObservations,
    pause: watch::Receiver<Option<Instant>>,
) {
    loop {
        let until = *pause.borrow();
        if let Some(until) = until.filter(|until| *until > clock::now()) {
            sleep_until(until).await;
        }
        let Some((shard, item)) = items.next().await else {
            return;
        };
        observed.with(|observed| observed.add_item(shard.number(), item));
    }
}

fn start_standalone(mut shard: Shard, observed: SharedObservations) -> StandaloneShard {
    let number = shard.id().number();
    let sender = shard.sender();
    let task = tokio::spawn(async move {
        let _: Option<()> = shard
            .next_with(|incoming| {
                observed.with(|observed| observed.add_incoming(number, incoming));
                None
            })
            .await;
        shard.session().cloned()
    });
    StandaloneShard { sender, task }
}

async fn within<T>(what: &str, future: impl Future<Output = T>) -> io::Result<T> {
    timeout(CLOSE_TIMEOUT, future).await.map_err(|_| {
        let seconds = CLOSE_TIMEOUT.as_secs();
        io::Error::new(
            io::ErrorKind::TimedOut,
            format!("{what} takes longer than {seconds} s"),
        )
    })
}
