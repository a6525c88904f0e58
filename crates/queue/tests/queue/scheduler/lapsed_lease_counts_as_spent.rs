//! A permit that is neither spent nor released blocks its bucket only until its
//! lease ends, and is not granted a second time.

use crate::harness::{INTERVAL, SECOND, origin, unlimited_budget};
use gloaming_queue::{PERMIT_LEASE, Scheduler, SchedulerDecision, SpendOutcome};

#[test]
fn next_shard_identifies_one_spacing_after_the_lease() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(1), start);
    let lost = scheduler.enqueue(start, 0);
    let next = scheduler.enqueue(start, 1);
    let total = scheduler.remaining(start);
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(lost));
    assert_eq!(
        scheduler.poll(start),
        SchedulerDecision::WaitUntil(start + PERMIT_LEASE)
    );

    let granted_at = start + PERMIT_LEASE + INTERVAL;
    assert_eq!(
        scheduler.poll(start + PERMIT_LEASE),
        SchedulerDecision::WaitUntil(granted_at)
    );
    assert_eq!(scheduler.remaining(start + PERMIT_LEASE), total - 1);
    assert_eq!(scheduler.poll(granted_at), SchedulerDecision::Grant(next));
}

#[test]
fn late_spend_counts_once_and_keeps_the_spacing() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(1), start);
    let late = scheduler.enqueue(start, 0);
    let next = scheduler.enqueue(start, 1);
    let total = scheduler.remaining(start);
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(late));

    let spent = start + PERMIT_LEASE + SECOND;
    assert_eq!(scheduler.spend(spent, late), SpendOutcome::Lapsed);
    assert_eq!(scheduler.remaining(spent), total - 1);
    assert_eq!(
        scheduler.poll(spent),
        SchedulerDecision::WaitUntil(spent + INTERVAL)
    );
    assert_eq!(
        scheduler.poll(spent + INTERVAL),
        SchedulerDecision::Grant(next)
    );
}

#[test]
fn late_release_remains_counted() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(1), start);
    let late = scheduler.enqueue(start, 0);
    let total = scheduler.remaining(start);
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(late));
    scheduler.release(start + PERMIT_LEASE, late);
    assert_eq!(scheduler.remaining(start + PERMIT_LEASE), total - 1);
}
