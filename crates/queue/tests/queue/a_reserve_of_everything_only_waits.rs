//! Where the reserve is all there is nobody is ever granted anything: the queue says so, and costs nothing.

use std::time::Duration;

use crate::support::{DAY, SECOND, origin, plenty};
use gloaming_queue::{Next, Scheduler, Settings};

fn nothing_to_grant() -> Settings {
    Settings {
        remaining: 10,
        total: 10,
        reserve: 10,
        ..plenty(1)
    }
}

/// Whoever waits until then is not told another instant each time it asks.
#[test]
fn until_an_instant_that_stays() {
    let start = origin();
    let mut scheduler = Scheduler::new(nothing_to_grant(), start);
    let asked = start + SECOND;
    scheduler.enqueue(asked, 0);
    let until = start + DAY;
    for now in [asked, asked + Duration::from_nanos(1), until - SECOND] {
        assert_eq!(scheduler.poll(now), Next::Exhausted { until });
    }
    // Nothing changes by waiting: it is looked at once a day.
    let next = until + DAY;
    assert_eq!(scheduler.poll(until), Next::Exhausted { until: next });
    assert_eq!(
        scheduler.poll(until + SECOND),
        Next::Exhausted { until: next }
    );
}

/// The same where permits that are out are all that may be granted.
#[test]
fn until_an_instant_that_stays_while_permits_are_out() {
    let start = origin();
    let settings = Settings {
        reserve: 9,
        ..nothing_to_grant()
    };
    let mut scheduler = Scheduler::new(settings, start);
    let permit = scheduler.enqueue(start, 0);
    scheduler.enqueue(start, 1);
    assert_eq!(scheduler.poll(start), Next::Grant(permit));
    let until = start + DAY;
    for now in [start, start + SECOND] {
        assert_eq!(scheduler.poll(now), Next::Exhausted { until });
    }
}

/// In real time, since a paused clock says the same instant each time.
#[cfg(feature = "tokio")]
#[test]
fn and_others_on_its_thread_go_on() {
    use gloaming_queue::{InMemoryQueue, Queue};
    use std::{sync::mpsc, thread};

    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let queue = InMemoryQueue::with_settings(nothing_to_grant());
            let waits = tokio::spawn(async move { queue.acquire(0).await });
            tokio::time::sleep(Duration::from_millis(10)).await;
            assert!(!waits.is_finished());
        });
        done.send(()).unwrap();
    });
    let hung = Duration::from_secs(30);
    assert!(is_done.recv_timeout(hung).is_ok(), "nobody else had a turn");
}
