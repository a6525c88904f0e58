//! Tracks frame boundaries in a WebSocket stream (RFC 6455 section 5.2).

/// The size of the longest header: two bytes, eight of length, four of mask.
const MAX_HEADER_BYTES: usize = 14;

/// Follows the frames in the bytes read, to find out whether they end with a complete message.
#[derive(Debug, Default)]
pub(super) struct FrameTracker {
    header: [u8; MAX_HEADER_BYTES],
    /// The number of header bytes read.
    header_bytes: usize,
    /// The number of payload bytes missing from a frame whose header is complete.
    payload_left: u64,
    message: MessageState,
}

/// Whether the last data frame completed its message.
#[derive(Clone, Copy, Debug, Default)]
enum MessageState {
    #[default]
    Complete,
    /// More frames of the message follow these many.
    Continued(u32),
}

impl FrameTracker {
    /// Processes the next bytes of the stream.
    pub(super) fn advance(&mut self, mut bytes: &[u8]) {
        loop {
            let skipped = usize::try_from(self.payload_left)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            self.payload_left -= skipped as u64;
            bytes = &bytes[skipped..];
            match (self.header_bytes, bytes) {
                (_, []) => return,
                // Most messages of a server have this header, which costs less as a whole.
                (0, [first, 126, high, low, rest @ ..]) => {
                    bytes = rest;
                    self.begin_frame(*first, u16::from_be_bytes([*high, *low]).into());
                }
                (_, [byte, rest @ ..]) => {
                    bytes = rest;
                    self.header[self.header_bytes] = *byte;
                    self.header_bytes += 1;
                    if self.header_bytes == self.header_length() {
                        self.end_header();
                    }
                }
            }
        }
    }

    /// Returns whether the bytes so far end with a complete message.
    pub(super) const fn is_at_message_end(&self) -> bool {
        self.header_bytes == 0
            && self.payload_left == 0
            && matches!(self.message, MessageState::Complete)
    }

    /// Returns the number of frames of a message that is not complete.
    pub(super) const fn message_parts(&self) -> u32 {
        match self.message {
            MessageState::Complete => 0,
            MessageState::Continued(parts) => parts,
        }
    }

    /// Returns the header's size as far as known: two bytes at least.
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

    fn end_header(&mut self) {
        let [first, second, length @ ..] = self.header;
        let payload = match second & 0x7f {
            126 => u16::from_be_bytes([length[0], length[1]]).into(),
            127 => {
                let [a, b, c, d, e, f, g, h, ..] = length;
                u64::from_be_bytes([a, b, c, d, e, f, g, h])
            }
            short => short.into(),
        };
        self.header_bytes = 0;
        self.begin_frame(first, payload);
    }

    fn begin_frame(&mut self, first: u8, payload: u64) {
        self.payload_left = payload;
        let (is_final, opcode) = (first & 0x80 != 0, first & 0x0f);
        // Control frames may be interleaved with the frames of a message.
        if opcode < 8 {
            self.message = if is_final {
                MessageState::Complete
            } else {
                MessageState::Continued(self.message_parts().saturating_add(1))
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FrameTracker;

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
        // Bytes that look like a header are payload here.
        frame.extend(vec![FINAL | TEXT; payload]);
        frame
    }

    /// Returns the offsets at which `bytes`, given in pieces of this size, complete a message.
    fn message_ends(bytes: &[u8], piece: usize) -> Vec<usize> {
        let mut frames = FrameTracker::default();
        let mut ends = Vec::new();
        for (number, piece_bytes) in bytes.chunks(piece).enumerate() {
            frames.advance(piece_bytes);
            if frames.is_at_message_end() {
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
        assert_eq!(message_ends(&bytes, 1), expected);
        assert_eq!(message_ends(&bytes, bytes.len()), [bytes.len()]);
        for piece in [2, 3, 100, 4096] {
            let mut of_pieces = expected.clone();
            of_pieces.retain(|end| end % piece == 0 || *end == bytes.len());
            assert_eq!(message_ends(&bytes, piece), of_pieces, "{piece}");
        }
    }

    #[test]
    fn parts_of_a_message_are_counted_until_it_is_complete() {
        let mut frames = FrameTracker::default();
        frames.advance(&frame(TEXT, 5));
        for parts in 2..100 {
            frames.advance(&frame(CONTINUATION, 0));
            frames.advance(&frame(FINAL | PING, 0));
            assert_eq!(frames.message_parts(), parts);
        }
        frames.advance(&frame(FINAL | CONTINUATION, 0));
        assert_eq!(frames.message_parts(), 0);
    }

    #[test]
    fn the_mask_is_part_of_the_header() {
        let masked = [FINAL | TEXT, 0x80 | 2, 1, 2, 3, 4, b'h', b'i'];
        assert_eq!(message_ends(&masked, 1), [masked.len()]);
    }

    #[test]
    fn the_maximum_length_does_not_overflow() {
        let mut frames = FrameTracker::default();
        frames.advance(&[FINAL | TEXT, 127, 255, 255, 255, 255, 255, 255, 255, 255]);
        frames.advance(&[0; 100]);
        assert!(!frames.is_at_message_end());
    }
}
