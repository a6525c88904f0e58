use super::decode_error::{DecodeError, DecodeErrorKind};
use crate::limits::MIN_OUTPUT_BUFFER_BYTES;

/// The size that the buffer starts with. It is enough for HELLO and acknowledged heartbeats.
const FIRST_BYTES: usize = 1024;

/// The number of messages after which the buffer shrinks if all of them were small.
const MESSAGES_PER_CHECK: u32 = 32;

/// A buffer for one message at a time, which keeps its memory.
///
/// All of the memory is initialized, so nothing is zeroed per message. It doubles when it is full, up to a
/// limit, and shrinks after a number of small messages.
#[derive(Debug)]
pub(crate) struct OutputBuffer {
    /// Its length equals its capacity.
    memory: Vec<u8>,
    filled: usize,
    limit: usize,
    messages: u32,
    largest: usize,
}

impl OutputBuffer {
    /// Creates a buffer for messages of at most `limit` bytes. The first message allocates it.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            memory: Vec::new(),
            filled: 0,
            limit,
            messages: 0,
            largest: 0,
        }
    }

    /// The part of the message that was written.
    pub(crate) fn filled(&self) -> &[u8] {
        &self.memory[..self.filled]
    }

    /// The space for the rest of the message.
    pub(crate) fn spare(&mut self) -> &mut [u8] {
        &mut self.memory[self.filled..]
    }

    /// Adds bytes written to [`spare`](Self::spare) to the message.
    pub(crate) fn advance(&mut self, written: usize) {
        self.filled += written;
        debug_assert!(
            self.filled <= self.memory.len(),
            "more was written than there was space for"
        );
    }

    /// Makes space for more of the message, or fails at the limit.
    pub(crate) fn grow(&mut self) -> Result<(), DecodeError> {
        // One byte past the limit distinguishes a message of exactly that size from a larger one.
        let most = self.limit.saturating_add(1);
        if self.filled >= most {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge {
                limit: self.limit,
            }));
        }
        let wanted = self
            .memory
            .len()
            .saturating_mul(2)
            .max(FIRST_BYTES)
            .min(most);
        self.resize(wanted);
        Ok(())
    }

    /// Fails if the message is larger than the limit.
    pub(crate) fn check_limit(&self) -> Result<(), DecodeError> {
        if self.filled > self.limit {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge {
                limit: self.limit,
            }));
        }
        Ok(())
    }

    /// Discards the message, and shrinks the buffer if the recent messages were small.
    pub(crate) fn start_message(&mut self) {
        self.largest = self.largest.max(self.filled);
        self.messages += 1;
        self.filled = 0;
        if self.messages < MESSAGES_PER_CHECK {
            return;
        }
        // Two to four times the size of the largest of them.
        let fitting = self
            .largest
            .saturating_mul(2)
            .next_power_of_two()
            .max(MIN_OUTPUT_BUFFER_BYTES);
        self.resize(fitting.min(self.memory.len()));
        self.messages = 0;
        self.largest = 0;
    }

    /// Discards the message, and shrinks the buffer to the size that most messages need.
    pub(crate) fn shrink(&mut self) {
        self.filled = 0;
        self.resize(MIN_OUTPUT_BUFFER_BYTES.min(self.memory.len()));
    }

    /// Discards the message and frees the memory.
    pub(crate) fn release(&mut self) {
        self.memory = Vec::new();
        self.filled = 0;
    }

    pub(crate) const fn capacity(&self) -> usize {
        self.memory.capacity()
    }

    fn resize(&mut self, length: usize) {
        self.memory
            .reserve_exact(length.saturating_sub(self.memory.len()));
        self.memory.resize(length, 0);
        self.memory.shrink_to(length);
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST_BYTES, MESSAGES_PER_CHECK, MIN_OUTPUT_BUFFER_BYTES, OutputBuffer};
    use crate::DecodeErrorKind;

    /// A message of `length` bytes, as the inflater writes it.
    fn write(buffer: &mut OutputBuffer, length: usize) -> Result<(), crate::DecodeError> {
        buffer.start_message();
        let mut left = length;
        while left > 0 {
            if buffer.spare().is_empty() {
                buffer.grow()?;
            }
            let written = left.min(buffer.spare().len());
            buffer.advance(written);
            left -= written;
        }
        buffer.check_limit()
    }

    #[test]
    fn a_new_buffer_allocates_nothing() {
        assert_eq!(OutputBuffer::new(100).capacity(), 0);
    }

    #[test]
    fn a_full_buffer_doubles_up_to_the_limit() {
        let mut buffer = OutputBuffer::new(5 * MIN_OUTPUT_BUFFER_BYTES);
        for (length, capacity) in [
            (1, FIRST_BYTES),
            (FIRST_BYTES, FIRST_BYTES),
            (FIRST_BYTES + 1, 2 * FIRST_BYTES),
            (MIN_OUTPUT_BUFFER_BYTES, MIN_OUTPUT_BUFFER_BYTES),
            (MIN_OUTPUT_BUFFER_BYTES + 1, 2 * MIN_OUTPUT_BUFFER_BYTES),
            (4 * MIN_OUTPUT_BUFFER_BYTES, 4 * MIN_OUTPUT_BUFFER_BYTES),
            (5 * MIN_OUTPUT_BUFFER_BYTES, 5 * MIN_OUTPUT_BUFFER_BYTES + 1),
        ] {
            write(&mut buffer, length).unwrap();
            assert_eq!(buffer.filled().len(), length);
            assert_eq!(buffer.capacity(), capacity);
        }
    }

    #[test]
    fn one_byte_past_the_limit_is_an_error() {
        for limit in [
            0,
            1,
            100,
            MIN_OUTPUT_BUFFER_BYTES - 1,
            MIN_OUTPUT_BUFFER_BYTES,
            MIN_OUTPUT_BUFFER_BYTES + 1,
            3 * MIN_OUTPUT_BUFFER_BYTES,
        ] {
            let mut buffer = OutputBuffer::new(limit);
            write(&mut buffer, limit).unwrap();
            let error = write(&mut buffer, limit + 1).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::TooLarge { limit });
            assert!(buffer.capacity() <= limit + 1);
        }
    }

    #[test]
    fn shrinking_never_exceeds_the_limit() {
        let mut buffer = OutputBuffer::new(100);
        for _ in 0..3 * MESSAGES_PER_CHECK {
            write(&mut buffer, 10).unwrap();
            assert_eq!(buffer.capacity(), 101);
        }
        buffer.shrink();
        assert_eq!(buffer.capacity(), 101);
    }

    #[test]
    fn a_large_buffer_shrinks_after_small_messages() {
        let mut buffer = OutputBuffer::new(usize::MAX);
        write(&mut buffer, 16 << 20).unwrap();
        assert_eq!(buffer.capacity(), 16 << 20);
        // The large message itself counts in the first check.
        for _ in 0..2 * MESSAGES_PER_CHECK {
            write(&mut buffer, 700).unwrap();
        }
        assert_eq!(buffer.capacity(), MIN_OUTPUT_BUFFER_BYTES);
    }

    #[test]
    fn regular_large_messages_keep_the_buffer_large() {
        let mut buffer = OutputBuffer::new(usize::MAX);
        for round in 0..10 * MESSAGES_PER_CHECK {
            write(&mut buffer, if round % 20 == 0 { 100_000 } else { 500 }).unwrap();
        }
        assert_eq!(buffer.capacity(), 128 * 1024);
    }
}
