//! Finds the end of an HTTP response head.

/// Finds the empty line at the end of an HTTP response head that arrives in any number of pieces.
///
/// As lenient as tungstenite's parser: lines may end with a bare line feed, and empty lines may precede
/// the first line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum ResponseHead {
    /// Only empty lines so far.
    #[default]
    Before,
    LineStart,
    InLine,
}

impl ResponseHead {
    /// Processes the next piece. Returns the number of its bytes that belong to the head if the head ends
    /// in this piece; must not be called after that.
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
    fn the_end_is_found_wherever_the_head_is_split() {
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
    fn an_incomplete_head_has_no_end() {
        let mut state = ResponseHead::default();
        assert_eq!(state.end_in(b"HTTP/1.1 101 Go\r\nA: \r b\r\n\r"), None);
        assert_eq!(state.end_in(b"\n"), Some(1));
    }
}
