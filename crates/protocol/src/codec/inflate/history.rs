use super::error::InflateError;
use super::older_window::{OlderWindow, WINDOW_BYTES};
use crate::limits::MIN_OUTPUT_BUFFER_BYTES;
use std::cell::Cell;
use std::mem;

/// The space that has to be free before symbols are decoded: for a literal, a match of the largest length, which is
/// 258, and what is written past the end of a match.
pub(super) const ROOM: usize = 320;

/// The size of a buffer that has space for [`MIN_OUTPUT_BUFFER_BYTES`] after the window.
const WORKING_BYTES: usize = WINDOW_BYTES + MIN_OUTPUT_BUFFER_BYTES + ROOM;

/// The bytes that are moved at once. C libraries copy larger blocks with instructions that are slow for memory that
/// overlaps.
const PIECE_BYTES: usize = 2 * 1024;

/// The number of messages after which the buffer shrinks if all of them were small.
const MESSAGES_PER_CHECK: u32 = 32;

thread_local! {
    /// The memory of the next connection of this thread that has something to read.
    static SPARE: Cell<Option<Vec<u8>>> = const { Cell::new(None) };
}

/// A buffer for the message and, before it, the history that messages refer to.
///
/// A message is written after the last one, so that nothing is copied to a window of its own. When the memory is
/// full, the last 32 KiB move to its start, or it grows. All of it is initialized.
///
/// The connections of a thread share the memory. One that has nothing more to read leaves it to the others, and keeps what it
/// wrote in a [window](OlderWindow) of its own.
///
/// ```text
///  older: 0 to 32 KiB
///                   │
///  0                ▼     start        end                    memory.len()
///  │ history since then   │ message    │ free, at least ROOM  │
/// ```
#[derive(Debug)]
pub(crate) struct HistoryBuffer {
    /// Its length equals its capacity.
    pub(super) memory: Vec<u8>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// What was written before the memory, unless that has 32 KiB of history.
    pub(super) older: OlderWindow,
    limit: usize,
    messages: u32,
    largest: usize,
}

