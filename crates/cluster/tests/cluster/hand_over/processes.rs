//! Processes that hand shards over: clusters in this process that share nothing but a socket, with numbered events.

use crate::harness::emulator::{builder, in_time};
use bytes::Bytes;
use gloaming_cluster::{
    Cluster, ClusterBuilder, ClusterStartError, FileStore, HandOverListener, HandOverReport, Items,
    ShardScheme,
};
use gloaming_emulator::{Emulator, Selector};
use gloaming_protocol::ShardId;
use gloaming_shard::{Item, Session, ShardRuntime};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{sync::watch, task::JoinHandle};

/// Events by number of the shard, in the order in which they were handled.
pub(super) type Handled = BTreeMap<u32, Vec<u64>>;

/// Publishes numbered events to all shards.
#[derive(Clone)]
pub(super) struct Publisher {
    emulator: Arc<Emulator>,
    published: Arc<AtomicU64>,
}

impl Publisher {
    pub(super) fn new(emulator: &Arc<Emulator>) -> Self {
        Self {
            emulator: Arc::clone(emulator),
            published: Arc::default(),
        }
    }

    pub(super) fn publish(&self, events: u64) {
        for _ in 0..events {
            let number = self.published.fetch_add(1, Ordering::Relaxed) + 1;
            self.emulator
                .dispatch(Selector::All, "NUMBERED", json!({ "number": number }));
        }
    }

    pub(super) fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }
}

/// A process that runs shards and handles their events.
pub(super) struct Process {
    pub(super) cluster: Cluster,
    handled: watch::Receiver<Handled>,
    consumer: JoinHandle<()>,
}

impl Process {
    /// Starts shards, with these sessions if they have some.
    pub(super) async fn start(
        emulator: &Emulator,
        (shards, total): (std::ops::RangeInclusive<u32>, u32),
        sessions: BTreeMap<u32, Session>,
    ) -> Self {
        let (process, items) =
            Self::start_without_handler(emulator, (shards, total), sessions).await;
        process.handling(items)
    }

    /// Starts shards whose items nobody takes.
    pub(super) async fn start_without_handler(
        emulator: &Emulator,
        (shards, total): (std::ops::RangeInclusive<u32>, u32),
        sessions: BTreeMap<u32, Session>,
    ) -> (Self, Items) {
        let built = Self::build(emulator, (shards, total), sessions, |builder| builder).await;
        let (cluster, items) = built.unwrap();
        cluster.up().await;
        let process = Self {
            cluster,
            handled: watch::channel(Handled::new()).1,
            consumer: tokio::spawn(async {}),
        };
        (process, items)
    }

    /// Starts shards whose tasks run in this thread, so that none of them runs before this one waits.
    pub(super) async fn start_in_this_thread(
        emulator: &Emulator,
        shards: (std::ops::RangeInclusive<u32>, u32),
    ) -> Self {
        let change = |builder: ClusterBuilder| builder.shard_runtime(ShardRuntime::current());
        let built = Self::build(emulator, shards, BTreeMap::new(), change).await;
        let (cluster, items) = built.unwrap();
        cluster.up().await;
        let process = Self {
            cluster,
            handled: watch::channel(Handled::new()).1,
            consumer: tokio::spawn(async {}),
        };
        process.handling(items)
    }

    /// Starts shards whose sessions are stored.
    pub(super) async fn start_with_store(
        emulator: &Emulator,
        shards: (std::ops::RangeInclusive<u32>, u32),
        sessions: BTreeMap<u32, Session>,
        store: FileStore,
    ) -> Result<Self, ClusterStartError> {
        let change = |builder: ClusterBuilder| builder.session_store(store);
        let (cluster, items) = Self::build(emulator, shards, sessions, change).await?;
        cluster.up().await;
        let process = Self {
            cluster,
            handled: watch::channel(Handled::new()).1,
            consumer: tokio::spawn(async {}),
        };
        Ok(process.handling(items))
    }

