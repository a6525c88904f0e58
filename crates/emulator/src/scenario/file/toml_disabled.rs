//! Scenario files without a parser of TOML.

use super::{File, Unreadable};
use crate::scenario::error::ScenarioErrorKind;

pub(super) fn read(_text: &str) -> Result<File, Unreadable> {
    Err(Unreadable {
        kind: ScenarioErrorKind::Unavailable,
        at: None,
        reason:
            "scenarios in TOML can't be read in this build; enable the feature `scenario-files` of \
                 gloaming-emulator"
                .to_owned(),
    })
}
