//! Nodes in one process, in paused time: they share a coordinator in memory, and the emulator's gateway behind a connector
//! in memory. Numbered events show what was handled where.

use gloaming_cluster::{Cluster, ClusterBuilder, Items};
use gloaming_coordinator::{MemoryConnection, MemoryCoordinator, NodeConfig, NodeId};
use gloaming_emulator::{Emulator, EmulatorBuilder, Selector, Stats};
use gloaming_fleet::Fleet;
use gloaming_protocol::{Compression, Intents};
use gloaming_queue::{QueueSettings, UnlimitedQueue};
use gloaming_shard::{ConfigBuilder, Item, ShardRuntime, transport::MemoryConnector};
use gloaming_test_support::scenarios::{MAIN, TestServer, now};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Events by number of the shard, in the order in which they were handled.
pub(crate) type Handled = BTreeMap<u32, Vec<u64>>;

/// How far the coordinator's clock is behind at most.
const TICK: Duration = Duration::from_millis(50);

/// How long something may take, in paused time.
const PATIENCE: Duration = Duration::from_secs(600);

/// What the nodes share.
pub(crate) struct World {
    pub(crate) coordinator: MemoryCoordinator,
    pub(crate) server: TestServer,
    connector: MemoryConnector,
    shards: u32,
    published: u64,
    clock: JoinHandle<()>,
}

impl World {
    /// A bot of this many shards, which may all identify at once.
    pub(crate) fn new(shards: u32) -> Self {
        let settings = QueueSettings {
            max_concurrency: u16::try_from(shards).unwrap().try_into().unwrap(),
            ..QueueSettings::default()
        };
        Self::with(shards, settings, |emulator| emulator)
    }

    pub(crate) fn with(
        shards: u32,
        settings: QueueSettings,
        change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
    ) -> Self {
        let emulator = Emulator::builder()
            .shards(shards)
            .guilds(shards)
            .max_concurrency(settings.max_concurrency.get().into())
            .session_lifetime(Duration::from_secs(600))
            .replay_buffer(100_000);
        let (server, connector) = TestServer::start(change(emulator).into_settings());
        let coordinator = MemoryCoordinator::with_set_clock(settings);
        let engine = coordinator.clone();
        let start = now();
        let clock = tokio::spawn(async move {
            loop {
                engine.set_time(now() - start);
                engine.end_leases();
                sleep(TICK).await;
            }
        });
        Self {
            coordinator,
            server,
            connector,
            shards,
            published: 0,
            clock,
        }
    }

    /// Publishes a numbered event to all shards.
    pub(crate) fn publish(&mut self) {
        self.published += 1;
        let data = json!({ "number": self.published });
        self.server.change(move |gateway, _| {
            gateway.dispatch(&Selector::All, "NUMBERED", &data);
        });
    }

