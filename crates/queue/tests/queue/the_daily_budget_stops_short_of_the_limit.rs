//! P12: reaching the limit costs the token, so the queue stops before it.

use std::time::Duration;

use crate::support::{DAY, HOUR, INTERVAL, enqueue_all, origin, plenty, run};
use gloaming_queue::{Next, Scheduler, Settings};

#[test]
fn the_reserve_is_never_granted() {
    let start = origin();
    let settings = Settings {
        remaining: 12,
        total: 1000,
        reset_after: HOUR,
        reserve: 10,
        ..plenty(16)
    };
    let mut scheduler = Scheduler::new(settings, start);
    let shards = enqueue_all(&mut scheduler, start, 0..3);
    let started = run(&mut scheduler, start, &shards);
    assert_eq!(
        started,
        [(0, Duration::ZERO), (1, Duration::ZERO), (2, HOUR)],
        "the third waits for the reset"
    );
}

#[test]
fn no_day_has_more_than_the_total() {
    let start = origin();
    let settings = Settings {
        remaining: 100,
        total: 100,
        reserve: 1,
        ..plenty(1)
    };
    let mut scheduler = Scheduler::new(settings, start);
    let shards = enqueue_all(&mut scheduler, start, 0..500);
    let started = run(&mut scheduler, start, &shards);
    assert_eq!(started.len(), 500);
    for (index, (_, at)) in started.iter().enumerate() {
        let in_a_day = started[index..]
            .iter()
            .take_while(|(_, later)| *later < *at + DAY)
            .count();
        assert!(in_a_day <= 99, "{in_a_day} from {at:?}");
    }
}

#[test]
fn a_budget_that_is_all_reserve_grants_nothing() {
    let start = origin();
    let settings = Settings {
        remaining: 5,
        total: 5,
        reserve: 5,
        ..plenty(1)
    };
    let mut scheduler = Scheduler::new(settings, start);
    scheduler.enqueue(start, 0);
    let mut now = start;
    for _ in 0..10 {
        let Next::Exhausted { until } = scheduler.poll(now) else {
            panic!("granted from the reserve");
        };
        assert!(until > now);
        now = until;
    }
}

#[test]
fn an_update_is_heard_while_exhausted() {
    let start = origin();
    let none_left = Settings {
        remaining: 0,
        total: 1000,
        reset_after: DAY,
        reserve: 10,
        ..plenty(1)
    };
    let mut scheduler = Scheduler::new(none_left, start);
    let ticket = scheduler.enqueue(start, 0);
    assert_eq!(
        scheduler.poll(start),
        Next::Exhausted { until: start + DAY }
    );
    let later = start + INTERVAL;
    scheduler.update(
        later,
        Settings {
            remaining: 500,
            ..none_left
        },
    );
    assert_eq!(scheduler.poll(later), Next::Grant(ticket));
}
