//! Searches of short texts: most strings of an event have a few bytes.
//!
//! On x86-64, a text is read in vectors of 16 bytes, which all of these processors have, so that nothing asks at run time
//! what the processor can do. On others, it is read in words of eight bytes.

use memchr::memchr2;

/// A byte, eight times.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

const LOW_BITS: u64 = each(1);
const HIGH_BITS: u64 = each(0x80);

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

/// Reads a number. Returns `None` if there is anything else than digits, or if it does not fit 64 bits.
#[inline]
pub(crate) fn digits(text: &[u8]) -> Option<u64> {
    match text.len() {
        // Most ids.
        17..=20 => {
            let (first, last) = text.split_last_chunk::<16>()?;
            let (middle, last) = last.split_first_chunk()?;
            let middle = eight_digits(u64::from_le_bytes(*middle))?;
            let last = eight_digits(u64::from_le_bytes(*last.first_chunk()?))?;
            // Those before the last sixteen, with zeros before them.
            let first = {
                let others = 64 - 8 * first.len() as u32;
                let word = u64::from_le_bytes(*text.first_chunk()?) ^ each(b'0');
                eight_digits((word << others) ^ each(b'0'))?
            };
            first
                .checked_mul(10_000_000_000_000_000)?
                .checked_add(middle * 100_000_000 + last)
        }
        0 => None,
        _ => text.iter().try_fold(0, |number: u64, byte| {
            let digit = byte.wrapping_sub(b'0');
            let tens = number.checked_mul(10).filter(|_| digit <= 9)?;
            tens.checked_add(u64::from(digit))
        }),
    }
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
    use super::{digits, find_quote_or_backslash, find_quote_or_backslash_in_words};

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
