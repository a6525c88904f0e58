//! All shards of a large bot enqueue at the same time. With a quadratic running
//! time this test would not finish.

use crate::harness::{INTERVAL, enqueue_all, origin, run, unlimited_budget};
use gloaming_queue::Scheduler;

#[test]
fn last_shard_is_granted_on_time() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(1000), start);
    let shards = enqueue_all(&mut scheduler, start, (0..50_000).rev());
    let started = run(&mut scheduler, start, &shards);
    assert_eq!(started.len(), 50_000);
    assert_eq!(started.last(), Some(&(49_999, 49 * INTERVAL)));
}
