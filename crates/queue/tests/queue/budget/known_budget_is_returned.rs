//! What a queue knows of the daily limit can be asked for, through every trait.

use gloaming_queue::{
    IdentifyQueue, InMemoryQueue, Queue, QueueBudget, QueueSettings, UnlimitedQueue,
};
use std::{sync::Arc, time::Duration};

const RESET: Duration = Duration::from_secs(3_600);

fn queue(remaining: u32) -> InMemoryQueue {
    InMemoryQueue::with_settings(QueueSettings {
        remaining,
        total: 40,
        reset_after: RESET,
        reserve: 3,
        ..QueueSettings::default()
    })
}

/// As any queue.
fn known(queue: &dyn IdentifyQueue) -> Option<QueueBudget> {
    queue.budget()
}

#[tokio::test(start_paused = true)]
async fn used_budget_has_a_reset_and_a_whole_one_has_none() {
    let used = known(&queue(30)).expect("the queue knows its limits");
    assert_eq!((used.remaining, used.total, used.reserve), (30, 40, 3));
    assert_eq!(used.resets_in, Some(RESET));
    let whole = known(&queue(40)).expect("the queue knows its limits");
    assert_eq!((whole.remaining, whole.resets_in), (40, None));
}

#[tokio::test(start_paused = true)]
async fn budget_is_known_through_pointers_and_traits() {
    let queue = queue(30);
    let expected = known(&queue);
    assert!(expected.is_some());
    let shared: Arc<dyn IdentifyQueue> = Arc::new(queue.clone());
    assert_eq!(known(&shared), expected);
    let as_queue: Arc<dyn Queue> = Arc::new(queue);
    assert_eq!(known(&as_queue), expected);
    assert_eq!(known(&UnlimitedQueue), None);
}
