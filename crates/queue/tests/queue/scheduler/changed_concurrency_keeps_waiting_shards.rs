//! When `max_concurrency` changes, the waiting shards are assigned to new buckets,
//! which keep the spacing to identifies that were already sent.

use std::time::Duration;

use crate::harness::{INTERVAL, SECOND, enqueue_all, origin, run, unlimited_budget};
use gloaming_queue::{Scheduler, SchedulerDecision};

#[test]
fn increase_assigns_shards_to_more_buckets() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(1), start);
    let shards = enqueue_all(&mut scheduler, start, 0..4);
    let SchedulerDecision::Grant(first) = scheduler.poll(start) else {
        panic!("no shard is ahead");
    };
    scheduler.spend(start, first);
    scheduler.update(start + SECOND, unlimited_budget(2));
    let started = run(&mut scheduler, start + SECOND, &shards);
    assert_eq!(
        started,
        [(1, Duration::ZERO), (2, INTERVAL - SECOND), (3, INTERVAL),],
        "shard 2 shares its new key with shard 0, which identified 1 s before"
    );
}

#[test]
fn decrease_waits_for_all_leased_permits() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(3), start);
    let shards = enqueue_all(&mut scheduler, start, 0..6);
    let granted = (0..3)
        .map(|_| match scheduler.poll(start) {
            SchedulerDecision::Grant(ticket) => ticket,
            next => panic!("{next:?}"),
        })
        .collect::<Vec<_>>();
    scheduler.update(start, unlimited_budget(1));
    for (ticket, delay) in granted.into_iter().zip([1, 2, 3]) {
        let now = start + delay * SECOND;
        assert!(
            !matches!(scheduler.poll(now), SchedulerDecision::Grant(_)),
            "several permits of the one bucket are leased"
        );
        scheduler.spend(now, ticket);
    }
    let last_spend = start + 3 * SECOND;
    let started = run(&mut scheduler, last_spend, &shards);
    assert_eq!(
        started,
        [(3, INTERVAL), (4, 2 * INTERVAL), (5, 3 * INTERVAL)]
    );
}
