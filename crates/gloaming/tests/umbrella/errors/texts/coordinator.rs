//! The engine that processes share.

use super::Texts;
use gloaming_coordinator::{CoordinatorError, CoordinatorErrorKind as Kind, LeaseTiming, NodeId};
use std::time::Duration;

pub(super) fn add(texts: &mut Texts) {
    for (kind, name) in [
        (Kind::Damaged, "Damaged"),
        (Kind::Failed, "Failed"),
        (Kind::Full, "Full"),
        (Kind::TooLarge, "TooLarge"),
        (Kind::Unreachable, "Unreachable"),
    ] {
        let error = CoordinatorError::new(kind);
        texts.add(&format!("CoordinatorErrorKind::{name}"), &error);
    }
    let seconds = Duration::from_secs;
    let margin = Duration::from_millis(500);
    let short = LeaseTiming::new(seconds(2), seconds(1), 1, margin);
    texts.add("LeaseTimingError::Ttl", &short.unwrap_err());
    let rare = LeaseTiming::new(seconds(9), seconds(5), 1, margin);
    texts.add("LeaseTimingError::Renewal", &rare.unwrap_err());
    texts.add("NodeIdError", &NodeId::new("two words").unwrap_err());
}
