//! A soak of seconds, with the emulator in the same process: its end is reached, and all is well.

use std::time::Duration;

use gloaming_soak::{Gateway, Plan, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_shards_lose_nothing() {
    let plan = Plan {
        warm: Duration::from_secs(1),
        faults: Duration::from_secs(7),
        quiet: Duration::from_secs(1),
        // Nobody is late with it on a busy machine.
        heartbeat: Duration::from_secs(60),
        interval: Duration::from_secs(1),
        ..Plan::lasting(Duration::from_secs(60), 4, 11)
    };
    let emulator = plan.emulator().start().await.expect("loopback is there");
    let mut phases = Vec::new();
    let outcome = run(&plan, &Gateway::within(&emulator), |glimpse| {
        if phases.last() != Some(&glimpse.phase) {
            phases.push(glimpse.phase);
        }
    })
    .await
    .expect("the emulator answers, and shards end");

    assert!(outcome.troubles >= 2, "seed {}: {outcome}", plan.seed);
    assert!(outcome.events.is_well(), "seed {}: {outcome}", plan.seed);
    assert!(outcome.events.delivered > 1000, "{outcome}");
    assert_eq!(outcome.violations, 0, "seed {}: {outcome}", plan.seed);
    // Levels are the emulator's as well, here, and that has no quiet end.
    let wrong = |it: &&String| !it.contains("did not return to their level");
    assert_eq!(outcome.wrong.iter().find(wrong), None, "seed {}", plan.seed);
    assert!(
        phases.contains(&"faults") && phases.last() == Some(&"close"),
        "{phases:?}"
    );
}
