//! A simulation that finds nothing has to show that it could.

use gloaming_simulation::{Bug, FaultKind, Invariant, Plan, hunt, report, shrink};

#[test]
fn each_of_them() {
    let caught = hunt(0, 60);
    println!("{}", report::bugs(&caught));
    assert_eq!(caught.len(), Bug::ALL.len());
    for caught in &caught {
        assert!(caught.by.is_some(), "{:?} was not found", caught.bug);
    }
}

#[test]
fn and_explained_by_few_faults() {
    let bug = Some(Bug::SkipHidden);
    let shrunk = (0..60)
        .find_map(|seed| shrink(&Plan::new(seed), bug))
        .expect("one of them shows it");
    assert_eq!(shrunk.finding.invariant, Invariant::Loss);
    // That an event is not there when the next comes is all that it takes.
    assert!(shrunk.plan.faults.len() <= 3, "{:#?}", shrunk.plan.faults);
    assert!(shrunk.of > 10, "of {}", shrunk.of);
    let text = report::shrunk(&shrunk);
    let is_hole = |fault| text.contains(FaultKind::name(fault));
    assert!(
        [FaultKind::Skip, FaultKind::SkipThenLate]
            .into_iter()
            .any(is_hole),
        "{text}"
    );
    assert!(text.trim_end().lines().last().unwrap().contains("!!! Loss"));
}

#[test]
fn what_is_right_has_nothing_to_shrink() {
    assert!(shrink(&Plan::new(0), None).is_none());
}
