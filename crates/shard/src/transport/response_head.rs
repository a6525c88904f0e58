//! Where the answer to a WebSocket handshake ends.

/// Finds the empty line at the end of an HTTP response's head, over any number of pieces.
///
/// As lenient as tungstenite's parser: lines may end with a bare line feed, and empty lines may come
/// before the first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum ResponseHead {
    /// Nothing came yet but empty lines.
    #[default]
    Before,
    LineStart,
    InLine,
}

impl ResponseHead {
    /// Takes the next piece. Gives how much of it belongs to the head if it ends in there; pieces
    /// after that are none of the head's.
    pub(super) fn end_in(&mut self, piece: &[u8]) -> Option<usize> {
        for (index, byte) in piece.iter().enumerate() {
            *self = match (*self, byte) {
                (Self::Before, b'\r' | b'\n') => Self::Before,
                (Self::LineStart, b'\r') => Self::LineStart,
                (Self::LineStart, b'\n') => return Some(index + 1),
                (Self::InLine, b'\n') => Self::LineStart,
                _ => Self::InLine,
            };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::ResponseHead;

    #[test]
    fn the_end_is_found_however_the_head_is_cut() {
        for head in [
            "HTTP/1.1 101 Go\r\nA: b\r\n\r\n",
            "HTTP/1.1 101 Go\nA: b\n\n",
            "HTTP/1.1 101 Go\nA: b\n\r\n",
            "\r\n\r\nHTTP/1.1 101 Go\r\n\r\n",
        ] {
            let answer = format!("{head}frames\r\n\r\n");
            for cut in 0..=head.len() {
                let (start, rest) = answer.as_bytes().split_at(cut);
                let mut state = ResponseHead::default();
                let end = match state.end_in(start) {
                    Some(end) => end,
                    None => cut + state.end_in(rest).unwrap(),
                };
                assert_eq!(end, head.len(), "{head:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn no_end_is_found_in_a_head_that_goes_on() {
        let mut state = ResponseHead::default();
        assert_eq!(state.end_in(b"HTTP/1.1 101 Go\r\nA: \r b\r\n\r"), None);
        assert_eq!(state.end_in(b"\n"), Some(1));
    }
}