    async fn build(
        emulator: &Emulator,
        (shards, total): (std::ops::RangeInclusive<u32>, u32),
        sessions: BTreeMap<u32, Session>,
        change: impl FnOnce(ClusterBuilder) -> ClusterBuilder,
    ) -> Result<(Cluster, Items), ClusterStartError> {
        let scheme = ShardScheme::Range {
            from: *shards.start(),
            to: *shards.end(),
            total,
        };
        let builder = builder(emulator, total)
            .shard_scheme(scheme)
            .resume_sessions(sessions);
        let (cluster, events) = change(builder).build().await?;
        Ok((cluster, events.into_items()))
    }

    /// Handles the items from now on.
    pub(super) fn handling(mut self, mut items: Items) -> Self {
        let (handle, handled) = watch::channel(Handled::new());
        self.handled = handled;
        self.consumer = tokio::spawn(async move {
            while let Some((shard, item)) = items.next().await {
                if let Item::Unknown(event) = item
                    && event.name() == Some("NUMBERED")
                {
                    let data: Value = event.decode().unwrap();
                    let number = data["number"].as_u64().unwrap();
                    handle.send_modify(|handled| {
                        handled.entry(shard.number()).or_default().push(number);
                    });
                }
            }
        });
        self
    }

    /// Waits until each of these shards has handled the event with this number.
    pub(super) async fn handles(&mut self, shards: impl IntoIterator<Item = u32>, number: u64) {
        let shards: Vec<_> = shards.into_iter().collect();
        let all = self.handled.wait_for(|handled| {
            shards.iter().all(|shard| {
                handled
                    .get(shard)
                    .is_some_and(|it| it.last() == Some(&number))
            })
        });
        _ = in_time("the events are handled", all).await;
    }

    /// Waits for the end of the stream, and returns what was handled.
    pub(super) async fn ended(self) -> Handled {
        in_time("the stream ends", self.consumer).await.unwrap();
        self.handled.borrow().clone()
    }

    /// Returns what was handled so far.
    pub(super) fn handled(&self) -> Handled {
        self.handled.borrow().clone()
    }
}

/// Waits until all shards are ready.
pub(super) async fn ready(emulator: &Emulator, shards: u32) {
    let started = emulator.wait_until(|stats| stats.sessions_started == u64::from(shards));
    in_time("the shards are ready", started).await;
}

/// Checks that the processes together have handled each published event once, in order.
#[track_caller]
pub(super) fn assert_each_once<const N: usize>(
    publisher: &Publisher,
    shards: u32,
    handled: [Handled; N],
) {
    let expected: Vec<_> = (1..=publisher.published()).collect();
    for shard in 0..shards {
        let events: Vec<_> = handled
            .iter()
            .filter_map(|handled| handled.get(&shard))
            .flatten()
            .copied()
            .collect();
        assert_eq!(events, expected, "shard {shard}");
    }
}

/// A folder for sockets, which is removed at the end.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("gloaming-{name}-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(super) fn socket(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

/// Serves the shards. While they are stopped, ten events happen. Each shard's state is its number, so many times.
pub(super) fn give(
    cluster: &Cluster,
    publisher: &Publisher,
    socket: &Path,
    change: impl FnOnce(HandOverListener) -> HandOverListener,
) -> JoinHandle<HandOverReport> {
    let listener = change(HandOverListener::bind(socket).unwrap());
    let (cluster, publisher) = (cluster.clone(), publisher.clone());
    tokio::spawn(async move {
        let state = |shard: ShardId| {
            publisher.publish(10);
            async move { state(shard) }
        };
        listener.serve(&cluster, state).await
    })
}

/// The state of a shard: none, a small one, and several that are sent in parts.
pub(super) fn state(shard: ShardId) -> Bytes {
    let number = shard.number();
    Bytes::from(vec![number as u8; number.pow(3) as usize * 70_000])
}
