//! Discord measures from arrival to arrival (P11), and the latency varies from one
//! IDENTIFY to the next.

use std::time::Duration;

use crate::harness::{SECOND, enqueue_all, origin, run, unlimited_budget};
use gloaming_queue::{IDENTIFY_MARGIN, IDENTIFY_SPACING, Scheduler};
use gloaming_test_support::Random;

const DISCORD: Duration = Duration::from_secs(5);

#[test]
fn identifies_arrive_five_seconds_apart() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(1), start);
    let shards = enqueue_all(&mut scheduler, start, 0..200);
    let mut random = Random::new(250);
    let mut last = None;
    for (shard, sent) in run(&mut scheduler, start, &shards) {
        let latency = Duration::from_millis(random.below(251));
        let arrives = sent + latency;
        if let Some(last) = last.replace(arrives) {
            assert!(arrives - last >= DISCORD, "{shard}: {:?}", arrives - last);
        }
    }
}

#[test]
fn margin_is_a_small_part_of_the_spacing() {
    assert_eq!(IDENTIFY_SPACING, DISCORD + IDENTIFY_MARGIN);
    assert!(IDENTIFY_MARGIN <= SECOND / 4);
}
