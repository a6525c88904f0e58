//! Frames of a server that breaks no rule.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
};

pub(crate) const TEXT: u8 = 1;
pub(crate) const CLOSE: u8 = 8;

/// As much as a client under load reads at once.
const READ_BYTES: usize = 64 * 1024;

/// The server's frames.
#[derive(Debug)]
pub(crate) struct Frames {
    stream: TcpStream,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: u8,
    pub(crate) payload: &'a [u8],
}

impl Frames {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            buffer: vec![0; READ_BYTES],
            start: 0,
            end: 0,
        }
    }

    /// Returns the next frame; `None` at the end of the connection.
    pub(crate) fn next(&mut self) -> io::Result<Option<Frame<'_>>> {
        loop {
            let unread = &self.buffer[self.start..self.end];
            if let Some((opcode, header, len)) = header(unread)
                && unread.len() >= header + len
            {
                let payload = self.start + header..self.start + header + len;
                self.start = payload.end;
                let payload = &self.buffer[payload];
                return Ok(Some(Frame { opcode, payload }));
            }
            if self.read()? == 0 {
                return Ok(None);
            }
        }
    }

    fn read(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            self.buffer.resize(2 * self.end, 0);
        }
        let read = self.stream.read(&mut self.buffer[self.end..])?;
        self.end += read;
        Ok(read)
    }

    /// Writes a text frame with a mask of zeros.
    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        let len = u16::try_from(text.len()).map_err(io::Error::other)?;
        let mut frame = vec![0x80 | TEXT, 0x80 | 126];
        frame.extend(len.to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.stream.write_all(&frame)
    }
}

/// The opcode, the length of the header, and that of the payload; `None` if the header is not complete.
fn header(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (opcode, length) = (bytes.first()? & 0x0f, bytes.get(1)?);
    Some(match length {
        126 => {
            let length = bytes.get(2..4)?.try_into().ok()?;
            (opcode, 4, u16::from_be_bytes(length).into())
        }
        127 => {
            let length = bytes.get(2..10)?.try_into().ok()?;
            (opcode, 10, u64::from_be_bytes(length) as usize)
        }
        length => (opcode, 2, usize::from(*length)),
    })
}