impl HistoryBuffer {
    /// Creates a buffer for messages of at most `limit` bytes. The first message allocates it.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            memory: Vec::new(),
            start: 0,
            end: 0,
            older: OlderWindow::new(),
            limit,
            messages: 0,
            largest: 0,
        }
    }

    /// The maximum size of a message, in bytes.
    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// The part of the message that was written.
    pub(crate) fn message(&self) -> &[u8] {
        &self.memory[self.start..self.end]
    }

    /// Starts a new stream. Keeps the memory.
    pub(crate) fn reset(&mut self) {
        self.start = 0;
        self.end = 0;
        self.older.clear();
    }

    /// Makes the message a part of the history, and shrinks the buffer if the recent messages were small.
    pub(crate) fn start_message(&mut self) {
        self.largest = self.largest.max(self.end - self.start);
        self.start = self.end;
        self.messages += 1;
        if self.messages >= MESSAGES_PER_CHECK {
            self.shrink_to(self.largest.saturating_mul(2));
            self.messages = 0;
            self.largest = 0;
        }
    }

    /// Makes the message a part of the history, and leaves the memory to other connections.
    pub(crate) fn shrink(&mut self) {
        if self.memory.is_empty() {
            return;
        }
        let memory = mem::take(&mut self.memory);
        self.older.push(&memory[..self.end]);
        self.start = 0;
        self.end = 0;
        if memory.len() == WORKING_BYTES {
            // The thread may be about to end.
            _ = SPARE.try_with(|spare| spare.set(Some(memory)));
        }
    }

    /// Makes the message a part of the history, and frees everything else.
    pub(crate) fn release(&mut self) {
        self.shrink();
        self.older.shrink();
    }

    /// The size of the buffer without the history.
    pub(crate) const fn output_capacity(&self) -> usize {
        self.memory.capacity().saturating_sub(WINDOW_BYTES + ROOM)
    }

    /// The last position at which a symbol may start.
    pub(super) fn last_start(&self) -> usize {
        let fits = self.memory.len().saturating_sub(ROOM);
        fits.min(self.start.saturating_add(self.limit))
    }

    /// Makes room for a symbol, or fails if the message is larger than the limit.
    #[inline(always)]
    pub(super) fn make_room(&mut self) -> Result<(), InflateError> {
        self.check_limit()?;
        if self.memory.len() - self.end < ROOM {
            self.make_room_slow();
        }
        Ok(())
    }

    /// Lets `write` fill at most `most` bytes, and returns how many it wrote.
    pub(super) fn append(&mut self, most: usize, write: impl FnOnce(&mut [u8]) -> usize) -> usize {
        // One byte past the limit shows that the message is too large.
        let end = self
            .start
            .saturating_add(self.limit)
            .saturating_add(1)
            .min(self.memory.len());
        let space = &mut self.memory[self.end..end];
        let most = most.min(space.len());
        let written = write(&mut space[..most]);
        self.end += written;
        written
    }

    /// Fails if the message is larger than the limit.
    pub(crate) const fn check_limit(&self) -> Result<(), InflateError> {
        if self.end - self.start > self.limit {
            return Err(InflateError::TooLarge);
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn make_room_slow(&mut self) {
        let (length, unused) = (self.memory.len(), self.unused());
        // No message that is accepted needs more.
        let most = self.limit.saturating_add(1).max(MIN_OUTPUT_BUFFER_BYTES);
        let most = most.saturating_add(WINDOW_BYTES + ROOM);
        if length == 0 {
            let spare = SPARE.try_with(Cell::take).unwrap_or_default();
            self.memory = spare.unwrap_or_else(|| vec![0; WORKING_BYTES]);
        } else if length >= most || unused >= (length / 8).max(ROOM) {
            // At most seven bytes are moved for each byte that is written.
            self.slide();
        } else {
            self.resize(length.saturating_mul(2).min(most));
        }
    }

    fn shrink_to(&mut self, output: usize) {
        let output = output.next_power_of_two().max(MIN_OUTPUT_BUFFER_BYTES);
        let fitting = output.saturating_add(WINDOW_BYTES + ROOM);
        if self.memory.len() > fitting {
            self.slide();
            self.resize(fitting.max(self.end));
        }
    }

    /// The bytes at the start that belong neither to the message nor to the window.
    fn unused(&self) -> usize {
        self.start.min(self.end.saturating_sub(WINDOW_BYTES))
    }

    fn slide(&mut self) {
        let unused = self.unused();
        if unused == 0 {
            return;
        }
        for from in (unused..self.end).step_by(PIECE_BYTES) {
            let to = self.end.min(from + PIECE_BYTES);
            self.memory.copy_within(from..to, from - unused);
        }
        self.start -= unused;
        self.end -= unused;
        // All that messages can refer to is in the memory.
        self.older.clear();
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
    use super::{HistoryBuffer, ROOM, WINDOW_BYTES, WORKING_BYTES};
    use crate::codec::inflate::InflateError;
    use crate::limits::MIN_OUTPUT_BUFFER_BYTES;

    /// Writes a message of `length` bytes, which continue the sequence that `next` counts.
    fn write(
        buffer: &mut HistoryBuffer,
        next: &mut u32,
        length: usize,
    ) -> Result<(), InflateError> {
        buffer.start_message();
        let mut left = length;
        while left > 0 {
            buffer.make_room()?;
            assert!(buffer.memory.len() - buffer.end >= ROOM);
            left -= buffer.append(left.min(100), |space| {
                for byte in &mut *space {
                    *byte = *next as u8 ^ (*next >> 8) as u8;
                    *next += 1;
                }
                space.len()
            });
        }
        buffer.check_limit()
    }

    /// Checks that the buffer has the last 32 KiB of the sequence.
    fn check(buffer: &HistoryBuffer, next: u32) {
        let mut written = Vec::from_iter(buffer.older.iter());
        written.extend_from_slice(&buffer.memory[..buffer.end]);
        let known = WINDOW_BYTES.min(next as usize);
        let expected = (next - known as u32..next).map(|next| next as u8 ^ (next >> 8) as u8);
        let history = written[written.len() - known..].iter().copied();
        assert!(history.eq(expected), "after {next} bytes");
    }

    #[test]
    fn history_outlives_messages_of_any_size() {
        let mut buffer = HistoryBuffer::new(usize::MAX);
        let mut next = 0;
        for length in [
            0, 1, 900, 7000, 8192, 20_000, 40_000, 300, 200_000, 5, 32_768, 32_767,
        ] {
            for _ in 0..5 {
                write(&mut buffer, &mut next, length).unwrap();
                assert_eq!(buffer.message().len(), length);
                check(&buffer, next);
            }
        }
        buffer.release();
        check(&buffer, next);
        let held = buffer.memory.capacity() + buffer.older.capacity();
        assert_eq!(held, WINDOW_BYTES);
        for length in [10, 10, 900, 2_000, 5_000, 8_000] {
            write(&mut buffer, &mut next, length).unwrap();
            check(&buffer, next);
            assert_eq!(buffer.memory.len(), WORKING_BYTES, "{length}");
        }
    }

    #[test]
    fn small_messages_need_a_small_buffer() {
        let mut buffer = HistoryBuffer::new(usize::MAX);
        let mut next = 0;
        write(&mut buffer, &mut next, 900).unwrap();
        for _ in 0..1000 {
            write(&mut buffer, &mut next, 900).unwrap();
            assert!(buffer.memory.len() <= WORKING_BYTES);
        }
        assert_eq!(buffer.output_capacity(), MIN_OUTPUT_BUFFER_BYTES);
    }

    #[test]
    fn large_buffer_shrinks_after_small_messages() {
        let mut buffer = HistoryBuffer::new(usize::MAX);
        let mut next = 0;
        write(&mut buffer, &mut next, 1 << 20).unwrap();
        assert!(buffer.memory.len() > 1 << 20);
        for _ in 0..70 {
            write(&mut buffer, &mut next, 700).unwrap();
        }
        check(&buffer, next);
        assert_eq!(buffer.memory.len(), WORKING_BYTES);
        write(&mut buffer, &mut next, 1 << 20).unwrap();
        buffer.shrink();
        check(&buffer, next);
        assert_eq!(buffer.memory.capacity(), 0);
    }

    #[test]
    fn window_is_all_that_a_connection_with_nothing_to_read_keeps() {
        let mut buffer = HistoryBuffer::new(usize::MAX);
        let mut next = 0;
        for _ in 0..200 {
            write(&mut buffer, &mut next, 700).unwrap();
            check(&buffer, next);
            buffer.shrink();
            check(&buffer, next);
            assert_eq!(buffer.memory.capacity(), 0);
            assert!(buffer.older.capacity() <= WINDOW_BYTES);
        }
    }

    #[test]
    fn released_window_has_the_size_of_what_was_written() {
        let mut buffer = HistoryBuffer::new(usize::MAX);
        let mut next = 0;
        for length in [90, 700, 5_000, 26_978, 1, 40_000] {
            write(&mut buffer, &mut next, length).unwrap();
            buffer.release();
            let held = buffer.memory.capacity() + buffer.older.capacity();
            assert_eq!(held, WINDOW_BYTES.min(next as usize));
            check(&buffer, next);
        }
    }

    #[test]
    fn connections_of_a_thread_share_the_memory() {
        let mut buffers = [(); 3].map(|()| (HistoryBuffer::new(usize::MAX), 0));
        let mut places = Vec::new();
        for round in 0..3 {
            for (buffer, next) in &mut buffers {
                write(buffer, next, 30_000 + 100 * round).unwrap();
                write(buffer, next, 7_000).unwrap();
                assert_eq!(buffer.memory.len(), WORKING_BYTES);
                places.push(buffer.memory.as_ptr());
                check(buffer, *next);
                buffer.shrink();
                check(buffer, *next);
            }
        }
        assert!(places.iter().all(|place| *place == places[0]));
    }

    #[test]
    fn one_byte_past_the_limit_is_an_error() {
        for limit in [0, 1, 100, 8191, 8192, 8193, 50_000] {
            let mut buffer = HistoryBuffer::new(limit);
            let mut next = 0;
            for _ in 0..10 {
                write(&mut buffer, &mut next, limit).unwrap();
            }
            assert_eq!(
                write(&mut buffer, &mut next, limit + 1),
                Err(InflateError::TooLarge)
            );
            assert_eq!(
                write(&mut buffer, &mut next, 10 * limit + 9),
                Err(InflateError::TooLarge)
            );
            let most = (limit + 1).max(MIN_OUTPUT_BUFFER_BYTES);
            assert!(buffer.output_capacity() <= most);
        }
    }

    #[test]
    fn reset_keeps_the_memory() {
        let mut buffer = HistoryBuffer::new(usize::MAX);
        write(&mut buffer, &mut 0, 900).unwrap();
        buffer.reset();
        assert_eq!((buffer.message(), buffer.end), (&[][..], 0));
        assert_eq!(buffer.memory.len(), WORKING_BYTES);
        buffer.shrink();
        assert_eq!(buffer.older.iter().count(), 0);
    }
}
