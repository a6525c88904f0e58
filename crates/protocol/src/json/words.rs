//! Searches of short texts: most strings of an event have a few bytes.
//!
//! On x86-64, a text is read in vectors of 16 bytes, which all of these processors have, so that nothing asks at run time
//! what the processor can do. On others, it is read in words of eight bytes.

use memchr::memchr2;

/// A byte, eight times.
pub(super) const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

const LOW_BITS: u64 = each(1);
pub(super) const HIGH_BITS: u64 = each(0x80);

/// Finds the first quote or backslash.
#[inline(always)]
pub(crate) fn find_quote_or_backslash(text: &[u8]) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if let Some(vectors) = memchr::arch::x86_64::sse2::memchr::Two::new(b'"', b'\\') {
        return vectors.find(text);
    }
    find_quote_or_backslash_in_words(text)
}

/// The number of words that are compared before `memchr` is called: enough for most keys and for all ids.
const WORDS: usize = 3;

#[inline(always)]
fn find_quote_or_backslash_in_words(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut rest = text;
    for _ in 0..WORDS {
        let Some((bytes, after)) = rest.split_first_chunk() else {
            break;
        };
        if let Some(found) = quote_or_backslash_in(bytes) {
            return Some(at + found);
        }
        at += 8;
        rest = after;
    }
    Some(at + memchr2(b'"', b'\\', rest)?)
}

#[inline(always)]
const fn quote_or_backslash_in(bytes: &[u8; 8]) -> Option<usize> {
    let bytes = u64::from_le_bytes(*bytes);
    let found = zero_bytes(bytes ^ each(b'"')) | zero_bytes(bytes ^ each(b'\\'));
    if found == 0 {
        None
    } else {
        Some((found.trailing_zeros() / 8) as usize)
    }
}

/// Returns a word in which the high bit of the first byte that is zero is set, and no bit below it. Bits above it have no
/// meaning.
#[inline]
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(LOW_BITS) & !word & HIGH_BITS
}

/// Returns a word in which the high bits of the bytes that have this value are set, and no other bits.
#[inline(always)]
pub(super) const fn equal_bytes(word: u64, value: u8) -> u64 {
    let zero = word ^ each(value);
    !(((zero & !HIGH_BITS) + !HIGH_BITS) | zero | !HIGH_BITS)
}

/// Finds the first byte that has this value.
#[inline(always)]
pub(crate) fn find_byte(bytes: &[u8], value: u8) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if let Some(vectors) = memchr::arch::x86_64::sse2::memchr::One::new(value) {
        return vectors.find(bytes);
    }
    find_byte_in_words(bytes, value)
}

#[inline]
fn find_byte_in_words(bytes: &[u8], value: u8) -> Option<usize> {
    let (words, rest) = bytes.as_chunks();
    for (word, start) in words.iter().zip((0..).step_by(8)) {
        let found = zero_bytes(u64::from_le_bytes(*word) ^ each(value));
        if found != 0 {
            return Some(start + (found.trailing_zeros() / 8) as usize);
        }
    }
    let at = rest.iter().position(|byte| *byte == value)?;
    Some(words.len() * 8 + at)
}

/// Reads a number of one to twenty digits. Returns `None` if there is another character, or if it does not fit 64 bits.
#[inline]
pub(crate) fn digits(text: &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    let mut rest = text;
    if text.is_empty() {
        return None;
    }
    while let Some((bytes, after)) = rest.split_first_chunk() {
        number = number
            .checked_mul(100_000_000)?
            .checked_add(eight_digits(u64::from_le_bytes(*bytes))?)?;
        rest = after;
    }
    for byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(number)
}

/// Reads eight digits, the first in the lowest byte.
#[inline]
const fn eight_digits(bytes: u64) -> Option<u64> {
    let values = bytes ^ each(b'0');
    // A byte above 9 has a bit in its upper half, or gets one.
    if (values | (values.wrapping_add(each(6)))) & each(0xf0) != 0 {
        return None;
    }
    // Joins neighbors: to numbers of two digits, of four, and of eight.
    let pairs = (values.wrapping_mul(10).wrapping_add(values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::{
        digits, find_byte, find_byte_in_words, find_quote_or_backslash,
        find_quote_or_backslash_in_words,
    };

    #[test]
    fn first_byte_with_a_value_is_found() {
        for length in 0..50_u8 {
            let bytes: Vec<u8> = (0..length).map(|at| at * 5 % 71).collect();
            for value in 0..=80 {
                let expected = bytes.iter().position(|byte| *byte == value);
                assert_eq!(find_byte(&bytes, value), expected);
                assert_eq!(find_byte_in_words(&bytes, value), expected);
            }
        }
    }

    #[test]
    fn first_quote_or_backslash_is_found_at_any_offset() {
        is_found_at_any_offset(find_quote_or_backslash);
        is_found_at_any_offset(find_quote_or_backslash_in_words);
    }

    fn is_found_at_any_offset(find_quote_or_backslash: fn(&[u8]) -> Option<usize>) {
        for length in 0..70 {
            let text = "é!".repeat(30);
            let text = &text.as_bytes()[..length];
            assert_eq!(find_quote_or_backslash(text), None);
            for (at, special) in (0..length).flat_map(|at| [(at, b'"'), (at, b'\\')]) {
                let mut text = text.to_vec();
                text[at..].fill(special ^ 0x7e);
                text[at] = special;
                assert_eq!(find_quote_or_backslash(&text), Some(at), "{length}");
                text[length - 1] = b'"';
                assert_eq!(find_quote_or_backslash(&text), Some(at), "{length}");
            }
        }
    }

    #[test]
    fn numbers_are_read_as_the_standard_library_reads_them() {
        for text in [
            "",
            "0",
            "7",
            "0000000",
            "12345678",
            "00000009",
            "123456789",
            "1234567812345678",
            "197038439483310086",
            "18446744073709551615",
            "18446744073709551616",
            "99999999999999999999",
            "000000000000000000000000000000000005",
            "1844674407370955161500000000",
        ] {
            assert_eq!(digits(text.as_bytes()), text.parse().ok(), "{text}");
        }
        for other in (0..=u8::MAX).filter(|byte| !byte.is_ascii_digit()) {
            for at in 0..19 {
                let mut text = *b"1234567890123456789";
                text[at] = other;
                assert_eq!(digits(&text), None, "{other} at {at}");
            }
        }
    }
}
