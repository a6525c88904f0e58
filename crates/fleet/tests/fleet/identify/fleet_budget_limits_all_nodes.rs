use crate::harness::{Process, World};
use gloaming_emulator::Selector;
use gloaming_queue::QueueSettings;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn nodes_that_start_together_keep_the_spacing() {
    // One identify per 5 s. The queues of the processes would let all identify at once.
    let world = World::with(6, QueueSettings::default(), |emulator| emulator);
    let (a, b, c) = tokio::join!(
        Process::start(&world, "a"),
        Process::start(&world, "b"),
        Process::start(&world, "c"),
    );
    for process in [&a, &b, &c] {
        process.serves(2).await;
    }
    assert_eq!(world.stats().identifies, 6);
    world.assert_no_violation();
}

#[tokio::test(start_paused = true)]
async fn lost_sessions_identify_with_permits() {
    let world = World::with(4, QueueSettings::default(), |emulator| emulator);
    let a = Process::start(&world, "a").await;
    let b = Process::start(&world, "b").await;
    a.serves(2).await;
    b.serves(2).await;
    world.server.change(|gateway, now| {
        gateway.invalidate(now, &Selector::All, false);
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    a.serves(2).await;
    b.serves(2).await;
    assert_eq!(world.stats().identifies, 8);
    world.assert_no_violation();
}

#[tokio::test(start_paused = true)]
async fn no_shard_identifies_beyond_the_budget_of_the_day() {
    let settings = QueueSettings {
        remaining: 3,
        total: 1000,
        reserve: 1,
        max_concurrency: 4.try_into().unwrap(),
        ..QueueSettings::default()
    };
    let world = World::with(4, settings, |emulator| emulator);
    let a = Process::start(&world, "a").await;
    let b = Process::start(&world, "b").await;
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!(world.stats().identifies, 2);
    let up = |process: &Process| process.fleet().cluster().health().up();
    assert_eq!(up(&a) + up(&b), 2);
    world.assert_no_violation();
}
