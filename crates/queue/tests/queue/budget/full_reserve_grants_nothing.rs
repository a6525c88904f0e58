//! If the reserve equals the total, no permit is ever granted, and waiting uses no CPU time.

use std::time::Duration;

use crate::harness::{DAY, SECOND, origin, unlimited_budget};
use gloaming_queue::{QueueSettings, Scheduler, SchedulerDecision};

fn full_reserve() -> QueueSettings {
    QueueSettings {
        remaining: 10,
        total: 10,
        reserve: 10,
        ..unlimited_budget(1)
    }
}

/// The returned instant does not change with each poll until it is reached.
#[test]
fn instant_stays_the_same_within_a_period() {
    let start = origin();
    let mut scheduler = Scheduler::new(full_reserve(), start);
    let enqueued = start + SECOND;
    scheduler.enqueue(enqueued, 0);
    let until = start + DAY;
    for now in [enqueued, enqueued + Duration::from_nanos(1), until - SECOND] {
        assert_eq!(scheduler.poll(now), SchedulerDecision::Exhausted { until });
    }
    // The scheduler is polled once per period.
    let next = until + DAY;
    assert_eq!(
        scheduler.poll(until),
        SchedulerDecision::Exhausted { until: next }
    );
    assert_eq!(
        scheduler.poll(until + SECOND),
        SchedulerDecision::Exhausted { until: next }
    );
}

/// The same applies if all permits that may be granted are leased.
#[test]
fn instant_stays_the_same_while_permits_are_leased() {
    let start = origin();
    let settings = QueueSettings {
        reserve: 9,
        ..full_reserve()
    };
    let mut scheduler = Scheduler::new(settings, start);
    let permit = scheduler.enqueue(start, 0);
    scheduler.enqueue(start, 1);
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(permit));
    let until = start + DAY;
    for now in [start, start + SECOND] {
        assert_eq!(scheduler.poll(now), SchedulerDecision::Exhausted { until });
    }
}

/// Runs in real time, since the paused clock does not advance while a task is busy.
#[cfg(feature = "tokio")]
#[test]
fn other_tasks_of_the_thread_continue() {
    use gloaming_queue::InMemoryQueue;
    use std::{sync::mpsc, thread};

    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let queue = InMemoryQueue::with_settings(full_reserve());
            let waiting = tokio::spawn(async move { queue.acquire(0).await });
            tokio::time::sleep(Duration::from_millis(10)).await;
            assert!(!waiting.is_finished());
        });
        sender.send(()).unwrap();
    });
    let timeout = Duration::from_secs(30);
    assert!(receiver.recv_timeout(timeout).is_ok(), "the thread is busy");
}
