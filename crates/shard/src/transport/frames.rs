//! Where a stream of WebSocket frames stands (RFC 6455, section 5.2).

/// The longest header: two bytes, a length in eight, a mask in four.
const LONGEST_HEADER: usize = 14;

/// Follows the frames in bytes that are read, to know whether they end with a message.
#[derive(Debug, Default)]
pub(super) struct Frames {
    header: [u8; LONGEST_HEADER],
    /// How much of it there is.
    header_bytes: usize,
    /// What is to come of a frame whose header there is.
    payload_left: u64,
    /// Whether the message goes on in another frame.
    goes_on: bool,
}

impl Frames {
    /// These bytes come next.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) {
        loop {
            let skipped = usize::try_from(self.payload_left)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            self.payload_left -= skipped as u64;
            bytes = &bytes[skipped..];
            let Some((byte, rest)) = bytes.split_first() else {
                return;
            };
            bytes = rest;
            self.header[self.header_bytes] = *byte;
            self.header_bytes += 1;
            if self.header_bytes == self.header_length() {
                self.begin_payload();
            }
        }
    }

    /// Whether the bytes so far are whole messages.
    pub(super) const fn ends_message(&self) -> bool {
        self.header_bytes == 0 && self.payload_left == 0 && !self.goes_on
    }

    /// As far as the header tells yet: at least two bytes.
    const fn header_length(&self) -> usize {
        let second = if self.header_bytes < 2 {
            0
        } else {
            self.header[1]
        };
        let mask = if second & 0x80 == 0 { 0 } else { 4 };
        let length = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + length + mask
    }

    fn begin_payload(&mut self) {
        let [first, second, length @ ..] = self.header;
        self.payload_left = match second & 0x7f {
            126 => u16::from_be_bytes([length[0], length[1]]).into(),
            127 => {
                let [a, b, c, d, e, f, g, h, ..] = length;
                u64::from_be_bytes([a, b, c, d, e, f, g, h])
            }
            short => short.into(),
        };
        let (is_final, opcode) = (first & 0x80 != 0, first & 0x0f);
        // Control frames may come between the frames of a message.
        if opcode < 8 {
            self.goes_on = !is_final;
        }
        self.header_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::Frames;

    const FINAL: u8 = 0x80;
    const TEXT: u8 = 1;
    const CONTINUATION: u8 = 0;
    const PING: u8 = 9;

    fn frame(first: u8, payload: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match payload {
            0..=125 => frame.push(payload as u8),
            126..=0xffff => {
                frame.push(126);
                frame.extend((payload as u16).to_be_bytes());
            }
            _ => {
                frame.push(127);
                frame.extend((payload as u64).to_be_bytes());
            }
        }
        // What looks like a header is none inside of a payload.
        frame.extend(vec![FINAL | TEXT; payload]);
        frame
    }

    /// Where `bytes` end a message, given in pieces of this size.
    fn ends(bytes: &[u8], piece: usize) -> Vec<usize> {
        let mut frames = Frames::default();
        let mut ends = Vec::new();
        for (number, piece_bytes) in bytes.chunks(piece).enumerate() {
            frames.follow(piece_bytes);
            if frames.ends_message() {
                ends.push(number * piece + piece_bytes.len());
            }
        }
        ends
    }

    #[test]
    fn a_message_ends_with_its_last_frame() {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for length in [0, 1, 125, 126, 0xffff, 0x1_0000] {
            bytes.extend(frame(FINAL | TEXT, length));
            expected.push(bytes.len());
            bytes.extend(frame(TEXT, length));
            bytes.extend(frame(FINAL | PING, 3));
            bytes.extend(frame(CONTINUATION, 7));
            bytes.extend(frame(FINAL | CONTINUATION, length));
            expected.push(bytes.len());
        }
        assert_eq!(ends(&bytes, 1), expected);
        assert_eq!(ends(&bytes, bytes.len()), [bytes.len()]);
        for piece in [2, 3, 100, 4096] {
            let mut of_pieces = expected.clone();
            of_pieces.retain(|end| end % piece == 0 || *end == bytes.len());
            assert_eq!(ends(&bytes, piece), of_pieces, "{piece}");
        }
    }

    #[test]
    fn a_mask_is_of_the_header() {
        let masked = [FINAL | TEXT, 0x80 | 2, 1, 2, 3, 4, b'h', b'i'];
        assert_eq!(ends(&masked, 1), [masked.len()]);
    }

    #[test]
    fn the_longest_length_is_just_long() {
        let mut frames = Frames::default();
        frames.follow(&[FINAL | TEXT, 127, 255, 255, 255, 255, 255, 255, 255, 255]);
        frames.follow(&[0; 100]);
        assert!(!frames.ends_message());
    }
}
