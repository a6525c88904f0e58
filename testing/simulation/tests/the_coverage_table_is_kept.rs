//! What can happen is listed in one table, and a run that misses a part of it fails.

use gloaming_simulation::{
    Campaign, Coverage, InputKind, Reach, State, Why, reach, report, unreached,
};

#[test]
fn an_empty_coverage_misses_everything() {
    let all = unreached(&Coverage::default());
    let reachable = State::ALL
        .iter()
        .flat_map(|state| InputKind::ALL.iter().map(|input| reach(*state, *input)))
        .filter(|reach| *reach == Reach::Reachable)
        .count();
    assert_eq!(all.len(), reachable);
    assert!(all.contains(&"op 7 while resuming".to_owned()));
}

#[test]
fn what_cannot_be_reached_never_is_and_most_of_the_rest_soon_is() {
    let coverage = Campaign::run(0..40, 2).coverage;
    for state in State::ALL {
        for input in InputKind::ALL {
            if let Reach::Unreachable(why) = reach(*state, *input) {
                let times = coverage.input_times(*state, *input);
                let why = why.words();
                assert_eq!(times, 0, "{input:?} met {state:?}, though {why}");
            }
        }
    }
    // All of it takes a thousand: `cargo xtask sim` insists on that.
    let missing = unreached(&coverage);
    assert!(missing.len() < 25, "{missing:#?}");
    let table = report::coverage(&coverage);
    for why in Why::ALL {
        assert!(table.contains(why.words()));
    }
}
