//! Whether a set of shards may identify.

use super::{ReshardError, ReshardErrorKind};
use std::time::Duration;
use twilight_model::gateway::SessionStartLimit;

/// The session starts that a new set of shards may use ([P12](gloaming_protocol::rules#p12)).
///
/// ```
/// use gloaming_cluster::reshard::{IdentifyBudget, ReshardErrorKind};
///
/// let budget = IdentifyBudget {
///     remaining: 40,
///     reserve: 10,
///     reset_after: std::time::Duration::from_secs(3600),
/// };
/// assert!(budget.check(30).is_ok());
/// let error = budget.check(31).unwrap_err();
/// assert!(matches!(error.kind(), ReshardErrorKind::SessionStarts { needed: 31, available: 30, .. }));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IdentifyBudget {
    /// The number of session starts that are left for the day.
    pub remaining: u32,
    /// The number of them that the switch must not use, so that shards that lose their session can identify.
    pub reserve: u32,
    /// How long it takes until more are available.
    pub reset_after: Duration,
}

impl IdentifyBudget {
    /// Returns the budget that Discord grants, less a reserve.
    #[must_use]
    pub const fn new(limit: &SessionStartLimit, reserve: u32) -> Self {
        Self {
            remaining: limit.remaining,
            reserve,
            reset_after: Duration::from_millis(limit.reset_after),
        }
    }

    /// Checks that so many shards can identify. Call it before the first IDENTIFY.
    ///
    /// # Errors
    ///
    /// Fails with [`SessionStarts`](ReshardErrorKind::SessionStarts) if they need more session starts than are left.
    pub const fn check(&self, shards: u32) -> Result<(), ReshardError> {
        let available = self.remaining.saturating_sub(self.reserve);
        if shards <= available {
            return Ok(());
        }
        Err(ReshardError::new(ReshardErrorKind::SessionStarts {
            needed: shards,
            available,
            reset_after: self.reset_after,
        }))
    }
}
