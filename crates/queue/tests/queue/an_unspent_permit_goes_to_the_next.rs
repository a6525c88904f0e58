//! A permit that comes back costs nobody a turn.

use crate::support::{DAY, origin, plenty};
use gloaming_queue::{Next, Scheduler, Settings, Spend};

#[test]
fn at_once() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(1), start);
    let first = scheduler.enqueue(start, 0);
    let second = scheduler.enqueue(start, 1);
    assert_eq!(scheduler.poll(start), Next::Grant(first));
    scheduler.release(start, first);
    assert_eq!(scheduler.poll(start), Next::Grant(second));
    assert_eq!(scheduler.spend(start, first), Spend::Unknown);
}

#[test]
fn and_goes_back_to_the_budget() {
    let start = origin();
    let settings = Settings {
        remaining: 1,
        total: 100,
        reset_after: DAY,
        reserve: 0,
        ..plenty(2)
    };
    let mut scheduler = Scheduler::new(settings, start);
    let first = scheduler.enqueue(start, 0);
    let second = scheduler.enqueue(start, 1);
    assert_eq!(scheduler.poll(start), Next::Grant(first));
    assert_eq!(
        scheduler.poll(start),
        Next::Exhausted { until: start + DAY },
        "the last identify is promised"
    );
    scheduler.release(start, first);
    assert_eq!(scheduler.poll(start), Next::Grant(second));
}
