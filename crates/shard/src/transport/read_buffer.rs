//! The buffer into which a connection is read.

use super::busy_buffer::{self, BUSY_BYTES};
use bytes::{Buf, Bytes, BytesMut};
use std::mem;

/// The size of the buffer of a connection on which little arrives.
const IDLE_BYTES: usize = 2 * 1024;

/// The most that one read of a quiet connection takes.
const QUIET_BYTES: usize = 256;

/// Room beyond the end of an awaited message. A read that fills it has found more.
const SPARE_BYTES: usize = 256;

/// Bytes that were read and not used yet, with room for more.
///
/// What is taken out of it shares its memory, which is used again once all of that is dropped. It is small on an idle
/// connection. A busy one has a [large one](busy_buffer), and leaves it to other connections when it has nothing more to
/// read. A still larger one, for a large message, is released with the next read.
#[derive(Debug)]
pub(super) struct ReadBuffer {
    bytes: BytesMut,
    /// The size of the memory of `bytes`.
    allocated: usize,
    load: Load,
}

/// How the last reads filled the buffer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Load {
    /// The last read left room.
    Idle,
    /// The last read left no room. This alone may be the end of what has arrived.
    Full,
    /// More arrives than a small buffer takes.
    Busy,
    /// It was busy, and nothing arrives now. The next read shows whether it still is.
    Paused,
    /// Nothing but acknowledged heartbeats arrives.
    Quiet,
}

impl ReadBuffer {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.into(),
            allocated: bytes.len(),
            load: Load::Idle,
        }
    }

    #[inline]
    pub(super) fn filled(&self) -> &[u8] {
        &self.bytes
    }

    /// Drops the next bytes.
    #[inline]
    pub(super) fn skip(&mut self, bytes: usize) {
        self.bytes.advance(bytes);
    }

    /// Takes the next bytes.
    #[inline]
    pub(super) fn take(&mut self, bytes: usize) -> Bytes {
        self.bytes.split_to(bytes).freeze()
    }

    /// Makes room for the next read, for at least the bytes that are missing.
    pub(super) fn prepare(&mut self, missing: usize) -> &mut BytesMut {
        let filled = self.bytes.len();
        let size = match self.load {
            Load::Idle | Load::Full | Load::Quiet => IDLE_BYTES,
            Load::Busy | Load::Paused => BUSY_BYTES,
        };
        let needed = filled + missing;
        let wanted = needed.saturating_add(SPARE_BYTES).max(size);
        if self.allocated > wanted.max(BUSY_BYTES) {
            self.allocate(wanted);
        }
        let room = self.bytes.capacity() - filled;
        // If the memory is still in use, the rest of it may do.
        if room < wanted - filled
            && !self.bytes.try_reclaim(wanted - filled)
            && room < missing.max(size / 4)
        {
            self.allocate(wanted);
        }
        &mut self.bytes
    }

    /// Learns how many bytes were read into how much room.
    pub(super) const fn was_read(&mut self, bytes: usize, room: usize) {
        self.load = match self.load {
            Load::Idle if bytes == room => Load::Full,
            Load::Full if bytes == room => Load::Busy,
            Load::Busy | Load::Paused if bytes > IDLE_BYTES => Load::Busy,
            Load::Quiet if bytes <= QUIET_BYTES => Load::Quiet,
            _ => Load::Idle,
        };
    }

    /// Releases what is not needed while nothing arrives.
    pub(super) fn rest(&mut self, missing: usize) {
        let (kept, load) = match self.load {
            Load::Quiet => (0, Load::Quiet),
            Load::Busy => (0, Load::Paused),
            Load::Idle | Load::Full | Load::Paused => (IDLE_BYTES, Load::Idle),
        };
        self.load = load;
        let needed = match self.bytes.len() {
            0 => 0,
            filled => filled + missing,
        };
        if self.allocated > needed.max(kept).saturating_mul(2) {
            self.allocate(needed);
        }
    }

    /// Leaves the buffer of busy connections to others, unless this one has much in it.
    pub(super) fn lend(&mut self) {
        let filled = self.bytes.len();
        if self.allocated == BUSY_BYTES && filled <= BUSY_BYTES / 2 {
            self.allocate(filled);
        }
    }

    /// Releases what is not needed, as nothing is expected to arrive.
    pub(super) fn release(&mut self, missing: usize) {
        self.load = Load::Quiet;
        self.rest(missing);
    }

    fn allocate(&mut self, size: usize) {
        let mut bytes = match size {
            BUSY_BYTES => busy_buffer::take(),
            _ => BytesMut::with_capacity(size),
        };
        bytes.extend_from_slice(&self.bytes);
        let allocated = mem::replace(&mut self.allocated, bytes.capacity());
        let before = mem::replace(&mut self.bytes, bytes);
        if allocated == BUSY_BYTES {
            busy_buffer::give(before);
        }
    }
}

impl Drop for ReadBuffer {
    fn drop(&mut self) {
        self.bytes.clear();
        self.allocate(0);
    }
}

#[cfg(test)]
mod tests {
    use super::{BUSY_BYTES, IDLE_BYTES, ReadBuffer};
    use bytes::BufMut;

    /// Reads these bytes, or as many as there is room for.
    fn read(buffer: &mut ReadBuffer, missing: usize, available: usize) -> usize {
        let bytes = buffer.prepare(missing);
        let room = bytes.capacity() - bytes.len();
        assert!(room >= missing);
        let read = available.min(room);
        bytes.put_bytes(7, read);
        buffer.was_read(read, room);
        read
    }

