//! The session store goes to the next process with the shards.

use super::processes::{Folder, Process, Publisher, assert_each_once, give, ready};
use crate::harness::emulator::{builder, emulator, in_time};
use gloaming_cluster::{
    ClusterStartErrorKind, FileStore, HandOver, HandOverErrorKind, HandOverReport,
    SessionStore as _, StoreError, StoreErrorKind, StoreOwner,
};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use gloaming_protocol::{ShardId, Token};
use gloaming_shard::Session;
use std::{collections::BTreeMap, error::Error as _, path::PathBuf, sync::Arc, time::Duration};
use tokio::task::JoinHandle;

struct Old {
    emulator: Arc<Emulator>,
    publisher: Publisher,
    process: Process,
    giving: JoinHandle<HandOverReport>,
    socket: PathBuf,
    directory: PathBuf,
    _folder: Folder,
}

/// Starts a process with two shards, which handle events, and a store.
async fn old(name: &str) -> Old {
    let folder = Folder::new(name);
    let directory = folder.socket("sessions");
    let socket = folder.socket("socket");
    let emulator = Arc::new(emulator(2, |emulator| emulator).await);
    let publisher = Publisher::new(&emulator);
    let store = FileStore::new(&directory);
    let started = Process::start_with_store(&emulator, (0..=1, 2), BTreeMap::new(), store).await;
    let mut process = started.unwrap();
    ready(&emulator, 2).await;
    publisher.publish(20);
    process.handles(0..2, 20).await;
    let giving = give(&process.cluster, &publisher, &socket, |listener| listener);
    Old {
        emulator,
        publisher,
        process,
        giving,
        socket,
        directory,
        _folder: folder,
    }
}

impl Old {
    /// A store in the directory that does not wait for another process.
    fn store(&self) -> FileStore {
        FileStore::new(&self.directory).lock_patience(Duration::ZERO)
    }

