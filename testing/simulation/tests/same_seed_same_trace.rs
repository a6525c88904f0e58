//! What was seen once can be seen again.

use gloaming_simulation::{Bug, Campaign, Plan, Tracing, run};

fn trace(seed: u64, bug: Option<Bug>) -> String {
    let run = run(&Plan::new(seed), bug, Tracing::On);
    run.trace.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn byte_for_byte() {
    for seed in [3, 17, 29] {
        let (first, second) = (trace(seed, None), trace(seed, None));
        assert!(first.lines().count() > 1_000, "seed {seed}");
        assert!(first == second, "seed {seed} gave two traces");
    }
    assert_ne!(trace(3, None), trace(17, None));
}

#[test]
fn a_failure_is_the_same_each_time() {
    let bug = Some(Bug::EventTwice);
    let (first, second) = (trace(0, bug), trace(0, bug));
    assert!(first == second);
    assert!(first.contains("!!! Delivery"));
}

#[test]
fn looking_changes_nothing() {
    for seed in 0..5 {
        let plan = Plan::new(seed);
        let (blind, seen) = (
            run(&plan, None, Tracing::Off),
            run(&plan, None, Tracing::On),
        );
        assert_eq!(
            (blind.elapsed, blind.steps, blind.delivered, blind.coverage),
            (seen.elapsed, seen.steps, seen.delivered, seen.coverage),
            "seed {seed}"
        );
    }
}

#[test]
fn threads_change_nothing() {
    let (one, two) = (Campaign::run(0..6, 1), Campaign::run(0..6, 2));
    assert_eq!(
        (one.steps, one.delivered, one.shard_time),
        (two.steps, two.delivered, two.shard_time)
    );
    assert_eq!(one.coverage, two.coverage);
}
