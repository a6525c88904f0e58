use std::time::Duration;

use gloaming_soak::{Endpoint, Phase, Plan, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_shards_lose_no_event() {
    let plan = Plan {
        baseline: Duration::from_secs(1),
        faults: Duration::from_secs(7),
        cooldown: Duration::from_secs(1),
        // Long enough that no heartbeat is late on a busy machine.
        heartbeat_interval: Duration::from_secs(60),
        report_interval: Duration::from_secs(1),
        ..Plan::with_duration(Duration::from_secs(60), 4, 11)
    };
    let emulator = plan
        .emulator()
        .start()
        .await
        .expect("loopback is available");
    let mut phases = Vec::new();
    let report = run(&plan, &Endpoint::in_process(&emulator), |snapshot| {
        if phases.last() != Some(&snapshot.phase) {
            phases.push(snapshot.phase);
        }
    })
    .await
    .expect("the emulator responds, and the shards stop");

    assert!(report.faults >= 2, "seed {}: {report}", plan.seed);
    assert!(report.events.is_ok(), "seed {}: {report}", plan.seed);
    assert!(report.events.delivered > 1000, "{report}");
    assert_eq!(report.violations, 0, "seed {}: {report}", plan.seed);
    // The levels include those of the emulator, which continues to send events.
    let problem = report
        .problems
        .iter()
        .find(|problem| !problem.contains("did not return to their level"));
    assert_eq!(problem, None, "seed {}", plan.seed);
    assert!(
        phases.contains(&Phase::Faults) && phases.last() == Some(&Phase::Close),
        "{phases:?}"
    );
}
