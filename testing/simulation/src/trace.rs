//! What happened, line by line.

use crate::clock::Shown;
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// How the line of a finding begins.
pub(crate) const FINDING: &str = "!!! ";

/// Lines kept for reading, or none at all for speed.
#[derive(Debug)]
pub(crate) enum Trace {
    Off,
    Kept(Vec<Line>),
}

/// One thing that happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    at: Duration,
    /// `None`: to the world.
    shard: Option<u32>,
    text: String,
}

impl Line {
    /// Whether it is of this shard or of the world.
    #[must_use]
    pub fn concerns(&self, shard: u32) -> bool {
        self.shard.is_none_or(|of| of == shard)
    }

    /// Whether it says what is wrong.
    #[must_use]
    pub fn is_finding(&self) -> bool {
        self.text.starts_with(FINDING)
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", Shown(self.at))?;
        match self.shard {
            Some(shard) => write!(f, "{shard:>2} ")?,
            None => f.write_str(" - ")?,
        }
        f.write_str(&self.text)
    }
}

impl Trace {
    /// Adds a line, put together only if it is kept.
    pub(crate) fn note(&mut self, at: Duration, shard: Option<u32>, text: impl FnOnce() -> String) {
        if let Self::Kept(lines) = self {
            let text = text();
            lines.push(Line { at, shard, text });
        }
    }

    pub(crate) fn into_lines(self) -> Vec<Line> {
        match self {
            Self::Off => Vec::new(),
            Self::Kept(lines) => lines,
        }
    }
}
