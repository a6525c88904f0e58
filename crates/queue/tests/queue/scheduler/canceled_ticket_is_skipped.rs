//! A shard that stops waiting is removed from the queue.

use crate::harness::{INTERVAL, origin, unlimited_budget};
use gloaming_queue::{Scheduler, SchedulerDecision, SpendOutcome};

#[test]
fn next_shard_moves_up() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(1), start);
    let first = scheduler.enqueue(start, 0);
    let canceled = scheduler.enqueue(start, 1);
    let last = scheduler.enqueue(start, 2);
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(first));
    scheduler.spend(start, first);

    scheduler.cancel(start, canceled);
    assert_eq!(scheduler.position(start, canceled), None);
    assert_eq!(
        scheduler.position(start, last).map(|last| last.estimate),
        Some(INTERVAL)
    );
    assert_eq!(
        scheduler.poll(start + INTERVAL),
        SchedulerDecision::Grant(last)
    );
    scheduler.spend(start + INTERVAL, last);
    assert_eq!(scheduler.poll(start + INTERVAL), SchedulerDecision::Idle);
    assert_eq!(scheduler.waiting(), 0);
}

#[test]
fn cancel_has_no_effect_on_a_granted_ticket() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(1), start);
    let ticket = scheduler.enqueue(start, 0);
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(ticket));
    scheduler.cancel(start, ticket);
    assert_eq!(scheduler.spend(start, ticket), SpendOutcome::InTime);
}
