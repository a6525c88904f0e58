//! Why shards were not taken over.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// Shards were not taken over, or not all of them.
///
/// `Display` names the socket and contains the texts of all sources.
#[derive(Debug)]
pub struct HandOverError {
    kind: HandOverErrorKind,
    path: Option<PathBuf>,
    source: Option<io::Error>,
}

/// Why shards were not taken over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum HandOverErrorKind {
    /// The socket could not be opened, or the connection failed. The source says why.
    Io,
    /// No process serves the socket: the old one has ended, or there was none.
    NoOldProcess,
    /// Another process serves this socket.
    SocketInUse,
    /// The old process keeps its shards, and says why. What was taken is void.
    Refused {
        /// The reason.
        reason: HandOverRefusal,
    },
    /// The old process ended, or closed the connection, before it had released its shards. Nothing was taken.
    OldProcessEnded,
    /// The old process was silent for this long. Nothing was taken.
    Timeout {
        /// The limit.
        after: Duration,
    },
    /// What the old process sent is not the protocol of a hand-over, or contradicts itself. Nothing was taken.
    Malformed,
    /// The states of the shards are larger than the [limit](crate::HandOver::max_state_bytes). Nothing was taken.
    StateTooLarge {
        /// The size, in bytes.
        bytes: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// Two old processes gave the same shard. Nothing was taken.
    GivenTwice {
        /// The number of the shard.
        shard: u32,
    },
    /// The new cluster does not have a shard that was taken. The old process goes on with all of them.
    ShardMissing {
        /// The number of the shard.
        shard: u32,
    },
    /// A shard of the new cluster did not get ready in time, or stopped. The old process goes on with all of them.
    NotRunning {
        /// The number of the shard.
        shard: u32,
    },
}

/// Why an old process keeps its shards.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum HandOverRefusal {
    /// It speaks other versions of the protocol only: it runs another version of this library.
    Version {
        /// The lowest that it speaks.
        min: u16,
        /// The highest that it speaks.
        max: u16,
    },
    /// It runs another bot.
    AnotherBot,
    /// None of the wanted shards runs in it, or they are on their way to another process.
    NoShards,
    /// Its handlers had not finished what a shard had received when their [time](crate::HandOverListener::handlers_timeout)
    /// was over.
    HandlersTooSlow {
        /// The number of the shard.
        shard: u32,
    },
    /// A shard stopped for good during the hand-over.
    ShardStopped {
        /// The number of the shard.
        shard: u32,
    },
    /// The new process was silent, or its shards were not ready in [time](crate::HandOverListener::start_timeout).
    TooLate,
    /// The new process did not follow the protocol of the hand-over.
    Malformed,
    /// The old process ended the hand-over.
    Canceled,
    /// A reason that this version of the library does not know.
    Unknown {
        /// Its number.
        code: u8,
    },
}

impl HandOverRefusal {
    /// As in a frame. Numbers never change.
    pub(super) fn to_parts(self) -> (u8, u32, u32) {
        match self {
            Self::Version { min, max } => (1, min.into(), max.into()),
            Self::AnotherBot => (2, 0, 0),
            Self::NoShards => (3, 0, 0),
            Self::HandlersTooSlow { shard } => (4, shard, 0),
            Self::ShardStopped { shard } => (5, shard, 0),
            Self::TooLate => (6, 0, 0),
            Self::Malformed => (7, 0, 0),
            Self::Canceled => (8, 0, 0),
            Self::Unknown { code } => (code, 0, 0),
        }
    }

    pub(super) fn from_parts((code, first, second): (u8, u32, u32)) -> Self {
        let version = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
        match code {
            1 => Self::Version {
                min: version(first),
                max: version(second),
            },
            2 => Self::AnotherBot,
            3 => Self::NoShards,
            4 => Self::HandlersTooSlow { shard: first },
            5 => Self::ShardStopped { shard: first },
            6 => Self::TooLate,
            7 => Self::Malformed,
            8 => Self::Canceled,
            code => Self::Unknown { code },
        }
    }
}

impl Display for HandOverRefusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { min, max } => write!(
                f,
                "it speaks the versions {min} to {max} of the hand-over only; restart it with a version of gloaming that \
                 the new process understands"
            ),
            Self::AnotherBot => {
                f.write_str("it runs another bot; use a socket of its own for each bot")
            }
            Self::NoShards => f.write_str(
                "none of the wanted shards runs in it, or another process takes them; check the numbers and the total \
                 number of shards",
            ),
            Self::HandlersTooSlow { shard } => write!(
                f,
                "its handlers had not finished the events of shard {shard} in time; raise \
                 `HandOverListener::handlers_timeout`, or finish sooner"
            ),
            Self::ShardStopped { shard } => write!(
                f,
                "its shard {shard} stopped for good meanwhile; see its log, and try again"
            ),
            Self::TooLate => f.write_str(
                "the new process was silent, or its shards were not ready in time; raise \
                 `HandOverListener::start_timeout`, or start them right after they were taken",
            ),
            Self::Malformed => {
                f.write_str("the new process did not follow the protocol of the hand-over")
            }
            Self::Canceled => f.write_str("it ended the hand-over; try again"),
            Self::Unknown { code } => write!(
                f,
                "it gives a reason with the number {code}, which this version of gloaming does not know; see its log"
            ),
        }
    }
}

