//! The table of an object's members.

use super::usual_member::{AROUND_KEY, Then, UsualMember, tag_of_name};
use crate::json::block::{BLOCK, Block};
use crate::json::scanner::{Literal, Scanner};

/// The number of members that need no allocation, whose tags are one block. A message has about 25, a user 20, and only
/// whole guilds have more than this.
const INLINE: usize = BLOCK;

/// The bytes between a usual key and its value: a quote and a colon.
const AFTER_KEY: usize = AROUND_KEY - 1;

/// The nesting of values that is accepted within an object, the same as serde_json's for values that it reads.
pub(super) const MAX_DEPTH: usize = 127;

/// Where the name and the value of a member stand in the text, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Member {
    /// Without the quotes.
    pub(super) key: Span,
    pub(super) value: Span,
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
    /// Where the keys of the usual members that the object starts with stand, after their quotes. The place after them is that
    /// of the key that would follow. The values are known from them: they stand between two keys.
    keys: [u32; INLINE + 1],
    key_lens: [u8; INLINE],
    tags: [u8; INLINE],
    /// The number of these members.
    len: usize,
    /// Those after them: from the first one in another layout, or for which there is no room.
    more: Vec<Member>,
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
        Self {
            keys: [0; INLINE + 1],
            key_lens: [0; INLINE],
            tags: [0; INLINE],
            len: 0,
            more: Vec::new(),
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
        for place in 0..INLINE {
            self.keys[place] = at as u32 + 1;
            let Some(member) = UsualMember::read(text, at) else {
                self.len = place;
                return self.read_more(text, at);
            };
            self.key_lens[place] = member.key_len;
            self.tags[place] = member.tag;
            at = member.end + 1;
            if member.then == Then::End {
                self.len = place + 1;
                self.keys[place + 1] = at as u32 + 1;
                return Ok(at);
            }
        }
        self.len = INLINE;
        self.keys[INLINE] = at as u32 + 1;
        self.read_more(text, at)
    }

    /// Reads the members from this offset on. Returns where the object ends.
    #[cold]
    fn read_more(&mut self, text: &str, mut at: usize) -> Result<usize, Unreadable> {
        loop {
            let found = next_member(text, at)?;
            self.more.push(found.member);
            at = found.end;
            if found.then == Then::End {
                return Ok(at);
            }
        }
    }

    /// The value of the first member with this name.
    #[inline(always)]
    pub(super) fn find(&self, text: &str, name: &str) -> Option<Span> {
        // Known by the compiler if the name is.
        let tag = tag_of_name(name);
        let same_tag = Block::new(&self.tags).equal(tag);
        // Places that are not used have tags, too.
        let mut places = u64::from(same_tag) & ((1 << self.len) - 1);
        while places != 0 {
            // The remainder spares the checks of the index.
            let place = places.trailing_zeros() as usize % INLINE;
            let key = self.keys[place] as usize;
            if usize::from(self.key_lens[place]) == name.len()
                && text.as_bytes().get(key..key + name.len()) == Some(name.as_bytes())
            {
                return Some(self.value(place));
            }
            places &= places - 1;
        }
        if self.more.is_empty() {
            return None;
        }
        self.find_more(text, name)
    }

    #[cold]
    fn find_more(&self, text: &str, name: &str) -> Option<Span> {
        let mut more = self.more.iter();
        let found = more.find(|member| literal(member.key, text).is(name))?;
        Some(found.value)
    }

    /// The value of the usual member with this place.
    #[inline(always)]
    const fn value(&self, place: usize) -> Span {
        Span {
            start: self.keys[place] + self.key_lens[place] as u32 + AFTER_KEY as u32,
            // The next key starts after a comma and a quote.
            end: self.keys[place + 1] - 2,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Member> {
        let usual = (0..self.len).map(|place| {
            let start = self.keys[place];
            Member {
                key: Span {
                    start,
                    end: start + u32::from(self.key_lens[place]),
                },
                value: self.value(place),
            }
        });
        usual.chain(self.more.iter().copied())
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
        let then = if let Some(member) = UsualMember::read(text, at) {
            let (key, end) = (at + 1, member.end);
            let key_end = key + usize::from(member.key_len);
            if text.as_bytes().get(key..key_end) == Some(name.as_bytes()) {
                return Span::new(key_end + AFTER_KEY, end);
            }
            at = end + 1;
            member.then
        } else {
            let found = unusual_member(text, at).ok()?;
            if literal(found.member.key, text).is(name) {
                return Some(found.member.value);
            }
            at = found.end;
            found.then
        };
        if then == Then::End {
            return None;
        }
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

/// Reads a member in any layout.
fn next_member(text: &str, at: usize) -> Result<Found, Unreadable> {
    let Some(usual) = UsualMember::read(text, at) else {
        return unusual_member(text, at);
    };
    let key_end = at + 1 + usize::from(usual.key_len);
    let key = Span::new(at + 1, key_end).ok_or(Unreadable::Length)?;
    let value = Span::new(key_end + AFTER_KEY, usual.end).ok_or(Unreadable::Length)?;
    Ok(Found {
        member: Member { key, value },
        then: usual.then,
        end: usual.end + 1,
    })
}

/// Reads a member in any layout, white space included.
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
