//! The table of an object's members.

use crate::json::block::{BLOCK, Block};
use crate::json::nested::nested_len;
use crate::json::scanner::{Literal, Scanner};
use crate::json::words::find_quote_or_backslash;

/// The number of members that need no allocation, whose tags are one block. A message has about 25, a user 20, and only
/// whole guilds have more than this.
const INLINE: usize = BLOCK;

/// The nesting of values that is accepted within an object, the same as serde_json's for values that it reads.
pub(super) const MAX_DEPTH: usize = 127;

/// Where the name and the value of a member stand in the text, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Member {
    /// Without the quotes.
    pub(super) key: Span,
    pub(super) value: Span,
}

impl Member {
    #[inline]
    fn is_named(&self, text: &str, name: &str) -> bool {
        let key = text
            .as_bytes()
            .get(self.key.start as usize..self.key.end as usize);
        key == Some(name.as_bytes())
    }
}

/// A part of the text, in bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    /// `None` for texts of 4 GiB or more.
    pub(super) fn new(start: usize, end: usize) -> Option<Self> {
        Some(Self {
            start: start.try_into().ok()?,
            end: end.try_into().ok()?,
        })
    }

    /// The part of the text. Spans are made of positions between characters.
    #[inline]
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// The members of one object, in the order of the text.
#[derive(Clone, Debug)]
pub(super) struct Members {
    inline: [Member; INLINE],
    /// A [tag](tag_of) of each key of `inline`.
    tags: [u8; INLINE],
    /// Of `inline`.
    len: usize,
    /// Those for which `inline` has no room.
    more: Vec<Member>,
    /// Whether a key contains an escape, which no documented one does.
    escaped: bool,
}

/// Why a text is not an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unreadable {
    /// It is not JSON at this offset.
    Syntax(usize),
    /// The value at this offset is nested too deep.
    Depth(usize),
    /// The text has 4 GiB or more.
    Length,
}

impl Members {
    /// No members.
    #[inline(always)]
    pub(super) const fn new() -> Self {
        const NONE: Span = Span { start: 0, end: 0 };
        const FREE: Member = Member {
            key: NONE,
            value: NONE,
        };
        Self {
            inline: [FREE; INLINE],
            tags: [0; INLINE],
            len: 0,
            more: Vec::new(),
            escaped: false,
        }
    }

    /// Reads the object that starts at this offset of the text. Returns where it ends.
    ///
    /// Nested values are skipped and not validated.
    pub(super) fn read(&mut self, text: &str, start: usize) -> Result<usize, Unreadable> {
        if u32::try_from(text.len()).is_err() {
            return Err(Unreadable::Length);
        }
        let mut scanner = Scanner::at(text, start);
        if !scanner.eat(b'{') {
            return Err(Unreadable::Syntax(scanner.position()));
        }
        if scanner.eat(b'}') {
            return Ok(scanner.position());
        }
        let mut at = scanner.position();
        let mut len = 0;
        loop {
            let (found, tag) = match usual_member(text.as_bytes(), at) {
                Some(found) => found,
                None => {
                    let found = unusual_member(text, at)?;
                    let key = found.member.key.of(text);
                    self.escaped |= key.contains('\\');
                    (found, tag_of_name(key))
                }
            };
            match (self.inline.get_mut(len), self.tags.get_mut(len)) {
                (Some(place), Some(tag_of_place)) => {
                    *place = found.member;
                    *tag_of_place = tag;
                    len += 1;
                }
                _ => self.more.push(found.member),
            }
            at = found.end;
            if found.then == Then::End {
                self.len = len;
                return Ok(at);
            }
        }
    }

    /// The value of the first member with this name.
    #[inline(always)]
    pub(super) fn find(&self, text: &str, name: &str) -> Option<Span> {
        // Known by the compiler if the name is.
        self.find_tagged(text, name, tag_of_name(name))
    }

    fn find_tagged(&self, text: &str, name: &str, tag: u8) -> Option<Span> {
        if self.escaped {
            return self.find_escaped(text, name);
        }
        let same_tag = Block::new(&self.tags).equal(tag);
        // Places that are not used have tags, too.
        let mut places = u64::from(same_tag) & ((1 << self.len) - 1);
        while places != 0 {
            let member = &self.inline[places.trailing_zeros() as usize];
            if member.is_named(text, name) {
                return Some(member.value);
            }
            places &= places - 1;
        }
        let mut more = self.more.iter();
        Some(more.find(|member| member.is_named(text, name))?.value)
    }

    #[cold]
    fn find_escaped(&self, text: &str, name: &str) -> Option<Span> {
        let mut members = self.iter();
        let found = members.find(|member| literal(member.key, text).is(name))?;
        Some(found.value)
    }

    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.inline.iter().take(self.len).chain(&self.more)
    }

    pub(super) const fn len(&self) -> usize {
        self.len + self.more.len()
    }
}

/// The value of the first member with this name of the object that starts at this offset, which is scanned up to it.
pub(super) fn find_member(text: &str, start: usize, name: &str) -> Option<Span> {
    let mut scanner = Scanner::at(text, start);
    if !scanner.eat(b'{') || u32::try_from(text.len()).is_err() {
        return None;
    }
    let mut at = scanner.position();
    loop {
        let (found, is_named) = match usual_member(text.as_bytes(), at) {
            Some((found, _)) => (found, found.member.is_named(text, name)),
            None => {
                let found = unusual_member(text, at).ok()?;
                (found, literal(found.member.key, text).is(name))
            }
        };
        if is_named {
            return Some(found.member.value);
        }
        if found.then == Then::End {
            return None;
        }
        at = found.end;
    }
}

