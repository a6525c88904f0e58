//! A cursor over JSON text that finds the end of values without creating or validating them.

use super::nested::nested_len;
use super::unescape::unescape;
use super::words::find_quote_or_backslash;
use std::borrow::Cow;

/// The text of a string literal, without its quotes.
pub(crate) struct Literal<'a> {
    pub(crate) raw: &'a str,
    /// The offset of `raw` in the scanned text.
    pub(crate) start: usize,
    pub(crate) escaped: bool,
}

impl<'a> Literal<'a> {
    /// Whether the literal represents `text`, with or without escapes.
    pub(crate) fn is(&self, text: &str) -> bool {
        /// The length of the longest escape of a byte: `\u` and four digits.
        const MAX_ESCAPE_BYTES: usize = 6;

        if self.escaped {
            self.raw.len() <= text.len() * MAX_ESCAPE_BYTES
                && unescape(self.raw).is_some_and(|decoded| decoded == text)
        } else {
            self.raw == text
        }
    }

    /// Returns the string that the literal represents, or `None` if one of its escapes is invalid.
    pub(crate) fn text(&self) -> Option<Cow<'a, str>> {
        if self.escaped {
            unescape(self.raw).map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(self.raw))
        }
    }
}

/// The cursor. A method returns `None` or `false` if the text does not contain what it looks for.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self {
            text,
            rest: text.as_bytes(),
        }
    }

    /// A cursor at this offset of the text. At its end if the offset is greater.
    pub(crate) fn at(text: &'a str, offset: usize) -> Self {
        Self {
            text,
            rest: text.as_bytes().get(offset..).unwrap_or_default(),
        }
    }

    /// The whole text.
    pub(crate) const fn text(&self) -> &'a str {
        self.text
    }

    /// The offset of the cursor in the text.
    pub(crate) const fn position(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    /// Whether only white space is left.
    pub(crate) fn at_end(&mut self) -> bool {
        self.skip_white_space();
        self.rest.is_empty()
    }

    /// Whether the next byte can start a value.
    pub(crate) const fn at_value(&self) -> bool {
        matches!(
            self.rest,
            [
                b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n',
                ..
            ]
        )
    }

    #[inline]
    pub(crate) const fn skip_white_space(&mut self) {
        while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// Skips white space, and then `byte` if it is next.
    #[inline]
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        self.skip_white_space();
        self.literal(&[byte])
    }

    /// Skips `literal` if it is next.
    #[inline]
    pub(crate) fn literal<const N: usize>(&mut self, literal: &[u8; N]) -> bool {
        match self.rest.split_first_chunk() {
            Some((next, rest)) if next == literal => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Reads a JSON number without sign, fraction and exponent that fits 64 bits.
    #[inline]
    pub(crate) fn whole_number(&mut self) -> Option<u64> {
        let digits = self.rest;
        let mut number = 0_u64;
        while let [digit @ b'0'..=b'9', rest @ ..] = self.rest {
            number = number
                .checked_mul(10)?
                .checked_add(u64::from(digit - b'0'))?;
            self.rest = rest;
        }
        match (digits, digits.len() - self.rest.len()) {
            (_, 0) | ([b'0', ..], 2..) => return None,
            _ => {}
        }
        matches!(self.rest, [b',' | b'}' | b' ' | b'\n' | b'\r' | b'\t', ..]).then_some(number)
    }

    /// Reads a string, after white space.
    #[inline]
    pub(crate) fn string(&mut self) -> Option<Literal<'a>> {
        if !self.eat(b'"') {
            return None;
        }
        let start = self.position();
        let escaped = self.skip_string_body()?;
        Some(Literal {
            raw: &self.text[start..self.position() - 1],
            start,
            escaped,
        })
    }

    /// Skips one value. Counts brackets without checking that opening and closing ones match.
    pub(crate) fn skip_value(&mut self) -> Option<()> {
        self.skip_value_within(usize::MAX)
    }

    /// Like [`skip_value`](Self::skip_value), but fails if brackets are nested deeper than `depth`.
    pub(crate) fn skip_value_within(&mut self, depth: usize) -> Option<()> {
        self.skip_white_space();
        match self.rest {
            [b'"', rest @ ..] => {
                self.rest = rest;
                self.skip_string_body().map(drop)
            }
            [b'{' | b'[', ..] => self.skip_nested(depth),
            _ => self.skip_scalar(),
        }
    }

    /// Skips past the closing quote and returns whether there was an escape.
    fn skip_string_body(&mut self) -> Option<bool> {
        let mut escaped = false;
        loop {
            let special = find_quote_or_backslash(self.rest)?;
            self.rest = &self.rest[special..];
            match self.rest {
                [b'\\', _, rest @ ..] => {
                    // The digits of a `\u` escape are skipped like other characters.
                    self.rest = rest;
                    escaped = true;
                }
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return Some(escaped);
                }
                _ => return None,
            }
        }
    }

    fn skip_nested(&mut self, limit: usize) -> Option<()> {
        let length = nested_len(self.rest, limit)?;
        self.rest = &self.rest[length..];
        Some(())
    }

    /// Skips a number, `true`, `false` or `null`.
    fn skip_scalar(&mut self) -> Option<()> {
        let start = self.rest.len();
        while let [
            b'+' | b'-' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'E',
            rest @ ..,
        ] = self.rest
        {
            self.rest = rest;
        }
        (self.rest.len() < start).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::Scanner;

    #[test]
    fn brackets_deeper_than_the_limit_fail() {
        for (text, depth) in [
            ("1", 0),
            ("[]", 1),
            (r#"{"a":[1],"b":[[]]}"#, 3),
            ("[[[[]]]]", 4),
            (r#"["[[[["]"#, 1),
        ] {
            let mut scanner = Scanner::new(text);
            assert!(scanner.skip_value_within(depth).is_some(), "{text}");
            assert_eq!(scanner.position(), text.len());
            if depth > 0 {
                let less = Scanner::new(text).skip_value_within(depth - 1);
                assert!(less.is_none(), "{text}");
            }
        }
    }

    #[test]
    fn skipping_stops_after_the_value() {
        for (value, rest) in [
            (" 12", ",3"),
            ("-1.5e+3", "}"),
            ("1E9", "]"),
            ("null", ""),
            (r#"" \" ] ""#, "x"),
            (r#"[{"a":"]"},[]]"#, "]"),
            ("\n{}", " "),
        ] {
            let text = format!("{value}{rest}");
            let mut scanner = Scanner::new(&text);
            assert!(scanner.skip_value().is_some(), "{text}");
            assert_eq!(scanner.position(), value.len(), "{text}");
        }
        for no_value in ["", " ", ",", "}", "[", r#"""#, r#""\""#, r#"["]"#] {
            assert!(Scanner::new(no_value).skip_value().is_none(), "{no_value}");
        }
    }
}
