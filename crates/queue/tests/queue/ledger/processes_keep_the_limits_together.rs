//! Queues of several processes that share a ledger keep both limits of Discord together.

#![cfg(feature = "tokio")]

use crate::harness::{DAY, HOUR, INTERVAL, SECOND, Scratch, concurrency, unlimited_budget};
use gloaming_queue::{
    ClockReading, FileLedger, InMemoryQueue, Ledger, LedgerEntry, LimitSnapshot, MemoryLedger,
    QueueSettings, SchedulerDecision, WaitReason,
};
use std::{path::Path, time::Duration};
use tokio::time::{Instant, advance, sleep, timeout};

#[expect(clippy::disallowed_methods, reason = "the paused clock")]
fn now() -> Instant {
    Instant::now()
}

/// A process: it shares only the file with the others.
fn process(path: &Path, settings: QueueSettings) -> InMemoryQueue {
    InMemoryQueue::with_ledger(settings, FileLedger::new(path)).unwrap()
}

fn spaced(mut times: Vec<Instant>) {
    times.sort();
    for pair in times.windows(2) {
        let between = pair[1] - pair[0];
        assert!(between >= Duration::from_millis(5200), "{between:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn shards_of_three_processes_keep_the_spacing() {
    let scratch = Scratch::new("three_processes");
    let path = scratch.join("identifies.json");
    let start = now();
    let processes = [0, 1, 2].map(|_| process(&path, unlimited_budget(1)));
    let mut identifies = Vec::new();
    for queue in &processes {
        for shard in 0..4 {
            let permit = queue.acquire(shard);
            identifies.push(tokio::spawn(async move {
                permit.await.unwrap().spend();
                now()
            }));
        }
    }
    let mut times = Vec::new();
    for identify in identifies {
        times.push(identify.await.unwrap());
    }
    assert_eq!(times.len(), 12);
    spaced(times);
    let took = now() - start;
    assert!(took < 14 * INTERVAL, "no round is lost: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn buckets_of_other_processes_are_independent() {
    let scratch = Scratch::new("other_buckets");
    let path = scratch.join("identifies.json");
    let start = now();
    for shard in 0..4 {
        let queue = process(&path, unlimited_budget(4));
        queue.acquire(shard).await.unwrap().spend();
    }
    assert!(now() - start < SECOND);
}

#[tokio::test(start_paused = true)]
async fn processes_stop_at_the_common_daily_limit() {
    let scratch = Scratch::new("common_limit");
    let path = scratch.join("identifies.json");
    let settings = QueueSettings {
        max_concurrency: concurrency(16),
        remaining: 40,
        total: 40,
        reset_after: DAY,
        reserve: 2,
    };
    let processes = [0, 1, 2].map(|_| process(&path, settings));
    let mut waiting = Vec::new();
    for queue in &processes {
        for shard in 0..16 {
            let permit = queue.acquire(shard);
            waiting.push(tokio::spawn(async move {
                permit.await.unwrap().spend();
            }));
        }
    }
    sleep(10 * 60 * SECOND).await;
    let identified = waiting.iter().filter(|shard| shard.is_finished()).count();
    assert_eq!(identified, 38);
    let (queue, shard) = processes
        .iter()
        .flat_map(|queue| (0..16).map(move |shard| (queue, shard)))
        .find(|(queue, shard)| queue.waiting(*shard).is_some())
        .unwrap();
    assert_eq!(queue.remaining(), 2, "it knows of the others");
    let position = queue.waiting(shard).unwrap();
    assert_eq!(position.reason, WaitReason::Budget);
    assert!(position.estimate > DAY / 3, "{position:?}");

    // Discord's new numbers, which one process is told, reach the others.
    processes[0].update(concurrency(16), 40, DAY, 40);
    for shard in waiting {
        timeout(2 * 60 * SECOND, shard).await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn numbers_that_one_process_was_built_with_apply_to_the_others() {
    let scratch = Scratch::new("assumed");
    let path = scratch.join("identifies.json");
    let settings = QueueSettings {
        remaining: 3,
        ..unlimited_budget(16)
    };
    let _one = process(&path, settings);
    let two = process(&path, unlimited_budget(16));
    for shard in 0..3 {
        two.acquire(shard).await.unwrap().spend();
    }
    let fourth = timeout(60 * SECOND, two.acquire(3)).await;
    assert!(fourth.is_err(), "only three were left");
}

#[tokio::test(start_paused = true)]
async fn numbers_that_one_process_is_told_raise_the_limit_of_one_that_knew_less() {
    let ledger = MemoryLedger::new();
    let none_left = QueueSettings {
        remaining: 0,
        ..unlimited_budget(1)
    };
    let one = InMemoryQueue::with_ledger(none_left, ledger.clone()).unwrap();
    let two = InMemoryQueue::with_ledger(none_left, ledger).unwrap();
    let waits = tokio::spawn(two.acquire(0));
    sleep(SECOND).await;
    one.update_settings(unlimited_budget(1));
    let permit = timeout(2 * 60 * SECOND, waits).await.unwrap();
    permit.unwrap().unwrap().spend();
}

#[tokio::test(start_paused = true)]
async fn guess_of_a_whole_day_does_not_replace_what_discord_reported() {
    let ledger = MemoryLedger::new();
    let at = ClockReading::now().wall;
    let reported = LimitSnapshot {
        at,
        remaining: 1500,
        total: 2000,
        resets_at: at.saturating_add(DAY),
    };
    ledger
        .record(&[LedgerEntry::LimitReported(reported)])
        .unwrap();
    let guess = QueueSettings {
        remaining: 1000,
        total: 1000,
        ..unlimited_budget(1)
    };
    let _queue = InMemoryQueue::with_ledger(guess, ledger.clone()).unwrap();
    assert_eq!(ledger.load().unwrap().limit(), Some(&reported));
}

#[tokio::test(start_paused = true)]
async fn refused_shard_keeps_its_place_and_its_position() {
    let ledger = MemoryLedger::new();
    let settings = unlimited_budget(1);
    let queue = InMemoryQueue::with_ledger(settings, ledger.clone()).unwrap();
    let other = InMemoryQueue::with_ledger(settings, ledger.clone()).unwrap();
    other.acquire(9).await.unwrap().spend();
    let mut order = Vec::new();
    let mut shards = Vec::new();
    for shard in [0, 1] {
        let permit = queue.acquire(shard);
        shards.push(tokio::spawn(async move {
            permit.await.unwrap().spend();
            (now(), shard)
        }));
    }
    sleep(SECOND).await;
    for (shard, ahead) in [(0, 0), (1, 1)] {
        let position = queue.waiting(shard).unwrap();
        assert_eq!(
            (position.ahead, position.reason),
            (ahead, WaitReason::Concurrency)
        );
        assert!(position.estimate <= (ahead + 1) * INTERVAL, "{position:?}");
        assert!(position.estimate > 4 * SECOND, "{position:?}");
    }
    for shard in shards {
        order.push(shard.await.unwrap());
    }
    order.sort();
    assert_eq!([order[0].1, order[1].1], [0, 1]);
    assert_eq!(ledger.load().unwrap().spent().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn dropped_wait_of_a_refused_shard_leaves_nothing() {
    let ledger = MemoryLedger::new();
    let settings = unlimited_budget(1);
    let queue = InMemoryQueue::with_ledger(settings, ledger.clone()).unwrap();
    let other = InMemoryQueue::with_ledger(settings, ledger.clone()).unwrap();
    let remaining = queue.remaining();
    for millis in [0, 1, 2, 5, 100, 1000, 4000] {
        other.acquire(9).await.unwrap().spend();
        let waits = timeout(Duration::from_millis(millis), queue.acquire(0)).await;
        assert!(waits.is_err(), "{millis}");
        assert_eq!(queue.waiting(0), None);
        advance(6 * SECOND).await;
    }
    queue.acquire(0).await.unwrap().spend();
    assert_eq!(ledger.load().unwrap().spent().len(), 8);
    assert_eq!(queue.remaining(), remaining - 8);
}

#[tokio::test(start_paused = true)]
async fn permit_that_another_process_holds_is_waited_for() {
    let scratch = Scratch::new("held");
    let path = scratch.join("identifies.json");
    let one = process(&path, unlimited_budget(1));
    let two = process(&path, unlimited_budget(1));
    let held = one.acquire(0).await.unwrap();
    let waits = tokio::spawn(two.acquire(1));
    sleep(20 * SECOND).await;
    assert!(!waits.is_finished(), "IDENTIFY may still be sent");
    held.spend();
    let sent = now();
    waits.await.unwrap().unwrap().spend();
    let waited = now() - sent;
    assert!(waited >= Duration::from_millis(5200), "{waited:?}");
    assert!(waited <= INTERVAL + SECOND, "{waited:?}");

    // It was killed: after the lease, others go on.
    let held = one.acquire(0).await.unwrap();
    std::mem::forget(held);
    let start = now();
    two.acquire(1).await.unwrap().spend();
    let waited = now() - start;
    assert!(waited >= 60 * SECOND, "{waited:?}");
    assert!(waited <= 67 * SECOND, "{waited:?}");
}

#[test]
fn scheduler_defers_a_ticket_in_its_order() {
    let start = crate::harness::origin();
    let mut scheduler = gloaming_queue::Scheduler::new(unlimited_budget(1), start);
    let tickets = [0, 1, 2].map(|shard| scheduler.enqueue(start, shard));
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(tickets[0]));
    scheduler.defer(start, tickets[0]);
    scheduler.hold(start, 7, 3 * SECOND);
    assert_eq!(scheduler.waiting(), 3);
    let at = start + 3 * SECOND;
    assert_eq!(scheduler.poll(start), SchedulerDecision::WaitUntil(at));
    for ticket in tickets {
        scheduler.hold(at, 0, Duration::ZERO);
        let mut now = at;
        while scheduler.poll(now) != SchedulerDecision::Grant(ticket) {
            now += SECOND;
            assert!(now < at + 60 * SECOND);
        }
        scheduler.spend(now, ticket);
    }
    // A ticket that is not leased is not deferred.
    scheduler.defer(at + 60 * SECOND, tickets[0]);
    assert_eq!(scheduler.waiting(), 0);
}

#[test]
fn hold_of_no_time_does_not_change_the_order_of_buckets() {
    let start = crate::harness::origin();
    let mut scheduler = gloaming_queue::Scheduler::new(unlimited_budget(2), start);
    let first = scheduler.enqueue(start, 0);
    let second = scheduler.enqueue(start, 1);
    let later = start + SECOND;
    scheduler.hold(later, 0, Duration::ZERO);
    assert_eq!(scheduler.poll(later), SchedulerDecision::Grant(first));
    assert_eq!(scheduler.poll(later), SchedulerDecision::Grant(second));
}

#[test]
fn counted_down_budget_is_exhausted_until_its_reset() {
    let start = crate::harness::origin();
    let settings = QueueSettings {
        reserve: 1,
        ..unlimited_budget(4)
    };
    let mut scheduler = gloaming_queue::Scheduler::new(settings, start);
    let first = scheduler.enqueue(start, 0);
    scheduler.enqueue(start, 1);
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(first));
    // One of two is leased, the other one is the reserve.
    scheduler.count_down(start, 2, HOUR);
    let until = start + HOUR;
    assert_eq!(
        scheduler.poll(start),
        SchedulerDecision::Exhausted { until }
    );
    assert_eq!(scheduler.settings(), &settings);
    scheduler.count_down(start, 3, HOUR);
    assert!(matches!(scheduler.poll(start), SchedulerDecision::Grant(_)));
}
