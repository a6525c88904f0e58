//! `max_concurrency` may change at any time; the shards in line are dealt out
//! anew, and the distance to identifies already sent is kept.

use std::time::Duration;

use crate::support::{INTERVAL, SECOND, enqueue_all, origin, plenty, run};
use gloaming_queue::{Next, Scheduler};

#[test]
fn when_it_grows() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(1), start);
    let shards = enqueue_all(&mut scheduler, start, 0..4);
    let Next::Grant(first) = scheduler.poll(start) else {
        panic!("nobody is ahead");
    };
    scheduler.spend(start, first);
    scheduler.update(start + SECOND, plenty(2));
    let started = run(&mut scheduler, start + SECOND, &shards);
    assert_eq!(
        started,
        [(1, Duration::ZERO), (2, INTERVAL - SECOND), (3, INTERVAL),],
        "shard 2 shares its new key with shard 0, which identified 1 s before"
    );
}

#[test]
fn when_it_shrinks() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(3), start);
    let shards = enqueue_all(&mut scheduler, start, 0..6);
    let granted = (0..3)
        .map(|_| match scheduler.poll(start) {
            Next::Grant(ticket) => ticket,
            next => panic!("{next:?}"),
        })
        .collect::<Vec<_>>();
    scheduler.update(start, plenty(1));
    for (ticket, delay) in granted.into_iter().zip([1, 2, 3]) {
        let now = start + delay * SECOND;
        assert!(
            !matches!(scheduler.poll(now), Next::Grant(_)),
            "three permits of the one bucket are out"
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
