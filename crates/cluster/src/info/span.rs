//! Lengths of time for people.

use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// A length of time as people read it: `0.7 s`, `41 s`, `5 min`, `26 h`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span(pub(crate) Duration);

impl Display for Span {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            0..10 => write!(f, "{:.1} s", self.0.as_secs_f64()),
            seconds @ 10..120 => write!(f, "{seconds} s"),
            seconds @ 120..7200 => write!(f, "{} min", seconds / 60),
            seconds => write!(f, "{} h", seconds / 3600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Span;
    use std::time::Duration;

    #[test]
    fn spans_are_short() {
        for (millis, text) in [
            (0, "0.0 s"),
            (740, "0.7 s"),
            (9_900, "9.9 s"),
            (41_900, "41 s"),
            (119_000, "119 s"),
            (300_000, "5 min"),
            (7_200_000, "2 h"),
            (93_600_000, "26 h"),
        ] {
            assert_eq!(Span(Duration::from_millis(millis)).to_string(), text);
        }
    }
}
