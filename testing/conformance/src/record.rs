//! What came of a trial, from looks at it every now and then.

use std::{collections::BTreeMap, time::Duration};

use gloaming_emulator::{Stats, Violation, model::SessionInfo};
use tokio::time::Instant;

use crate::{client::Client, log::Log};

/// A client that was given nothing for so long is not up, where events happen all the time.
const SILENCE: Duration = Duration::from_secs(2);

/// At the end it has some more time: it may just have had its last fault.
pub(crate) const LAST_SILENCE: Duration = Duration::from_secs(10);

/// How a client fared in a scenario.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The scenario's name.
    pub scenario: String,
    /// Which client.
    pub client: Client,
    /// Whether it was well at the end.
    pub ending: Ending,
    /// The emulator's counters at the end.
    pub stats: Stats,
    /// The rules that it broke, by the emulator's word, and how often.
    pub rules: BTreeMap<&'static str, u64>,
    /// Dispatches made for its sessions that it was not given: at least so many. Those made for a session after it began
    /// another are not counted.
    pub lost: u64,
}

/// Whether a client was well at the end, and if not, what became of it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Ending {
    /// Events flow, and never stopped once they did.
    StayedUp,
    /// Events flow again, for good since so long after the first fault.
    Healed(Duration),
    /// It runs, but events don't flow.
    Silent {
        /// Since so long after the start.
        since: Duration,
        /// The last thing it said went wrong.
        trouble: Option<String>,
    },
    /// Its stream ended.
    Stopped {
        /// So long after the start.
        at: Duration,
        /// The last thing it said went wrong.
        trouble: Option<String>,
    },
    /// It panicked.
    Panicked {
        /// So long after the start.
        at: Duration,
        /// With this message.
        message: String,
    },
}

impl Ending {
    /// Whether events flow at the end.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        matches!(self, Self::StayedUp | Self::Healed(_))
    }
}

/// What a look at the emulator and the client shows.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) now: Instant,
    pub(crate) stats: Stats,
    /// The sessions that live, oldest first.
    pub(crate) sessions: Vec<SessionInfo>,
    /// When the client was last given a dispatch.
    pub(crate) heard: Option<Instant>,
}

impl Look {
    fn is_up(&self, silence: Duration) -> bool {
        self.stats.sessions_connected > 0
            && self
                .heard
                .is_some_and(|heard| self.now.saturating_duration_since(heard) < silence)
    }
}

/// What the looks come to.
#[derive(Debug)]
pub(crate) struct Record {
    start: Instant,
    first_fault: Option<Instant>,
    /// READYs and RESUMEDs so far.
    ups: u64,
    state: State,
    was_up: bool,
    healed: Option<Instant>,
    /// Each session, in the order of their starts, with the last sequence made while it was the latest.
    made: Vec<(String, u64)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Up,
    Down,
}

impl Record {
    pub(crate) const fn new(start: Instant) -> Self {
        Self {
            start,
            first_fault: None,
            ups: 0,
            state: State::Down,
            was_up: false,
            healed: None,
            made: Vec::new(),
        }
    }

    pub(crate) fn look(&mut self, look: &Look) {
        self.count_made(&look.sessions);
        let ups = look.stats.sessions_started + look.stats.sessions_resumed;
        if self.first_fault.is_none() && look.stats.faults > 0 {
            self.first_fault = Some(look.now);
        }
        // It may have been down for less than the time between two looks.
        let came_up = ups > self.ups;
        self.ups = ups;
        if came_up {
            self.state = State::Down;
        }
        match (self.state, look.is_up(SILENCE)) {
            (State::Down, true) => {
                self.state = State::Up;
                if self.first_fault.is_some() && (self.was_up || self.was_hindered(look)) {
                    self.healed = Some(look.now);
                }
                self.was_up = true;
            }
            (State::Up, false) => self.state = State::Down,
            (State::Down, false) | (State::Up, true) => {}
        }
    }

    /// Whether a client that comes up for the first time would have sooner, without the fault.
    fn was_hindered(&self, look: &Look) -> bool {
        let tries = look.stats.connections_opened + look.stats.handshakes_refused;
        tries > 1 || look.now.saturating_duration_since(self.start) > SILENCE
    }

