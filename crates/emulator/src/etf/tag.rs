//! The numbers with which terms begin.

use std::fmt::{self, Display, Formatter};

/// The first byte of each payload: the version of the format.
pub(super) const VERSION: u8 = 131;

/// The only length of the text in a FLOAT_EXT.
pub(super) const FLOAT_TEXT_BYTES: usize = 31;

/// The most characters that an atom may have.
pub(super) const MAX_ATOM_CHARS: usize = 255;

macro_rules! tags {
    ($($(#[$doc:meta])* $tag:ident = $number:literal, $name:literal;)*) => {
        /// The terms that have a JSON equivalent, and the wrapper of compressed ones.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[repr(u8)]
        pub(crate) enum Tag {
            $($(#[$doc])* $tag = $number,)*
        }

        impl Tag {
            pub(super) const fn from_number(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$tag),)*
                    _ => None,
                }
            }

            const fn name(self) -> &'static str {
                match self {
                    $(Self::$tag => $name,)*
                }
            }
        }
    };
}

tags! {
    /// A float of 8 bytes.
    NewFloat = 70, "NEW_FLOAT_EXT";
    /// The size of a term as 4 bytes, and the term as a zlib stream.
    Compressed = 80, "COMPRESSED";
    /// 1 byte, without a sign.
    SmallInteger = 97, "SMALL_INTEGER_EXT";
    /// 4 bytes, with a sign.
    Integer = 98, "INTEGER_EXT";
    /// A float as text of 31 bytes, filled with zeros.
    Float = 99, "FLOAT_EXT";
    /// A length of 2 bytes, and text in Latin-1.
    Atom = 100, "ATOM_EXT";
    /// A length of 1 byte, and elements.
    SmallTuple = 104, "SMALL_TUPLE_EXT";
    /// A length of 4 bytes, and elements.
    LargeTuple = 105, "LARGE_TUPLE_EXT";
    /// The empty list.
    Nil = 106, "NIL_EXT";
    /// A length of 2 bytes, and a list of integers of 1 byte each.
    String = 107, "STRING_EXT";
    /// A length of 4 bytes, elements, and a tail, which is a NIL_EXT unless the list is improper.
    List = 108, "LIST_EXT";
    /// A length of 4 bytes, and bytes.
    Binary = 109, "BINARY_EXT";
    /// A length of 1 byte, a sign, and an integer from its lowest byte on.
    SmallBig = 110, "SMALL_BIG_EXT";
    /// A length of 4 bytes, a sign, and an integer from its lowest byte on.
    LargeBig = 111, "LARGE_BIG_EXT";
    /// A length of 1 byte, and text in Latin-1.
    SmallAtom = 115, "SMALL_ATOM_EXT";
    /// A count of 4 bytes, and keys and values in turns.
    Map = 116, "MAP_EXT";
    /// A length of 2 bytes, and text in UTF-8.
    AtomUtf8 = 118, "ATOM_UTF8_EXT";
    /// A length of 1 byte, and text in UTF-8.
    SmallAtomUtf8 = 119, "SMALL_ATOM_UTF8_EXT";
}

impl Display for Tag {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), *self as u8)
    }
}

/// The name of a term without a JSON equivalent.
pub(super) const fn name_of_other(number: u8) -> Option<&'static str> {
    Some(match number {
        77 => "BIT_BINARY_EXT",
        82 => "ATOM_CACHE_REF",
        88 => "NEW_PID_EXT",
        89 => "NEW_PORT_EXT",
        90 => "NEWER_REFERENCE_EXT",
        101 => "REFERENCE_EXT",
        102 => "PORT_EXT",
        103 => "PID_EXT",
        112 => "NEW_FUN_EXT",
        113 => "EXPORT_EXT",
        114 => "NEW_REFERENCE_EXT",
        117 => "FUN_EXT",
        120 => "V4_PORT_EXT",
        121 => "LOCAL_EXT",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_has_one_name() {
        let tags: Vec<_> = (0..=u8::MAX).filter_map(Tag::from_number).collect();
        assert_eq!(tags.len(), 18);
        for tag in tags {
            assert_eq!(Tag::from_number(tag as u8), Some(tag));
            assert_eq!(name_of_other(tag as u8), None, "{tag}");
        }
        assert_eq!(Tag::Binary.to_string(), "BINARY_EXT (109)");
    }
}
