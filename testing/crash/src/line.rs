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
    /// What the state of a shard has counted, at the end.
    State { shard: u32, counted: Counted },
}

/// An event, by the number that the gateway's side has given it, and by its place in a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct HandledEvent {
    pub(crate) number: u64,
    pub(crate) shard: u32,
    pub(crate) sequence: u64,
}

/// How many events, and the sum of their numbers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counted {
    pub(crate) events: u64,
    pub(crate) sum: u64,
}

impl Counted {
    pub(crate) fn add(&mut self, number: u64) {
        self.events += 1;
        self.sum = self.sum.wrapping_add(number);
    }

    pub(crate) fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.events) << 64 | u128::from(self.sum)).to_le_bytes()
    }

    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        let both = u128::from_le_bytes(bytes);
        Self {
            events: (both >> 64) as u64,
            sum: both as u64,
        }
    }
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
            Self::Resumes { shard, sequence } => write!(f, "resumes {shard} {sequence}."),
            Self::Stored => f.write_str("stored."),
            Self::Handled(event) => write!(
                f,
                "handled {} {} {}.",
                event.number, event.shard, event.sequence
            ),
            Self::State { shard, counted } => {
                write!(f, "state {shard} {} {}.", counted.events, counted.sum)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counted, HandledEvent, Line};

    #[test]
    fn lines_are_parsed_if_they_are_whole() {
        let event = HandledEvent {
            number: 12,
            shard: 3,
            sequence: 456,
        };
        let counted = Counted { events: 7, sum: 99 };
        for line in [
            Line::Resumes {
                shard: 1,
                sequence: 22,
            },
            Line::Stored,
            Line::Handled(event),
            Line::State { shard: 2, counted },
        ] {
            let text = line.to_string();
            assert_eq!(Line::parse(&text), Some(line));
            for end in 0..text.len() {
                assert_eq!(Line::parse(&text[..end]), None);
            }
        }
        assert_eq!(Counted::from_bytes(counted.to_bytes()), counted);
    }
}
