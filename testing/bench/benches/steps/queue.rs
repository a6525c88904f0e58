//! Granting an IDENTIFY.

use divan::Bencher;
use gloaming::queue::{IDENTIFY_SPACING, QueueSettings, Scheduler};
use gloaming_bench::now;

#[divan::bench(args = [1, 1_000])]
fn grant(bencher: Bencher<'_, '_>, waiting: u32) {
    let mut time = now();
    let mut scheduler = Scheduler::new(QueueSettings::default(), time);
    for shard in 0..waiting {
        scheduler.enqueue(time, shard);
    }
    bencher.bench_local(|| {
        time += IDENTIFY_SPACING;
        let ticket = scheduler.enqueue(time, waiting);
        let decision = scheduler.poll(time);
        scheduler.cancel(time, ticket);
        decision
    });
}
