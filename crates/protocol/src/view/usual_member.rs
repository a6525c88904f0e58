//! The layout in which the gateway writes the members of an object.

use super::members::MAX_DEPTH;
use crate::json::block::{BLOCK, Block, HALF, Half};
use crate::json::nested::nested_len;
use crate::json::scanner::Scanner;

/// A member without white space whose key has no escapes and less than 32 bytes. A comma or the end of the object follows its
/// value.
#[derive(Clone, Copy, Debug)]
pub(super) struct UsualMember {
    /// The length of the key, without the quotes.
    pub(super) key_len: u8,
    /// The [tag](tag_of_name) of the key.
    pub(super) tag: u8,
    /// The offset of the byte after the value.
    pub(super) end: usize,
    pub(super) then: Then,
}

/// What follows a member.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Then {
    Member,
    End,
}

impl Then {
    #[inline(always)]
    const fn of(byte: u8) -> Option<Self> {
        match byte {
            b',' => Some(Self::Member),
            b'}' => Some(Self::End),
            _ => None,
        }
    }
}

/// The bytes before the value of a usual member that are not of its key: two quotes and a colon.
pub(super) const AROUND_KEY: usize = 3;

/// The bytes that are looked at without asking again where the text ends: those of the longest key, and of a short value.
const CHUNK: usize = BLOCK + AROUND_KEY + 1 + BLOCK + 1;

impl UsualMember {
    /// Reads the member that starts at this offset. Returns `None` for members in another layout, which are not necessarily
    /// invalid.
    ///
    /// Nested values are skipped and not validated.
    #[inline(always)]
    pub(super) fn read(text: &str, at: usize) -> Option<Self> {
        let rest = text.as_bytes().get(at..)?;
        let padded;
        let chunk = match rest.first_chunk() {
            Some(chunk) => chunk,
            None => {
                padded = padded_chunk(rest);
                &padded
            }
        };
        let key_len = key_len(chunk)?;
        let [b'"', b':', first, ..] = chunk[1 + key_len..] else {
            return None;
        };
        let start = at + AROUND_KEY + key_len;
        let usual = match first {
            b'"' => short_string_len(chunk, key_len).or_else(|| long_string_len(text, start)),
            b'{' | b'[' => nested_value_len(text, start, chunk, key_len),
            _ => scalar_len(chunk, key_len),
        };
        let usual = usual.and_then(|len| {
            let end = start + len;
            Some((end, Then::of(*text.as_bytes().get(end)?)?))
        });
        let (end, then) = match usual {
            Some(usual) => usual,
            None => unusual_value(text, start)?,
        };
        Some(Self {
            key_len: key_len as u8,
            tag: tag_of(chunk[1], key_len),
            end,
            then,
        })
    }
}

/// Returns the length of the key of a member. It is less than 32, and a quote or backslash follows.
#[inline(always)]
fn key_len(chunk: &[u8; CHUNK]) -> Option<usize> {
    let [b'"', key @ ..] = chunk else {
        return None;
    };
    // Most keys have less than 16 bytes.
    match Half::new(key.first_chunk()?).first_quote_or_backslash() {
        HALF => long_key_len(chunk),
        len => Some(len),
    }
}

#[inline(never)]
fn long_key_len(chunk: &[u8; CHUNK]) -> Option<usize> {
    let [_, key @ ..] = chunk;
    match Block::new(key.first_chunk()?).quotes_and_backslashes() {
        0 => None,
        found => Some(found.trailing_zeros() as usize),
    }
}

/// Returns the length of a string with its quotes, if that is in the chunk.
#[inline(always)]
fn short_string_len(chunk: &[u8; CHUNK], key_len: usize) -> Option<usize> {
    let text = chunk.get(AROUND_KEY + 1 + key_len..)?.first_chunk()?;
    let len = match Block::new(text).equal(b'"') {
        0 => return None,
        quotes => quotes.trailing_zeros() as usize,
    };
    // A quote that no backslash stands before is not escaped.
    (*chunk.get(AROUND_KEY + key_len + len)? != b'\\').then_some(len + 2)
}

/// Returns the length of a string with its quotes.
#[inline(never)]
fn long_string_len(text: &str, start: usize) -> Option<usize> {
    let text = text.as_bytes();
    let mut at = start + 1;
    while let Some(block) = text.get(at..)?.first_chunk() {
        match Block::new(block).equal(b'"') {
            0 => at += BLOCK,
            quotes => {
                let quote = at + quotes.trailing_zeros() as usize;
                return (text[quote - 1] != b'\\').then_some(quote + 1 - start);
            }
        }
    }
    None
}

/// Returns the length of an object or list.
#[inline(always)]
fn nested_value_len(
    text: &str,
    start: usize,
    chunk: &[u8; CHUNK],
    key_len: usize,
) -> Option<usize> {
    match chunk.get(AROUND_KEY + key_len..)? {
        [b'{', b'}', ..] | [b'[', b']', ..] => Some(2),
        _ => nested_len(text.as_bytes().get(start..)?, MAX_DEPTH),
    }
}

