//! A permit that is neither spent nor dropped can't hold up its bucket for
//! ever, and is not granted a second time either.

use crate::support::{INTERVAL, SECOND, origin, plenty};
use gloaming_queue::{LEASE, Next, Scheduler, Spend};

#[test]
fn the_next_in_line_starts_five_seconds_after_the_lease() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(1), start);
    let lost = scheduler.enqueue(start, 0);
    let next = scheduler.enqueue(start, 1);
    let total = scheduler.remaining(start);
    assert_eq!(scheduler.poll(start), Next::Grant(lost));
    assert_eq!(scheduler.poll(start), Next::WaitUntil(start + LEASE));

    let turn = start + LEASE + INTERVAL;
    assert_eq!(scheduler.poll(start + LEASE), Next::WaitUntil(turn));
    assert_eq!(scheduler.remaining(start + LEASE), total - 1);
    assert_eq!(scheduler.poll(turn), Next::Grant(next));
}

#[test]
fn spent_late_it_counts_once_and_keeps_the_distance() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(1), start);
    let late = scheduler.enqueue(start, 0);
    let next = scheduler.enqueue(start, 1);
    let total = scheduler.remaining(start);
    assert_eq!(scheduler.poll(start), Next::Grant(late));

    let spent = start + LEASE + SECOND;
    assert_eq!(scheduler.spend(spent, late), Spend::Lapsed);
    assert_eq!(scheduler.remaining(spent), total - 1);
    assert_eq!(scheduler.poll(spent), Next::WaitUntil(spent + INTERVAL));
    assert_eq!(scheduler.poll(spent + INTERVAL), Next::Grant(next));
}

#[test]
fn released_late_it_stays_counted() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(1), start);
    let late = scheduler.enqueue(start, 0);
    let total = scheduler.remaining(start);
    assert_eq!(scheduler.poll(start), Next::Grant(late));
    scheduler.release(start + LEASE, late);
    assert_eq!(scheduler.remaining(start + LEASE), total - 1);
}
