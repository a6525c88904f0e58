//! The settings of a switch.

use super::IdentifyBudget;
use gloaming_protocol::limits::MAX_WAIT;
use std::time::Duration;

/// How a running cluster [switches](crate::Cluster::reshard) to another number of shards.
///
/// ```
/// use gloaming_cluster::reshard::ReshardSettings;
///
/// let settings = ReshardSettings {
///     reserve: Some(100),
///     ..ReshardSettings::default()
/// };
/// assert_eq!(settings.budget, None);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ReshardSettings {
    /// The limits of the switch.
    pub switchover: SwitchoverSettings,
    /// The number of session starts of the day that the switch must not use, so that shards that lose their session can
    /// identify. `None`, the default, is one percent of those that Discord grants.
    pub reserve: Option<u32>,
    /// The session starts that are left. `None`, the default, asks Discord, in the way that is configured for
    /// [`ShardScheme::Auto`](crate::ShardScheme::Auto). Otherwise nothing is requested, and `reserve` is that of the budget.
    pub budget: Option<IdentifyBudget>,
}

/// Limits of a switch to another number of shards.
///
/// ```
/// use gloaming_cluster::reshard::SwitchoverSettings;
/// use std::time::Duration;
///
/// let settings = SwitchoverSettings {
///     window: Duration::from_secs(20),
///     ..SwitchoverSettings::default()
/// };
/// assert_eq!(settings.max_held, 65_536);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SwitchoverSettings {
    /// The longest time between the moments at which Discord sends the two copies of an event, to the session of the old
    /// set and to that of the new one; 10 s by default. Delays of the network, reconnects and slow consumers do not
    /// count, since the window begins anew with what the other shard has [received](super::SwitchoverInput::Received).
    pub window: Duration,
    /// How long to wait for the next progress: another shard of the new set that is ready, or another guild whose events
    /// come from both sets; 10 min by default. Without progress, the switch is aborted.
    pub patience: Duration,
    /// The number of fingerprints and guilds to keep, of which each takes about 40 bytes; 2 million by default. If more are
    /// needed, the switch is aborted.
    pub max_tracked: usize,
    /// The number of events to hold; 65,536 by default. If more have to be held, the switch is aborted.
    pub max_held: usize,
}

impl SwitchoverSettings {
    /// The patience, within its bounds.
    pub(super) fn bounded_patience(&self) -> Duration {
        self.patience.min(MAX_WAIT)
    }

    /// The window, within its bounds.
    pub(super) fn bounded_window(&self) -> Duration {
        self.window.min(MAX_WAIT)
    }
}

impl Default for SwitchoverSettings {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(10),
            patience: Duration::from_secs(600),
            max_tracked: 2_000_000,
            max_held: 65_536,
        }
    }
}
