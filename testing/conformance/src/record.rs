//! The outcome of a run, computed from samples.

use std::{collections::BTreeMap, time::Duration};

use gloaming_emulator::{Stats, Violation, model::SessionInfo};
use tokio::time::Instant;

use crate::{client::Client, log::EventLog};

/// A client that receives no event for this long is down, since events occur all the time.
const SILENCE: Duration = Duration::from_secs(2);

/// The same at the end of a run. It is longer because the last fault may have just occurred.
pub(crate) const FINAL_SILENCE: Duration = Duration::from_secs(10);

/// The outcome of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The name of the scenario.
    pub scenario: String,
    /// The client.
    pub client: Client,
    /// Whether events arrived at the end.
    pub final_state: FinalState,
    /// The emulator's counters at the end.
    pub stats: Stats,
    /// The rules that the client broke according to the emulator, and how often.
    pub rules: BTreeMap<&'static str, u64>,
    /// The number of dispatches for its sessions that the client did not receive, at least. Dispatches for a session
    /// after the next one began are not counted.
    pub lost: u64,
}

/// Whether a client received events at the end, and if not, why.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FinalState {
    /// Events arrive, without interruption since the first one.
    StayedUp,
    /// Events arrive again, without interruption since this long after the first fault.
    Recovered(Duration),
    /// The client runs, but no events arrive.
    Silent {
        /// The time from the start to the last event.
        since: Duration,
        /// Its last error.
        last_error: Option<String>,
    },
    /// The stream of the client ended.
    Stopped {
        /// The time since the start.
        at: Duration,
        /// Its last error.
        last_error: Option<String>,
    },
    /// The client panicked.
    Panicked {
        /// The time since the start.
        at: Duration,
        /// The message of the panic.
        message: String,
    },
}

impl FinalState {
    /// Returns whether events arrived at the end.
    #[must_use]
    pub const fn is_receiving(&self) -> bool {
        matches!(self, Self::StayedUp | Self::Recovered(_))
    }
}

/// The state of the emulator and of the client at one time.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) now: Instant,
    pub(crate) stats: Stats,
    /// The sessions that exist, oldest first.
    pub(crate) sessions: Vec<SessionInfo>,
    /// When the client received the last dispatch.
    pub(crate) last_event: Option<Instant>,
}

impl Sample {
    fn is_up(&self, silence: Duration) -> bool {
        self.stats.sessions_connected > 0
            && self
                .last_event
                .is_some_and(|event| self.now.saturating_duration_since(event) < silence)
    }
}

/// The state that is computed from the samples of a run.
#[derive(Debug)]
pub(crate) struct Record {
    start: Instant,
    first_fault: Option<Instant>,
    /// The number of READY and RESUMED so far.
    starts: u64,
    state: State,
    was_up: bool,
    recovered: Option<Instant>,
    /// The sessions in the order of their starts, each with the last sequence number while it was the latest.
    sessions: Vec<(String, u64)>,
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
            starts: 0,
            state: State::Down,
            was_up: false,
            recovered: None,
            sessions: Vec::new(),
        }
    }

    pub(crate) fn sample(&mut self, sample: &Sample) {
        self.count_dispatches(&sample.sessions);
        let starts = sample.stats.sessions_started + sample.stats.sessions_resumed;
        if self.first_fault.is_none() && sample.stats.faults > 0 {
            self.first_fault = Some(sample.now);
        }
        // The client may have been down for less than the time between two samples.
        let came_up = starts > self.starts;
        self.starts = starts;
        if came_up {
            self.state = State::Down;
        }
        match (self.state, sample.is_up(SILENCE)) {
            (State::Down, true) => {
                self.state = State::Up;
                if self.first_fault.is_some() && (self.was_up || self.was_delayed(sample)) {
                    self.recovered = Some(sample.now);
                }
                self.was_up = true;
            }
            (State::Up, false) => self.state = State::Down,
            (State::Down, false) | (State::Up, true) => {}
        }
    }

    /// Returns whether the fault delayed the first start of a session.
    fn was_delayed(&self, sample: &Sample) -> bool {
        let tries = sample.stats.connections_opened + sample.stats.handshakes_refused;
        tries > 1 || sample.now.saturating_duration_since(self.start) > SILENCE
    }

    /// Returns the final state of a client that still runs.
    pub(crate) fn final_state(&self, last: &Sample, log: &EventLog) -> FinalState {
        if !last.is_up(FINAL_SILENCE) {
            let since = last.last_event.unwrap_or(self.start);
            return FinalState::Silent {
                since: since.saturating_duration_since(self.start),
                last_error: log.last_error(),
            };
        }
        match (self.first_fault, self.recovered) {
            (Some(fault), Some(recovered)) => {
                FinalState::Recovered(recovered.saturating_duration_since(fault))
            }
            _ => FinalState::StayedUp,
        }
    }

    /// Returns how many dispatches for its sessions the client did not receive.
    pub(crate) fn lost(&self, log: &EventLog) -> u64 {
        let missing = self
            .sessions
            .iter()
            .map(|(id, last)| log.missing(id, *last));
        missing.sum()
    }

    /// Counts the dispatches for the latest session only: no client receives those for a session that was replaced.
    fn count_dispatches(&mut self, sessions: &[SessionInfo]) {
        for session in sessions {
            match self.sessions.iter().position(|(id, _)| *id == session.id) {
                Some(at) if at + 1 == self.sessions.len() => self.sessions[at].1 = session.sequence,
                Some(_) => {}
                None => self.sessions.push((session.id.clone(), session.sequence)),
            }
        }
    }
}

