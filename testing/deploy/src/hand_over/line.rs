//! The lines that a bot writes.

use crate::counted::Counted;
use std::fmt::{self, Display, Formatter};

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Line {
    /// It asks the processes before it for its shards.
    Asking,
    /// It has a session of a shard, which it resumes after this sequence.
    Resumes { shard: u32, sequence: u64 },
    /// A process before it does not run its shards at the moment, and may do so later.
    Unavailable,
    /// It was given all that it asked for, and waits for the command to start.
    Released,
    /// A shard has its session again.
    Resumed { shard: u32 },
    /// All shards are connected.
    Running,
    /// The shards are its own, and it gives them to the next process.
    Serving,
    /// The handlers of a shard have finished, and its state goes to the next process.
    Preparing { shard: u32 },
    /// A shard runs in another process now.
    Given { shard: u32 },
    /// A handler has finished an event.
    Handled(HandledEvent),
    /// What the state of a shard has counted, at the end.
    State { shard: u32, counted: Counted },
    /// It took no shards, for this reason.
    Failed(String),
}

/// An event, by the number that the gateway's side has given it, and by its place in a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct HandledEvent {
    pub(crate) number: u64,
    pub(crate) shard: u32,
    pub(crate) sequence: u64,
}

impl Line {
    /// Returns `None` for a line that the bot did not finish.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let line = line.strip_suffix('.')?;
        if let Some(reason) = line.strip_prefix("failed ") {
            return Some(Self::Failed(reason.to_owned()));
        }
        let mut words = line.split(' ');
        let name = words.next()?;
        let mut numbers = [0; 3];
        let mut count = 0;
        for word in words {
            *numbers.get_mut(count)? = word.parse().ok()?;
            count += 1;
        }
        let shard = |number: u64| u32::try_from(number).ok();
        Some(match (name, &numbers[..count]) {
            ("handled", &[number, of, sequence]) => Self::Handled(HandledEvent {
                number,
                shard: shard(of)?,
                sequence,
            }),
            ("asking", []) => Self::Asking,
            ("unavailable", []) => Self::Unavailable,
            ("resumes", &[number, sequence]) => Self::Resumes {
                shard: shard(number)?,
                sequence,
            },
            ("released", []) => Self::Released,
            ("resumed", &[number]) => Self::Resumed {
                shard: shard(number)?,
            },
            ("running", []) => Self::Running,
            ("serving", []) => Self::Serving,
            ("preparing", &[number]) => Self::Preparing {
                shard: shard(number)?,
            },
            ("given", &[number]) => Self::Given {
                shard: shard(number)?,
            },
            ("state", &[number, events, sum]) => Self::State {
                shard: shard(number)?,
                counted: Counted { events, sum },
            },
            _ => return None,
        })
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asking => f.write_str("asking."),
            Self::Unavailable => f.write_str("unavailable."),
            Self::Resumes { shard, sequence } => write!(f, "resumes {shard} {sequence}."),
            Self::Released => f.write_str("released."),
            Self::Resumed { shard } => write!(f, "resumed {shard}."),
            Self::Running => f.write_str("running."),
            Self::Serving => f.write_str("serving."),
            Self::Preparing { shard } => write!(f, "preparing {shard}."),
            Self::Given { shard } => write!(f, "given {shard}."),
            Self::Handled(HandledEvent {
                number,
                shard,
                sequence,
            }) => write!(f, "handled {number} {shard} {sequence}."),
            Self::State { shard, counted } => {
                write!(f, "state {shard} {} {}.", counted.events, counted.sum)
            }
            Self::Failed(reason) => write!(f, "failed {}.", reason.replace('\n', " ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HandledEvent, Line};
    use crate::counted::Counted;

    #[test]
    fn lines_are_parsed_if_they_are_whole() {
        let shard = 2;
        for line in [
            Line::Asking,
            Line::Unavailable,
            Line::Resumes {
                shard,
                sequence: 22,
            },
            Line::Released,
            Line::Resumed { shard },
            Line::Running,
            Line::Serving,
            Line::Preparing { shard },
            Line::Given { shard },
            Line::Handled(HandledEvent {
                number: 12,
                shard,
                sequence: 456,
            }),
            Line::State {
                shard,
                counted: Counted { events: 7, sum: 99 },
            },
            Line::Failed("it is gone".to_owned()),
        ] {
            let text = line.to_string();
            assert_eq!(Line::parse(&text), Some(line));
            for end in 0..text.len() {
                assert_eq!(Line::parse(&text[..end]), None);
            }
        }
    }
}