/// Returns the length of `null`, a boolean, or a number without sign and fraction.
#[inline(always)]
fn scalar_len(chunk: &[u8; CHUNK], key_len: usize) -> Option<usize> {
    let value = chunk.get(AROUND_KEY + key_len..)?;
    match value {
        [b'n', b'u', b'l', b'l', ..] | [b't', b'r', b'u', b'e', ..] => Some(4),
        [b'f', b'a', b'l', b's', b'e', ..] => Some(5),
        [b'0'..=b'9', ..] => value.iter().position(|byte| !byte.is_ascii_digit()),
        _ => None,
    }
}

/// Reads any value that starts at this offset and that a comma or the end of an object follows.
#[cold]
fn unusual_value(text: &str, start: usize) -> Option<(usize, Then)> {
    let mut scanner = Scanner::at(text, start);
    if !scanner.at_value() {
        return None;
    }
    scanner.skip_value_within(MAX_DEPTH)?;
    let end = scanner.position();
    Some((end, Then::of(*text.as_bytes().get(end)?)?))
}

/// The rest of a text, and zeros after it.
#[inline(never)]
fn padded_chunk(rest: &[u8]) -> [u8; CHUNK] {
    let mut chunk = [0; CHUNK];
    for (padded, byte) in chunk.iter_mut().zip(rest) {
        *padded = *byte;
    }
    chunk
}

/// A byte by which most keys that differ are told apart: of the first byte of the key, which is mostly a small letter, and of
/// its length modulo eight.
#[inline(always)]
const fn tag_of(first: u8, len: usize) -> u8 {
    first.wrapping_add((len as u8) << 5)
}

/// The tag of a key without escapes. The first byte of an empty one is that of the quote after it.
#[inline(always)]
pub(super) const fn tag_of_name(name: &str) -> u8 {
    match name.as_bytes() {
        [first, ..] => tag_of(*first, name.len()),
        [] => tag_of(b'"', 0),
    }
}

#[cfg(test)]
mod tests {
    use super::{AROUND_KEY, BLOCK, Then, UsualMember, tag_of_name};
    use std::collections::BTreeSet;

    #[test]
    fn members_in_the_layout_of_the_gateway_are_read_at_once() {
        let values = [
            r#""""#,
            r#""text""#,
            "[]",
            "{}",
            "[1]",
            r#"{"a":"}"}"#,
            "null",
            "true",
            "false",
            "0",
            "1234567890",
            "-1",
            "1.5e3",
            r#""\n""#,
            r#""\"""#,
            r#""\\""#,
        ];
        for value in values {
            for (after, then) in [(',', Then::Member), ('}', Then::End)] {
                let text = format!(r#"{{"key":{value}{after}"#);
                let found = UsualMember::read(&text, 1).unwrap();
                assert_eq!(found.key_len, 3);
                assert_eq!(&text[AROUND_KEY + 4..found.end], value);
                assert!(found.then == then && found.end + 1 == text.len(), "{text}");
                assert_eq!(found.tag, tag_of_name("key"));
            }
        }
        for unusual in [
            r#"{"key" :1}"#,
            r#"{"key": 1}"#,
            r#"{"key":1 }"#,
            r#"{"k\u0065y":1}"#,
            r#"{"key":1]"#,
            r#"{"key":"1}"#,
            r#"{"key":}"#,
            r#"{"key"}"#,
            r#"{key:1}"#,
        ] {
            assert!(UsualMember::read(unusual, 1).is_none(), "{unusual}");
        }
    }

    #[test]
    fn keys_and_strings_of_any_length_are_read() {
        for key_len in 0..BLOCK + 3 {
            let key = "k".repeat(key_len);
            for len in 0..3 * BLOCK {
                for special in ["", r#"\""#, r"\\", r"\n"] {
                    for place in [0, len / 2, len] {
                        let mut value = "é".repeat(len / 2) + &"v".repeat(len % 2);
                        let place = if value.is_char_boundary(place) {
                            place
                        } else {
                            0
                        };
                        value.insert_str(place, special);
                        let text = format!(r#"{{"{key}":"{value}"}}"#);
                        let found = UsualMember::read(&text, 1);
                        if key_len >= BLOCK {
                            assert!(found.is_none(), "{text}");
                            continue;
                        }
                        let found = found.unwrap();
                        assert_eq!(usize::from(found.key_len), key_len, "{text}");
                        assert_eq!(found.end, text.len() - 1, "{text}");
                        for end in 1..text.len() - 1 {
                            let cut = text.get(..end).map(|cut| UsualMember::read(cut, 1));
                            assert!(cut.is_none_or(|cut| cut.is_none()), "{text}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn tags_tell_the_keys_of_a_message_apart() {
        let keys = [
            "type",
            "tts",
            "timestamp",
            "pinned",
            "nonce",
            "mentions",
            "mention_roles",
            "flags",
            "mention_everyone",
            "member",
            "id",
            "embeds",
            "edited_timestamp",
            "content",
            "author",
            "components",
            "channel_id",
            "channel_type",
            "attachments",
            "guild_id",
        ];
        let tags = BTreeSet::from_iter(keys.map(tag_of_name));
        assert!(
            tags.len() >= 17,
            "{} tags for {} keys",
            tags.len(),
            keys.len()
        );
    }
}
