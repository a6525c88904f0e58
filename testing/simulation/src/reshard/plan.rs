//! The settings of a switch, drawn from its seed.

use gloaming_cluster::reshard::SwitchoverSettings;
use gloaming_test_support::Random;
use std::{num::NonZeroU32, time::Duration};

/// When the faults end. A switch ends within its patience after that.
pub(super) const FAULTS_UNTIL: Duration = Duration::from_secs(400);

pub(super) struct SwitchPlan {
    pub(super) totals: [NonZeroU32; 2],
    pub(super) guilds: u64,
    pub(super) settings: SwitchoverSettings,
    /// The longest time between the moments at which the gateway sends the copies of an event.
    pub(super) skew: Duration,
    pub(super) heartbeat_interval: Duration,
    /// The mean time between two events of a guild.
    pub(super) event_interval: Duration,
    /// How many contents the events of a guild have, one after another or in bursts; 0 if each is new.
    pub(super) contents: u64,
    /// The longest time between READY and a GUILD_CREATE.
    pub(super) guild_delay: Duration,
    pub(super) begin: Duration,
    /// The mean time between two faults.
    pub(super) fault_interval: Duration,
    pub(super) losses: SessionLosses,
    pub(super) abort: Option<(Duration, PlannedAbort)>,
}

/// Which set loses sessions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SessionLosses {
    None,
    OfOldShards,
    OfNewShards,
}

/// Why the switch is not completed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PlannedAbort {
    Requested,
    ShardRefused,
    /// A shard of the new set never gets READY.
    NeverReady,
    /// The limits of the settings are too low.
    LowLimits,
}

impl SwitchPlan {
    pub(super) fn draw(random: &mut Random) -> Self {
        let totals = random.pick(&[[4, 7], [7, 4], [4, 7], [7, 4], [1, 2], [3, 3]]);
        let window = random.pick(&[2, 5, 10]);
        let abort = random.once_in(3).then(|| {
            let at = random.millis(1_000, FAULTS_UNTIL.as_millis() as u64);
            let kind = random.pick(&[
                PlannedAbort::Requested,
                PlannedAbort::Requested,
                PlannedAbort::ShardRefused,
                PlannedAbort::ShardRefused,
                PlannedAbort::NeverReady,
                PlannedAbort::LowLimits,
            ]);
            (at, kind)
        });
        let is_low = matches!(abort, Some((_, PlannedAbort::LowLimits)));
        Self {
            totals: totals.map(|total| NonZeroU32::new(total).unwrap_or(NonZeroU32::MIN)),
            guilds: random.between(3, 14),
            settings: SwitchoverSettings {
                window: Duration::from_secs(window),
                patience: Duration::from_secs(500),
                max_tracked: if is_low {
                    random.between(20, 200)
                } else {
                    20_000
                },
                max_held: if is_low { random.between(0, 3) } else { 2_000 },
            },
            skew: random.millis(0, window * 900),
            heartbeat_interval: Duration::from_secs(random.pick(&[5, 20, 41])),
            event_interval: random.millis(150, 8_000),
            contents: random.pick(&[0, 0, 1, 2, 5]),
            guild_delay: random.millis(100, 90_000),
            begin: random.millis(1, 60_000),
            fault_interval: random.millis(3_000, 60_000),
            losses: random.pick(&[
                SessionLosses::None,
                SessionLosses::OfOldShards,
                SessionLosses::OfNewShards,
                SessionLosses::OfNewShards,
            ]),
            abort,
        }
    }
}
