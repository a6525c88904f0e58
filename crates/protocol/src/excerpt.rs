use std::fmt::{self, Display, Formatter, Write as _};

/// The number of characters that [`Excerpt::new`] shows at most.
const DEFAULT_MAX_CHARS: usize = 160;

/// A text of the server in a log or an error: short, on one line, and without characters that change a terminal.
///
/// Of a text with more than 160 characters, the middle is left out. Control characters and invisible ones, such as those
/// that change the direction of the text, are escaped as in Rust: `\n`, `\0`, `\u{1b}`. Other characters stay as they
/// are, also quotes and backslashes, so an excerpt is for people and can't be converted back.
///
/// ```
/// use gloaming_protocol::Excerpt;
///
/// assert_eq!(Excerpt::new("session\n\u{1b}[31mtimed out").to_string(), r"session\n\u{1b}[31mtimed out");
/// let megabyte = "x".repeat(1_000_000);
/// assert_eq!(Excerpt::up_to(&megabyte, 10).to_string(), "xxxxx…xxxxx");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Excerpt<'a> {
    text: &'a str,
    max_chars: usize,
}

impl<'a> Excerpt<'a> {
    /// Shows at most 160 characters of a text.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self::up_to(text, DEFAULT_MAX_CHARS)
    }

    /// Shows at most that number of characters of a text, rounded down to an even number.
    #[must_use]
    pub const fn up_to(text: &'a str, max_chars: usize) -> Self {
        Self { text, max_chars }
    }
}

impl Display for Excerpt<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { text, max_chars } = *self;
        let shown = max_chars / 2;
        let head = text.char_indices().nth(shown).map(|(index, _)| index);
        let tail = match shown.checked_sub(1) {
            Some(before) => text.char_indices().nth_back(before).map(|(index, _)| index),
            None => Some(text.len()),
        };
        match (head, tail) {
            (Some(head), Some(tail)) if head < tail => {
                escape(&text[..head], f)?;
                f.write_char('…')?;
                escape(&text[tail..], f)
            }
            _ => escape(text, f),
        }
    }
}

fn escape(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    for character in text.chars() {
        if is_shown(character) {
            f.write_char(character)?;
        } else {
            write!(f, "{}", character.escape_debug())?;
        }
    }
    Ok(())
}

/// Whether a character takes part of a line, and only of this one. Those that do not are the control characters, the line
/// and paragraph separators, and the invisible characters that change the direction of a text or how it is joined.
fn is_shown(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_MAX_CHARS, Excerpt};

    #[test]
    fn only_long_texts_lose_their_middle() {
        for short in ["", "é", &"é".repeat(DEFAULT_MAX_CHARS)] {
            assert_eq!(Excerpt::new(short).to_string(), short);
        }
        let half = DEFAULT_MAX_CHARS / 2;
        let long = format!("{}xy{}", "é".repeat(half), "ö".repeat(half));
        let shown = format!("{}…{}", "é".repeat(half), "ö".repeat(half));
        assert_eq!(Excerpt::new(&long).to_string(), shown);
        assert_eq!(Excerpt::up_to("abc", 2).to_string(), "a…c");
        assert_eq!(Excerpt::up_to("abc", 3).to_string(), "a…c");
        assert_eq!(Excerpt::up_to("abc", 0).to_string(), "…");
        assert_eq!(Excerpt::up_to("", 0).to_string(), "");
    }

    #[test]
    fn characters_that_change_a_terminal_are_escaped() {
        for (text, shown) in [
            ("a\nb\r\n\tc", r"a\nb\r\n\tc"),
            ("nul\0", r"nul\0"),
            ("\u{1b}[2J\u{7f}\u{9b}", r"\u{1b}[2J\u{7f}\u{9b}"),
            ("\u{2028}\u{2029}", r"\u{2028}\u{2029}"),
            (
                "admin\u{202e}txt\u{2066}\u{200b}",
                r"admin\u{202e}txt\u{2066}\u{200b}",
            ),
            ("\u{feff}", r"\u{feff}"),
        ] {
            assert_eq!(Excerpt::new(text).to_string(), shown);
        }
    }

    #[test]
    fn other_characters_stay() {
        let text = "GUILD_CREATE \"quoted\" 'a' \\ é 日本 हिन्दी 🦀";
        assert_eq!(Excerpt::new(text).to_string(), text);
    }

    #[test]
    fn the_longest_excerpt_is_short() {
        let text = "\u{e007f}".repeat(100_000);
        assert!(Excerpt::new(&text).to_string().len() <= 10 * DEFAULT_MAX_CHARS + 3);
    }
}
