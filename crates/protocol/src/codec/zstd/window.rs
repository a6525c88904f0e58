use super::error::ZstdError;
use crate::limits::MIN_OUTPUT_BUFFER_BYTES;

/// What may be written past the end of a copy, twice.
pub(super) const SLACK: usize = 64;

/// What the memory has in addition to the window and the message.
const OVERHEAD: usize = 2 * SLACK;

/// The size that the memory starts with. It is enough for HELLO and acknowledged heartbeats.
const FIRST_BYTES: usize = 1024;

/// The free memory that a connection keeps at most while nothing arrives.
const FREE_BYTES: usize = 1024;

/// The number of messages after which the memory shrinks if all of them were small.
const MESSAGES_PER_CHECK: u32 = 32;

/// The memory for a message, and for the window that messages refer to.
///
/// A message is written after the last one, without a copy in a window of its own. Where the end of the memory is
/// reached, the message moves to the start of it, over what is no longer in the window, and the round before goes on
/// to be readable. The memory grows with what is written, until that is possible. All of it is initialized.
///
/// ```text
///  0            start      end                      before        memory.len()
///  │ this round │ message  │ free │ the round before │             │
///                                 └──── the window, at least SLACK after the end
/// ```
#[derive(Debug)]
pub(crate) struct Window {
    /// Its length equals its capacity.
    pub(super) memory: Vec<u8>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// The end of the round before, or zero if this is the first.
    pub(super) before: usize,
    /// How far back the frame refers, in bytes.
    pub(super) reach: usize,
    /// The bytes of the frame that were written.
    pub(super) frame: u64,
    /// How far back any frame referred since the memory shrank.
    longest_reach: usize,
    limit: usize,
    messages: u32,
    largest: usize,
}

