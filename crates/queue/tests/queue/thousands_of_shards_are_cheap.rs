//! A bot's whole fleet may ask at once; nothing here is quadratic, or this
//! would not end.

use crate::support::{INTERVAL, enqueue_all, origin, plenty, run};
use gloaming_queue::Scheduler;

#[test]
fn fifty_thousand() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(1000), start);
    let shards = enqueue_all(&mut scheduler, start, (0..50_000).rev());
    let started = run(&mut scheduler, start, &shards);
    assert_eq!(started.len(), 50_000);
    assert_eq!(started.last(), Some(&(49_999, 49 * INTERVAL)));
}
