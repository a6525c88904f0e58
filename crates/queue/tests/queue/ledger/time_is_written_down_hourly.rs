//! The queue tells its ledger once an hour that time has passed, as long as there is a queue.

#![cfg(feature = "tokio")]

use crate::harness::{GatedLedger, SECOND, unlimited_budget};
use gloaming_queue::InMemoryQueue;
use std::time::Duration;
use tokio::{
    runtime::{Builder, Handle},
    time::sleep,
};

const MINUTE: Duration = Duration::from_secs(60);

fn queue(ledger: &GatedLedger) -> InMemoryQueue {
    InMemoryQueue::with_ledger(unlimited_budget(1), ledger.clone()).unwrap()
}

async fn identify(queue: &InMemoryQueue) {
    queue.acquire(0).await.unwrap().spend();
}

#[tokio::test(start_paused = true)]
async fn time_that_passes_is_written_down_after_each_hour() {
    let ledger = GatedLedger::default();
    let queue = queue(&ledger);
    identify(&queue).await;
    sleep(59 * MINUTE).await;
    for hour in 1..=5 {
        assert_eq!(ledger.ticks(), hour - 1);
        sleep(2 * MINUTE).await;
        assert_eq!(ledger.ticks(), hour);
        sleep(58 * MINUTE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn identifies_do_not_put_it_off() {
    let ledger = GatedLedger::default();
    let queue = queue(&ledger);
    // None at the full hour, whose entry would be written together with that of the time.
    for _ in 0..4 {
        identify(&queue).await;
        sleep(25 * MINUTE).await;
    }
    assert_eq!(ledger.ticks(), 1);
}

#[test]
fn it_goes_on_in_the_next_runtime() {
    let ledger = GatedLedger::default();
    let queue = queue(&ledger);
    for runtimes in 1..=3 {
        let mut runtime = Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            identify(&queue).await;
            sleep(61 * MINUTE).await;
        });
        assert_eq!(ledger.ticks(), runtimes);
    }
}

#[tokio::test(start_paused = true)]
async fn dropped_queue_leaves_no_task() {
    let queue = queue(&GatedLedger::default());
    identify(&queue).await;
    sleep(SECOND).await;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    assert_eq!(tasks(), 1);
    drop(queue);
    sleep(SECOND).await;
    assert_eq!(tasks(), 0);
}
