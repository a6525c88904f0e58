//! What happens in one run of a fleet, drawn from its seed.

use crate::{bug::Bug, random::Stream};
use gloaming_coordinator::OnSilence;
use gloaming_test_support::Random;
use std::time::Duration;

/// The settings and faults of one fleet.
#[derive(Clone, Debug)]
pub(super) struct FleetPlan {
    pub(super) seed: u64,
    pub(super) shards: u32,
    pub(super) max_concurrency: u16,
    pub(super) nodes: usize,
    pub(super) on_silence: OnSilence,
    /// The longest time of a message to the engine or to Discord.
    pub(super) latency: Duration,
    /// How many of 10,000 messages to or from the engine are lost.
    pub(super) lost: u64,
    /// How fast the clock of the engine runs, in millionths.
    pub(super) engine_rate: u64,
    pub(super) faults: Vec<(Duration, Fault)>,
    pub(super) until: Duration,
    /// The mean time between two events of a shard.
    pub(super) event_interval: Duration,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// A process is killed, and another one starts later.
    Kill { node: usize, restart: Duration },
    /// A process is stopped, and goes on later.
    Pause { node: usize, time: Duration },
    /// A process can't reach the engine.
    Partition { node: usize, time: Duration },
    /// A process is replaced: it drains, and another one starts.
    Replace { node: usize },
    /// The engine is stopped, forgets its last seconds, and starts again.
    Outage { time: Duration, forgets: Duration },
    /// The connection of a shard to Discord ends.
    Cut { shard: u32 },
    /// Discord ends the session of a shard.
    EndSession { shard: u32 },
}

impl FleetPlan {
    pub(super) fn new(seed: u64, bug: Option<Bug>) -> Self {
        let mut random = Stream::Fleet.random(seed);
        let (nodes, shards) = (random.between(2, 5), random.between(3_u32, 20));
        let on_silence = random.pick(&[OnSilence::KeepServing, OnSilence::Stop]);
        let needs_outages = bug == Some(Bug::FleetPermitKept);
        let forgets_at_all = random.once_in(2) || needs_outages;
        let mut faults = Vec::new();
        let mut at = Duration::from_secs(40);
        let (mut quiet_from, mean) = (at, random.between(15_u64, 60));
        while at < Duration::from_secs(300) {
            let (fault, time) = if needs_outages && random.once_in(2) {
                Fault::outage(&mut random, forgets_at_all)
            } else {
                Fault::draw(&mut random, nodes, shards, forgets_at_all)
            };
            faults.push((at, fault));
            quiet_from = quiet_from.max(at + time);
            // Shards identify at the same time, so that the engine forgets some of that.
            if matches!(fault, Fault::Outage { forgets, .. } if !forgets.is_zero()) {
                for shard in 0..shards.min(6) {
                    let before = random.millis(500, 9_000);
                    faults.push((at - before, Fault::EndSession { shard }));
                }
            }
            // Shards identify when a process stops and when it goes on, so that it has permits that are too old.
            if let Fault::Pause { time, .. } = fault
                && random.once_in(2)
            {
                for shard in 0..shards.min(6) {
                    faults.push((at - random.millis(0, 3_000), Fault::EndSession { shard }));
                    let goes_on = at + time - random.millis(0, 3_000).min(time);
                    faults.push((goes_on, Fault::EndSession { shard }));
                }
            }
            at += random.millis(100, 2000 * mean);
        }
        faults.sort_by_key(|(at, _)| *at);
        // One node after another, as a deploy does it.
        if random.once_in(3) {
            for node in 0..nodes {
                at += random.millis(2_000, 20_000);
                faults.push((at, Fault::Replace { node }));
                quiet_from = quiet_from.max(at + Duration::from_secs(30));
            }
        }
        let clock = |random: &mut Random| 1_000_000 - 4_500 + random.below(9_000_u64);
        Self {
            seed,
            shards,
            max_concurrency: random.pick(&[1, 1, 2, 4, 16]),
            nodes,
            on_silence,
            latency: random.millis(2, 120),
            lost: random.pick(&[0, 0, 10, 100]),
            engine_rate: if bug == Some(Bug::FleetClockSkewIgnored) {
                1_100_000
            } else {
                clock(&mut random)
            },
            faults,
            until: quiet_from + Duration::from_secs(150),
            event_interval: random.millis(500, 4_000),
        }
    }
}

impl Fault {
    fn draw(
        random: &mut Random,
        nodes: usize,
        shards: u32,
        forgets_at_all: bool,
    ) -> (Self, Duration) {
        let node = random.below(nodes);
        let time = random.millis(1_000, 75_000);
        match random.below(14) {
            0..=2 => (
                Self::Kill {
                    node,
                    restart: time,
                },
                time,
            ),
            3..=4 => (Self::Pause { node, time }, time),
            5..=6 => (Self::Partition { node, time }, time),
            7..=8 => (Self::Replace { node }, Duration::from_secs(30)),
            9..=10 => Self::outage(random, forgets_at_all),
            11..=12 => {
                let shard = random.below(shards);
                (Self::Cut { shard }, Duration::ZERO)
            }
            _ => {
                let shard = random.below(shards);
                (Self::EndSession { shard }, Duration::ZERO)
            }
        }
    }

    fn outage(random: &mut Random, forgets_at_all: bool) -> (Self, Duration) {
        let longest = random.pick(&[2_500, 18_000, 75_000]);
        let time = random.millis(100, longest);
        let forgets = if forgets_at_all {
            random.millis(0, 5_000)
        } else {
            Duration::ZERO
        };
        (Self::Outage { time, forgets }, time)
    }
}
