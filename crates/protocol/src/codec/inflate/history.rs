use super::error::InflateError;
use crate::limits::MIN_OUTPUT_BUFFER_BYTES;
use std::cell::Cell;
use std::mem;

/// How far back deflate refers.
const WINDOW_BYTES: usize = 32 * 1024;

/// The space that has to be free before symbols are decoded: for a literal, a match of the largest length, which is
/// 258, and what is written past the end of a match.
pub(super) const ROOM: usize = 320;

/// The space for messages that the buffer starts with. It is enough for HELLO and acknowledged heartbeats.
const FIRST_BYTES: usize = 1024;

/// The size of the buffer that a connection has for itself. It is enough for an event now and then.
const OWN_BYTES: usize = WINDOW_BYTES + FIRST_BYTES + ROOM;

/// The size of a buffer that has space for [`MIN_OUTPUT_BUFFER_BYTES`] after the window.
const WORKING_BYTES: usize = WINDOW_BYTES + MIN_OUTPUT_BUFFER_BYTES + ROOM;

/// The bytes that are moved at once. C libraries copy larger blocks with instructions that are slow for memory that
/// overlaps.
const PIECE_BYTES: usize = 2 * 1024;

/// The number of messages after which the buffer shrinks if all of them were small.
const MESSAGES_PER_CHECK: u32 = 32;

thread_local! {
    /// The buffer of the next connection of this thread that needs a larger one than its own.
    static SPARE: Cell<Option<Vec<u8>>> = const { Cell::new(None) };
}

/// A buffer for the message and, before it, the history that messages refer to.
///
/// A message is written after the last one, so that nothing is copied to a window of its own. When the buffer is
/// full, the last 32 KiB move to its start, or it grows. All of its memory is initialized.
///
/// A connection has little space for itself: 1 KiB after the window, if it was not released. If more arrives at once, it
/// works in a buffer that has space for the largest of the recent messages, but at least for 8 KiB. It leaves that buffer
/// to other connections when it has nothing more to read.
///
/// ```text
///  0                 start        end                    memory.len()
///  │ history         │ message    │ free, at least ROOM  │
/// ```
#[derive(Debug)]
pub(crate) struct HistoryBuffer {
    /// Its length equals its capacity.
    pub(super) memory: Vec<u8>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// The connection's own buffer while the memory is a larger one.
    own: Vec<u8>,
    own_space: OwnSpace,
    limit: usize,
    messages: u32,
    largest: usize,
}

/// Whether the own buffer was full since there was nothing more to read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum OwnSpace {
    Enough,
    /// Once. The next time, there is more to read than this buffer is for.
    Used,
}

impl HistoryBuffer {
    /// Creates a buffer for messages of at most `limit` bytes. The first message allocates it.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            memory: Vec::new(),
            start: 0,
            end: 0,
            own: Vec::new(),
            own_space: OwnSpace::Enough,
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
    pub(crate) const fn reset(&mut self) {
        self.start = 0;
        self.end = 0;
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

    /// Makes the message a part of the history, and goes back to the connection's own buffer.
    pub(crate) fn shrink(&mut self) {
        self.start = self.end;
        self.own_space = OwnSpace::Enough;
        if self.memory.len() > OWN_BYTES {
            let own = mem::take(&mut self.own);
            let before = self.move_to(own);
            if before.len() == WORKING_BYTES {
                // The thread may be about to end.
                _ = SPARE.try_with(|spare| spare.set(Some(before)));
            }
        }
    }

    /// Makes the message a part of the history, and frees everything else.
    pub(crate) fn release(&mut self) {
        self.shrink();
        self.slide();
        self.resize(self.end);
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
        let slides = match length {
            OWN_BYTES if self.own_space == OwnSpace::Enough => {
                self.own_space = OwnSpace::Used;
                unused >= ROOM
            }
            // At most seven bytes are moved for each byte that is written.
            _ => length >= most || unused >= (length / 8).max(ROOM),
        };
        if slides {
            self.slide();
            return;
        }
        let doubled = length.saturating_mul(2).max(FIRST_BYTES + ROOM);
        let grown = match length {
            ..OWN_BYTES => doubled.min(OWN_BYTES),
            OWN_BYTES => return self.work_in_larger_buffer(),
            _ => doubled,
        };
        self.resize(grown.min(most));
    }

    fn work_in_larger_buffer(&mut self) {
        let spare = SPARE.try_with(Cell::take).unwrap_or_default();
        let larger = spare.unwrap_or_else(|| vec![0; WORKING_BYTES]);
        self.own = self.move_to(larger);
    }

    /// Moves the window and the message to another buffer, which is not smaller than the connection's own. Returns the
    /// buffer before.
    fn move_to(&mut self, memory: Vec<u8>) -> Vec<u8> {
        let unused = self.unused();
        let before = mem::replace(&mut self.memory, memory);
        let used = &before[unused..self.end];
        let pieces = self.memory.chunks_mut(PIECE_BYTES);
        for (to, from) in pieces.zip(used.chunks(PIECE_BYTES)) {
            to[..from.len()].copy_from_slice(from);
        }
        self.start -= unused;
        self.end -= unused;
        before
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
    use super::{FIRST_BYTES, HistoryBuffer, OWN_BYTES, ROOM, WINDOW_BYTES, WORKING_BYTES};
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
        let known = WINDOW_BYTES.min(next as usize);
        let expected = (next - known as u32..next).map(|next| next as u8 ^ (next >> 8) as u8);
        let history = &buffer.memory[buffer.end - known..buffer.end];
        assert!(history.iter().copied().eq(expected), "after {next} bytes");
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
        assert_eq!(buffer.memory.capacity(), WINDOW_BYTES);
        for length in [10, 10, 900, 2_000, 5_000, 8_000] {
            write(&mut buffer, &mut next, length).unwrap();
            check(&buffer, next);
            let space = match length {
                ..1_000 => FIRST_BYTES,
                _ => MIN_OUTPUT_BUFFER_BYTES,
            };
            assert!(buffer.output_capacity() <= space, "{length}");
        }
        assert_eq!(buffer.memory.len(), WORKING_BYTES);
    }

    #[test]
    fn small_messages_need_a_small_buffer() {
        let mut buffer = HistoryBuffer::new(usize::MAX);
        let mut next = 0;
        write(&mut buffer, &mut next, 900).unwrap();
        assert_eq!(buffer.memory.len(), FIRST_BYTES + ROOM);
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
        assert_eq!(buffer.memory.len(), OWN_BYTES);
    }

    #[test]
    fn event_now_and_then_needs_no_larger_buffer() {
        let mut buffer = HistoryBuffer::new(usize::MAX);
        let mut next = 0;
        for _ in 0..200 {
            write(&mut buffer, &mut next, 700).unwrap();
            assert!(buffer.memory.len() <= OWN_BYTES);
            check(&buffer, next);
            buffer.shrink();
            check(&buffer, next);
        }
        // Two right after another may not fit.
        for _ in 0..2 {
            write(&mut buffer, &mut next, 900).unwrap();
            write(&mut buffer, &mut next, 900).unwrap();
            check(&buffer, next);
            buffer.shrink();
            assert_eq!(buffer.memory.len(), OWN_BYTES);
            check(&buffer, next);
        }
    }

    #[test]
    fn connections_of_a_thread_work_in_the_same_larger_buffer() {
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
                assert_eq!(buffer.memory.len(), OWN_BYTES);
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
        assert_eq!(buffer.memory.len(), FIRST_BYTES + ROOM);
    }
}