impl HandOverError {
    pub(super) const fn new(kind: HandOverErrorKind) -> Self {
        Self {
            kind,
            path: None,
            source: None,
        }
    }

    pub(super) fn io(source: io::Error) -> Self {
        Self {
            kind: HandOverErrorKind::Io,
            path: None,
            source: Some(source),
        }
    }

    pub(super) fn at(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// Returns why the shards were not taken over.
    #[must_use]
    pub const fn kind(&self) -> HandOverErrorKind {
        self.kind
    }

    /// Returns the path of the socket, if the error is about one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

impl Display for HandOverError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "hand-over at `{}`: ", path.display())?;
        }
        match self.kind {
            HandOverErrorKind::Io => {
                f.write_str("the socket failed")?;
                match &self.source {
                    Some(source) => write!(f, ": {source}"),
                    None => Ok(()),
                }
            }
            HandOverErrorKind::NoOldProcess => f.write_str(
                "no process serves the socket; start the shards without a hand-over, or check the path",
            ),
            HandOverErrorKind::SocketInUse => f.write_str(
                "another process serves the socket; use another path, or take the shards of that process first",
            ),
            HandOverErrorKind::Refused { reason } => {
                write!(f, "the old process keeps its shards: {reason}")
            }
            HandOverErrorKind::OldProcessEnded => f.write_str(
                "the old process ended before it had released its shards; start them without a hand-over once it does \
                 not run any more",
            ),
            HandOverErrorKind::Timeout { after } => write!(
                f,
                "the old process was silent for {after:?} and keeps its shards; see whether it hangs, or raise \
                 `HandOver::timeout`"
            ),
            HandOverErrorKind::Malformed => f.write_str(
                "what serves the socket does not follow the protocol of the hand-over; check the path",
            ),
            HandOverErrorKind::StateTooLarge { bytes, limit } => write!(
                f,
                "the states of the shards have {bytes} bytes and may have {limit}; raise `HandOver::max_state_bytes`"
            ),
            HandOverErrorKind::GivenTwice { shard } => write!(
                f,
                "shard {shard} runs in two old processes; end one of them"
            ),
            HandOverErrorKind::ShardMissing { shard } => write!(
                f,
                "the new cluster has no shard {shard}, which was taken, so that the old process goes on; build it with \
                 all shards that were taken"
            ),
            HandOverErrorKind::NotRunning { shard } => write!(
                f,
                "shard {shard} of the new cluster was not ready in time, so that the old process goes on; see its items, \
                 and try again"
            ),
        }
    }
}

impl Error for HandOverError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_ref()?;
        Some(source)
    }
}

#[cfg(test)]
mod tests {
    use super::{HandOverError, HandOverErrorKind, HandOverRefusal};
    use std::{path::Path, time::Duration};

    #[test]
    fn texts_say_what_happened_and_what_to_do() {
        let after = Duration::from_secs(60);
        let reason = HandOverRefusal::AnotherBot;
        for (kind, text) in [
            (
                HandOverErrorKind::SocketInUse,
                "another process serves the socket; use another path, or take the shards of that process first",
            ),
            (
                HandOverErrorKind::Refused { reason },
                "the old process keeps its shards: it runs another bot; use a socket of its own for each bot",
            ),
            (
                HandOverErrorKind::OldProcessEnded,
                "the old process ended before it had released its shards; start them without a hand-over once it does not \
                 run any more",
            ),
            (
                HandOverErrorKind::Timeout { after },
                "the old process was silent for 60s and keeps its shards; see whether it hangs, or raise \
                 `HandOver::timeout`",
            ),
            (
                HandOverErrorKind::Malformed,
                "what serves the socket does not follow the protocol of the hand-over; check the path",
            ),
            (
                HandOverErrorKind::StateTooLarge { bytes: 9, limit: 8 },
                "the states of the shards have 9 bytes and may have 8; raise `HandOver::max_state_bytes`",
            ),
            (
                HandOverErrorKind::GivenTwice { shard: 3 },
                "shard 3 runs in two old processes; end one of them",
            ),
            (
                HandOverErrorKind::ShardMissing { shard: 3 },
                "the new cluster has no shard 3, which was taken, so that the old process goes on; build it with all \
                 shards that were taken",
            ),
            (
                HandOverErrorKind::NotRunning { shard: 3 },
                "shard 3 of the new cluster was not ready in time, so that the old process goes on; see its items, and try \
                 again",
            ),
        ] {
            let error = HandOverError::new(kind).at(Path::new("/run/bot.sock"));
            let expected = format!("hand-over at `/run/bot.sock`: {text}");
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn refusals_arrive_as_they_were_sent() {
        for code in 0..=u8::MAX {
            let refusal = HandOverRefusal::from_parts((code, 3, 4));
            assert_eq!(refusal.to_parts().0, code);
            assert_eq!(HandOverRefusal::from_parts(refusal.to_parts()), refusal);
            assert!(!refusal.to_string().is_empty());
        }
    }
}
