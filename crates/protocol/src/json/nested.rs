//! Skips objects and lists in blocks of bytes, which are compared at once.

use super::block::{BLOCK, Block};

/// Returns the length of the object or list that the text starts with, or `None` if it has no end, or if brackets are
/// nested deeper than `limit`.
///
/// Counts brackets without checking that opening and closing ones match.
pub(crate) fn nested_len(text: &[u8], limit: usize) -> Option<usize> {
    // The first bracket is counted.
    let mut nesting = Nesting {
        depth: 1,
        limit,
        in_string: false,
    };
    let mut at = 1;
    if limit == 0 {
        return None;
    }
    while at < text.len() {
        let rest = &text[at..];
        let passed = match rest.first_chunk() {
            Some(bytes) => nesting.pass(bytes),
            None => nesting.pass(&Block::padded(rest)),
        };
        match passed {
            Passed::Whole => at += BLOCK,
            Passed::Closed(bracket) => return Some(at + bracket + 1),
            Passed::TooDeep => return None,
            Passed::Escape => {
                let end = at + BLOCK;
                while at < end {
                    if let Step::Closed = nesting.pass_byte(text, &mut at)? {
                        return Some(at);
                    }
                }
            }
        }
    }
    None
}

/// Where the text stands between two blocks.
struct Nesting {
    depth: usize,
    limit: usize,
    in_string: bool,
}

/// What a block held.
enum Passed {
    /// Nothing that ends the value.
    Whole,
    /// The bracket that closes the value, at this place.
    Closed(usize),
    /// More brackets in each other than the limit.
    TooDeep,
    /// A backslash in a string: the block has to be read byte by byte.
    Escape,
}

/// What a byte was.
enum Step {
    Within,
    Closed,
}

impl Nesting {
    #[inline(always)]
    fn pass(&mut self, bytes: &[u8; BLOCK]) -> Passed {
        let block = Block::new(bytes);
        if !block.has_brackets_or_backslashes() {
            self.in_string ^= block.has_odd_quotes();
            return Passed::Whole;
        }
        let special = block.brackets_and_backslashes();
        // For each byte, whether the number of quotes up to it is odd.
        let mut strings = block.equal(b'"');
        strings ^= strings << 1;
        strings ^= strings << 2;
        strings ^= strings << 4;
        strings ^= strings << 8;
        strings ^= strings << 16;
        if self.in_string {
            strings = !strings;
        }
        if special & strings != 0 && block.equal(b'\\') != 0 {
            return Passed::Escape;
        }
        let mut left = special & !strings;
        while left != 0 {
            let place = left.trailing_zeros() as usize;
            left &= left - 1;
            match bytes[place] {
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth > self.limit {
                        return Passed::TooDeep;
                    }
                }
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Passed::Closed(place);
                    }
                }
                _ => {}
            }
        }
        self.in_string = strings >> (BLOCK - 1) == 1;
        Passed::Whole
    }

    /// Passes one byte, or the escaped one after a backslash too. Returns `None` at the end of the text, or if brackets are
    /// nested too deep.
    #[inline]
    fn pass_byte(&mut self, text: &[u8], at: &mut usize) -> Option<Step> {
        match *text.get(*at)? {
            b'"' => self.in_string = !self.in_string,
            b'\\' => *at += usize::from(self.in_string),
            _ if self.in_string => {}
            b'{' | b'[' => {
                self.depth += 1;
                if self.depth > self.limit {
                    return None;
                }
            }
            b'}' | b']' => {
                self.depth -= 1;
                if self.depth == 0 {
                    *at += 1;
                    return Some(Step::Closed);
                }
            }
            _ => {}
        }
        *at += 1;
        Some(Step::Within)
    }
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
