//! Skips objects and lists in blocks of bytes, of which the compiler compares many at once.

use super::words::{HIGH_BITS, each, equal_bytes};

/// The bytes of a block.
const BLOCK: usize = 16;

/// Returns the length of the object or list that the text starts with, or `None` if it has no end, or if brackets are
/// nested deeper than `limit`.
///
/// Counts brackets without checking that opening and closing ones match.
pub(crate) fn nested_len(text: &[u8], limit: usize) -> Option<usize> {
    // The first bracket is counted.
    let mut at = 1;
    let mut depth = 1_usize;
    let mut in_string = false;
    if limit == 0 {
        return None;
    }
    loop {
        let (plain, quotes) = plain_prefix(text.get(at..)?);
        in_string ^= quotes == Parity::Odd;
        at += plain;
        // A bracket or an escape is near, or the end of the text.
        let end = at + BLOCK;
        while at < end {
            let word = text.get(at..)?.first_chunk();
            match word.and_then(|word| brackets_in(word, in_string)) {
                Some(brackets) => {
                    if let Some(bracket) = brackets.last_closed(&mut depth, limit)? {
                        return Some(at + bracket + 1);
                    }
                    in_string = brackets.ends_in_string;
                    at += WORD;
                }
                None => {
                    let end = (at + WORD).min(text.len());
                    while at < end {
                        match *text.get(at)? {
                            b'"' => in_string = !in_string,
                            b'\\' => at += usize::from(in_string),
                            _ if in_string => {}
                            b'{' | b'[' => {
                                depth += 1;
                                if depth > limit {
                                    return None;
                                }
                            }
                            b'}' | b']' => {
                                depth -= 1;
                                if depth == 0 {
                                    return Some(at + 1);
                                }
                            }
                            _ => {}
                        }
                        at += 1;
                    }
                    if at >= text.len() {
                        return None;
                    }
                }
            }
        }
    }
}

/// The bytes of a word.
const WORD: usize = 8;

/// The brackets of a word that are not in strings. Each is the high bit of a byte, the first byte in the lowest one.
struct Brackets {
    opening: u64,
    closing: u64,
    /// Whether the word ends within a string.
    ends_in_string: bool,
}

/// Finds the brackets of a word, or returns `None` if it has a backslash.
#[inline(always)]
fn brackets_in(word: &[u8; WORD], in_string: bool) -> Option<Brackets> {
    let word = u64::from_le_bytes(*word);
    if equal_bytes(word, b'\\') != 0 {
        return None;
    }
    // For each byte, whether the number of quotes up to it is odd.
    let mut odd = equal_bytes(word, b'"');
    odd ^= odd << 8;
    odd ^= odd << 16;
    odd ^= odd << 32;
    let in_strings = if in_string { odd ^ HIGH_BITS } else { odd };
    // Brackets of both kinds differ in this bit alone.
    let folded = word | each(0x20);
    Some(Brackets {
        opening: equal_bytes(folded, b'{') & !in_strings,
        closing: equal_bytes(folded, b'}') & !in_strings,
        ends_in_string: in_strings >> 63 == 1,
    })
}

impl Brackets {
    /// Counts the brackets. Returns the place of the one that closes the first of all, if it is here, or `None` if they are
    /// nested deeper than `limit`.
    #[inline(always)]
    fn last_closed(&self, depth: &mut usize, limit: usize) -> Option<Option<usize>> {
        let mut left = self.opening | self.closing;
        while left != 0 {
            let place = left.trailing_zeros();
            left &= left - 1;
            if self.opening >> place & 1 == 1 {
                *depth += 1;
                if *depth > limit {
                    return None;
                }
            } else {
                *depth -= 1;
                if *depth == 0 {
                    return Some(Some(place as usize / 8));
                }
            }
        }
        Some(None)
    }
}

/// Whether a number is odd.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Parity {
    Even,
    Odd,
}

/// The length of the blocks that the text starts with and that have neither brackets nor backslashes, and the number of
/// quotes in them.
#[inline(always)]
fn plain_prefix(text: &[u8]) -> (usize, Parity) {
    // For each place in a block, whether the number of quotes there is odd.
    let mut quotes = [0_u8; BLOCK];
    let mut rest = text;
    while let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
        // The brackets of both kinds, the backslash, and `|`.
        let is_special = |byte: &u8| (byte | 0x20).wrapping_sub(b'{') <= b'}' - b'{';
        if block.iter().fold(false, |any, byte| any | is_special(byte)) {
            break;
        }
        for (quotes, byte) in quotes.iter_mut().zip(block) {
            *quotes ^= u8::from(*byte == b'"');
        }
        rest = after;
    }
    let quotes = u128::from_ne_bytes(quotes);
    let mut odd = (quotes ^ (quotes >> 64)) as u64;
    odd ^= odd >> 32;
    odd ^= odd >> 16;
    odd ^= odd >> 8;
    let parity = if odd & 1 == 1 {
        Parity::Odd
    } else {
        Parity::Even
    };
    (text.len() - rest.len(), parity)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, nested_len};

    /// As the length is found byte by byte.
    fn reference(text: &[u8]) -> Option<usize> {
        let mut depth = 0;
        let mut in_string = false;
        let mut at = 0;
        while at < text.len() {
            match text[at] {
                b'\\' if in_string => at += 1,
                b'"' => in_string = !in_string,
                b'{' | b'[' if !in_string => depth += 1,
                b'}' | b']' if !in_string => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        None
    }

    #[test]
    fn values_end_where_they_do_byte_by_byte() {
        let parts = [
            "[]",
            r#"{"a":"}"}"#,
            r#"["\"]\\","\\"]"#,
            r#"{"a":[1,{"b":"[{|"}],"c":null}"#,
            r#"["é\u005d"]"#,
        ];
        for first in parts {
            for second in parts {
                for padding in 0..3 * BLOCK {
                    let text = format!(r#"[{first},"{}",{second}],[]"#, "x".repeat(padding));
                    let length = reference(text.as_bytes());
                    assert!(length.is_some_and(|length| length == text.len() - 3));
                    assert_eq!(nested_len(text.as_bytes(), 9), length, "{text}");
                    for cut in 1..text.len() - 3 {
                        let cut = &text.as_bytes()[..cut];
                        assert_eq!(nested_len(cut, 9), None, "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn escape_at_the_end_of_a_block_or_of_the_text_is_skipped() {
        for padding in 0..2 * BLOCK {
            let text = format!(r#"["{}\"]","\\"]"#, "x".repeat(padding));
            assert_eq!(nested_len(text.as_bytes(), 1), Some(text.len()), "{text}");
            let text = format!(r#"["{}\"#, "x".repeat(padding));
            assert_eq!(nested_len(text.as_bytes(), 1), None, "{text}");
        }
    }
}