    #[test]
    fn buffer_is_small_until_a_connection_is_busy_and_after() {
        let mut buffer = ReadBuffer::new(b"");
        let mut available = 1 << 20;
        let mut sizes = Vec::new();
        while available > 0 {
            available -= read(&mut buffer, 2, available);
            sizes.push(buffer.allocated);
            buffer.take(buffer.filled().len());
        }
        assert_eq!(sizes[..3], [IDLE_BYTES, IDLE_BYTES, BUSY_BYTES]);
        assert!(sizes[2..].iter().all(|size| *size == BUSY_BYTES));
        buffer.rest(2);
        assert_eq!(buffer.allocated, 0, "other connections use it meanwhile");
        read(&mut buffer, 2, 700);
        assert_eq!(buffer.allocated, BUSY_BYTES, "it may go on");
        buffer.take(700);
        buffer.rest(2);
        assert_eq!(buffer.allocated, 0);
        read(&mut buffer, 2, 700);
        assert_eq!(buffer.allocated, IDLE_BYTES);
        buffer.take(700);
        buffer.rest(2);
        assert_eq!(
            buffer.allocated, IDLE_BYTES,
            "it is kept for the next message"
        );
    }

    #[test]
    fn busy_connection_gets_the_same_memory_after_a_pause() {
        let mut buffer = ReadBuffer::new(b"");
        for _ in 0..3 {
            read(&mut buffer, 2, usize::MAX);
            buffer.take(buffer.filled().len());
        }
        read(&mut buffer, 2, 5_000);
        let start = buffer.filled().as_ptr();
        for _ in 0..100 {
            buffer.take(buffer.filled().len());
            buffer.rest(2);
            read(&mut buffer, 2, 5_000);
            assert_eq!(buffer.filled().as_ptr(), start);
        }
    }

    #[test]
    fn busy_connections_of_a_thread_use_the_same_memory() {
        let mut starts = Vec::new();
        for _ in 0..3 {
            let mut buffer = ReadBuffer::new(b"");
            for _ in 0..3 {
                read(&mut buffer, 2, usize::MAX);
                starts.push(buffer.filled().as_ptr());
                buffer.take(buffer.filled().len());
            }
            read(&mut buffer, 2, 5_000);
            // The end of a message that has not arrived is kept.
            buffer.take(4_990);
            buffer.rest(30);
            assert!((40..100).contains(&buffer.allocated));
            assert_eq!(buffer.filled(), [7; 10]);
        }
        assert_eq!(starts[2], starts[5]);
        assert_eq!(starts[2], starts[8]);
    }

    #[test]
    fn lent_memory_keeps_what_was_read() {
        let mut buffer = ReadBuffer::new(b"");
        for _ in 0..3 {
            read(&mut buffer, 2, usize::MAX);
        }
        buffer.lend();
        assert!(buffer.allocated >= BUSY_BYTES, "there is much in it");
        buffer.take(buffer.filled().len() - BUSY_BYTES / 2);
        buffer.lend();
        assert_eq!(buffer.allocated, BUSY_BYTES / 2);
        assert_eq!(buffer.filled(), [7; BUSY_BYTES / 2]);
        buffer.take(BUSY_BYTES / 2 - 10);
        read(&mut buffer, 2, 3_100);
        assert_eq!(buffer.allocated, BUSY_BYTES, "it is still busy");
        buffer.take(3_000);
        assert_eq!(buffer.filled(), [7; 110]);
    }

    #[test]
    fn quiet_connection_has_no_memory_between_heartbeats() {
        let mut buffer = ReadBuffer::new(b"");
        for _ in 0..3 {
            read(&mut buffer, 2, usize::MAX);
            buffer.take(buffer.filled().len());
        }
        buffer.rest(2);
        buffer.release(2);
        assert_eq!(buffer.allocated, 0);
        for _ in 0..3 {
            read(&mut buffer, 2, 60);
            buffer.take(60);
            buffer.rest(2);
            assert_eq!(buffer.allocated, 0);
        }
        read(&mut buffer, 2, 700);
        buffer.take(700);
        buffer.rest(2);
        assert_eq!(buffer.allocated, IDLE_BYTES, "it is quiet no more");
    }

    #[test]
    fn part_of_a_message_is_kept_when_memory_is_released() {
        let mut buffer = ReadBuffer::new(b"");
        read(&mut buffer, 5_000, 10);
        buffer.release(4_990);
        assert!(buffer.allocated >= 5_000);
        assert_eq!(buffer.filled(), [7; 10]);
    }

    #[test]
    fn memory_is_used_again_once_nobody_holds_a_part() {
        let mut buffer = ReadBuffer::new(b"");
        read(&mut buffer, 2, 1_000);
        let held = buffer.take(1_000);
        let start = held.as_ptr();
        read(&mut buffer, 2, 1_000);
        assert_ne!(buffer.filled().as_ptr(), start);
        buffer.take(1_000);
        drop(held);
        read(&mut buffer, 2, 1_000);
        assert_eq!(buffer.filled().as_ptr(), start);
    }

    #[test]
    fn large_message_gets_the_memory_it_needs_and_no_longer() {
        let mut buffer = ReadBuffer::new(b"head");
        let missing = 1 << 20;
        assert_eq!(read(&mut buffer, missing, missing), missing);
        assert!(buffer.allocated > missing);
        buffer.take(4 + missing);
        read(&mut buffer, 2, 5);
        assert!(buffer.allocated <= BUSY_BYTES);
        assert_eq!(buffer.filled(), [7; 5]);
        read(&mut buffer, 100_000, 10);
        buffer.rest(99_990);
        assert!(buffer.allocated > 100_000, "the message is still awaited");
        assert_eq!(buffer.filled(), [7; 15]);
    }
}