/// A member that was read.
#[derive(Clone, Copy)]
struct Found {
    member: Member,
    then: Then,
    /// Where the comma or bracket after it ends.
    end: usize,
}

/// What follows a member.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Then {
    Member,
    End,
}

/// A byte by which most keys that differ are told apart: of the first byte of the key, which is mostly a small letter, and of
/// its length modulo eight.
#[inline(always)]
const fn tag_of(first: u8, len: usize) -> u8 {
    first.wrapping_add((len as u8) << 5)
}

/// The tag of a key without escapes. The first byte of an empty one is that of the quote after it.
const fn tag_of_name(name: &str) -> u8 {
    match name.as_bytes() {
        [first, ..] => tag_of(*first, name.len()),
        [] => tag_of(b'"', 0),
    }
}

/// Reads the member whose key starts at this offset, in the layout in which the gateway writes: without white space,
/// escapes in the key, and signs or fractions of numbers. A comma or the end of the object follows its value. Returns
/// `None` for other members, which are not necessarily invalid.
///
/// Also returns the tag of the key. The text has less than 4 GiB.
#[inline(always)]
fn usual_member(text: &[u8], at: usize) -> Option<(Found, u8)> {
    let bytes = block_at(text.get(at..)?);
    // Of a usual member, the quotes around the key, and those of a string after it that is short.
    let quotes = Block::new(&bytes).quotes_and_backslashes();
    let after_first = quotes & quotes.wrapping_sub(1);
    let key_len = (after_first.trailing_zeros() as usize).wrapping_sub(1);
    let start = at + key_len + 3;
    let ([b'"', tag_byte, ..], [b'"', b':', first, second, ..]) = (&bytes, text.get(start - 2..)?)
    else {
        return None;
    };
    let end = match first {
        b'"' => {
            let value = after_first & after_first.wrapping_sub(1);
            let end = match value & value.wrapping_sub(1) {
                0 => start + 1 + find_quote_or_backslash(text.get(start + 1..)?)?,
                end => at + end.trailing_zeros() as usize,
            };
            if text.get(end) != Some(&b'"') {
                return None;
            }
            end + 1
        }
        b'[' | b'{' => match (first, second) {
            (b'[', b']') | (b'{', b'}') => start + 2,
            _ => start + nested_len(text.get(start..)?, MAX_DEPTH)?,
        },
        b'n' if text.get(start..)?.starts_with(b"null") => start + 4,
        b't' if text.get(start..)?.starts_with(b"true") => start + 4,
        b'f' if text.get(start..)?.starts_with(b"false") => start + 5,
        b'0'..=b'9' => {
            let mut end = start + 1;
            while text.get(end)?.is_ascii_digit() {
                end += 1;
            }
            end
        }
        _ => return None,
    };
    let then = match text.get(end)? {
        b',' => Then::Member,
        b'}' => Then::End,
        _ => return None,
    };
    let member = Member {
        key: Span {
            start: at as u32 + 1,
            end: start as u32 - 2,
        },
        value: Span {
            start: start as u32,
            end: end as u32,
        },
    };
    let found = Found {
        member,
        then,
        end: end + 1,
    };
    Some((found, tag_of(*tag_byte, key_len)))
}

/// The bytes that the text starts with, and zeros after a shorter text.
#[inline(always)]
fn block_at(text: &[u8]) -> [u8; BLOCK] {
    match text.first_chunk() {
        Some(bytes) => *bytes,
        None => Block::padded(text),
    }
}

/// Reads a member in any layout.
#[cold]
fn unusual_member(text: &str, at: usize) -> Result<Found, Unreadable> {
    let mut scanner = Scanner::at(text, at);
    let syntax = |scanner: &Scanner<'_>| Unreadable::Syntax(scanner.position());
    let key = scanner.string().ok_or_else(|| syntax(&scanner))?;
    if !scanner.eat(b':') {
        return Err(syntax(&scanner));
    }
    let value = next_value(&mut scanner)?;
    let then = if scanner.eat(b',') {
        Then::Member
    } else if scanner.eat(b'}') {
        Then::End
    } else {
        return Err(syntax(&scanner));
    };
    let key = Span::new(key.start, key.start + key.raw.len()).ok_or(Unreadable::Length)?;
    Ok(Found {
        member: Member { key, value },
        then,
        end: scanner.position(),
    })
}

/// The key of a member, as a literal.
pub(super) fn literal(key: Span, text: &str) -> Literal<'_> {
    let raw = key.of(text);
    Literal {
        raw,
        start: key.start as usize,
        escaped: raw.contains('\\'),
    }
}

/// Skips a value, and returns where it is.
#[inline]
pub(super) fn next_value(scanner: &mut Scanner<'_>) -> Result<Span, Unreadable> {
    scanner.skip_white_space();
    let start = scanner.position();
    if scanner.skip_value_within(MAX_DEPTH).is_none() {
        return Err(unreadable(scanner, start));
    }
    Span::new(start, scanner.position()).ok_or(Unreadable::Length)
}

/// The reason why a value can't be skipped.
#[cold]
fn unreadable(scanner: &Scanner<'_>, start: usize) -> Unreadable {
    let mut again = Scanner::at(scanner.text(), start);
    match again.skip_value() {
        Some(()) => Unreadable::Depth(start),
        None => Unreadable::Syntax(start),
    }
}

#[cfg(test)]
mod tests;
