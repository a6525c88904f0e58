//! P11: the spacing is counted from when IDENTIFY is sent, not from the grant.

use crate::harness::{INTERVAL, SECOND, origin, unlimited_budget};
use gloaming_queue::{Scheduler, SchedulerDecision, SpendOutcome};

#[test]
fn held_permit_delays_the_next_grant() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(1), start);
    let first = scheduler.enqueue(start, 0);
    let second = scheduler.enqueue(start, 1);
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(first));

    let later = start + 7 * SECOND;
    assert!(
        matches!(scheduler.poll(later), SchedulerDecision::WaitUntil(at) if at > later),
        "no grant while the first permit is held"
    );
    assert_eq!(scheduler.spend(later, first), SpendOutcome::InTime);
    assert_eq!(
        scheduler.poll(later),
        SchedulerDecision::WaitUntil(later + INTERVAL)
    );
    assert_eq!(
        scheduler.poll(later + INTERVAL),
        SchedulerDecision::Grant(second)
    );
}

#[test]
fn restored_identify_keeps_the_spacing() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(2), start);
    scheduler.restore(start, 4, 2 * SECOND);
    scheduler.restore(start, 6, 6 * SECOND);
    let same_key = scheduler.enqueue(start, 0);
    let other_key = scheduler.enqueue(start, 1);
    let next = start + INTERVAL - 2 * SECOND;
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(other_key));
    assert_eq!(scheduler.poll(start), SchedulerDecision::WaitUntil(next));
    assert_eq!(scheduler.poll(next), SchedulerDecision::Grant(same_key));
}
