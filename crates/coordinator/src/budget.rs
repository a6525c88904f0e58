//! The identifies of a bot, counted over all of its nodes.

use crate::error::CoordinatorError;
use gloaming_queue::{
    BoxFuture, ClockReading, LedgerState, QueueSettings, RecordedIdentify, WaitReason,
};
use std::{fmt::Debug, time::Duration};

/// Counts the identifies of a bot over all of its nodes, and permits one only if Discord's limits allow it: the spacing of
/// a rate-limit key ([P11](gloaming_protocol::rules#p11)) and the daily limit less a reserve
/// ([P12](gloaming_protocol::rules#p12)).
///
/// It is the fleet's part of a node's identify queue. The node's own ledger and the numbers of `GET /gateway/bot` count as
/// well; the smallest of the three decides. RESUME asks none of them.
///
/// # Contract
///
/// - A permit is recorded before it is granted. It counts until it is [given back](Self::give_back), also if its answer is
///   lost.
/// - A permit allows one IDENTIFY within [`PERMIT_LIFE`] from the moment at which it was **asked** for, by the clock of
///   the caller. A later one needs another permit.
/// - [`sent`](Self::sent) is idempotent, and records an identify that the engine has forgotten anew.
///
/// # Cancel safety
///
/// A permit whose future is dropped may be recorded. It keeps its rate-limit key for about a minute, and counts for the
/// day: one identify too many, never one too few.
///
/// # Errors
///
/// All methods fail if the engine does not answer, or answers with an error of its own. Without an answer, nothing is
/// permitted.
pub trait Budget: Debug + Send + Sync {
    /// Asks for a permit for one IDENTIFY of the shard with this number. Never waits for it.
    fn permit(&self, shard: u32) -> BoxFuture<'_, Result<PermitOutcome, CoordinatorError>>;

    /// Records that IDENTIFY was sent, `ago` before this call. The spacing of the key counts from then.
    ///
    /// A node repeats it until it has an answer, and again for the identifies of its last minutes after the engine was
    /// interrupted, since the engine may have forgotten them.
    fn sent(
        &self,
        permit: IdentifyPermit,
        ago: Duration,
    ) -> BoxFuture<'_, Result<(), CoordinatorError>>;

    /// Gives back a permit with which no IDENTIFY was sent.
    fn give_back(&self, permit: IdentifyPermit) -> BoxFuture<'_, Result<(), CoordinatorError>>;
}

/// How long a permit of the fleet may be used, from the moment at which it was asked for.
///
/// It is short, so that the identifies of an engine that has forgotten its last seconds are known to be sent soon after.
pub const PERMIT_LIFE: Duration = Duration::from_secs(3);

/// A permit for one IDENTIFY, recorded by a [`Budget`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IdentifyPermit {
    /// The identify as it is recorded.
    pub identify: RecordedIdentify,
}

/// The answer to [`Budget::permit`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PermitOutcome {
    /// The identify is recorded, and may be sent within [`PERMIT_LIFE`].
    Granted(IdentifyPermit),
    /// The identify would exceed a limit.
    Refused {
        /// The limit.
        reason: WaitReason,
        /// How long until another try is worthwhile.
        retry_after: Duration,
    },
}

/// The time until another try, if nothing better is known.
const RETRY: Duration = Duration::from_secs(1);

impl PermitOutcome {
    /// Makes the answer of an engine whose ledger has refused an identify of the shard with this number.
    #[must_use]
    pub fn refused(
        ledger: &LedgerState,
        reason: WaitReason,
        shard: u32,
        settings: &QueueSettings,
        now: &ClockReading,
    ) -> Self {
        let retry_after = match reason {
            WaitReason::Budget => ledger.restrict(*settings, now).reset_after.max(RETRY),
            _ => {
                let key = |shard| shard % u32::from(settings.max_concurrency.get());
                let spacing = ledger.spacing_left(now).into_iter();
                let of_key = spacing.filter(|(identify, _)| key(identify.shard) == key(shard));
                of_key.map(|(_, left)| left).max().unwrap_or(RETRY)
            }
        };
        Self::Refused {
            reason,
            retry_after,
        }
    }
}
