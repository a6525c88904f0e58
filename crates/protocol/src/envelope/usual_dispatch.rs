//! The layout in which the gateway currently writes dispatches.

use crate::dispatch::DispatchKind;
use crate::json::block::Block;

/// Every byte of a word.
const EACH: u64 = 0x0101_0101_0101_0101;
/// The highest bit of every byte.
const HIGH_BITS: u64 = EACH << 7;

/// The fields of a dispatch in the usual layout: `{"t":"NAME","s":1,"op":0,"d":` and a value, with a documented or announced
/// name of less than 32 bytes, and a sequence of at most seven digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct UsualDispatch {
    pub(super) kind: DispatchKind,
    pub(super) sequence: u64,
    /// The offset of the value of `d`.
    pub(super) data: usize,
}

impl UsualDispatch {
    /// The offset of the name.
    pub(super) const NAME: usize = br#"{"t":""#.len();

    /// Reads the fields several bytes at once. Returns `None` for other layouts, which are not necessarily invalid.
    #[inline]
    pub(super) fn scan(text: &str) -> Option<Self> {
        let rest = strip(text.as_bytes(), br#"{"t":""#)?;
        let length = bytes_before_quote(rest)?;
        // A name with an escape is not in the table.
        let kind = DispatchKind::from_bytes(&rest[..length])?;
        let rest = strip(&rest[length..], br#"","s":"#)?;
        let (sequence, digits) = number(rest)?;
        let rest = strip(&rest[digits..], br#","op":0,"d":"#)?;
        // Other values than objects are rare.
        matches!(rest, [b'{', ..]).then(|| Self {
            kind,
            sequence,
            data: text.len() - rest.len(),
        })
    }
}

#[inline]
fn strip<'a, const N: usize>(bytes: &'a [u8], prefix: &[u8; N]) -> Option<&'a [u8]> {
    match bytes.split_first_chunk() {
        Some((first, rest)) if first == prefix => Some(rest),
        _ => None,
    }
}

/// Returns the number of bytes before the first quote, which is among the first 32. `None` if there is none, or if the text is
/// shorter.
#[inline]
fn bytes_before_quote(bytes: &[u8]) -> Option<usize> {
    match Block::new(bytes.first_chunk()?).equal(b'"') {
        0 => None,
        quotes => Some(quotes.trailing_zeros() as usize),
    }
}

/// Reads a JSON number of one to seven digits, and returns it with the number of its digits.
#[inline]
fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let word = u64::from_le_bytes(*bytes.first_chunk()?) ^ (EACH * b'0' as u64);
    // The highest bit of the first byte over nine is set. What comes after it has no meaning.
    let others = (word.wrapping_add(EACH * 0x76) | word) & HIGH_BITS;
    let digits = (others.trailing_zeros() / 8) as usize;
    if !matches!(digits, 1..=7) || (digits > 1 && word as u8 == 0) {
        return None;
    }
    // Zeros stand before the digits now. Neighbors are joined to two, four and eight digits.
    let word = word << (64 - 8 * digits);
    let pairs = (word.wrapping_mul(10).wrapping_add(word >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let all = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff;
    Some((all, digits))
}

#[cfg(test)]
mod tests {
    use super::{UsualDispatch, bytes_before_quote, number};
    use crate::DispatchKind;
    use crate::json::block::BLOCK;

    #[test]
    fn numbers_of_up_to_seven_digits_are_read() {
        for value in (0..10_000).chain((0..10_000_000).step_by(997)) {
            for end in [",", "}", " ", "a", "/", ":", "\u{80}", "\u{ff}"] {
                let text = format!("{value}{end}0000000000");
                let digits = value.to_string().len();
                assert_eq!(number(text.as_bytes()), Some((value, digits)), "{text}");
            }
        }
        for text in [
            "00,......",
            "01,......",
            "-1,......",
            ",........",
            "12345678,......",
            "123456",
            "",
        ] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn first_quote_is_found_at_each_place_of_a_block() {
        for before in 0..40 {
            for name in ["A", "!", "#", "\\", "\u{a2}", "\0"] {
                let name = name.repeat(before);
                let text = format!("{name}\"\"!\"#{}", "\"".repeat(BLOCK));
                let expected = (name.len() < BLOCK).then_some(name.len());
                assert_eq!(bytes_before_quote(text.as_bytes()), expected);
                assert_eq!(bytes_before_quote(name.as_bytes()), None);
            }
        }
    }

    #[test]
    fn every_documented_dispatch_is_usual() {
        for kind in DispatchKind::ALL {
            let text = format!(r#"{{"t":"{kind}","s":1234567,"op":0,"d":{{}}}}"#);
            if kind.name().len() >= BLOCK {
                assert_eq!(UsualDispatch::scan(&text), None);
                continue;
            }
            let expected = UsualDispatch {
                kind,
                sequence: 1_234_567,
                data: text.len() - 3,
            };
            assert_eq!(UsualDispatch::scan(&text), Some(expected));
            let name = UsualDispatch::NAME..UsualDispatch::NAME + kind.name().len();
            assert_eq!(&text[name], kind.name());
            for end in 0..expected.data {
                assert_eq!(UsualDispatch::scan(&text[..end]), None);
            }
        }
    }
}
