use super::processes::{Folder, Process, Publisher, assert_each_once, give, ready, state};
use crate::harness::emulator::{emulator, in_time};
use gloaming_cluster::HandOver;
use gloaming_emulator::DEFAULT_TOKEN;
use gloaming_protocol::ShardId;
use std::{collections::BTreeMap, sync::Arc};

fn numbers(shards: &[ShardId]) -> Vec<u32> {
    shards.iter().map(|shard| shard.number()).collect()
}

#[tokio::test]
async fn one_process_takes_over_from_another() {
    let folder = Folder::new("one-to-one");
    let socket = folder.socket("socket");
    let emulator = Arc::new(emulator(2, |emulator| emulator).await);
    let publisher = Publisher::new(&emulator);
    let mut old = Process::start(&emulator, (0..=1, 2), BTreeMap::new()).await;
    ready(&emulator, 2).await;
    publisher.publish(50);
    old.handles(0..2, 50).await;
    publisher.publish(50);

    let giving = give(&old.cluster, &publisher, &socket, |listener| listener);
    let taking = HandOver::new(DEFAULT_TOKEN);
    let taken = in_time("the shards are released", taking.take([&socket]))
        .await
        .unwrap();
    assert_eq!(numbers(&taken.shards()), [0, 1]);
    for shard in taken.shards() {
        assert_eq!(taken.state(shard), Some(&state(shard)));
    }
    assert_eq!(taken.state(ShardId::new(1, 3)), None);
    publisher.publish(10);
    let mut new = Process::start(&emulator, (0..=1, 2), taken.sessions()).await;
    in_time("the shards run", taken.confirm(&new.cluster))
        .await
        .unwrap();
    let report = in_time("the shards are given", giving).await.unwrap();
    assert_eq!(report.given.len(), 2);
    assert_eq!(report.failed_attempts, 0);
    assert!(!socket.exists(), "the new process can serve there");
    let handled = old.ended().await;

    publisher.publish(50);
    new.handles(0..2, publisher.published()).await;
    assert_each_once(&publisher, 2, [handled, new.handled()]);
    let stats = emulator.stats();
    assert_eq!((stats.identifies, stats.resumes), (2, 2));
    assert_eq!(emulator.violations(), []);
}

#[tokio::test]
async fn two_processes_take_the_shards_of_one() {
    let folder = Folder::new("one-to-two");
    let socket = folder.socket("socket");
    let emulator = Arc::new(emulator(3, |emulator| emulator).await);
    let publisher = Publisher::new(&emulator);
    let old = Process::start(&emulator, (0..=2, 3), BTreeMap::new()).await;
    ready(&emulator, 3).await;
    publisher.publish(20);
    let giving = give(&old.cluster, &publisher, &socket, |listener| listener);

    let first = HandOver::new(DEFAULT_TOKEN).shards([ShardId::new(0, 3)]);
    let first = in_time("one is released", first.take([&socket]))
        .await
        .unwrap();
    let mut one = Process::start(&emulator, (0..=0, 3), first.sessions()).await;
    // The second asks while the first is not done.
    let rest = HandOver::new(DEFAULT_TOKEN);
    let rest = in_time("the rest is released", rest.take([&socket]))
        .await
        .unwrap();
    assert_eq!(numbers(&rest.shards()), [1, 2]);
    in_time("one runs", first.confirm(&one.cluster))
        .await
        .unwrap();
    publisher.publish(20);
    assert!(!giving.is_finished());
    let mut two = Process::start(&emulator, (1..=2, 3), rest.sessions()).await;
    in_time("the rest runs", rest.confirm(&two.cluster))
        .await
        .unwrap();
    let report = in_time("the shards are given", giving).await.unwrap();
    assert_eq!(numbers(&report.given), [0, 1, 2]);

    publisher.publish(20);
    one.handles([0], publisher.published()).await;
    two.handles([1, 2], publisher.published()).await;
    let handled = [old.ended().await, one.handled(), two.handled()];
    assert_each_once(&publisher, 3, handled);
    assert_eq!(emulator.stats().identifies, 3);
    assert_eq!(emulator.violations(), []);
}

#[tokio::test]
async fn one_process_takes_the_shards_of_two() {
    let folder = Folder::new("two-to-one");
    let sockets = [folder.socket("one"), folder.socket("two")];
    let emulator = Arc::new(emulator(2, |emulator| emulator).await);
    let publisher = Publisher::new(&emulator);
    let one = Process::start(&emulator, (0..=0, 2), BTreeMap::new()).await;
    let two = Process::start(&emulator, (1..=1, 2), BTreeMap::new()).await;
    ready(&emulator, 2).await;
    publisher.publish(20);
    let giving = [
        give(&one.cluster, &publisher, &sockets[0], |listener| listener),
        give(&two.cluster, &publisher, &sockets[1], |listener| listener),
    ];
    let taking = HandOver::new(DEFAULT_TOKEN);
    let taken = in_time("the shards are released", taking.take(&sockets))
        .await
        .unwrap();
    assert_eq!(numbers(&taken.shards()), [0, 1]);
    let mut new = Process::start(&emulator, (0..=1, 2), taken.sessions()).await;
    in_time("the shards run", taken.confirm(&new.cluster))
        .await
        .unwrap();
    for giving in giving {
        let report = in_time("the shard is given", giving).await.unwrap();
        assert_eq!(report.given.len(), 1);
    }
    publisher.publish(20);
    new.handles(0..2, publisher.published()).await;
    let handled = [one.ended().await, two.ended().await, new.handled()];
    assert_each_once(&publisher, 2, handled);
    assert_eq!(emulator.stats().identifies, 2);
    assert_eq!(emulator.violations(), []);
}