    /// Publishes an event every 100 ms for this time.
    pub(crate) async fn publish_for(&mut self, time: Duration) {
        let end = now() + time;
        while now() < end {
            self.publish();
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Publishes events until something is the case.
    pub(crate) async fn publish_until(&mut self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        in_time(what, async {
            while !is_so(self) {
                self.publish();
                sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
    }

    /// Publishes events until something is the case that takes time to find out.
    pub(crate) async fn publish_until_async(
        &mut self,
        what: &str,
        mut is_so: impl AsyncFnMut(&Self) -> bool,
    ) {
        in_time(what, async {
            while !is_so(self).await {
                self.publish();
                sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
    }

    pub(crate) fn stats(&self) -> Stats {
        self.server.snapshot().stats
    }

    /// Checks that Discord would have nothing to object.
    #[track_caller]
    pub(crate) fn assert_no_violation(&self) {
        assert_eq!(self.server.snapshot().violations, []);
    }

    /// Waits until the last event was handled by these processes, and checks that each event was handled once in all, and in
    /// order.
    pub(crate) async fn assert_each_once<const N: usize>(&mut self, processes: [&Process; N]) {
        self.all_handled(&processes).await;
        let expected: Vec<_> = (1..=self.published).collect();
        for shard in 0..self.shards {
            let events = of_shard(&processes, shard);
            assert_eq!(events.concat(), expected, "shard {shard}");
        }
    }

    /// Like [`assert_each_once`](Self::assert_each_once), for processes of which one was killed: an event that it had handled
    /// may come again.
    pub(crate) async fn assert_none_lost<const N: usize>(&mut self, processes: [&Process; N]) {
        self.all_handled(&processes).await;
        for shard in 0..self.shards {
            let parts = of_shard(&processes, shard);
            for part in &parts {
                assert!(part.is_sorted(), "shard {shard}: {part:?}");
            }
        }
        self.assert_all_handled(&processes);
    }

    /// Checks that each event was handled by one of these processes, after they have handled the last one.
    pub(crate) async fn assert_handled(&mut self, processes: &[&Process]) {
        self.all_handled(processes).await;
        self.assert_all_handled(processes);
    }

    fn assert_all_handled(&self, processes: &[&Process]) {
        for shard in 0..self.shards {
            let parts = of_shard(processes, shard);
            let is_missing = |number: &u64| !parts.iter().any(|part| part.contains(number));
            let missing: Vec<_> = (1..=self.published).filter(is_missing).collect();
            assert!(missing.is_empty(), "shard {shard} lost {missing:?}");
        }
    }

    async fn all_handled(&mut self, processes: &[&Process]) {
        self.publish();
        let last = self.published;
        in_time("the last event is handled", async {
            let is_handled = |shard| of_shard(processes, shard).concat().contains(&last);
            while !(0..self.shards).all(is_handled) {
                sleep(TICK).await;
            }
        })
        .await;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.clock.abort();
    }
}

fn of_shard(processes: &[&Process], shard: u32) -> Vec<Vec<u64>> {
    let of_process = |process: &&Process| process.handled().get(&shard).cloned();
    processes.iter().filter_map(of_process).collect()
}

/// A process of the bot.
pub(crate) struct Process {
    fleet: Option<Fleet>,
    pub(crate) engine: MemoryConnection,
    handled: Arc<Mutex<Handled>>,
    consumer: JoinHandle<()>,
}

impl Process {
    pub(crate) async fn start(world: &World, name: &str) -> Self {
        Self::start_with(world, name, |config| config).await
    }

    pub(crate) async fn start_with(
        world: &World,
        name: &str,
        change: impl FnOnce(NodeConfig) -> NodeConfig,
    ) -> Self {
        Self::start_cluster(world, name, change, |cluster| cluster).await
    }

    pub(crate) async fn start_cluster(
        world: &World,
        name: &str,
        change: impl FnOnce(NodeConfig) -> NodeConfig,
        change_cluster: impl FnOnce(ClusterBuilder) -> ClusterBuilder,
    ) -> Self {
        let shards = NonZeroU32::new(world.shards).unwrap();
        let concurrency = u16::try_from(world.shards).unwrap();
        let config = NodeConfig::new(NodeId::new(name).unwrap(), shards, concurrency);
        let engine = world.coordinator.connect();
        let shards = ConfigBuilder::new(gloaming_emulator::DEFAULT_TOKEN.into(), Intents::GUILDS)
            .gateway_url(MAIN)
            .compression(Compression::None)
            .connector(world.connector.clone())
            .queue(UnlimitedQueue)
            .build();
        let cluster = Cluster::builder(gloaming_emulator::DEFAULT_TOKEN.into(), Intents::GUILDS)
            .config(shards)
            .shard_runtime(ShardRuntime::current());
        let cluster = change_cluster(cluster);
        let started = Fleet::builder(engine.clone(), change(config))
            .commands(engine.clone())
            .start(cluster);
        let (fleet, events) = started.await.unwrap();
        let handled = Arc::new(Mutex::new(Handled::new()));
        let consumer = tokio::spawn(handle(events.into_items(), Arc::clone(&handled)));
        Self {
            fleet: Some(fleet),
            engine,
            handled,
            consumer,
        }
    }

    pub(crate) fn fleet(&self) -> &Fleet {
        self.fleet.as_ref().expect("it was not killed")
    }

    pub(crate) const fn is_killed(&self) -> bool {
        self.fleet.is_none()
    }

    pub(crate) fn serving(&self) -> Vec<u32> {
        self.fleet().serving()
    }

    /// Waits until the node runs this many shards, which all have a session.
    pub(crate) async fn serves(&self, shards: usize) {
        let end = now() + PATIENCE;
        let health = || self.fleet().cluster().health();
        while self.serving().len() != shards || health().up() != shards {
            let serving = self.serving();
            assert!(
                now() < end,
                "{:?} runs {serving:?}: {}",
                self.fleet(),
                health()
            );
            sleep(TICK).await;
        }
    }

    /// Ends the process as SIGKILL does.
    pub(crate) fn kill(&mut self) {
        self.engine.set_partitioned(true);
        self.consumer.abort();
        self.fleet = None;
    }

    /// Lets the node give its shards away.
    pub(crate) fn begin_drain(&self) {
        let mut draining = std::pin::pin!(self.fleet().drain());
        // Once polled, the node leaves.
        let waker = std::task::Waker::noop();
        let polled = draining
            .as_mut()
            .poll(&mut std::task::Context::from_waker(waker));
        assert!(polled.is_pending());
    }

    /// Drops the stream of events.
    pub(crate) fn drop_stream(&self) {
        self.consumer.abort();
    }

    /// Waits for the end of the stream of events.
    pub(crate) async fn stream_ends(&mut self) {
        in_time("the stream ends", &mut self.consumer)
            .await
            .unwrap();
    }

    pub(crate) fn handled(&self) -> Handled {
        self.handled.lock().unwrap().clone()
    }
}

async fn handle(mut items: Items, handled: Arc<Mutex<Handled>>) {
    while let Some((shard, item)) = items.next().await {
        if let Item::Unknown(event) = item
            && event.name() == Some("NUMBERED")
        {
            let data: Value = event.decode().unwrap();
            let number = data["number"].as_u64().unwrap();
            let mut handled = handled.lock().unwrap();
            handled.entry(shard.number()).or_default().push(number);
        }
    }
}

/// Waits for something, in paused time.
pub(crate) async fn in_time<T>(what: &str, happens: impl Future<Output = T>) -> T {
    let Ok(happened) = timeout(PATIENCE, happens).await else {
        panic!("timed out: {what}");
    };
    happened
}