/// Returns how often each rule was broken.
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

    /// The samples of a run.
    struct Timeline {
        record: Record,
        log: EventLog,
        start: Instant,
        last: Option<Sample>,
    }

    impl Timeline {
        fn new() -> Self {
            let start = crate::clock::now();
            Self {
                record: Record::new(start),
                log: EventLog::default(),
                start,
                last: None,
            }
        }

        /// Adds a sample at this second, with the number of READY and RESUMED and of faults so far, and the time of
        /// the last dispatch.
        fn sample(mut self, second: u64, starts: u64, faults: u64, event: Option<u64>) -> Self {
            let mut stats = Stats::default();
            stats.sessions_started = starts.min(1);
            stats.sessions_resumed = starts.saturating_sub(1);
            stats.sessions_connected = stats.sessions_started;
            stats.connections_opened = starts;
            stats.faults = faults;
            let at = |second| self.start + Duration::from_secs(second);
            let sample = Sample {
                now: at(second),
                stats,
                sessions: Vec::new(),
                last_event: event.map(at),
            };
            self.record.sample(&sample);
            self.last = Some(sample);
            self
        }

        fn final_state(&self) -> FinalState {
            let last = self.last.as_ref().expect("there is a sample");
            self.record.final_state(last, &self.log)
        }
    }

    #[test]
    fn resumed_session_has_recovered_since_the_first_fault() {
        let timeline = Timeline::new()
            .sample(1, 1, 0, Some(1))
            .sample(5, 1, 1, Some(5))
            .sample(8, 1, 1, Some(5))
            .sample(9, 2, 1, Some(5))
            .sample(10, 2, 1, Some(10));
        assert_eq!(
            timeline.final_state(),
            FinalState::Recovered(Duration::from_secs(5))
        );
    }

    #[test]
    fn short_interruption_shows_in_the_counters() {
        let timeline = Timeline::new()
            .sample(1, 1, 0, Some(1))
            .sample(5, 1, 1, Some(5))
            .sample(6, 2, 1, Some(6));
        assert_eq!(
            timeline.final_state(),
            FinalState::Recovered(Duration::from_secs(1))
        );
    }

    #[test]
    fn fault_without_interruption_stays_up() {
        let timeline = Timeline::new()
            .sample(0, 1, 1, None)
            .sample(1, 1, 2, Some(1))
            .sample(2, 1, 9, Some(2));
        assert_eq!(timeline.final_state(), FinalState::StayedUp);
    }

    #[test]
    fn delayed_first_session_is_a_recovery() {
        let timeline = Timeline::new()
            .sample(0, 0, 1, None)
            .sample(60, 0, 1, None)
            .sample(61, 1, 1, Some(61));
        assert_eq!(
            timeline.final_state(),
            FinalState::Recovered(Duration::from_secs(61))
        );
    }

    #[test]
    fn connection_without_events_is_silent() {
        let timeline = Timeline::new()
            .sample(1, 1, 0, Some(1))
            .sample(3, 1, 1, Some(3))
            .sample(40, 1, 1, Some(3));
        timeline.log.error(&"closed with 4000");
        assert_eq!(
            timeline.final_state(),
            FinalState::Silent {
                since: Duration::from_secs(3),
                last_error: Some("closed with 4000".to_owned()),
            }
        );
    }
}
