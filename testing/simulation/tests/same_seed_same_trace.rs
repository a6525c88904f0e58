//! A run depends only on its seed.

use gloaming_simulation::{Bug, Campaign, Plan, Tracing, run};

fn trace(seed: u64, bug: Option<Bug>) -> String {
    let run = run(&Plan::new(seed), bug, Tracing::On);
    run.trace.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn traces_are_equal_byte_for_byte() {
    for seed in [3, 17, 29] {
        let (first, second) = (trace(seed, None), trace(seed, None));
        assert!(first.lines().count() > 1_000, "seed {seed}");
        assert!(first == second, "the traces of seed {seed} differ");
    }
    assert_ne!(trace(3, None), trace(17, None));
}

#[test]
fn traces_with_a_finding_are_equal() {
    let bug = Some(Bug::EventDuplicated);
    let (first, second) = (trace(0, bug), trace(0, bug));
    assert!(first == second);
    assert!(first.contains("!!! Delivery"));
}

#[test]
fn tracing_does_not_change_a_run() {
    for seed in 0..5 {
        let plan = Plan::new(seed);
        let (untraced, traced) = (
            run(&plan, None, Tracing::Off),
            run(&plan, None, Tracing::On),
        );
        assert_eq!(
            (
                untraced.elapsed,
                untraced.steps,
                untraced.delivered,
                untraced.coverage
            ),
            (
                traced.elapsed,
                traced.steps,
                traced.delivered,
                traced.coverage
            ),
            "seed {seed}"
        );
    }
}

#[test]
fn number_of_threads_does_not_change_the_results() {
    let (one, two) = (Campaign::run(0..6, 1), Campaign::run(0..6, 2));
    assert_eq!(
        (one.steps, one.delivered, one.shard_time),
        (two.steps, two.delivered, two.shard_time)
    );
    assert_eq!(one.coverage, two.coverage);
}