    /// How it stands at the end of a client that still runs.
    pub(crate) fn ending(&self, last: &Look, log: &Log) -> Ending {
        if !last.is_up(LAST_SILENCE) {
            let since = last.heard.unwrap_or(self.start);
            return Ending::Silent {
                since: since.saturating_duration_since(self.start),
                trouble: log.last_trouble(),
            };
        }
        match (self.first_fault, self.healed) {
            (Some(fault), Some(healed)) => Ending::Healed(healed.saturating_duration_since(fault)),
            _ => Ending::StayedUp,
        }
    }

    /// Dispatches made for its sessions that the client was not given.
    pub(crate) fn lost(&self, log: &Log) -> u64 {
        let missing = self.made.iter().map(|(id, last)| log.missing(id, *last));
        missing.sum()
    }

    /// What happens for a session that the client has another in place of is lost to nobody.
    fn count_made(&mut self, sessions: &[SessionInfo]) {
        for session in sessions {
            match self.made.iter().position(|(id, _)| *id == session.id) {
                Some(at) if at + 1 == self.made.len() => self.made[at].1 = session.sequence,
                Some(_) => {}
                None => self.made.push((session.id.clone(), session.sequence)),
            }
        }
    }
}

/// How often each rule was broken.
pub(crate) fn by_rule(violations: &[Violation]) -> BTreeMap<&'static str, u64> {
    let mut rules = BTreeMap::new();
    for violation in violations {
        *rules.entry(violation.rule).or_default() += 1;
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A minute of looks, a second apart, with what changes at some of them.
    struct Story {
        record: Record,
        log: Log,
        start: Instant,
        last: Option<Look>,
    }

    impl Story {
        fn new() -> Self {
            let start = crate::clock::now();
            Self {
                record: Record::new(start),
                log: Log::default(),
                start,
                last: None,
            }
        }

        /// At that second: READYs and RESUMEDs, faults so far, and whether a dispatch just came.
        fn look(mut self, second: u64, ups: u64, faults: u64, heard: Option<u64>) -> Self {
            let mut stats = Stats::default();
            stats.sessions_started = ups.min(1);
            stats.sessions_resumed = ups.saturating_sub(1);
            stats.sessions_connected = stats.sessions_started;
            stats.connections_opened = ups;
            stats.faults = faults;
            let at = |second| self.start + Duration::from_secs(second);
            let look = Look {
                now: at(second),
                stats,
                sessions: Vec::new(),
                heard: heard.map(at),
            };
            self.record.look(&look);
            self.last = Some(look);
            self
        }

        fn ending(&self) -> Ending {
            let last = self.last.as_ref().expect("it was looked at");
            self.record.ending(last, &self.log)
        }
    }

    #[test]
    fn a_session_that_comes_back_is_healed_since_the_first_fault() {
        let story = Story::new()
            .look(1, 1, 0, Some(1))
            .look(5, 1, 1, Some(5))
            .look(8, 1, 1, Some(5))
            .look(9, 2, 1, Some(5))
            .look(10, 2, 1, Some(10));
        assert_eq!(story.ending(), Ending::Healed(Duration::from_secs(5)));
    }

    #[test]
    fn what_is_over_between_two_looks_is_seen_by_the_counters() {
        let story = Story::new()
            .look(1, 1, 0, Some(1))
            .look(5, 1, 1, Some(5))
            .look(6, 2, 1, Some(6));
        assert_eq!(story.ending(), Ending::Healed(Duration::from_secs(1)));
    }

    #[test]
    fn a_fault_that_stops_nothing_needs_no_healing() {
        let story = Story::new()
            .look(0, 1, 1, None)
            .look(1, 1, 2, Some(1))
            .look(2, 1, 9, Some(2));
        assert_eq!(story.ending(), Ending::StayedUp);
    }

    #[test]
    fn the_first_session_may_be_the_healing() {
        let story = Story::new()
            .look(0, 0, 1, None)
            .look(60, 0, 1, None)
            .look(61, 1, 1, Some(61));
        assert_eq!(story.ending(), Ending::Healed(Duration::from_secs(61)));
    }

    #[test]
    fn a_connection_on_which_nothing_comes_is_not_up() {
        let story = Story::new()
            .look(1, 1, 0, Some(1))
            .look(3, 1, 1, Some(3))
            .look(40, 1, 1, Some(3));
        story.log.trouble(&"closed with 4000");
        assert_eq!(
            story.ending(),
            Ending::Silent {
                since: Duration::from_secs(3),
                trouble: Some("closed with 4000".to_owned()),
            }
        );
    }
}
