//! Discord counts from arrival to arrival (P11), and not each IDENTIFY is as
//! long on its way as the one before it.

use std::time::Duration;

use crate::support::{SECOND, enqueue_all, origin, plenty, run};
use gloaming_queue::{IDENTIFY_MARGIN, IDENTIFY_SPACING, Scheduler};
use gloaming_test_support::Random;

const DISCORD: Duration = Duration::from_secs(5);

#[test]
fn identifies_arrive_five_seconds_apart() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(1), start);
    let shards = enqueue_all(&mut scheduler, start, 0..200);
    let mut random = Random::new(250);
    let mut last = None;
    for (shard, sent) in run(&mut scheduler, start, &shards) {
        let on_the_way = Duration::from_millis(random.below(251));
        let arrives = sent + on_the_way;
        if let Some(last) = last.replace(arrives) {
            assert!(arrives - last >= DISCORD, "{shard}: {:?}", arrives - last);
        }
    }
}

#[test]
fn which_costs_little_of_the_time_that_a_start_takes() {
    assert_eq!(IDENTIFY_SPACING, DISCORD + IDENTIFY_MARGIN);
    assert!(IDENTIFY_MARGIN <= SECOND / 4);
}
