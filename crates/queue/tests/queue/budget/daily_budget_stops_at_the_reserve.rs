//! P12: a bot that reaches the limit loses its token, so the queue stops before it.

use std::time::Duration;

use crate::harness::{DAY, HOUR, INTERVAL, enqueue_all, origin, run, unlimited_budget};
use gloaming_queue::{QueueSettings, Scheduler, SchedulerDecision};

#[test]
fn reserve_is_never_granted() {
    let start = origin();
    let settings = QueueSettings {
        remaining: 12,
        total: 1000,
        reset_after: HOUR,
        reserve: 10,
        ..unlimited_budget(16)
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
fn every_day_has_at_most_the_total_minus_the_reserve() {
    let start = origin();
    let settings = QueueSettings {
        remaining: 100,
        total: 100,
        reserve: 1,
        ..unlimited_budget(1)
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
fn reserve_of_the_whole_total_grants_nothing() {
    let start = origin();
    let settings = QueueSettings {
        remaining: 5,
        total: 5,
        reserve: 5,
        ..unlimited_budget(1)
    };
    let mut scheduler = Scheduler::new(settings, start);
    scheduler.enqueue(start, 0);
    let mut now = start;
    for _ in 0..10 {
        let SchedulerDecision::Exhausted { until } = scheduler.poll(now) else {
            panic!("granted from the reserve");
        };
        assert!(until > now);
        now = until;
    }
}

#[test]
fn update_takes_effect_while_exhausted() {
    let start = origin();
    let none_left = QueueSettings {
        remaining: 0,
        total: 1000,
        reset_after: DAY,
        reserve: 10,
        ..unlimited_budget(1)
    };
    let mut scheduler = Scheduler::new(none_left, start);
    let ticket = scheduler.enqueue(start, 0);
    assert_eq!(
        scheduler.poll(start),
        SchedulerDecision::Exhausted { until: start + DAY }
    );
    let later = start + INTERVAL;
    scheduler.update(
        later,
        QueueSettings {
            remaining: 500,
            ..none_left
        },
    );
    assert_eq!(scheduler.poll(later), SchedulerDecision::Grant(ticket));
}
