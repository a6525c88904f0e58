//! Heartbeat round trips.

use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::{
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

/// The number of recent round trips kept.
const RECENT: usize = 5;

/// Round trip times from a heartbeat to its acknowledgement on the current connection.
///
/// Reset for each connection, since hosts differ.
///
/// Serialized, it is a map with `average_ms`, which is `null` before the first round trip, `recent_ms`, newest first, and
/// `periods`, the number of round trips. Times are in milliseconds.
///
/// ```
/// let latency = gloaming_shard::Latency::default();
/// assert_eq!(latency.to_string(), "not measured yet");
/// let json = serde_json::to_string(&latency)?;
/// assert_eq!(json, r#"{"average_ms":null,"recent_ms":[],"periods":0}"#);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Latency {
    periods: u32,
    total: Duration,
    /// Newest first.
    recent: [Duration; RECENT],
    sent: Option<Instant>,
    received: Option<Instant>,
    answered: Option<Instant>,
}

impl Latency {
    pub(crate) const fn new() -> Self {
        Self {
            periods: 0,
            total: Duration::ZERO,
            recent: [Duration::ZERO; RECENT],
            sent: None,
            received: None,
            answered: None,
        }
    }

    /// Returns the mean of all round trips, or `None` before the first.
    #[must_use]
    pub const fn average(&self) -> Option<Duration> {
        self.total.checked_div(self.periods)
    }

    /// Returns the number of round trips.
    #[must_use]
    pub const fn periods(&self) -> u32 {
        self.periods
    }

    /// Returns the last round trips, at most five, newest first.
    #[must_use]
    pub fn recent(&self) -> &[Duration] {
        let known = usize::try_from(self.periods).map_or(RECENT, |periods| periods.min(RECENT));
        &self.recent[..known]
    }

    /// Returns the time of the last acknowledgement.
    #[must_use]
    pub const fn received(&self) -> Option<Instant> {
        self.received
    }

    /// Returns the time of the last heartbeat.
    #[must_use]
    pub const fn sent(&self) -> Option<Instant> {
        self.sent
    }

    /// Returns when the heartbeat of the last round trip was sent. Everything that the server had sent until then has arrived.
    #[must_use]
    pub const fn answered(&self) -> Option<Instant> {
        self.answered
    }

    pub(crate) const fn record_sent(&mut self, now: Instant) {
        self.sent = Some(now);
    }

    pub(crate) fn record_ack(&mut self, now: Instant, round_trip: Option<Duration>) {
        self.received = Some(now);
        if let Some(round_trip) = round_trip {
            self.periods = self.periods.saturating_add(1);
            self.total = self.total.saturating_add(round_trip);
            self.recent.rotate_right(1);
            self.recent[0] = round_trip;
            self.answered = now.checked_sub(round_trip);
        }
    }
}

impl Display for Latency {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.recent().first(), self.average()) {
            (Some(last), Some(average)) => write!(
                f,
                "{} ms, {} ms on average",
                last.as_millis(),
                average.as_millis()
            ),
            _ => f.write_str("not measured yet"),
        }
    }
}

impl Serialize for Latency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let recent: Vec<u64> = self.recent().iter().map(millis).collect();
        let mut map = serializer.serialize_struct("Latency", 3)?;
        map.serialize_field("average_ms", &self.average().as_ref().map(millis))?;
        map.serialize_field("recent_ms", &recent)?;
        map.serialize_field("periods", &self.periods)?;
        map.end()
    }
}

fn millis(time: &Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Latency;
    use crate::driver::clock::now;
    use std::time::Duration;

    #[test]
    fn there_is_no_average_before_the_first_round_trip() {
        let latency = Latency::new();
        assert_eq!(latency.average(), None);
        assert!(latency.recent().is_empty());
    }

    #[test]
    fn the_last_five_and_the_mean_of_all_are_kept() {
        let now = now();
        let mut latency = Latency::new();
        for millis in 1..=7 {
            latency.record_ack(now, Some(Duration::from_millis(millis)));
        }
        let recent: Vec<_> = latency.recent().iter().map(Duration::as_millis).collect();
        assert_eq!(recent, [7, 6, 5, 4, 3]);
        assert_eq!(latency.average(), Some(Duration::from_millis(4)));
        assert_eq!(latency.periods(), 7);
        assert_eq!(latency.to_string(), "7 ms, 4 ms on average");
        // An ACK that answers no heartbeat.
        latency.record_ack(now + Duration::from_secs(1), None);
        assert_eq!(
            latency.answered(),
            now.checked_sub(Duration::from_millis(7))
        );
        let json = serde_json::to_string(&latency).unwrap();
        let expected = r#"{"average_ms":4,"recent_ms":[7,6,5,4,3],"periods":7}"#;
        assert_eq!(json, expected);
    }

    #[test]
    fn an_unsolicited_acknowledgement_is_not_a_round_trip() {
        let now = now();
        let mut latency = Latency::new();
        latency.record_ack(now, None);
        assert_eq!(latency.received(), Some(now));
        assert_eq!(latency.answered(), None);
        assert_eq!(latency.periods(), 0);
    }
}
