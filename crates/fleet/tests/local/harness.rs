//! Engines in folders of their own, with a clock that tests set.

use gloaming_coordinator::{
    AcquireOutcome, Fence, JoinRequest, Leases, NodeId, NodeLease, NodeStatus, ShardLease,
    conformance::{SETTINGS, TestedEngine},
};
use gloaming_fleet::LocalCoordinator;
use gloaming_protocol::ShardId;
use gloaming_queue::{BootId, BootTime, BoxFuture, ClockReading, Timestamp};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A folder that is removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        _ = fs::remove_dir_all(&path);
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("fleet.log")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

/// A folder, each connection to which is an engine as another process opens it.
pub(crate) struct Machine {
    pub(crate) folder: Folder,
    millis: Arc<AtomicU64>,
}

impl Machine {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            folder: Folder::new(name),
            millis: Arc::new(AtomicU64::new(1_000)),
        }
    }

    pub(crate) fn open(&self) -> Result<LocalCoordinator, gloaming_coordinator::CoordinatorError> {
        let millis = Arc::clone(&self.millis);
        LocalCoordinator::open_with_clock(self.folder.path(), SETTINGS, move || {
            let uptime = millis.load(Ordering::SeqCst);
            let boot = BootTime {
                id: BootId::new(1),
                uptime,
            };
            ClockReading {
                wall: Timestamp::from_millis(1_798_761_600_000 + uptime),
                boot: Some(boot),
            }
        })
    }
}

impl TestedEngine for Machine {
    type Connection = LocalCoordinator;

    fn connect(&self) -> LocalCoordinator {
        self.open().unwrap()
    }

    fn pass(&self, time: Duration) -> BoxFuture<'_, ()> {
        let millis = u64::try_from(time.as_millis()).unwrap();
        self.millis.fetch_add(millis, Ordering::SeqCst);
        Box::pin(std::future::ready(()))
    }
}

pub(crate) async fn join(engine: &LocalCoordinator, name: &str) -> NodeLease {
    let request = JoinRequest {
        node: NodeId::new(name).unwrap(),
        status: NodeStatus::Active,
        ttl: Duration::from_secs(9),
        above: Fence::NONE,
    };
    engine.join(request).await.unwrap()
}

pub(crate) async fn acquire(
    engine: &LocalCoordinator,
    number: u32,
    node: &NodeLease,
) -> ShardLease {
    let acquiring = engine.acquire(ShardId::new(number, 16), node.clone(), Fence::NONE);
    match acquiring.await.unwrap() {
        AcquireOutcome::Granted(lease) => lease,
        other => panic!("shard {number} is free: {other:?}"),
    }
}
