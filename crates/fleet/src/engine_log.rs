//! What is logged about an engine that fails.

use crate::clock;
use gloaming_coordinator::CoordinatorError;
use std::{
    error::Error as _,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The shortest time between two warnings.
const PERIOD: Duration = Duration::from_secs(60);

/// Logs failures of an engine at warn level, at most one per minute, and that it answers again.
#[derive(Debug, Default)]
pub(crate) struct EngineLog(Mutex<Failures>);

#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    /// Since the engine has answered last.
    count: u64,
    warned: Option<Instant>,
}

impl EngineLog {
    pub(crate) fn failed(&self, error: &CoordinatorError) {
        let now = clock::now();
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.count += 1;
        if failures.warned.is_none_or(|at| at + PERIOD <= now) {
            failures.warned = Some(now);
            let cause = error.source().map(tracing::field::display);
            tracing::warn!(failures = failures.count, cause, "{error}");
        }
    }

    pub(crate) fn answered(&self) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = std::mem::take(&mut failures.count);
        if count > 0 {
            failures.warned = None;
            tracing::info!(failures = count, "the coordinator's engine answers again");
        }
    }
}
