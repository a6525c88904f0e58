//! Why a payload of a client could not be decoded.

use std::fmt::{self, Display, Formatter};

use super::tag::{self, Tag};

/// Where and why a payload could not be decoded. The text contains nothing of what the client sent but lengths and
/// tags.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct EtfError {
    /// The byte at which the term, or what is wrong in it, begins. The version is byte 0.
    pub(super) at: usize,
    pub(super) fault: Fault,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// There is not a single byte.
    Empty,
    /// The first byte is not the version of the format.
    Version(u8),
    /// The payload is compressed, which clients must not do.
    Compressed,
    /// The payload ends before a term.
    NoTerm,
    /// The payload ends within a term, which has so many bytes more.
    Truncated(Tag, usize),
    /// A term has more elements than there are bytes left.
    Count(Tag, usize),
    /// No JSON value corresponds to a term with this number.
    Number(u8),
    /// A key is an atom, which Discord documents to be an error.
    AtomKey,
    /// A key is neither a binary nor an atom.
    Key(Tag),
    /// A map has a key twice, which Erlang does not decode.
    RepeatedKey,
    /// A binary or an atom is not UTF-8.
    Utf8(Tag),
    /// An atom has too many characters.
    AtomLength,
    /// A float is not a finite number.
    Float(Tag),
    /// An integer has more than 64 bits.
    Integer(Tag),
    /// The tail of a list is not the empty list.
    ImproperList,
    /// Terms are nested too deep.
    Depth,
}

impl EtfError {
    pub(crate) const fn fault(self) -> Fault {
        self.fault
    }
}

impl Display for EtfError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: ", self.at)?;
        match self.fault {
            Fault::Empty => f.write_str("nothing, since the payload is empty"),
            Fault::Version(byte) => {
                write!(f, "{byte} instead of the version, {}", tag::VERSION)?;
                match byte {
                    b'{' | b'[' => f.write_str("; it looks like JSON"),
                    _ => Ok(()),
                }
            }
            Fault::Compressed => f.write_str("compressed data, which clients must not send"),
            Fault::NoTerm => f.write_str("the end instead of a term"),
            Fault::Truncated(tag, missing) => write!(f, "{tag} that lacks {missing} bytes"),
            Fault::Count(tag, count) => {
                write!(f, "{tag} of {count} elements, but the payload ends")
            }
            Fault::Number(number) => match tag::name_of_other(number) {
                Some(name) => write!(f, "{name} ({number}), which JSON can't express"),
                None => write!(f, "the unknown tag {number}"),
            },
            Fault::AtomKey => f.write_str("an atom as a key, which has to be a binary"),
            Fault::Key(tag) => write!(f, "{tag} as a key, which has to be a binary"),
            Fault::RepeatedKey => f.write_str("a key that the map has already"),
            Fault::Utf8(tag) => write!(f, "{tag} that is not UTF-8"),
            Fault::AtomLength => {
                write!(f, "an atom of more than {} characters", tag::MAX_ATOM_CHARS)
            }
            Fault::Float(tag) => write!(f, "{tag} that is not a finite number"),
            Fault::Integer(tag) => write!(f, "{tag} of more than 64 bits"),
            Fault::ImproperList => f.write_str("a tail that does not end the list"),
            Fault::Depth => f.write_str("a term that is nested too deep"),
        }
    }
}
