//! The inputs that occur agree with the table of reachable inputs.

use gloaming_simulation::{
    Campaign, Coverage, InputKind, Reachability, State, UnreachableReason, missing_cells,
    reachability, report,
};

#[test]
fn empty_coverage_misses_every_reachable_cell() {
    let all = missing_cells(&Coverage::default());
    let reachable = State::ALL
        .iter()
        .flat_map(|state| {
            InputKind::ALL
                .iter()
                .map(|input| reachability(*state, *input))
        })
        .filter(|reach| *reach == Reachability::Reachable)
        .count();
    assert_eq!(all.len(), reachable);
    assert!(all.contains(&"op 7 while resuming".to_owned()));
}

#[test]
fn unreachable_cells_never_occur_and_most_reachable_cells_occur_within_40_seeds() {
    let coverage = Campaign::run(0..40, 2).coverage;
    for state in State::ALL {
        for input in InputKind::ALL {
            if let Reachability::Unreachable(why) = reachability(*state, *input) {
                let times = coverage.input_count(*state, *input);
                let why = why.description();
                assert_eq!(times, 0, "{input:?} occurred in {state:?}, but {why}");
            }
        }
    }
    // `cargo xtask sim` requires all of them after a thousand seeds.
    let missing = missing_cells(&coverage);
    assert!(missing.len() < 25, "{missing:#?}");
    let table = report::coverage(&coverage);
    for why in UnreachableReason::ALL {
        assert!(table.contains(why.description()));
    }
}
