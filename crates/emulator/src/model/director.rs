//! Keeps the cues of the scenarios that play, and says which deeds are due.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use gloaming_protocol::limits::MAX_WAIT;

use super::controls::Mute;
use super::input::{ConnectionId, Host};
use crate::{
    rng::Rng,
    scenario::{Action, Fault, Repeat, Scenario, Trigger, TriggerEvent},
    world::stream,
};

/// Whom a deed concerns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Target {
    Connection(ConnectionId),
    Shard(u32),
    All,
}

/// Something to do at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Act {
    Action(Action, Target),
    /// A [`Action::Mute`] until then is over.
    Unmute(Mute, Instant),
    /// A [`Action::Refuse`] until then is over.
    Accept(Host, Instant),
}

/// Without any time between them, what comes repeat would come without end.
const SHORTEST: Duration = Duration::from_millis(1);

pub(super) fn bounded(time: Duration) -> Duration {
    time.min(MAX_WAIT)
}

#[derive(Debug)]
struct Cue {
    fault: Fault,
    /// How often the occasion came.
    seen: u64,
    /// How often it counted.
    counted: u64,
}

/// A fault that a time brings about, or the deed that follows a cue.
#[derive(Clone, Copy, Debug)]
enum Planned {
    Cue(usize),
    Act(Act),
}

/// The cues of all faults and the deeds to come.
#[derive(Debug)]
pub(super) struct Director {
    cues: Vec<Cue>,
    /// By time, and among those of one time in the order that they were planned.
    plan: BTreeMap<(Instant, u64), Planned>,
    planned: u64,
    rng: Rng,
}

impl Director {
    /// What plays from `now` on.
    pub(super) fn new(seed: u64, scenarios: &[Scenario], now: Instant) -> Self {
        let mut director = Self {
            cues: Vec::new(),
            plan: BTreeMap::new(),
            planned: 0,
            rng: Rng::derived(seed, &[stream::SCENARIO]),
        };
        for scenario in scenarios {
            director.add(now, scenario);
        }
        director
    }

    /// Plays one more from `now` on.
    pub(super) fn add(&mut self, now: Instant, scenario: &Scenario) {
        for fault in &scenario.faults {
            if let Trigger::At { at, .. } = fault.trigger {
                self.put(now + bounded(at), Planned::Cue(self.cues.len()));
            }
            self.cues.push(Cue {
                fault: fault.clone(),
                seen: 0,
                counted: 0,
            });
        }
    }

    /// Plays nothing any more, and forgets what is to come.
    pub(super) fn rest(&mut self) {
        self.cues.clear();
        self.plan.clear();
    }

    /// Something happened on a connection, of a shard if that is known.
    pub(super) fn notice(
        &mut self,
        now: Instant,
        event: TriggerEvent,
        connection: ConnectionId,
        shard: Option<u32>,
    ) {
        for index in 0..self.cues.len() {
            let cue = &mut self.cues[index];
            let Trigger::On {
                event: awaited,
                nth,
                repeat,
            } = cue.fault.trigger
            else {
                continue;
            };
            if awaited != event || cue.fault.shard.is_some_and(|only| shard != Some(only)) {
                continue;
            }
            cue.seen += 1;
            let counts = match repeat {
                _ if cue.seen == nth => true,
                Repeat::Every { period, times } => {
                    cue.seen > nth
                        && (cue.seen - nth).is_multiple_of(period.max(1))
                        && times.is_none_or(|times| cue.counted < times)
                }
                Repeat::Never => false,
            };
            if counts {
                cue.counted += 1;
                self.cue(now, index, Target::Connection(connection));
            }
        }
    }

    /// Plans something of the gateway's own.
    pub(super) fn plan(&mut self, at: Instant, act: Act) {
        self.put(at, Planned::Act(act));
    }

