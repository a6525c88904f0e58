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

#[cfg(test)]
mod tests {
    use super::{IdentifyBudget, ReshardErrorKind};
    use std::time::Duration;
    use twilight_model::gateway::SessionStartLimit;

    fn budget(remaining: u32, reserve: u32) -> IdentifyBudget {
        let limit = SessionStartLimit {
            max_concurrency: 1,
            remaining,
            reset_after: 90_500,
            total: 1_000,
        };
        IdentifyBudget::new(&limit, reserve)
    }

    #[test]
    fn as_many_shards_may_identify_as_are_left_besides_the_reserve() {
        for (remaining, reserve, available) in [
            (40, 10, 30),
            (40, 0, 40),
            (10, 10, 0),
            (3, 10, 0),
            (0, 0, 0),
        ] {
            let budget = budget(remaining, reserve);
            assert!(budget.check(available).is_ok(), "{budget:?}");
            let needed = available + 1;
            let refusal = budget.check(needed).map_err(|error| error.kind());
            let expected = ReshardErrorKind::SessionStarts {
                needed,
                available,
                reset_after: Duration::from_millis(90_500),
            };
            assert_eq!(refusal, Err(expected), "{budget:?}");
        }
    }
}
