use super::processes::{Folder, Process, Publisher, assert_each_once, give, ready};
use crate::harness::emulator::{builder, emulator, in_time};
use gloaming_cluster::{HandOver, HandOverErrorKind, HandOverRefusal, Health, ShardScheme};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use gloaming_protocol::ShardId;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

struct Old {
    emulator: Arc<Emulator>,
    publisher: Publisher,
    process: Process,
    socket: PathBuf,
    _folder: Folder,
}

/// Starts a process with two shards, which handle events.
async fn old(name: &str) -> Old {
    let folder = Folder::new(name);
    let emulator = Arc::new(emulator(2, |emulator| emulator).await);
    let publisher = Publisher::new(&emulator);
    let mut process = Process::start(&emulator, (0..=1, 2), BTreeMap::new()).await;
    ready(&emulator, 2).await;
    publisher.publish(20);
    process.handles(0..2, 20).await;
    Old {
        socket: folder.socket("socket"),
        emulator,
        publisher,
        process,
        _folder: folder,
    }
}

impl Old {
    /// Checks that the old process goes on, and has handled each event once.
    async fn goes_on(&mut self, resumes: u64) {
        let resumed = self
            .emulator
            .wait_until(|stats| stats.sessions_resumed == resumes);
        in_time("the shards resume", resumed).await;
        self.publisher.publish(20);
        self.process.handles(0..2, self.publisher.published()).await;
        assert_each_once(&self.publisher, 2, [self.process.handled()]);
        assert_eq!(self.emulator.stats().identifies, 2);
        assert_eq!(self.emulator.violations(), []);
    }
}

#[tokio::test]
async fn old_process_goes_on_if_the_new_one_ends_after_the_release() {
    let mut old = old("successor-ends").await;
    let giving = give(&old.process.cluster, &old.publisher, &old.socket, |it| it);
    let taking = HandOver::new(DEFAULT_TOKEN);
    let taken = in_time("the shards are released", taking.take([&old.socket]))
        .await
        .unwrap();
    drop(taken);
    old.goes_on(2).await;
    // Another one can take them.
    let taken = in_time("the shards are released", taking.take([&old.socket]))
        .await
        .unwrap();
    assert_eq!(taken.shards().len(), 2);
    drop(taken);
    old.goes_on(4).await;
    giving.abort();
}

#[tokio::test]
async fn shards_that_are_taken_back_while_the_others_are_given_can_be_given_again() {
    let folder = Folder::new("taken-back");
    let socket = folder.socket("socket");
    let emulator = Arc::new(emulator(2, |emulator| emulator).await);
    let publisher = Publisher::new(&emulator);
    let mut old = Process::start_in_this_thread(&emulator, (0..=1, 2)).await;
    ready(&emulator, 2).await;
    publisher.publish(20);
    old.handles(0..2, 20).await;
    let giving = give(&old.cluster, &publisher, &socket, |it| it);
    let take = async |shard| {
        let taking = HandOver::new(DEFAULT_TOKEN).shards([ShardId::new(shard, 2)]);
        let taken = in_time("a shard is released", taking.take([&socket])).await;
        taken.unwrap()
    };
    let first = take(0).await;
    let second = take(1).await;
    let mut new = Process::start(&emulator, (1..=1, 2), second.sessions()).await;
    let runs = emulator.wait_until(|stats| stats.sessions_resumed == 1);
    in_time("the second runs", runs).await;
    publisher.publish(20);
    new.handles([1], publisher.published()).await;
    // Both arrive at once. The shards of the first do not run yet when those of the second are given.
    drop(first);
    in_time("the second is confirmed", second.confirm(&new.cluster))
        .await
        .unwrap();
    publisher.publish(20);
    old.handles([0], publisher.published()).await;
    assert!(!giving.is_finished());

    let first = take(0).await;
    let mut another = Process::start(&emulator, (0..=0, 2), first.sessions()).await;
    in_time("the first is confirmed", first.confirm(&another.cluster))
        .await
        .unwrap();
    let report = in_time("all are given", giving).await.unwrap();
    assert_eq!((report.given.len(), report.failed_attempts), (2, 1));
    publisher.publish(20);
    new.handles([1], publisher.published()).await;
    another.handles([0], publisher.published()).await;
    let handled = [old.ended().await, new.handled(), another.handled()];
    assert_each_once(&publisher, 2, handled);
}

#[tokio::test]
async fn old_process_goes_on_if_the_new_one_refuses_the_states() {
    let mut old = old("state-too-large").await;
    let giving = give(&old.process.cluster, &old.publisher, &old.socket, |it| it);
    let taking = HandOver::new(DEFAULT_TOKEN).max_state_bytes(60_000);
    let error = in_time("the states are refused", taking.take([&old.socket]))
        .await
        .unwrap_err();
    let too_large = HandOverErrorKind::StateTooLarge {
        bytes: 70_000,
        limit: 60_000,
    };
    assert_eq!(error.kind(), too_large);
    old.goes_on(2).await;
    giving.abort();
}

