//! The lines that a bot writes.

use std::fmt::{self, Display, Formatter};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Line {
    /// A shard has a session, a new one or the one from before.
    Connected { shard: u32, total: u32 },
    /// The guilds of all shards have arrived.
    Running,
    /// A handler has finished an event of a guild.
    Handled { guild: u64, number: u64 },
    /// The switch has ended.
    Ended(Outcome),
    /// The other set of shards is closed.
    Over,
}

/// How a switch has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) is_completed: bool,
    pub(crate) guilds: u64,
    pub(crate) matched: u64,
    pub(crate) unmatched: u64,
    pub(crate) possible_gaps: u64,
    pub(crate) millis: u64,
}

impl Line {
    /// Returns `None` for a line that the bot did not finish.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_suffix('.')?.split(' ');
        let name = words.next()?;
        let mut numbers = [0; 6];
        let mut count = 0;
        for word in words {
            *numbers.get_mut(count)? = word.parse().ok()?;
            count += 1;
        }
        Some(match (name, &numbers[..count]) {
            ("handled", &[guild, number]) => Self::Handled { guild, number },
            ("connected", &[shard, total]) => Self::Connected {
                shard: u32::try_from(shard).ok()?,
                total: u32::try_from(total).ok()?,
            },
            ("running", []) => Self::Running,
            ("ended", &[completed, guilds, matched, unmatched, possible_gaps, millis]) => {
                Self::Ended(Outcome {
                    is_completed: completed == 1,
                    guilds,
                    matched,
                    unmatched,
                    possible_gaps,
                    millis,
                })
            }
            ("over", []) => Self::Over,
            _ => return None,
        })
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected { shard, total } => write!(f, "connected {shard} {total}."),
            Self::Running => f.write_str("running."),
            Self::Handled { guild, number } => write!(f, "handled {guild} {number}."),
            Self::Ended(outcome) => write!(
                f,
                "ended {} {} {} {} {} {}.",
                u8::from(outcome.is_completed),
                outcome.guilds,
                outcome.matched,
                outcome.unmatched,
                outcome.possible_gaps,
                outcome.millis
            ),
            Self::Over => f.write_str("over."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Outcome};

    #[test]
    fn lines_are_parsed_if_they_are_whole() {
        for line in [
            Line::Connected { shard: 3, total: 7 },
            Line::Running,
            Line::Handled {
                guild: u64::MAX,
                number: 42,
            },
            Line::Ended(Outcome {
                is_completed: true,
                guilds: 28,
                matched: 5,
                unmatched: 4,
                possible_gaps: 3,
                millis: 2,
            }),
            Line::Over,
        ] {
            let text = line.to_string();
            assert_eq!(Line::parse(&text), Some(line));
            for end in 0..text.len() {
                assert_eq!(Line::parse(&text[..end]), None);
            }
        }
    }
}
