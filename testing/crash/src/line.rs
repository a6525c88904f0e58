//! The lines that the bot writes.

use std::fmt::{self, Display, Formatter};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Line {
    /// The process resumes a shard after this sequence.
    Resumes { shard: u32, sequence: u64 },
    /// The sessions of all shards are stored.
    Stored,
    /// A handler has finished an event.
    Handled(HandledEvent),
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
        let mut words = line.strip_suffix('.')?.split(' ');
        let name = words.next()?;
        let numbers = words
            .map(|word| word.parse().ok())
            .collect::<Option<Vec<u64>>>()?;
        let shard = |number: u64| u32::try_from(number).ok();
        Some(match (name, numbers.as_slice()) {
            ("resumes", &[number, sequence]) => Self::Resumes {
                shard: shard(number)?,
                sequence,
            },
            ("stored", &[]) => Self::Stored,
            ("handled", &[number, of, sequence]) => Self::Handled(HandledEvent {
                number,
                shard: shard(of)?,
                sequence,
            }),
            _ => return None,
        })
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resumes { shard, sequence } => write!(f, "resumes {shard} {sequence}."),
            Self::Stored => f.write_str("stored."),
            Self::Handled(event) => write!(
                f,
                "handled {} {} {}.",
                event.number, event.shard, event.sequence
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HandledEvent, Line};

    #[test]
    fn lines_are_parsed_if_they_are_whole() {
        let event = HandledEvent {
            number: 12,
            shard: 3,
            sequence: 456,
        };
        for line in [
            Line::Resumes {
                shard: 1,
                sequence: 22,
            },
            Line::Stored,
            Line::Handled(event),
        ] {
            let text = line.to_string();
            assert_eq!(Line::parse(&text), Some(line));
            for end in 0..text.len() {
                assert_eq!(Line::parse(&text[..end]), None);
            }
        }
    }
}
