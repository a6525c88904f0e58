//! Shards come and go while they wait.

use crate::support::{INTERVAL, origin, plenty};
use gloaming_queue::{Next, Scheduler, Spend};

#[test]
fn its_place_goes_to_the_next() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(1), start);
    let first = scheduler.enqueue(start, 0);
    let gone = scheduler.enqueue(start, 1);
    let last = scheduler.enqueue(start, 2);
    assert_eq!(scheduler.poll(start), Next::Grant(first));
    scheduler.spend(start, first);

    scheduler.cancel(start, gone);
    assert_eq!(scheduler.position(start, gone), None);
    assert_eq!(
        scheduler.position(start, last).map(|last| last.estimate),
        Some(INTERVAL)
    );
    assert_eq!(scheduler.poll(start + INTERVAL), Next::Grant(last));
    scheduler.spend(start + INTERVAL, last);
    assert_eq!(scheduler.poll(start + INTERVAL), Next::Empty);
    assert_eq!(scheduler.waiting(), 0);
}

#[test]
fn a_granted_ticket_has_to_be_released() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(1), start);
    let ticket = scheduler.enqueue(start, 0);
    assert_eq!(scheduler.poll(start), Next::Grant(ticket));
    scheduler.cancel(start, ticket);
    assert_eq!(scheduler.spend(start, ticket), Spend::InTime);
}
