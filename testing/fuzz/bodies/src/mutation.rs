//! Small seeded changes to an input, as a fuzzer makes them, but without coverage feedback.

use gloaming_test_support::Random;

/// Tokens with a meaning for some target.
const TOKENS: [&[u8]; 24] = [
    b"\"op\":",
    b"\"s\":",
    b"\"t\":",
    b"\"d\":",
    b"null",
    b"true",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b"\\u0000",
    b"-1",
    b"1e9",
    b"0.5",
    b"18446744073709551615",
    b"18446744073709551616",
    b"\x00\x00\xff\xff",
    b"\x78\x9c",
    b"\xff",
    b"\xf0\x9f\x94\xa5",
    b"://",
    b"?",
];

/// Changes `input` in a few places. The same seed results in the same changes.
#[must_use]
pub fn mutate(input: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(4) {
        change(&mut bytes, &mut random);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = (at + 1 + random.below(16)).min(bytes.len());
    match random.below(8) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => bytes.extend_from_within(at..end),
        3 => {
            let copy = bytes[at..end].to_vec();
            let to = random.below(bytes.len() + 1);
            bytes.splice(to..to, copy);
        }
        4 => drop(bytes.splice(at..at, TOKENS[random.below(TOKENS.len())].iter().copied())),
        5 => drop(bytes.splice(at..end, TOKENS[random.below(TOKENS.len())].iter().copied())),
        6 => bytes.insert(at, random.next() as u8),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::mutate;

    #[test]
    fn same_seed_makes_the_same_changes() {
        let input = b"{\"op\":10,\"d\":null}";
        for seed in 0..1000 {
            assert_eq!(mutate(input, seed), mutate(input, seed));
        }
        let changed = (0..1000).filter(|seed| mutate(input, *seed) != input);
        assert!(changed.count() > 900);
        assert!((0..1000).all(|seed| mutate(&[], seed).len() < 100));
    }
}
