//! The simulation detects deliberate bugs, and shrinks the plans that show them.

use gloaming_simulation::{Bug, FaultKind, Invariant, Plan, find_bugs, report, shrink};

#[test]
fn every_bug_is_detected() {
    let result = find_bugs(0, 120, |_| true);
    println!("{}", report::bugs(&result));
    assert_eq!(result.len(), Bug::ALL.len());
    for result in &result {
        assert!(
            result.detected_by.is_some(),
            "{:?} was not detected",
            result.bug
        );
    }
}

#[test]
fn finding_is_shrunk_to_few_faults() {
    let bug = Some(Bug::SkipNotReported);
    let shrunk = (0..60)
        .find_map(|seed| shrink(&Plan::new(seed), bug))
        .expect("a seed detects the bug");
    assert_eq!(shrunk.finding.invariant, Invariant::LossReports);
    // The only required fault is a missing event.
    assert!(shrunk.plan.faults.len() <= 3, "{:#?}", shrunk.plan.faults);
    assert!(shrunk.original_faults > 10, "of {}", shrunk.original_faults);
    let text = report::shrunk(&shrunk);
    let is_in_report = |fault| text.contains(FaultKind::name(fault));
    assert!(
        [FaultKind::Skip, FaultKind::Reorder]
            .into_iter()
            .any(is_in_report),
        "{text}"
    );
    assert!(
        text.trim_end()
            .lines()
            .last()
            .unwrap()
            .contains("!!! LossReports")
    );
}

#[test]
fn plan_without_a_finding_is_not_shrunk() {
    assert!(shrink(&Plan::new(0), None).is_none());
}
