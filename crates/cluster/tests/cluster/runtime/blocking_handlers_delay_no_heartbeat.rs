//! A handler that blocks its thread harms no shard, on runtimes of every flavor.

use crate::harness::emulator::{builder, emulator, in_time};
use gloaming_cluster::{Cluster, ClusterBuilder, Events, Health};
use gloaming_emulator::Emulator;
use gloaming_protocol::Event;
use gloaming_shard::ShardRuntime;
use std::{sync::mpsc, thread, time::Duration};
use tokio::runtime::{self, Runtime};

const SHARDS: u32 = 2;

/// Of heartbeats, several of which fall due while handlers block. A busy machine may need a second to run a thread.
const INTERVAL: Duration = Duration::from_secs(3);

/// How long a handler blocks: longer than the server waits for a heartbeat, which is twice the interval.
const BLOCKED: Duration = Duration::from_secs(8);

/// How often a handler blocks.
const BLOCKS: u64 = 2;

const EVENTS: u64 = 500;

/// An emulator on a runtime of its own, which no handler of the bot can block.
struct Server {
    emulator: Option<Emulator>,
    runtime: Runtime,
}

impl Server {
    fn start() -> Self {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let emulator = runtime.block_on(emulator(SHARDS, |emulator| {
            emulator
                .heartbeat_interval(INTERVAL)
                .heartbeat_grace(INTERVAL)
        }));
        Self {
            emulator: Some(emulator),
            runtime,
        }
    }

    fn emulator(&self) -> &Emulator {
        self.emulator
            .as_ref()
            .expect("the emulator runs until the drop")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _context = self.runtime.enter();
        self.emulator = None;
    }
}

/// Takes events until each shard is ready.
async fn started(builder: ClusterBuilder) -> (Cluster, Events) {
    let (cluster, mut events) = builder.buffer(4).build().await.unwrap();
    cluster.up().await;
    let all_ready = async {
        let mut ready = 0;
        while ready < SHARDS {
            let (_, event) = events.next().await.unwrap();
            ready += u32::from(matches!(event, Event::Ready(_)));
        }
    };
    in_time("READY of all shards", all_ready).await;
    (cluster, events)
}

/// Receives all events, and blocks the thread with some.
async fn receive(mut events: Events) -> Events {
    let mut received = 0;
    // The acknowledgements of heartbeats never end, so that the limit is one for all events.
    let all = async {
        while received < EVENTS {
            let (_, event) = events.next().await.unwrap();
            if let Event::MessageCreate(_) = event {
                received += 1;
                if received % (EVENTS / BLOCKS) == 0 {
                    thread::sleep(BLOCKED);
                }
            }
        }
    };
    in_time("all events", all).await;
    events
}

async fn bot(emulator: &Emulator) {
    let (cluster, events) = started(builder(emulator, SHARDS)).await;
    let guild = emulator.guild_ids()[0];
    for _ in 0..EVENTS {
        assert_eq!(emulator.say(guild, "hello"), 1);
    }
    // In a task, as the handlers of many bots: with several workers, it shares one with whatever else runs there.
    let _events = tokio::spawn(receive(events)).await.unwrap();
    let healthy = |health| matches!(health, Health::Up | Health::BufferFull);
    let info = cluster.info();
    assert!(info.values().all(|info| healthy(info.health())), "{info:?}");
    let stats = emulator.stats();
    assert_eq!((stats.sessions_started, stats.sessions_ended), (2, 0));
    assert_eq!(stats.connections_opened, u64::from(SHARDS));
    let expected = u128::from(BLOCKS) * BLOCKED.as_millis() / INTERVAL.as_millis() - 1;
    assert!(
        u128::from(stats.heartbeats) >= u128::from(SHARDS) * expected,
        "{stats:?}"
    );
    assert_eq!(emulator.violations(), []);
}

#[test]
fn on_the_current_thread() {
    let server = Server::start();
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(bot(server.emulator()));
}

fn on_workers(workers: usize) {
    let server = Server::start();
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build();
    runtime.unwrap().block_on(bot(server.emulator()));
}

#[test]
fn on_two_workers() {
    on_workers(2);
}

#[test]
fn on_four_workers() {
    on_workers(4);
}

/// The health that a thread of its own sees while a handler blocks shards that run in the runtime of the handler.
#[test]
fn blocked_shards_of_the_current_runtime_are_not_healthy() {
    let server = Server::start();
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let (health, blocked) = mpsc::channel();
    runtime.unwrap().block_on(async {
        let runtime = ShardRuntime::current();
        let shards = builder(server.emulator(), SHARDS).shard_runtime(runtime);
        let (cluster, _events) = started(shards).await;
        let observer = thread::spawn(move || {
            loop {
                let all: Vec<_> = cluster.info().values().map(|info| info.health()).collect();
                if all
                    .iter()
                    .all(|health| matches!(health, Health::HeartbeatOverdue { .. }))
                {
                    return health.send(all).unwrap();
                }
                thread::yield_now();
            }
        });
        // The handler, which ends once the shards are known to be blocked.
        let all = blocked.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(all.len(), SHARDS as usize);
        observer.join().unwrap();
    });
}