    /// Waits until this process has saved again.
    async fn has_the_store(&self) {
        in_time("the store is taken back", async {
            loop {
                let status = self.process.cluster.save_checkpoints().await.unwrap();
                let lock = stored(&self.store()).await;
                if status.last_error().is_none() && lock.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        let error = stored(&self.store()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Locked);
    }

    /// Checks that this process goes on, and has handled each event once.
    async fn goes_on(&mut self, resumes: u64) {
        let resumed = self
            .emulator
            .wait_until(|stats| stats.sessions_resumed == resumes);
        in_time("the shards resume", resumed).await;
        self.publisher.publish(20);
        self.process.handles(0..2, self.publisher.published()).await;
        assert_each_once(&self.publisher, 2, [self.process.handled()]);
        assert_eq!(self.emulator.stats().identifies, 2);
    }
}

async fn take(old: &Old) -> gloaming_cluster::TakenShards {
    let taking = HandOver::new(DEFAULT_TOKEN);
    in_time("the shards are released", taking.take([&old.socket]))
        .await
        .unwrap()
}

async fn stored(store: &FileStore) -> Result<BTreeMap<u32, Session>, StoreError> {
    let owner = StoreOwner::of(&Token::new(DEFAULT_TOKEN));
    let checkpoints = store.load(owner).await?;
    let session =
        |it: &gloaming_cluster::Checkpoint| Some((it.shard().number(), it.session().cloned()?));
    Ok(checkpoints.iter().filter_map(session).collect())
}

#[tokio::test]
async fn new_process_uses_the_directory_of_the_old_one() {
    let old = old("same-directory").await;
    let taken = take(&old).await;
    let store = FileStore::new(&old.directory);
    let (emulator, publisher) = (&old.emulator, &old.publisher);
    let new = Process::start_with_store(emulator, (0..=1, 2), taken.sessions(), store).await;
    let mut new = new.unwrap();
    in_time("the shards run", taken.confirm(&new.cluster))
        .await
        .unwrap();
    let report = in_time("the shards are given", old.giving).await.unwrap();
    assert_eq!((report.given.len(), report.failed_attempts), (2, 0));
    // The old process does not write any more, whatever it is asked.
    old.process.cluster.down_resumable().await;
    let handled = old.process.ended().await;

    publisher.publish(20);
    new.handles(0..2, publisher.published()).await;
    assert_each_once(publisher, 2, [handled, new.handled()]);
    let status = new.cluster.save_checkpoints().await.unwrap();
    assert!(status.last_error().is_none(), "{status}");
    let sessions = new.cluster.down_resumable().await;
    new.ended().await;
    let third = FileStore::new(&old.directory);
    assert_eq!(stored(&third).await.unwrap(), sessions);
    assert_eq!(emulator.violations(), []);
}

/// Nobody has the store at this moment, and both processes may be killed.
#[tokio::test]
async fn third_process_finds_what_the_second_took() {
    let mut old = old("third-process").await;
    let taken = take(&old).await;
    let third = old.store();
    assert_eq!(stored(&third).await.unwrap(), taken.sessions());
    assert_eq!(taken.sessions().len(), 2);
    drop(third);
    drop(taken);
    old.goes_on(2).await;
    old.giving.abort();
}

#[tokio::test]
async fn store_is_taken_back_if_the_new_process_ends() {
    let mut old = old("new-one-ends").await;
    let taken = take(&old).await;
    assert!(stored(&old.store()).await.is_ok(), "it is released");
    drop(taken);
    old.goes_on(2).await;
    old.has_the_store().await;
    old.giving.abort();
}

#[tokio::test]
async fn store_is_taken_back_if_the_shards_do_not_run_in_the_new_process() {
    let mut old = old("not-running").await;
    let taking = HandOver::new(DEFAULT_TOKEN).start_timeout(Duration::from_millis(50));
    let taken = in_time("the shards are released", taking.take([&old.socket]))
        .await
        .unwrap();
    // Neither host lets the new process in.
    old.emulator.refuse_resume_host(503);
    let (cluster, events) = builder(&old.emulator, 2)
        .gateway_url("ws://127.0.0.1:9")
        .resume_sessions(taken.sessions())
        .session_store(FileStore::new(&old.directory))
        .build()
        .await
        .unwrap();
    cluster.up().await;
    let error = in_time("it fails", taken.confirm(&cluster))
        .await
        .unwrap_err();
    let is_late = matches!(error.kind(), HandOverErrorKind::NotRunning { .. });
    assert!(is_late, "{error}");
    old.emulator.reset_faults();
    // The new process still exists.
    old.goes_on(2).await;
    old.has_the_store().await;
    drop((cluster, events));
    old.giving.abort();
}

/// A store belongs to the process that runs some shards of it.
#[tokio::test]
async fn process_that_keeps_a_shard_keeps_the_store() {
    let mut old = old("keeps-a-shard").await;
    let taking = HandOver::new(DEFAULT_TOKEN).shards([ShardId::new(0, 2)]);
    let taken = in_time("one is released", taking.take([&old.socket]))
        .await
        .unwrap();
    let sessions = taken.sessions();
    let started = Process::start_with_store(&old.emulator, (0..=0, 2), sessions, old.store()).await;
    let Err(error) = started else {
        panic!("two processes have the directory");
    };
    assert_eq!(error.kind(), ClusterStartErrorKind::SessionStore);
    let source = error
        .source()
        .unwrap()
        .downcast_ref::<StoreError>()
        .unwrap();
    assert_eq!(source.kind(), StoreErrorKind::Locked);
    drop(taken);
    old.goes_on(1).await;
    old.has_the_store().await;
    old.giving.abort();
}

/// The last one to take shards finds the directory free once the others are given.
#[tokio::test]
async fn last_of_several_new_processes_uses_the_directory() {
    let old = old("one-after-another").await;
    let first = HandOver::new(DEFAULT_TOKEN).shards([ShardId::new(0, 2)]);
    let first = in_time("one is released", first.take([&old.socket]))
        .await
        .unwrap();
    let one = Process::start(&old.emulator, (0..=0, 2), first.sessions()).await;
    in_time("one runs", first.confirm(&one.cluster))
        .await
        .unwrap();
    let rest = take(&old).await;
    let store = FileStore::new(&old.directory);
    let started =
        Process::start_with_store(&old.emulator, (1..=1, 2), rest.sessions(), store).await;
    let two = started.unwrap();
    in_time("the rest runs", rest.confirm(&two.cluster))
        .await
        .unwrap();
    let report = in_time("the shards are given", old.giving).await.unwrap();
    assert_eq!(report.given.len(), 2);
    assert_eq!(old.emulator.violations(), []);
}
