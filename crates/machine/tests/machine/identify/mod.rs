mod hello_comes_first;
mod refused_permit_is_requested_again;
mod unanswered_permit_request_is_reported;
mod wasted_identifies_are_bounded;
mod withheld_ready_is_waited_for;

use gloaming_machine::Input;
use gloaming_test_support::machine::{Harness, asks_for_permit};

/// A machine that waits for a permit.
fn asking() -> Harness {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    assert!(asks_for_permit(&harness.hello()));
    harness
}
