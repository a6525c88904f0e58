//! A cursor over JSON text that finds where values end without building or checking them.

use memchr::memchr2;

/// A string literal between its quotes.
pub(crate) struct Literal<'a> {
    pub(crate) raw: &'a str,
    /// Where `raw` starts in the scanned text.
    pub(crate) start: usize,
    pub(crate) escaped: bool,
}

impl Literal<'_> {
    /// Whether this is how `text` is written, with or without escapes.
    pub(crate) fn is(&self, text: &str) -> bool {
        /// `\u` and four digits for each byte is the longest way to write a text.
        const LONGEST_ESCAPE: usize = 6;

        if self.escaped {
            self.raw.len() <= text.len() * LONGEST_ESCAPE
                && self.decode().is_some_and(|decoded| decoded == text)
        } else {
            self.raw == text
        }
    }

    /// The string with its escapes replaced; `None` if one of them is invalid.
    #[cold]
    pub(crate) fn decode(&self) -> Option<String> {
        let quoted = format!("\"{}\"", self.raw);
        serde_json::from_str(&quoted).ok()
    }
}

/// The cursor. Methods that return `None` or `false` have found something else than asked for.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    /// Whether nothing but white space is left.
    pub(crate) fn at_end(&mut self) -> bool {
        self.skip_white_space();
        self.position == self.text.len()
    }

    /// Whether the next byte can start a value.
    pub(crate) fn at_value(&self) -> bool {
        matches!(
            self.peek(),
            Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n')
        )
    }

    pub(crate) fn skip_white_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.position += 1;
        }
    }

    /// Skips white space and then `byte`, if it is there.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        self.skip_white_space();
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    pub(crate) fn null(&mut self) -> bool {
        let found = self.rest().starts_with(b"null");
        if found {
            self.position += 4;
        }
        found
    }

    /// A JSON number without sign, fraction and exponent that fits 64 bits.
    pub(crate) fn whole_number(&mut self) -> Option<u64> {
        let digits = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let literal = &self.text[self.position..self.position + digits];
        if digits > 1 && literal.starts_with('0') {
            return None;
        }
        let number = literal.parse().ok()?;
        self.position += digits;
        match self.peek() {
            Some(b',' | b'}' | b' ' | b'\n' | b'\r' | b'\t') => Some(number),
            _ => None,
        }
    }

    /// A string, after white space.
    pub(crate) fn string(&mut self) -> Option<Literal<'a>> {
        if !self.eat(b'"') {
            return None;
        }
        let start = self.position;
        let escaped = self.skip_string_body()?;
        Some(Literal {
            raw: &self.text[start..self.position - 1],
            start,
            escaped,
        })
    }

    /// Moves past one value, whatever it holds; the brackets inside are counted, not matched.
    pub(crate) fn skip_value(&mut self) -> Option<()> {
        self.skip_white_space();
        match self.peek()? {
            b'"' => {
                self.position += 1;
                self.skip_string_body().map(drop)
            }
            b'{' | b'[' => self.skip_nested(),
            _ => self.skip_scalar(),
        }
    }

    /// Moves past the closing quote and says whether there was an escape.
    fn skip_string_body(&mut self) -> Option<bool> {
        let mut escaped = false;
        loop {
            let offset = memchr2(b'"', b'\\', self.rest())?;
            self.position += offset + 1;
            if self.text.as_bytes()[self.position - 1] == b'"' {
                return Some(escaped);
            }
            escaped = true;
            // The escaped byte; if it starts a `\u` sequence, the rest of that is plain text.
            self.peek()?;
            self.position += 1;
        }
    }

    fn skip_nested(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        let mut depth = 0_usize;
        loop {
            let byte = *bytes.get(self.position)?;
            self.position += 1;
            match byte {
                b'"' => {
                    self.skip_string_body()?;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(());
                    }
                }
                _ => {}
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn skip_scalar(&mut self) -> Option<()> {
        let length = self
            .rest()
            .iter()
            .take_while(
                |byte| matches!(byte, b'+' | b'-' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'E'),
            )
            .count();
        self.position += length;
        (length > 0).then_some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.position..]
    }
}
