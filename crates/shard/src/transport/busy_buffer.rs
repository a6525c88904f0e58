//! The read buffer of busy connections, which those of a thread use in turn.

use bytes::BytesMut;
use std::cell::Cell;

/// The size of the buffer of a connection that always has more to read.
pub(super) const BUSY_BYTES: usize = 64 * 1024;

thread_local! {
    /// A thread reads from one connection at a time, and most have nothing left to read before it comes to the next. So one
    /// buffer is enough for many connections that are busy now and then.
    static SPARE: Cell<Option<BytesMut>> = const { Cell::new(None) };
}

/// Takes the spare buffer of this thread, which is empty, or allocates one.
pub(super) fn take() -> BytesMut {
    let spare = SPARE.try_with(Cell::take).unwrap_or_default();
    spare.unwrap_or_else(|| BytesMut::with_capacity(BUSY_BYTES))
}

/// Makes a buffer the spare one of this thread. It is freed instead if a part of it is still in use.
pub(super) fn give(mut buffer: BytesMut) {
    buffer.clear();
    if buffer.try_reclaim(BUSY_BYTES) && buffer.capacity() == BUSY_BYTES {
        // The thread may be about to end.
        _ = SPARE.try_with(|spare| spare.set(Some(buffer)));
    }
}

#[cfg(test)]
mod tests {
    use super::{BUSY_BYTES, give, take};
    use bytes::BytesMut;

    #[test]
    fn buffer_is_used_again_unless_a_part_of_it_is_held() {
        let mut buffer = take();
        assert_eq!(buffer.capacity(), BUSY_BYTES);
        let start = buffer.as_ptr();
        buffer.extend_from_slice(&[7; BUSY_BYTES]);
        let frame = buffer.split_to(1000).freeze();
        drop(frame);
        give(buffer);
        let mut buffer = take();
        assert_eq!((buffer.as_ptr(), buffer.len()), (start, 0));

        buffer.extend_from_slice(&[7; 100]);
        let frame = buffer.split_to(50).freeze();
        give(buffer);
        let other = take();
        assert_ne!(other.as_ptr(), start);
        assert_eq!((other.len(), other.capacity()), (0, BUSY_BYTES));
        assert_eq!(frame[..], [7; 50]);
    }

    #[test]
    fn buffer_of_another_size_is_not_kept() {
        give(BytesMut::with_capacity(2 * BUSY_BYTES));
        give(BytesMut::new());
        assert_eq!(take().capacity(), BUSY_BYTES);
    }
}
