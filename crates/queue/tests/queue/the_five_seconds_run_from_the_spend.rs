//! P11: what counts is when IDENTIFY is sent, not when it was allowed.

use crate::support::{INTERVAL, SECOND, origin, plenty};
use gloaming_queue::{Next, Scheduler, Spend};

#[test]
fn a_slow_holder_delays_the_next_in_line() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(1), start);
    let first = scheduler.enqueue(start, 0);
    let second = scheduler.enqueue(start, 1);
    assert_eq!(scheduler.poll(start), Next::Grant(first));

    let later = start + 7 * SECOND;
    assert!(
        matches!(scheduler.poll(later), Next::WaitUntil(at) if at > later),
        "not while the first permit is out"
    );
    assert_eq!(scheduler.spend(later, first), Spend::InTime);
    assert_eq!(scheduler.poll(later), Next::WaitUntil(later + INTERVAL));
    assert_eq!(scheduler.poll(later + INTERVAL), Next::Grant(second));
}

#[test]
fn an_identify_of_an_earlier_process_keeps_its_distance() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(2), start);
    scheduler.recall(start, 4, 2 * SECOND);
    scheduler.recall(start, 6, 6 * SECOND);
    let same_key = scheduler.enqueue(start, 0);
    let other_key = scheduler.enqueue(start, 1);
    let turn = start + INTERVAL - 2 * SECOND;
    assert_eq!(scheduler.poll(start), Next::Grant(other_key));
    assert_eq!(scheduler.poll(start), Next::WaitUntil(turn));
    assert_eq!(scheduler.poll(turn), Next::Grant(same_key));
}