    /// When the next deed is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.plan.keys().next().map(|(at, _)| *at)
    }

    /// Takes out the next deed that is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Act> {
        loop {
            let entry = self.plan.first_entry()?;
            let (at, _) = *entry.key();
            if at > now {
                return None;
            }
            match entry.remove() {
                Planned::Act(act) => return Some(act),
                Planned::Cue(index) => self.time_has_come(at, index),
            }
        }
    }

    fn time_has_come(&mut self, at: Instant, index: usize) {
        let cue = &mut self.cues[index];
        cue.counted += 1;
        let target = cue.fault.shard.map_or(Target::All, Target::Shard);
        if let Trigger::At {
            repeat: Repeat::Every { period, times },
            ..
        } = cue.fault.trigger
            && times.is_none_or(|times| cue.counted < times)
        {
            self.put(at + bounded(period.max(SHORTEST)), Planned::Cue(index));
        }
        self.cue(at, index, target);
    }

    fn cue(&mut self, at: Instant, index: usize, target: Target) {
        let fault = &self.cues[index].fault;
        let (delay, action) = (fault.delay, fault.action);
        // Drawn even where it is certain, so that a changed chance changes nothing else.
        if self.rng.chance() < fault.probability {
            self.put(
                at + bounded(delay),
                Planned::Act(Act::Action(action, target)),
            );
        }
    }

    fn put(&mut self, at: Instant, planned: Planned) {
        self.plan.insert((at, self.planned), planned);
        self.planned += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: ConnectionId = ConnectionId(1);

    fn director(fault: Fault) -> (Director, Instant) {
        let now = Instant::now();
        (
            Director::new(1, &[Scenario::new("test", [fault])], now),
            now,
        )
    }

    fn due(director: &mut Director, now: Instant) -> usize {
        std::iter::from_fn(|| director.pop_due(now)).count()
    }

    #[test]
    fn an_occasion_counts_from_the_nth_on_every_so_often() {
        let when = Trigger::On {
            event: TriggerEvent::Ready,
            nth: 2,
            repeat: Repeat::Every {
                period: 3,
                times: Some(2),
            },
        };
        let (mut director, now) = director(Fault::new(when, Action::Drop).for_shard(4));
        let counted: Vec<usize> = (1..=12)
            .map(|_| {
                director.notice(now, TriggerEvent::Ready, ID, Some(3));
                director.notice(now, TriggerEvent::Ready, ID, Some(4));
                director.notice(now, TriggerEvent::Resumed, ID, Some(4));
                due(&mut director, now)
            })
            .collect();
        assert_eq!(counted, [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn times_come_in_order_and_again() {
        let second = Duration::from_secs(1);
        let when = Trigger::At {
            at: 2 * second,
            repeat: Repeat::Every {
                period: 3 * second,
                times: Some(3),
            },
        };
        let (mut director, now) = director(Fault::new(when, Action::Reconnect).with_delay(second));
        assert_eq!(director.next(), Some(now + 2 * second));
        let counted: Vec<usize> = (0..12)
            .map(|at| due(&mut director, now + at * second))
            .collect();
        assert_eq!(counted, [0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]);
        assert_eq!(director.next(), None);
    }

    #[test]
    fn no_time_at_all_is_no_loop() {
        let (mut director, now) =
            director(Fault::new(Trigger::every(Duration::ZERO), Action::Drop));
        assert_eq!(due(&mut director, now), 1);
        assert_eq!(due(&mut director, now + Duration::from_millis(10)), 10);
        let never = Fault::new(Trigger::at(Duration::MAX), Action::Drop).with_delay(Duration::MAX);
        let (mut director, now) = self::director(never);
        assert_eq!(due(&mut director, now), 0);
    }

    #[test]
    fn chance_is_the_seeds() {
        let fault =
            Fault::new(Trigger::always(TriggerEvent::Connect), Action::Drop).with_probability(0.3);
        let play = || {
            let (mut director, now) = director(fault.clone());
            (0..1000)
                .map(|_| {
                    director.notice(now, TriggerEvent::Connect, ID, None);
                    due(&mut director, now)
                })
                .collect::<Vec<_>>()
        };
        let counted = play();
        let sum: usize = counted.iter().sum();
        assert!((200..400).contains(&sum), "{sum} of 1000 at 0.3");
        assert_eq!(counted, play());
    }
}
