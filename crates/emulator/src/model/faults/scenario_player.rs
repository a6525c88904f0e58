//! Plays scenarios: waits for the triggers of their faults and returns the actions that are due.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use gloaming_protocol::limits::MAX_WAIT;

use crate::{
    connection::{ConnectionId, Host},
    mute::Mute,
    rng::{Rng, stream},
    scenario::{Action, Fault, Repeat, Scenario, Trigger, TriggerEvent},
};

/// The shortest period of a repeated fault. Without a minimum, a period of zero would be an endless loop.
const MIN_PERIOD: Duration = Duration::from_millis(1);

/// What an action applies to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Target {
    Connection(ConnectionId),
    Shard(u32),
    All,
}

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Due {
    /// Take an action.
    Action(Action, Target),
    /// End an [`Action::Mute`] that lasts until this time.
    Unmute(Mute, Instant),
    /// End an [`Action::Refuse`] that lasts until this time.
    Accept(Host, Instant),
}

/// A fault of a scenario and how often it was triggered.
#[derive(Debug)]
struct ArmedFault {
    fault: Fault,
    /// How often the triggering event occurred.
    occurrences: u64,
    /// How often the fault was triggered.
    triggered: u64,
}

#[derive(Clone, Copy, Debug)]
enum Scheduled {
    /// The fault with this index is triggered by time.
    Trigger(usize),
    Due(Due),
}

/// The faults of all scenarios, and what is scheduled.
#[derive(Debug)]
pub(crate) struct ScenarioPlayer {
    faults: Vec<ArmedFault>,
    /// By time, and at the same time in the order of scheduling.
    schedule: BTreeMap<(Instant, u64), Scheduled>,
    scheduled: u64,
    rng: Rng,
}

impl ScenarioPlayer {
    /// Starts scenarios at `now`.
    pub(crate) fn new(seed: u64, scenarios: &[Scenario], now: Instant) -> Self {
        let mut player = Self {
            faults: Vec::new(),
            schedule: BTreeMap::new(),
            scheduled: 0,
            rng: Rng::derived(seed, &[stream::SCENARIO]),
        };
        for scenario in scenarios {
            player.start(now, scenario);
        }
        player
    }

    /// Starts one more scenario at `now`.
    pub(crate) fn start(&mut self, now: Instant, scenario: &Scenario) {
        for fault in &scenario.faults {
            if let Trigger::At { at, .. } = fault.trigger {
                let trigger = Scheduled::Trigger(self.faults.len());
                self.insert(now + at.min(MAX_WAIT), trigger);
            }
            self.faults.push(ArmedFault {
                fault: fault.clone(),
                occurrences: 0,
                triggered: 0,
            });
        }
    }

    /// Stops all scenarios, and discards what is scheduled.
    pub(crate) fn stop(&mut self) {
        self.faults.clear();
        self.schedule.clear();
    }

    /// An event occurred on a connection, which has this shard if that is known.
    pub(crate) fn observe(
        &mut self,
        now: Instant,
        event: TriggerEvent,
        connection: ConnectionId,
        shard: Option<u32>,
    ) {
        for index in 0..self.faults.len() {
            let armed = &mut self.faults[index];
            let Trigger::On {
                event: awaited,
                nth,
                repeat,
            } = armed.fault.trigger
            else {
                continue;
            };
            if awaited != event || armed.fault.shard.is_some_and(|only| shard != Some(only)) {
                continue;
            }
            armed.occurrences += 1;
            let is_triggered = match repeat {
                _ if armed.occurrences == nth => true,
                Repeat::Every { period, times } => {
                    armed.occurrences > nth
                        && (armed.occurrences - nth).is_multiple_of(period.max(1))
                        && times.is_none_or(|times| armed.triggered < times)
                }
                Repeat::Never => false,
            };
            if is_triggered {
                armed.triggered += 1;
                self.trigger(now, index, Target::Connection(connection));
            }
        }
    }

    /// Schedules something.
    pub(crate) fn schedule(&mut self, at: Instant, due: Due) {
        self.insert(at, Scheduled::Due(due));
    }

