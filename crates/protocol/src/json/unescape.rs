//! Replaces the escapes of strings.

use super::words::find_quote_or_backslash;

/// Returns the string that a literal without its quotes represents, or `None` if it is not valid. Allocates once.
#[cold]
pub(crate) fn unescape(raw: &str) -> Option<String> {
    // No escape is shorter than what it stands for.
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = find_quote_or_backslash(rest.as_bytes()) {
        let (plain, escape) = rest.split_at(at);
        push_plain(&mut text, plain)?;
        let mut chars = escape.strip_prefix('\\')?.chars();
        text.push(match chars.next()? {
            plain @ ('"' | '\\' | '/') => plain,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (char, after) = code_point(chars.as_str())?;
                rest = after;
                text.push(char);
                continue;
            }
            _ => return None,
        });
        rest = chars.as_str();
    }
    push_plain(&mut text, rest)?;
    Some(text)
}

/// Appends what has no escape.
fn push_plain(text: &mut String, plain: &str) -> Option<()> {
    // Without an early end, so that many bytes are compared at once.
    if plain.bytes().fold(false, |any, byte| any | (byte < b' ')) {
        return None;
    }
    text.push_str(plain);
    Some(())
}

/// Reads what follows `\\u`: four digits, and a second escape if they are half of a surrogate pair. Also returns the rest.
fn code_point(text: &str) -> Option<(char, &str)> {
    let (first, rest) = four_digits(text)?;
    let 0xd800..0xdc00 = first else {
        // Half a pair is none.
        return Some((char::from_u32(first)?, rest));
    };
    let (second, rest) = four_digits(rest.strip_prefix("\\u")?)?;
    let 0xdc00..0xe000 = second else {
        return None;
    };
    let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    Some((char::from_u32(code)?, rest))
}

fn four_digits(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    let number = digits
        .chars()
        .try_fold(0, |number, digit| Some(number * 16 + digit.to_digit(16)?))?;
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn strings_are_read_as_serde_json_reads_them() {
        let parts = [
            "",
            "plain",
            "é",
            "a text of more than sixteen bytes",
            r#"\""#,
            r"\\",
            r"\/",
            r"\b\f\n\r\t",
            r"\u0041",
            r"\u00e9\u20AC",
            r"\ud83d\ude00",
            r"\ud83d",
            r"\ude00",
            r"\ud83d\u0041",
            r"\ud83d\ud83d",
            r"\ud83dx",
            r"\u004",
            r"\u+041",
            r"\u00é",
            r"\x41",
            r"\",
            "\u{1f}",
            "\u{7f}",
            "\"",
        ];
        for first in parts {
            for second in parts {
                for third in parts {
                    let raw = [first, second, third].concat();
                    let expected = serde_json::from_str::<String>(&format!("\"{raw}\"")).ok();
                    assert_eq!(unescape(&raw), expected, "{raw}");
                }
            }
        }
    }
}
