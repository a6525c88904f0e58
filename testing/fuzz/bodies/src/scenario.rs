//! The files of the emulator's scenarios.

use gloaming_emulator::{Emulator, model::Gateway, scenario::Scenario};
use gloaming_test_support::start_of_time;

/// Parses a scenario, which has to be rejected with one of its lines, or be accepted by a gateway.
pub fn scenario(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Scenario::parse("fuzzed", text) {
        Err(error) => {
            let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
            assert!(error.line().is_none_or(|line| (1..=lines).contains(&line)));
            assert!(!error.to_string().is_empty());
        }
        Ok(scenario) => {
            assert!(!scenario.faults.is_empty());
            for fault in &scenario.faults {
                assert!((0.0..=1.0).contains(&fault.probability));
            }
            let settings = Emulator::builder()
                .guilds(1)
                .members(1)
                .scenario(scenario)
                .into_settings();
            let now = start_of_time();
            // Plays the faults that are due at the start.
            drop(Gateway::new(settings, now));
        }
    }
}