#[tokio::test]
async fn old_process_goes_on_if_the_new_one_lacks_a_shard() {
    let mut old = old("missing").await;
    let giving = give(&old.process.cluster, &old.publisher, &old.socket, |it| it);
    let taking = HandOver::new(DEFAULT_TOKEN);
    let taken = in_time("the shards are released", taking.take([&old.socket]))
        .await
        .unwrap();
    let scheme = ShardScheme::try_from((..1, 2)).unwrap();
    let (cluster, _events) = builder(&old.emulator, 2)
        .shard_scheme(scheme)
        .build()
        .await
        .unwrap();
    let error = in_time("it fails", taken.confirm(&cluster))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), HandOverErrorKind::ShardMissing { shard: 1 });
    assert_eq!(error.path(), Some(&*old.socket));
    old.goes_on(2).await;
    giving.abort();
}

#[tokio::test]
async fn late_confirmation_is_void_and_stops_the_shards_of_the_new_process() {
    let mut old = old("too-late").await;
    let giving = give(&old.process.cluster, &old.publisher, &old.socket, |it| {
        it.start_timeout(Duration::from_millis(50))
    });
    let taking = HandOver::new(DEFAULT_TOKEN);
    let taken = in_time("the shards are released", taking.take([&old.socket]))
        .await
        .unwrap();
    old.goes_on(2).await;
    let gateway_that_nobody_serves = "ws://127.0.0.1:9";
    let (cluster, _events) = builder(&old.emulator, 2)
        .gateway_url(gateway_that_nobody_serves)
        .build()
        .await
        .unwrap();
    cluster.up().await;
    let error = in_time("it fails", taken.confirm(&cluster))
        .await
        .unwrap_err();
    let reason = HandOverRefusal::TooLate;
    assert_eq!(error.kind(), HandOverErrorKind::Refused { reason });
    for info in cluster.info().values() {
        assert_eq!(info.health(), Health::Stopped);
    }
    giving.abort();
}

#[tokio::test]
async fn old_process_goes_on_if_its_handlers_are_too_slow() {
    let folder = Folder::new("slow-handlers");
    let socket = folder.socket("socket");
    let emulator = Arc::new(emulator(1, |emulator| emulator).await);
    let publisher = Publisher::new(&emulator);
    let start = Process::start_without_handler(&emulator, (0..=0, 1), BTreeMap::new());
    let (process, items) = start.await;
    ready(&emulator, 1).await;
    let giving = give(&process.cluster, &publisher, &socket, |it| {
        it.handlers_timeout(Duration::from_millis(50))
    });
    let taking = HandOver::new(DEFAULT_TOKEN);
    let error = in_time("it is refused", taking.take([&socket]))
        .await
        .unwrap_err();
    let reason = HandOverRefusal::HandlersTooSlow { shard: 0 };
    assert_eq!(error.kind(), HandOverErrorKind::Refused { reason });

    let mut process = process.handling(items);
    publisher.publish(20);
    process.handles([0], 20).await;
    assert_each_once(&publisher, 1, [process.handled()]);
    assert_eq!(emulator.stats().identifies, 1);
    giving.abort();
}

#[tokio::test]
async fn hand_over_that_the_old_process_ends_is_void() {
    let mut old = old("canceled").await;
    let giving = give(&old.process.cluster, &old.publisher, &old.socket, |it| it);
    let taking = HandOver::new(DEFAULT_TOKEN);
    let taken = in_time("the shards are released", taking.take([&old.socket]))
        .await
        .unwrap();
    giving.abort();
    assert!(giving.await.unwrap_err().is_cancelled());
    old.goes_on(2).await;
    let (cluster, _events) = builder(&old.emulator, 2).build().await.unwrap();
    let error = in_time("it fails", taken.confirm(&cluster))
        .await
        .unwrap_err();
    let reason = HandOverRefusal::Canceled;
    assert_eq!(error.kind(), HandOverErrorKind::Refused { reason });
    let error = taking.take([&old.socket]).await.unwrap_err();
    assert_eq!(error.kind(), HandOverErrorKind::NoOldProcess);
}

#[tokio::test]
async fn only_the_wanted_shards_stop() {
    let mut old = old("some").await;
    let giving = give(&old.process.cluster, &old.publisher, &old.socket, |it| it);
    let taking = HandOver::new(DEFAULT_TOKEN).shards([ShardId::new(1, 2)]);
    let taken = in_time("the shard is released", taking.take([&old.socket]))
        .await
        .unwrap();
    assert_eq!(taken.shards(), [ShardId::new(1, 2)]);
    let other = old.emulator.wait_until(|stats| stats.connections == 1);
    in_time("the other goes on", other).await;
    // The other is wanted by nobody, and this one can't be taken twice.
    let error = taking.take([&old.socket]).await.unwrap_err();
    let reason = HandOverRefusal::NoShards;
    assert_eq!(error.kind(), HandOverErrorKind::Refused { reason });
    drop(taken);
    old.goes_on(1).await;
    giving.abort();
}
