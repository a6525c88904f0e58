//! Switches with a scripted gateway.

mod copies;
mod ends;
mod gaps;
mod guilds;
mod interleavings;
mod limits;
mod sessions;

use super::{
    AbortReason, EventRole, EventScope, GuildOwner, ShardSet,
    ShardSet::{New, Old},
    Switchover, SwitchoverEnd, SwitchoverInput, SwitchoverOutcome, SwitchoverOutput,
    SwitchoverSettings,
};
use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

const WINDOW: Duration = Duration::from_secs(10);

/// Shard 2 of 4, and shard 2 of 7.
const GUILD: u64 = 2 << 22;

/// A switch from 4 to 7 shards, of which those of [`GUILD`] and shard 0 matter.
struct Harness {
    switchover: Switchover<&'static str>,
    start: Instant,
    now: Instant,
    outcome: Option<SwitchoverOutcome>,
}

impl Harness {
    fn new() -> Self {
        Self::with(SwitchoverSettings {
            window: WINDOW,
            ..SwitchoverSettings::default()
        })
    }

    #[expect(clippy::disallowed_methods, reason = "simulated time needs an origin")]
    fn with(settings: SwitchoverSettings) -> Self {
        let start = Instant::now();
        let totals = [4, 7].map(|total| NonZeroU32::new(total).unwrap());
        Self {
            switchover: Switchover::new(start, totals, settings),
            start,
            now: start,
            outcome: None,
        }
    }

    /// READY of all new shards but the last, and the guild is listed.
    fn ready(&mut self) {
        for shard in 0..6 {
            self.shard_ready(shard);
        }
    }

    fn shard_ready(&mut self, shard: u32) {
        let guilds = if shard == 2 { vec![GUILD] } else { vec![] };
        self.input(SwitchoverInput::Ready {
            set: New,
            shard,
            guilds,
        });
    }

    /// The last shard is ready, so that nothing holds up the end.
    fn complete(&mut self) {
        self.shard_ready(6);
        self.pass(Duration::from_secs(2), &[New]);
        self.pass(Duration::from_secs(2), &[New]);
    }

    /// A switch in which both sets bring the guild's events.
    fn merged() -> Self {
        let mut harness = Self::new();
        harness.ready();
        harness.guild_create(New);
        harness.settle();
        assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Both);
        harness
    }

    /// The new set has brought `a` and `b`, and `b` is held until the old set brings `a`, too.
    fn holding_b() -> Self {
        Self::new().hold_b()
    }

    fn hold_b(self) -> Self {
        let mut harness = self;
        harness.ready();
        harness.guild_create(New);
        harness.pass(WINDOW, &[New]);
        harness.event(New, "a");
        harness.pass(Duration::ZERO, &[Old]);
        harness.event(New, "b");
        assert_eq!(harness.switchover.held(), 1);
        harness
    }

    fn input(&mut self, input: SwitchoverInput<&'static str>) -> Vec<&'static str> {
        self.switchover.handle_input(self.now, input);
        self.drain()
    }

    fn drain(&mut self) -> Vec<&'static str> {
        let mut delivered = Vec::new();
        while let Some(output) = self.switchover.poll_output() {
            match output {
                SwitchoverOutput::Deliver(item) => delivered.push(item),
                SwitchoverOutput::Finished(outcome) => {
                    assert!(self.outcome.replace(outcome).is_none(), "it ends once");
                }
            }
        }
        delivered
    }

    fn event(&mut self, set: ShardSet, content: &'static str) -> Vec<&'static str> {
        self.event_of(set, EventScope::Guild(GUILD), EventRole::Shared, content)
    }

    fn guild_create(&mut self, set: ShardSet) -> Vec<&'static str> {
        self.event_of(
            set,
            EventScope::Guild(GUILD),
            EventRole::GuildCreate,
            "create",
        )
    }

    fn direct(&mut self, set: ShardSet, content: &'static str) -> Vec<&'static str> {
        self.event_of(set, EventScope::Direct, EventRole::Shared, content)
    }

    fn event_of(
        &mut self,
        set: ShardSet,
        scope: EventScope,
        role: EventRole,
        content: &'static str,
    ) -> Vec<&'static str> {
        let total = if set == Old { 4 } else { 7 };
        let fingerprint = content
            .bytes()
            .fold(7, |hash: u64, byte| hash * 31 + u64::from(byte));
        self.input(SwitchoverInput::Event {
            set,
            shard: scope.shard(total),
            scope,
            role,
            fingerprint,
            item: content,
        })
    }

    /// Time passes, and the shards of a set answer a heartbeat at its end.
    fn pass(&mut self, time: Duration, sets: &[ShardSet]) -> Vec<&'static str> {
        self.now += time;
        let until = self.now;
        for set in sets {
            for shard in 0..if *set == Old { 4 } else { 7 } {
                self.input(SwitchoverInput::Received {
                    set: *set,
                    shard,
                    until,
                });
            }
        }
        self.switchover.handle_timeout(self.now);
        self.drain()
    }

    /// Everything is received, and expires.
    fn settle(&mut self) -> Vec<&'static str> {
        let second = Duration::from_secs(1);
        let mut delivered = self.pass(WINDOW + second, &[Old, New]);
        delivered.extend(self.pass(WINDOW + second, &[Old, New]));
        delivered
    }
}