    /// When the next thing is due.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.schedule.keys().next().map(|(at, _)| *at)
    }

    /// Removes and returns the next thing that is due.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<Due> {
        loop {
            let entry = self.schedule.first_entry()?;
            let (at, _) = *entry.key();
            if at > now {
                return None;
            }
            match entry.remove() {
                Scheduled::Due(due) => return Some(due),
                Scheduled::Trigger(index) => self.trigger_by_time(at, index),
            }
        }
    }

    fn trigger_by_time(&mut self, at: Instant, index: usize) {
        let armed = &mut self.faults[index];
        armed.triggered += 1;
        let target = armed.fault.shard.map_or(Target::All, Target::Shard);
        if let Trigger::At {
            repeat: Repeat::Every { period, times },
            ..
        } = armed.fault.trigger
            && times.is_none_or(|times| armed.triggered < times)
        {
            let next = at + period.max(MIN_PERIOD).min(MAX_WAIT);
            self.insert(next, Scheduled::Trigger(index));
        }
        self.trigger(at, index, target);
    }

    fn trigger(&mut self, at: Instant, index: usize, target: Target) {
        let fault = &self.faults[index].fault;
        let (delay, action) = (fault.delay, fault.action);
        // Drawn even if the fault is certain, so that a changed probability does not change other draws.
        if self.rng.chance() < fault.probability {
            self.schedule(at + delay.min(MAX_WAIT), Due::Action(action, target));
        }
    }

    fn insert(&mut self, at: Instant, scheduled: Scheduled) {
        self.schedule.insert((at, self.scheduled), scheduled);
        self.scheduled += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: ConnectionId = ConnectionId(1);

    fn player(fault: Fault) -> (ScenarioPlayer, Instant) {
        let now = Instant::now();
        let scenario = Scenario::new("test", [fault]);
        (ScenarioPlayer::new(1, &[scenario], now), now)
    }

    fn due(player: &mut ScenarioPlayer, now: Instant) -> usize {
        std::iter::from_fn(|| player.pop_due(now)).count()
    }

    #[test]
    fn event_triggers_from_the_nth_occurrence_on_periodically() {
        let trigger = Trigger::On {
            event: TriggerEvent::Ready,
            nth: 2,
            repeat: Repeat::Every {
                period: 3,
                times: Some(2),
            },
        };
        let (mut player, now) = player(Fault::new(trigger, Action::Drop).for_shard(4));
        let counted: Vec<usize> = (1..=12)
            .map(|_| {
                player.observe(now, TriggerEvent::Ready, ID, Some(3));
                player.observe(now, TriggerEvent::Ready, ID, Some(4));
                player.observe(now, TriggerEvent::Resumed, ID, Some(4));
                due(&mut player, now)
            })
            .collect();
        assert_eq!(counted, [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn time_triggers_in_order_and_periodically() {
        let second = Duration::from_secs(1);
        let trigger = Trigger::At {
            at: 2 * second,
            repeat: Repeat::Every {
                period: 3 * second,
                times: Some(3),
            },
        };
        let fault = Fault::new(trigger, Action::Reconnect).with_delay(second);
        let (mut player, now) = player(fault);
        assert_eq!(player.next_at(), Some(now + 2 * second));
        let counted: Vec<usize> = (0..12)
            .map(|at| due(&mut player, now + at * second))
            .collect();
        assert_eq!(counted, [0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]);
        assert_eq!(player.next_at(), None);
    }

    #[test]
    fn extreme_times_neither_loop_nor_overflow() {
        let endless = Fault::new(Trigger::every(Duration::ZERO), Action::Drop);
        let (mut endless, now) = player(endless);
        assert_eq!(due(&mut endless, now), 1);
        assert_eq!(due(&mut endless, now + Duration::from_millis(10)), 10);
        let never = Fault::new(Trigger::at(Duration::MAX), Action::Drop).with_delay(Duration::MAX);
        let (mut never, now) = player(never);
        assert_eq!(due(&mut never, now), 0);
    }

    #[test]
    fn seed_decides_on_probabilities() {
        let trigger = Trigger::always(TriggerEvent::Connect);
        let fault = Fault::new(trigger, Action::Drop).with_probability(0.3);
        let play = || {
            let (mut player, now) = player(fault.clone());
            (0..1000)
                .map(|_| {
                    player.observe(now, TriggerEvent::Connect, ID, None);
                    due(&mut player, now)
                })
                .collect::<Vec<_>>()
        };
        let counted = play();
        let sum: usize = counted.iter().sum();
        assert!((200..400).contains(&sum), "{sum} of 1000 at 0.3");
        assert_eq!(counted, play());
    }
}
