use super::state::LedgerState;
use crate::{clock_reading::ClockReading, position::WaitReason};

/// Whether a [`Ledger`](crate::Ledger) recorded an identify.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LedgerVerdict {
    /// The identify is recorded, and its permit may be granted.
    Recorded,
    /// The identify would exceed a limit, together with those of all processes that use the ledger. It is not
    /// recorded.
    Refused(WaitReason),
}

/// The answer of a [`Ledger`](crate::Ledger) to requests for identifies.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LedgerAnswer {
    /// The verdict for each request, in their order.
    pub verdicts: Vec<LedgerVerdict>,
    /// The state of the ledger afterwards, with the identifies of all processes that use it.
    pub state: LedgerState,
    /// When that was.
    pub at: ClockReading,
}

impl LedgerAnswer {
    /// Builds an answer.
    #[must_use]
    pub const fn new(verdicts: Vec<LedgerVerdict>, state: LedgerState, at: ClockReading) -> Self {
        Self {
            verdicts,
            state,
            at,
        }
    }
}
