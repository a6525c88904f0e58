//! Where the tasks of shards run, and what remains when it ends.

use crate::gateway::{INTERVAL, TOKEN, listen};
use crate::harness::{emulator::in_time, harness};
use futures_util::FutureExt as _;
use gloaming_cluster::{Cluster, ExitReason, Health, ShardScheme};
use gloaming_protocol::Intents;
use gloaming_queue::{BoxFuture, UnlimitedQueue};
use gloaming_shard::{
    ShardRuntime,
    transport::{Connect, ConnectError, MemoryConnector, Transport},
};
use std::{
    cell::RefCell,
    num::NonZeroUsize,
    pin::pin,
    sync::{Arc, Mutex, mpsc},
    task::{Context, Wake, Waker},
    thread::{self, ThreadId},
    time::Duration,
};
use tokio::{runtime, time::advance};

/// Tells on which thread it is called, and when that thread ends.
#[derive(Clone, Debug)]
struct TellingConnector {
    memory: MemoryConnector,
    threads: mpsc::Sender<ThreadEvent>,
}

#[derive(Debug, Eq, PartialEq)]
enum ThreadEvent {
    Connecting(ThreadId),
    Ended(ThreadId),
}

struct OnThreadEnd(mpsc::Sender<ThreadEvent>);

impl Drop for OnThreadEnd {
    fn drop(&mut self) {
        // The test may have ended.
        _ = self.0.send(ThreadEvent::Ended(thread::current().id()));
    }
}

thread_local! {
    static ON_END: RefCell<Option<OnThreadEnd>> = const { RefCell::new(None) };
}

impl Connect for TellingConnector {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        let told = self
            .threads
            .send(ThreadEvent::Connecting(thread::current().id()));
        assert!(told.is_ok(), "the test has ended");
        ON_END.with_borrow_mut(|on_end| {
            on_end.get_or_insert_with(|| OnThreadEnd(self.threads.clone()));
        });
        self.memory.connect(url)
    }
}

/// Builds a cluster, and returns what its connector tells.
async fn cluster(
    shards: u32,
    runtime: Option<ShardRuntime>,
) -> (
    Cluster,
    gloaming_cluster::Events,
    mpsc::Receiver<ThreadEvent>,
) {
    let (memory, _gateway) = listen();
    let (threads, events) = mpsc::channel();
    let connector = TellingConnector { memory, threads };
    let mut builder = Cluster::builder(TOKEN.to_owned(), Intents::GUILDS)
        .queue(UnlimitedQueue)
        .shard_scheme(ShardScheme::try_from((.., shards)).unwrap())
        .per_shard_config(move |_, config| config.connector(connector.clone()).build());
    if let Some(runtime) = runtime {
        builder = builder.shard_runtime(runtime);
    }
    let (cluster, stream) = builder.build().await.unwrap();
    (cluster, stream, events)
}

fn next(events: &mpsc::Receiver<ThreadEvent>) -> ThreadEvent {
    let event = events.recv_timeout(Duration::from_secs(60));
    event.expect("the thread does something")
}

#[tokio::test]
async fn dedicated_thread_ends_with_its_shards() {
    let (cluster, stream, events) = cluster(2, None).await;
    cluster.up().await;
    let ThreadEvent::Connecting(thread) = next(&events) else {
        panic!("the shards run");
    };
    assert_ne!(thread, thread::current().id());
    assert_eq!(next(&events), ThreadEvent::Connecting(thread));
    drop((cluster, stream));
    loop {
        match next(&events) {
            // Before the drop was seen.
            ThreadEvent::Connecting(_) => {}
            ended => return assert_eq!(ended, ThreadEvent::Ended(thread)),
        }
    }
}

#[tokio::test]
async fn shards_are_spread_over_several_threads() {
    let threads = ShardRuntime::dedicated_threads(NonZeroUsize::new(2).unwrap()).unwrap();
    let (cluster, _stream, events) = cluster(2, Some(threads)).await;
    cluster.up().await;
    let mut seen = Vec::new();
    while seen.len() < 2 {
        if let ThreadEvent::Connecting(thread) = next(&events)
            && !seen.contains(&thread)
        {
            seen.push(thread);
        }
    }
    assert!(!seen.contains(&thread::current().id()));
}

#[tokio::test]
async fn current_runtime_is_that_of_the_start() {
    let (cluster, mut stream, events) = cluster(1, Some(ShardRuntime::current())).await;
    cluster.up().await;
    // The test's only thread connects while it waits.
    let waiting = tokio::time::timeout(Duration::from_millis(1), stream.next());
    _ = waiting.await;
    let here = ThreadEvent::Connecting(thread::current().id());
    assert_eq!(next(&events), here);
}

#[test]
fn shards_have_exited_when_their_runtime_is_gone() {
    let shards = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let own = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    own.block_on(async {
        let runtime = ShardRuntime::from(shards.handle().clone());
        let (cluster, mut stream, events) = cluster(1, Some(runtime)).await;
        cluster.up().await;
        assert!(matches!(next(&events), ThreadEvent::Connecting(_)));
        shards.shutdown_background();
        // It ends, once the tasks are dropped.
        while in_time("the end", stream.next()).await.is_some() {}
        let info = &cluster.info()[&0];
        let exited = Health::Exited(ExitReason::RuntimeShutDown);
        assert_eq!(info.health(), exited, "{info}");
    });
}

/// Reads the health of the first shard at the moment at which it is woken.
struct HealthWhenWoken {
    cluster: Cluster,
    seen: Mutex<Vec<Health>>,
}

impl Wake for HealthWhenWoken {
    fn wake(self: Arc<Self>) {
        let health = self.cluster.info()[&0].health();
        self.seen.lock().unwrap().push(health);
    }
}

#[tokio::test]
async fn exit_of_a_shard_that_never_ran_is_published_before_its_stream_ends() {
    let gone = runtime::Builder::new_current_thread().build().unwrap();
    let runtime = ShardRuntime::from(gone.handle().clone());
    // A runtime must not be dropped within another one.
    thread::spawn(|| drop(gone)).join().unwrap();
    let (cluster, mut stream, _events) = cluster(1, Some(runtime)).await;
    let woken = Arc::new(HealthWhenWoken {
        cluster: cluster.clone(),
        seen: Mutex::default(),
    });
    let waker = Waker::from(Arc::clone(&woken));
    {
        let next = pin!(stream.next());
        assert!(next.poll(&mut Context::from_waker(&waker)).is_pending());
    }
    woken.seen.lock().unwrap().clear();
    cluster.up().await;
    assert!(in_time("the end", stream.next()).await.is_none());
    let seen = woken.seen.lock().unwrap().clone();
    let exited = Health::Exited(ExitReason::RuntimeShutDown);
    assert_eq!(seen, [exited]);
}

#[tokio::test(start_paused = true)]
async fn task_that_does_not_run_has_an_overdue_heartbeat() {
    let mut harness = harness(1).await;
    let _connections = harness.start_ready().await;
    harness.take_until_ready().await;
    assert_eq!(harness.cluster.info()[&0].health(), Health::Up);
    // The time has passed, and no task has run yet.
    assert!(
        advance(INTERVAL + Duration::from_secs(5))
            .now_or_never()
            .is_none()
    );
    let Health::HeartbeatOverdue { by } = harness.cluster.info()[&0].health() else {
        panic!("the heartbeat is overdue: {:?}", harness.cluster.info());
    };
    assert!(by >= Duration::from_secs(5), "{by:?}");
}
