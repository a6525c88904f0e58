//! The bot's side: the switch, and what the consumer gets.

use super::{
    gateway::{Guilds, SharedEvent},
    plan::{SessionLosses, SwitchPlan},
};
use crate::bug::Bug;
use gloaming_cluster::reshard::{
    EventRole, EventScope, GuildOwner, ShardSet, Switchover, SwitchoverEnd, SwitchoverInput,
    SwitchoverOutcome, SwitchoverOutput,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

type Input = SwitchoverInput<SharedEvent>;

pub(super) struct Client {
    switchover: Option<Switchover<SharedEvent>>,
    outcome: Option<SwitchoverOutcome>,
    /// Which set is used without a switch.
    remaining: ShardSet,
    delivered: BTreeMap<EventScope, u64>,
    /// The events that shards of a set brought, and those of the new set that could have been delivered.
    brought: BTreeSet<(EventScope, u64, Brought)>,
    losses: SessionLosses,
    /// Of the bug that keeps a set of them.
    contents: BTreeSet<(EventScope, u64)>,
    bug: Option<Bug>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Brought {
    ByOld,
    ByNewAsOwner,
}

impl Client {
    pub(super) fn new(plan: &SwitchPlan, bug: Option<Bug>) -> Self {
        Self {
            switchover: None,
            outcome: None,
            remaining: ShardSet::Old,
            delivered: BTreeMap::new(),
            brought: BTreeSet::new(),
            losses: plan.losses,
            contents: BTreeSet::new(),
            bug,
        }
    }

    pub(super) fn begin(&mut self, now: Instant, plan: &SwitchPlan) {
        let mut settings = plan.settings;
        if self.bug == Some(Bug::CopiesUnmatchedBeforeSwitch) {
            settings.window = Duration::ZERO;
        }
        self.switchover = Some(Switchover::new(now, plan.totals, settings));
    }

    pub(super) const fn outcome(&self) -> Option<&SwitchoverOutcome> {
        self.outcome.as_ref()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.switchover.as_ref().and_then(Switchover::poll_timeout)
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) -> Result<(), String> {
        if let Some(switchover) = &mut self.switchover {
            switchover.handle_timeout(now);
        }
        self.drain(None)
    }

    /// A shard brought an event.
    pub(super) fn event(
        &mut self,
        now: Instant,
        (set, shard): (ShardSet, u32),
        event: SharedEvent,
    ) -> Result<(), String> {
        let key = |by| (event.scope, event.number, by);
        match set {
            ShardSet::Old => {
                self.brought.insert(key(Brought::ByOld));
            }
            ShardSet::New if self.owner(event.scope) != GuildOwner::Set(ShardSet::Old) => {
                self.brought.insert(key(Brought::ByNewAsOwner));
            }
            ShardSet::New => {}
        }
        if self.bug == Some(Bug::DirectEventsDoubled)
            && event.scope == EventScope::Direct
            && self.switchover.is_some()
            && self.outcome.is_none()
        {
            return self.deliver(event);
        }
        if self.bug == Some(Bug::EqualEventsMerged) && self.switchover.is_some() {
            let is_first = self.contents.insert((event.scope, event.fingerprint));
            return if is_first {
                self.deliver(event)
            } else {
                Ok(())
            };
        }
        let input = SwitchoverInput::Event {
            set,
            shard,
            scope: event.scope,
            role: event.role,
            fingerprint: event.fingerprint,
            item: event,
        };
        if self.switchover.is_some() {
            return self.handle(now, input, Some(event));
        }
        if set == self.remaining {
            return self.deliver(event);
        }
        Ok(())
    }

    /// A shard brought the state of a guild, which the consumer does not count.
    pub(super) fn guild_create(
        &mut self,
        now: Instant,
        (set, shard): (ShardSet, u32),
        scope: EventScope,
    ) -> Result<(), String> {
        let item = SharedEvent {
            scope,
            number: 0,
            role: EventRole::GuildCreate,
            fingerprint: u64::MAX,
        };
        let input = SwitchoverInput::Event {
            set,
            shard,
            scope,
            role: EventRole::GuildCreate,
            fingerprint: u64::MAX,
            item,
        };
        self.handle(now, input, Some(item))
    }

    pub(super) fn ready(
        &mut self,
        now: Instant,
        (set, shard): (ShardSet, u32),
        guilds: &[u64],
        is_first: bool,
    ) -> Result<(), String> {
        if self.bug == Some(Bug::NewSessionUnnoticed) && !is_first {
            return Ok(());
        }
        let input = Input::Ready {
            set,
            shard,
            guilds: guilds.to_vec(),
        };
        self.handle(now, input, None)?;
        if self.bug == Some(Bug::SwitchedAtReady) && set == ShardSet::New {
            for guild in guilds {
                self.guild_create(now, (set, shard), EventScope::Guild(*guild))?;
            }
        }
        Ok(())
    }

    pub(super) fn input(&mut self, now: Instant, input: Input) -> Result<(), String> {
        self.handle(now, input, None)
    }

    fn handle(
        &mut self,
        now: Instant,
        input: Input,
        event: Option<SharedEvent>,
    ) -> Result<(), String> {
        if let Some(switchover) = &mut self.switchover {
            switchover.handle_input(now, input);
        }
        self.drain(event)
    }

    /// Takes all outputs, after an event that may be among them.
    fn drain(&mut self, event: Option<SharedEvent>) -> Result<(), String> {
        let Some(switchover) = &mut self.switchover else {
            return Ok(());
        };
        let mut events = Vec::new();
        while let Some(output) = switchover.poll_output() {
            match output {
                SwitchoverOutput::Deliver(event) => events.push(event),
                SwitchoverOutput::Finished(outcome) => {
                    self.remaining = outcome.end.remaining();
                    self.outcome = Some(outcome);
                }
                _ => {}
            }
        }
        if switchover.is_drained()
            || (self.bug == Some(Bug::SwitchForgottenAtEnd) && self.outcome.is_some())
        {
            self.switchover = None;
        }
        match self.bug {
            Some(Bug::HeldEventsReordered) => events.reverse(),
            Some(Bug::HeldEventsDropped) => events.retain(|held| Some(*held) == event),
            _ => {}
        }
        events.into_iter().try_for_each(|event| self.deliver(event))
    }

    fn owner(&self, scope: EventScope) -> GuildOwner {
        match (&self.switchover, scope) {
            (Some(switchover), EventScope::Guild(id)) => switchover.owner(id),
            // It is not asked; an event of it is excused only if the old set lost it.
            (Some(_), EventScope::Direct) => GuildOwner::Set(self.remaining),
            (None, _) => GuildOwner::Set(self.remaining),
        }
    }

    fn deliver(&mut self, event: SharedEvent) -> Result<(), String> {
        if event.number == 0 {
            return Ok(());
        }
        let last = self.delivered.get(&event.scope).copied().unwrap_or(0);
        if event.number <= last {
            let (scope, number) = (event.scope, event.number);
            return Err(format!("event {number} of {scope:?} after event {last}"));
        }
        self.excuse(event.scope, last + 1..event.number)?;
        self.delivered.insert(event.scope, event.number);
        Ok(())
    }

    /// Checks that missing events were lost by the old set before the switch could fill the gap.
    fn excuse(&self, scope: EventScope, missing: std::ops::Range<u64>) -> Result<(), String> {
        if self.has_reported_gaps() {
            return Ok(());
        }
        for number in missing {
            let was_brought = [Brought::ByOld, Brought::ByNewAsOwner]
                .iter()
                .any(|by| self.brought.contains(&(scope, number, *by)));
            if was_brought || self.losses != SessionLosses::OfOldShards {
                return Err(format!("event {number} of {scope:?} is missing"));
            }
        }
        Ok(())
    }

    /// Returns whether the switch was aborted while a set that had lost sessions was to take over.
    pub(super) fn has_reported_gaps(&self) -> bool {
        let has_gaps = |outcome: &SwitchoverOutcome| {
            outcome.possible_gaps > 0 && outcome.end != SwitchoverEnd::Completed
        };
        self.losses == SessionLosses::OfOldShards && self.outcome.as_ref().is_some_and(has_gaps)
    }

    /// Checks that everything was delivered.
    pub(super) fn complete(&self, guilds: &Guilds) -> Result<(), String> {
        guilds.scopes().into_iter().try_for_each(|scope| {
            let last = self.delivered.get(&scope).copied().unwrap_or(0);
            self.excuse(scope, last + 1..guilds.events(scope) + 1)
        })
    }

    /// Checks the limits of memory.
    pub(super) fn bounds(&self, plan: &SwitchPlan) -> Result<(), String> {
        let Some(switchover) = &self.switchover else {
            return Ok(());
        };
        let (tracked, held) = (switchover.tracked(), switchover.held());
        let settings = &plan.settings;
        if tracked > settings.max_tracked || held > settings.max_held {
            return Err(format!("{tracked} are tracked, {held} are held"));
        }
        Ok(())
    }
}
