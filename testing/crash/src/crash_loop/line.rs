//! The lines that a process writes, each before it goes on.

use std::fmt::{self, Display, Formatter};

/// Times are virtual ones, in milliseconds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Line {
    /// A call of the ledger begins.
    LedgerBegins,
    /// It has returned.
    LedgerEnds,
    /// The ledger is about to be asked for an identify.
    Asks { shard: u32 },
    /// The ledger refused it.
    Refused { shard: u32 },
    /// A shard is granted a permit.
    Granted { shard: u32, time: u64 },
    /// The gateway received IDENTIFY.
    Identified { shard: u32, time: u64 },
    /// The gateway received RESUME. `left` is how many permits the queue says are left of the day.
    Resumed { shard: u32, time: u64, left: u64 },
    /// Nothing is left to do at this time.
    Settled(Settled),
    /// Something failed that must not.
    Failed { text: String },
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Settled {
    pub(super) time: u64,
    /// After how many milliseconds something is due, as far as that is known; otherwise 0.
    pub(super) due: u64,
    /// How many shards wait for the daily limit.
    pub(super) refused: u64,
    /// Within how many milliseconds it opens, as the queue says.
    pub(super) opens: u64,
}

impl Line {
    /// Returns `None` for a line that the process did not finish.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let line = line.strip_suffix('.')?;
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        if name == "failed" {
            return Some(Self::Failed { text: rest.into() });
        }
        let numbers = rest
            .split_terminator(' ')
            .map(|word| word.parse().ok())
            .collect::<Option<Vec<u64>>>()?;
        let shard = |number: u64| u32::try_from(number).ok();
        Some(match (name, numbers.as_slice()) {
            ("ledger-begins", &[]) => Self::LedgerBegins,
            ("ledger-ends", &[]) => Self::LedgerEnds,
            ("asks", &[number]) => Self::Asks {
                shard: shard(number)?,
            },
            ("refused", &[number]) => Self::Refused {
                shard: shard(number)?,
            },
            ("granted", &[number, time]) => Self::Granted {
                shard: shard(number)?,
                time,
            },
            ("identified", &[number, time]) => Self::Identified {
                shard: shard(number)?,
                time,
            },
            ("resumed", &[number, time, left]) => Self::Resumed {
                shard: shard(number)?,
                time,
                left,
            },
            ("settled", &[time, due, refused, opens]) => Self::Settled(Settled {
                time,
                due,
                refused,
                opens,
            }),
            _ => return None,
        })
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::LedgerBegins => f.write_str("ledger-begins."),
            Self::LedgerEnds => f.write_str("ledger-ends."),
            Self::Asks { shard } => write!(f, "asks {shard}."),
            Self::Refused { shard } => write!(f, "refused {shard}."),
            Self::Granted { shard, time } => write!(f, "granted {shard} {time}."),
            Self::Identified { shard, time } => write!(f, "identified {shard} {time}."),
            Self::Resumed { shard, time, left } => write!(f, "resumed {shard} {time} {left}."),
            Self::Settled(settled) => {
                let Settled {
                    time,
                    due,
                    refused,
                    opens,
                } = settled;
                write!(f, "settled {time} {due} {refused} {opens}.")
            }
            // One line, whatever the error says.
            Self::Failed { text } => write!(f, "failed {}.", text.replace('\n', " ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Settled};

    #[test]
    fn lines_are_parsed_if_they_are_whole() {
        let (shard, time) = (3, 86_400_000);
        for line in [
            Line::LedgerBegins,
            Line::LedgerEnds,
            Line::Asks { shard },
            Line::Refused { shard },
            Line::Granted { shard, time },
            Line::Identified { shard, time },
            Line::Resumed {
                shard,
                time,
                left: 12,
            },
            Line::Settled(Settled {
                time,
                due: 5_250,
                refused: 2,
                opens: 99,
            }),
            Line::Failed {
                text: "no ledger".into(),
            },
        ] {
            let text = line.to_string();
            assert_eq!(Line::parse(&text), Some(line));
            for end in 0..text.len() {
                assert_eq!(Line::parse(&text[..end]), None);
            }
        }
    }
}
