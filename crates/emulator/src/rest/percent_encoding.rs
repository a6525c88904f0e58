//! Percent-encoding in the paths of requests.

use std::borrow::Cow;

/// Decodes a segment of a path. What is no valid encoding of UTF-8 stays as it is.
pub(crate) fn decode(segment: &str) -> Cow<'_, str> {
    if !segment.contains('%') {
        return segment.into();
    }
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let encoded = (*byte == b'%')
            .then(|| Some(hex(*bytes.get(at + 1)?)? << 4 | hex(*bytes.get(at + 2)?)?))
            .flatten();
        decoded.push(encoded.unwrap_or(*byte));
        at += if encoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).map_or_else(|_| segment.into(), Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn segments_are_decoded() {
        for (segment, decoded) in [
            ("@original", "@original"),
            ("%40original", "@original"),
            ("%F0%9F%91%8d", "👍"),
            ("name%3A123", "name:123"),
            ("a%2Fb", "a/b"),
            ("100%", "100%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
            ("%ff", "%ff"),
        ] {
            assert_eq!(decode(segment), decoded);
        }
    }
}