impl Window {
    /// Creates a window for messages of at most `limit` bytes. The first message allocates it.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            memory: Vec::new(),
            start: 0,
            end: 0,
            before: 0,
            reach: 0,
            frame: 0,
            longest_reach: 0,
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
        self.before = 0;
        self.frame = 0;
    }

    /// Starts a frame, which refers to nothing that was written before.
    pub(super) fn start_frame(&mut self, reach: usize) {
        self.reach = reach;
        self.longest_reach = self.longest_reach.max(reach);
        self.frame = 0;
    }

    /// Ends a frame, after which nothing is referred to.
    pub(super) const fn end_frame(&mut self) {
        self.frame = 0;
    }

    /// Makes the message a part of the window, and shrinks the memory if the recent messages were small.
    pub(crate) fn start_message(&mut self) {
        self.largest = self.largest.max(self.end - self.start);
        self.start = self.end;
        self.messages += 1;
        if self.messages >= MESSAGES_PER_CHECK {
            let output = self.largest.saturating_mul(2).next_power_of_two();
            // No message that is accepted needs more than the limit.
            let most = self.limit.saturating_add(1).max(MIN_OUTPUT_BUFFER_BYTES);
            self.shrink_to(output.clamp(MIN_OUTPUT_BUFFER_BYTES, most));
            self.messages = 0;
            self.largest = 0;
        }
    }

    /// Makes the message a part of the window, and frees what only large messages need.
    pub(crate) fn shrink(&mut self) {
        self.start = self.end;
        self.shrink_to(MIN_OUTPUT_BUFFER_BYTES);
    }

    /// Makes the message a part of the window, and frees everything else.
    pub(crate) fn release(&mut self) {
        self.shrink();
        if self.frame == 0 {
            self.memory = Vec::new();
            self.reset();
            return;
        }
        let used = self.end.max(self.before);
        if self.memory.len() - used > (used / 8).min(FREE_BYTES) {
            self.resize(used);
        }
        if self.output_capacity() > FREE_BYTES {
            self.shrink_to(0);
        }
    }

    /// The size of the memory without the window.
    pub(crate) const fn output_capacity(&self) -> usize {
        let window = self.longest_reach + OVERHEAD;
        self.memory.capacity().saturating_sub(window)
    }

    /// Fails if the message is larger than the limit.
    pub(crate) const fn check_limit(&self) -> Result<(), ZstdError> {
        if self.end - self.start > self.limit {
            return Err(ZstdError::TooLarge);
        }
        Ok(())
    }

    /// How far back the next byte may refer.
    pub(super) fn history(&self) -> usize {
        usize::try_from(self.frame).map_or(self.reach, |frame| frame.min(self.reach))
    }

    /// Lets `write` fill this many bytes.
    pub(super) fn append(
        &mut self,
        length: usize,
        write: impl FnOnce(&mut [u8]),
    ) -> Result<(), ZstdError> {
        if length == 0 {
            return Ok(());
        }
        self.make_room(length)?;
        write(&mut self.memory[self.end..self.end + length]);
        self.end += length;
        self.frame += length as u64;
        Ok(())
    }

    /// Makes room for this many bytes and [`SLACK`], or fails if the message is larger than the limit.
    #[inline(always)]
    pub(super) fn make_room(&mut self, length: usize) -> Result<(), ZstdError> {
        if self.memory.len() - self.end < length + SLACK {
            return self.make_room_slow(length);
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn make_room_slow(&mut self, length: usize) -> Result<(), ZstdError> {
        let message = self.end - self.start;
        if message + length > self.limit {
            return Err(ZstdError::TooLarge);
        }
        let window = self.reach + OVERHEAD;
        let needed = message + length + SLACK;
        if self.start >= window {
            if needed <= self.start {
                self.memory.copy_within(self.start..self.end, 0);
                self.before = self.start;
                self.start = 0;
                self.end = message;
                return Ok(());
            }
            // The message is longer than this round was before it.
            let unused = self.start - self.reach;
            self.memory.copy_within(unused..self.end, 0);
            self.before = 0;
            self.start -= unused;
            self.end -= unused;
        }
        let length = self.memory.len();
        let grown = length.saturating_add(length / 2).max(FIRST_BYTES);
        let most = self.limit.saturating_add(1).min(needed.saturating_mul(2));
        let most = most.max(MIN_OUTPUT_BUFFER_BYTES).saturating_add(window);
        self.resize(grown.min(most).max(self.start + needed).max(length));
        Ok(())
    }

    /// Moves the window to the start of less memory, if there is more than it and `output` bytes need.
    fn shrink_to(&mut self, output: usize) {
        let fitting = output.saturating_add(self.reach + OVERHEAD);
        self.longest_reach = self.reach;
        if self.memory.len() <= fitting {
            return;
        }
        let kept = self.history();
        let mut memory = Vec::with_capacity(fitting);
        if let Some(earlier) = kept.checked_sub(self.end) {
            let from = self.before.saturating_sub(earlier);
            memory.extend_from_slice(&self.memory[from..self.before]);
            memory.extend_from_slice(&self.memory[..self.end]);
        } else {
            memory.extend_from_slice(&self.memory[self.end - kept..self.end]);
        }
        self.start = memory.len();
        self.end = memory.len();
        self.before = 0;
        memory.resize(fitting, 0);
        self.memory = memory;
    }

    fn resize(&mut self, length: usize) {
        let missing = length.saturating_sub(self.memory.len());
        self.memory.reserve_exact(missing);
        self.memory.resize(length, 0);
        self.memory.shrink_to(length);
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST_BYTES, MIN_OUTPUT_BUFFER_BYTES, OVERHEAD, Window};
    use crate::codec::zstd::error::ZstdError;

    const REACH: usize = 10_000;

    fn byte(number: usize) -> u8 {
        number as u8 ^ (number >> 8) as u8
    }

    /// Writes a message of the sequence of [`byte`] in parts, as blocks do.
    fn write(window: &mut Window, next: &mut usize, length: usize) -> Result<(), ZstdError> {
        window.start_message();
        let end = *next + length;
        while *next < end {
            let part = (end - *next).min(777);
            let first = *next;
            window.append(part, |space| {
                for (number, byte_of) in (first..).zip(space) {
                    *byte_of = byte(number);
                }
            })?;
            *next += part;
        }
        window.check_limit()
    }

    /// Checks that everything can be referred to that the frame may refer to.
    fn check(window: &Window, next: usize) {
        let kept = window.history();
        assert_eq!(kept, next.min(REACH));
        for back in 1..=kept {
            let place = match window.end.checked_sub(back) {
                Some(place) => place,
                None => {
                    let place = window.before - (back - window.end);
                    // What is written past the end of a copy does not reach it.
                    assert!(place >= window.end + super::SLACK);
                    place
                }
            };
            assert_eq!(window.memory[place], byte(next - back), "{back} back");
        }
    }

    fn started(limit: usize) -> Window {
        let mut window = Window::new(limit);
        window.start_frame(REACH);
        window
    }

    #[test]
    fn memory_of_a_frame_with_a_larger_window_is_not_kept_for_messages() {
        let limit = 5_000;
        let mut window = Window::new(limit);
        for reach in [REACH, 100] {
            window.start_frame(reach);
            for _ in 0..100 {
                window.start_message();
                window.append(limit, |bytes| bytes.fill(7)).unwrap();
                assert!(window.output_capacity() <= MIN_OUTPUT_BUFFER_BYTES);
            }
            window.end_frame();
        }
    }

    #[test]
    fn window_outlives_messages_of_any_size() {
        let mut window = started(usize::MAX);
        let mut next = 0;
        for length in [
            0, 1, 900, 7000, 300, 12_000, 30, 50_000, 5, 10_000, 9_999, 2,
        ] {
            for round in 0..8 {
                write(&mut window, &mut next, length).unwrap();
                assert_eq!(window.message().len(), length);
                check(&window, next);
                match round {
                    3 => window.shrink(),
                    6 => window.release(),
                    _ => {}
                }
                check(&window, next);
            }
        }
    }

    #[test]
    fn memory_grows_with_what_is_written() {
        let mut window = started(usize::MAX);
        let mut next = 0;
        assert_eq!(window.memory.capacity(), 0);
        write(&mut window, &mut next, 500).unwrap();
        assert_eq!(window.memory.len(), FIRST_BYTES);
        for _ in 0..500 {
            write(&mut window, &mut next, 600).unwrap();
            assert!(window.memory.len() <= (2 * next).max(FIRST_BYTES));
            let most = REACH + OVERHEAD + MIN_OUTPUT_BUFFER_BYTES;
            assert!(window.memory.len() <= most);
        }
    }

    #[test]
    fn memory_of_a_large_message_is_freed() {
        let mut window = started(usize::MAX);
        let mut next = 0;
        write(&mut window, &mut next, 1 << 20).unwrap();
        assert!(window.output_capacity() >= (1 << 20) - REACH);
        for _ in 0..70 {
            write(&mut window, &mut next, 700).unwrap();
        }
        assert_eq!(window.output_capacity(), MIN_OUTPUT_BUFFER_BYTES);
        check(&window, next);
        write(&mut window, &mut next, 1 << 20).unwrap();
        window.shrink();
        assert_eq!(window.output_capacity(), MIN_OUTPUT_BUFFER_BYTES);
        window.release();
        assert_eq!(window.output_capacity(), 0);
        check(&window, next);
    }

    #[test]
    fn nothing_is_kept_between_frames() {
        let mut window = started(usize::MAX);
        write(&mut window, &mut 0, 5_000).unwrap();
        window.end_frame();
        assert_eq!(window.history(), 0);
        window.release();
        assert_eq!(window.memory.capacity(), 0);
        window.start_frame(REACH);
        let mut next = 0;
        write(&mut window, &mut next, 900).unwrap();
        check(&window, next);
    }

    #[test]
    fn one_byte_past_the_limit_is_an_error() {
        for limit in [0, 1, 100, 8191, 8192, 8193, 50_000] {
            let mut window = started(limit);
            let mut next = 0;
            for _ in 0..10 {
                write(&mut window, &mut next, limit).unwrap();
                check(&window, next);
            }
            let failed = write(&mut window, &mut next, limit + 1);
            assert_eq!(failed, Err(ZstdError::TooLarge));
            let most = (limit + 1).max(MIN_OUTPUT_BUFFER_BYTES);
            assert!(window.output_capacity() <= most, "{limit}");
        }
    }
}
