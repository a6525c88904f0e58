//! Writes single terms, each as Erlang does.

use super::tag::{MAX_ATOM_CHARS, Tag, VERSION};

/// Appends terms to a buffer.
pub(super) struct Encoder<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Encoder<'a> {
    /// Begins a payload.
    pub(super) fn start(out: &'a mut Vec<u8>) -> Self {
        out.push(VERSION);
        Self { out }
    }

    /// An atom, or a binary if no atom can have this name.
    pub(super) fn atom_or_binary(&mut self, name: &str) {
        match u16::try_from(name.len()) {
            Ok(length) if name.is_ascii() && name.len() <= MAX_ATOM_CHARS => {
                self.out.push(Tag::Atom as u8);
                self.out.extend_from_slice(&length.to_be_bytes());
                self.out.extend_from_slice(name.as_bytes());
            }
            _ => self.binary(name),
        }
    }

    pub(super) fn binary(&mut self, text: &str) {
        self.header(Tag::Binary, text.len());
        self.out.extend_from_slice(text.as_bytes());
    }

    pub(super) fn unsigned(&mut self, integer: u64) {
        if let Ok(small) = u8::try_from(integer) {
            self.out
                .extend_from_slice(&[Tag::SmallInteger as u8, small]);
        } else if let Ok(integer) = i32::try_from(integer) {
            self.integer(integer);
        } else {
            self.big(integer, 0);
        }
    }

    pub(super) fn signed(&mut self, integer: i64) {
        match (u64::try_from(integer), i32::try_from(integer)) {
            (Ok(integer), _) => self.unsigned(integer),
            (_, Ok(integer)) => self.integer(integer),
            _ => self.big(integer.unsigned_abs(), 1),
        }
    }

    pub(super) fn float(&mut self, float: f64) {
        self.out.push(Tag::NewFloat as u8);
        self.out.extend_from_slice(&float.to_be_bytes());
    }

    /// The empty list, or the tail of another.
    pub(super) fn nil(&mut self) {
        self.out.push(Tag::Nil as u8);
    }

    /// The begin of a list. So many terms and [`nil`](Self::nil) follow.
    pub(super) fn list(&mut self, elements: usize) {
        self.header(Tag::List, elements);
    }

    /// A list of small integers. Returns whether it is short enough for this.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Fits {
        let Ok(length) = u16::try_from(bytes.len()) else {
            return Fits::No;
        };
        self.out.push(Tag::String as u8);
        self.out.extend_from_slice(&length.to_be_bytes());
        self.out.extend_from_slice(bytes);
        Fits::Yes
    }

    /// The begin of a map. So many keys and values follow, in turns.
    pub(super) fn map(&mut self, pairs: usize) {
        self.header(Tag::Map, pairs);
    }

    fn integer(&mut self, integer: i32) {
        self.out.push(Tag::Integer as u8);
        self.out.extend_from_slice(&integer.to_be_bytes());
    }

    fn big(&mut self, magnitude: u64, sign: u8) {
        let length = 8 - magnitude.leading_zeros() / 8;
        self.out
            .extend_from_slice(&[Tag::SmallBig as u8, length as u8, sign]);
        self.out
            .extend_from_slice(&magnitude.to_le_bytes()[..length as usize]);
    }

    fn header(&mut self, tag: Tag, length: usize) {
        let length = u32::try_from(length).expect("a payload has less than 4 GiB");
        self.out.push(tag as u8);
        self.out.extend_from_slice(&length.to_be_bytes());
    }
}

/// Whether a term can have a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fits {
    Yes,
    No,
}
