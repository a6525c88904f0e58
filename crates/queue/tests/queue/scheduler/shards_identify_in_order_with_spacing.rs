//! P11: one identify per key and 5 s, with a margin for network jitter, in the
//! order of the shards' ids. Keys are independent of each other.

use std::time::Duration;

use crate::harness::{INTERVAL, enqueue_all, origin, run, unlimited_budget};
use gloaming_queue::Scheduler;

#[test]
fn one_key_identifies_one_shard_at_a_time() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(1), start);
    let shards = enqueue_all(&mut scheduler, start, [3, 0, 2, 1]);
    let started = run(&mut scheduler, start, &shards);
    assert_eq!(
        started,
        [
            (0, Duration::ZERO),
            (1, INTERVAL),
            (2, 2 * INTERVAL),
            (3, 3 * INTERVAL)
        ]
    );
}

#[test]
fn sixteen_keys_identify_sixteen_shards_at_a_time() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(16), start);
    let shards = enqueue_all(&mut scheduler, start, (0..48).rev());
    let started = run(&mut scheduler, start, &shards);
    let expected = (0..48)
        .map(|shard| (shard, shard / 16 * INTERVAL))
        .collect::<Vec<_>>();
    assert_eq!(started, expected);
}
