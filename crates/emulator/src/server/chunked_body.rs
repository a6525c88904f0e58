//! Request bodies with `Transfer-Encoding: chunked` (RFC 9112, section 7.1).

/// The size limit of the line before a chunk, which may have extensions.
const MAX_LINE_BYTES: usize = 1024;

/// The size limit of the trailers after the last chunk.
const MAX_TRAILER_BYTES: usize = 16 * 1024;

/// Decodes a body, of which more and more arrives.
#[derive(Debug)]
pub(super) struct ChunkedBody {
    body: Vec<u8>,
    limit: usize,
    state: State,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// A line with the size of a chunk.
    Size,
    /// The rest of a chunk, of so many bytes.
    Data(usize),
    /// The line feed after a chunk.
    EndOfData,
    /// Trailers, of which so many bytes were read.
    Trailers(usize),
    Done,
}

/// Whether a body is complete.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    /// More bytes are needed.
    Incomplete,
    Complete,
    /// It is malformed, or has more bytes than the limit.
    Invalid,
}

impl ChunkedBody {
    /// A body with up to `limit` bytes.
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            body: Vec::new(),
            limit,
            state: State::Size,
        }
    }

    /// Decodes what has arrived, and removes it from `bytes`.
    pub(super) fn decode(&mut self, bytes: &mut Vec<u8>) -> Progress {
        let mut rest = bytes.as_slice();
        let progress = loop {
            if self.state == State::Done {
                break Progress::Complete;
            }
            match self.step(&mut rest) {
                Progress::Complete => {}
                other => break other,
            }
        };
        let used = bytes.len() - rest.len();
        bytes.drain(..used);
        progress
    }

    pub(super) fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// Decodes the next part, if all of it has arrived.
    fn step(&mut self, rest: &mut &[u8]) -> Progress {
        match self.state {
            State::Size => match line(rest, MAX_LINE_BYTES) {
                Line::Complete(line) => match size(line) {
                    Some(0) => self.state = State::Trailers(0),
                    Some(size) if size <= self.limit - self.body.len() => {
                        self.state = State::Data(size);
                    }
                    _ => return Progress::Invalid,
                },
                Line::Incomplete => return Progress::Incomplete,
                Line::TooLong => return Progress::Invalid,
            },
            State::Data(left) => {
                let (data, after) = rest.split_at(left.min(rest.len()));
                self.body.extend_from_slice(data);
                *rest = after;
                self.state = match left - data.len() {
                    0 => State::EndOfData,
                    left => State::Data(left),
                };
                if matches!(self.state, State::Data(_)) {
                    return Progress::Incomplete;
                }
            }
            State::EndOfData => match *rest {
                [b'\r', b'\n', after @ ..] => {
                    *rest = after;
                    self.state = State::Size;
                }
                [] | [b'\r'] => return Progress::Incomplete,
                _ => return Progress::Invalid,
            },
            State::Trailers(read) => match line(rest, MAX_TRAILER_BYTES - read) {
                Line::Complete([]) => self.state = State::Done,
                Line::Complete(line) if read + line.len() + 2 <= MAX_TRAILER_BYTES => {
                    self.state = State::Trailers(read + line.len() + 2);
                }
                Line::Incomplete => return Progress::Incomplete,
                Line::Complete(_) | Line::TooLong => return Progress::Invalid,
            },
            State::Done => {}
        }
        Progress::Complete
    }
}

enum Line<'a> {
    Complete(&'a [u8]),
    Incomplete,
    TooLong,
}

/// Takes a line with up to `limit` bytes.
fn line<'a>(rest: &mut &'a [u8], limit: usize) -> Line<'a> {
    let end = rest.windows(2).take(limit + 1).position(|it| it == b"\r\n");
    match end {
        Some(end) => {
            let line = &rest[..end];
            *rest = &rest[end + 2..];
            Line::Complete(line)
        }
        None if rest.len() > limit + 1 => Line::TooLong,
        None => Line::Incomplete,
    }
}

/// The size in the line before a chunk, without extensions.
fn size(line: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(line).ok()?;
    let digits = text.split(';').next()?.trim();
    let is_hex = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    usize::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes a body that arrives in pieces of `step` bytes.
    fn decode(encoded: &[u8], step: usize) -> (Progress, Vec<u8>, usize) {
        let mut body = ChunkedBody::new(16);
        let mut buffer = Vec::new();
        let mut progress = Progress::Incomplete;
        for piece in encoded.chunks(step) {
            buffer.extend_from_slice(piece);
            progress = body.decode(&mut buffer);
            if progress == Progress::Invalid {
                break;
            }
        }
        (progress, body.into_body(), buffer.len())
    }

    #[test]
    fn chunks_are_joined_however_they_arrive() {
        let encoded = b"4\r\nWiki\r\n6;name=\"x\"\r\npedia \r\nB ; a\r\n";
        assert_eq!(
            decode(encoded, 3).0,
            Progress::Invalid,
            "more than the limit"
        );
        let encoded = b"4\r\nWiki\r\n006;name=\"x\"\r\n\r\ndia \r\n0\r\nTrailer: x\r\n\r\n";
        for step in 1..=encoded.len() {
            let (progress, body, left) = decode(encoded, step);
            assert_eq!(
                (progress, &*body),
                (Progress::Complete, &b"Wiki\r\ndia "[..]),
                "{step}"
            );
            assert_eq!(left, 0);
        }
        assert_eq!(
            decode(b"0\r\n\r\nnext", 8),
            (Progress::Complete, Vec::new(), 4)
        );
    }

    #[test]
    fn malformed_and_oversized_bodies_are_invalid() {
        for encoded in [
            &b"x\r\n"[..],
            b"-1\r\na",
            b"+1\r\na",
            b"\r\n",
            b"1\r\nab\r\n",
            b"11\r\n",
            b"ffffffffffffffffff\r\n",
            b"10\r\n0123456789abcdef\r\n1\r\n",
            &[b'1'; MAX_LINE_BYTES + 2],
        ] {
            assert_eq!(decode(encoded, 1 << 20).0, Progress::Invalid);
        }
        let trailers = [b"0\r\n", &[b't'; MAX_TRAILER_BYTES + 2][..]].concat();
        assert_eq!(decode(&trailers, 1 << 20).0, Progress::Invalid);
        for encoded in [
            &b""[..],
            b"5",
            b"5\r",
            b"5\r\nab",
            b"2\r\nab",
            b"0\r\n",
            b"0\r\n\r",
        ] {
            assert_eq!(decode(encoded, 1 << 20).0, Progress::Incomplete);
        }
    }
}
