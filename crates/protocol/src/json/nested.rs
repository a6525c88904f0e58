//! Skips objects and lists in blocks of bytes, of which the compiler compares many at once.

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
        let end = (at + BLOCK).min(text.len());
        if at >= end {
            return None;
        }
        while at < end {
            let byte = text[at];
            at += 1;
            if !IS_STRUCTURAL[usize::from(byte)] {
                continue;
            }
            match byte {
                b'"' => in_string = !in_string,
                b'\\' => at += usize::from(in_string),
                _ if in_string => {}
                b'{' | b'[' => {
                    depth += 1;
                    if depth > limit {
                        return None;
                    }
                }
                _ => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at);
                    }
                }
            }
        }
    }
}

/// Quotes, backslashes and brackets.
static IS_STRUCTURAL: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = br#""\{}[]"#;
    let mut index = 0;
    while index < bytes.len() {
        table[bytes[index] as usize] = true;
        index += 1;
    }
    table
};

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
