//! The trace of a run.

use crate::clock::DisplayTime;
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// The prefix of a finding's line.
pub(crate) const FINDING: &str = "!!! ";

/// The recorded lines, if tracing is enabled.
#[derive(Debug)]
pub(crate) enum Trace {
    Off,
    Kept(Vec<Line>),
}

/// A line of a trace.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    at: Duration,
    /// `None` if the line concerns all shards.
    shard: Option<u32>,
    text: String,
}

impl Line {
    /// Returns whether the line concerns this shard.
    #[must_use]
    pub fn concerns(&self, shard: u32) -> bool {
        self.shard.is_none_or(|of| of == shard)
    }

    /// Returns whether the line is the finding.
    #[must_use]
    pub fn is_finding(&self) -> bool {
        self.text.starts_with(FINDING)
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", DisplayTime(self.at))?;
        match self.shard {
            Some(shard) => write!(f, "{shard:>2} ")?,
            None => f.write_str(" - ")?,
        }
        f.write_str(&self.text)
    }
}

impl Trace {
    /// Adds a line. `text` is called only if tracing is enabled.
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
