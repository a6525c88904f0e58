//! The time of the server. What a fleet counts by it does not depend on the clocks of its nodes.

use std::time::Duration;

/// What the clock of the server showed, since 1970.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct ServerTime(Duration);

impl ServerTime {
    /// Reads the text that a server writes, such as `2026-11-30T10:54:29.887627223Z`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let mut date = date.splitn(3, '-').map(|part| part.parse::<u64>().ok());
        let (year, month, day) = (date.next()??, date.next()??, date.next()??);
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let mut time = time.splitn(3, ':').map(|part| part.parse::<u64>().ok());
        let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
        let is_valid = (1970..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour < 24
            && minute < 60
            && second <= 60;
        let is_fraction = (1..=9).contains(&fraction.len());
        if !is_valid || !is_fraction || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let nanos = format!("{fraction:0<9}").parse::<u32>().ok()?;
        let days = days_since_1970(year, month, day);
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
        Some(Self(Duration::new(seconds, nanos)))
    }

    pub(crate) const fn from_nanos(nanos: u64) -> Self {
        Self(Duration::from_nanos(nanos))
    }

    /// Returns whether a value that was written at this time and lasts for `ttl` has ended.
    pub(crate) fn is_over(self, ttl: Duration, now: Self) -> bool {
        self.0.saturating_add(ttl) <= now.0
    }

    pub(crate) fn as_micros(self) -> u64 {
        u64::try_from(self.0.as_micros()).unwrap_or(u64::MAX)
    }

    pub(crate) fn as_millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Counts days in the Gregorian calendar. A year begins with March here, so that a leap day is its last.
const fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days_before_month = (153 * month + 2) / 5;
    let leap_days = year / 4 - year / 100 + year / 400;
    // 719,468 is the same sum for 1970-01-01.
    year * 365 + leap_days + days_before_month + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_server_is_read() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-03-01T00:00:00.5Z", 5_097_600_500_000),
            ("2000-02-29T23:59:59.000001Z", 951_868_799_000_001),
            ("2026-11-30T10:54:29.887627223Z", 1_796_036_069_887_627),
        ] {
            let time = ServerTime::parse(text).map(ServerTime::as_micros);
            assert_eq!(time, Some(micros), "{text}");
        }
    }

    #[test]
    fn value_lasts_for_its_time() {
        let seconds = |seconds: u64| ServerTime::from_nanos(seconds * 1_000_000_000);
        let ttl = Duration::from_secs(9);
        assert!(!seconds(100).is_over(ttl, seconds(108)));
        assert!(seconds(100).is_over(ttl, seconds(109)));
        assert!(
            !seconds(100).is_over(ttl, seconds(50)),
            "the clock was set back"
        );
        assert!(!seconds(100).is_over(Duration::MAX, seconds(u64::MAX / 1_000_000_000)));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "2026-11-30",
            "2026-11-30T10:54:29",
            "2026-11-30T10:54Z",
            "2026-13-30T10:54:29Z",
            "1969-12-31T23:59:59Z",
            "2026-11-30T10:54:29.Z",
            "2026-11-30T10:54:29.1234567890Z",
            "2026-11-30T10:54:29.+5Z",
        ] {
            assert_eq!(ServerTime::parse(text), None, "{text}");
        }
    }
}
