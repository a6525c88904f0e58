use super::block::CHUNK;

/// How far back deflate refers.
pub(super) const WINDOW_BYTES: usize = 32 * 1024;

/// The last 32 KiB of what was written before the messages that are in the memory of a
/// [history](super::HistoryBuffer).
///
/// They are all that a connection keeps while it has nothing to read. New messages are written over the oldest, so that
/// an event now and then moves none of the others.
///
/// ```text
///  0             oldest                 32 KiB
///  │ newer       │ older                │
/// ```
#[derive(Debug)]
pub(super) struct OlderWindow {
    /// A ring once it is full. Until then, the bytes are in order.
    bytes: Vec<u8>,
    oldest: usize,
}

impl OlderWindow {
    pub(super) const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            oldest: 0,
        }
    }

    /// Forgets everything. Keeps the memory.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.oldest = 0;
    }

    /// Adds what was written next.
    pub(super) fn push(&mut self, written: &[u8]) {
        let known = written.len().saturating_sub(WINDOW_BYTES);
        let written = &written[known..];
        let free = WINDOW_BYTES - self.bytes.len();
        let (first, rest) = written.split_at(free.min(written.len()));
        let needed = self.bytes.len() + first.len();
        if needed > self.bytes.capacity() {
            let size = needed.next_power_of_two().min(WINDOW_BYTES);
            self.bytes.reserve_exact(size - self.bytes.len());
        }
        self.bytes.extend_from_slice(first);
        // There is a rest only if the window is full.
        let (newest, oldest) = self.bytes.split_at_mut(self.oldest);
        let (end, start) = rest.split_at(rest.len().min(oldest.len()));
        oldest[..end.len()].copy_from_slice(end);
        newest[..start.len()].copy_from_slice(start);
        self.oldest = (self.oldest + rest.len()) % WINDOW_BYTES;
    }

    /// Frees the memory that is not in use.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// Copies `length` bytes that were written `back` bytes before the end, or those up to the end, to a place in `memory`.
    /// Returns how many, or `None` if there are fewer than `back` bytes. May write past them, as far as a short match does.
    #[inline]
    pub(super) fn copy(
        &self,
        back: usize,
        length: usize,
        memory: &mut [u8],
        at: usize,
    ) -> Option<usize> {
        let len = self.bytes.len();
        let from = self.oldest + len.checked_sub(back)?;
        let from = if from < len { from } else { from - len };
        let source = &self.bytes[from..];
        let length = length.min(back);
        if length <= CHUNK
            && let Some(source) = source.first_chunk::<CHUNK>()
            && let Some(target) = memory[at..].first_chunk_mut()
        {
            *target = *source;
            return Some(length);
        }
        let target = &mut memory[at..at + length];
        let (first, rest) = target.split_at_mut(length.min(source.len()));
        first.copy_from_slice(&source[..first.len()]);
        rest.copy_from_slice(&self.bytes[..rest.len()]);
        Some(length)
    }

    /// The bytes, the oldest first.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = u8> {
        let (newer, older) = self.bytes.split_at(self.oldest);
        older.iter().chain(newer).copied()
    }

    /// The size of the memory.
    #[cfg(test)]
    pub(super) const fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, OlderWindow, WINDOW_BYTES};

    fn sequence(range: std::ops::Range<usize>) -> Vec<u8> {
        range.map(|at| (at ^ at >> 8) as u8).collect()
    }

    #[test]
    fn last_bytes_are_kept_and_copied_from_any_distance() {
        for size in [
            1,
            31,
            700,
            4_095,
            20_000,
            WINDOW_BYTES,
            WINDOW_BYTES + 1,
            70_000,
        ] {
            let mut window = OlderWindow::new();
            let mut end = 0;
            while end < 3 * WINDOW_BYTES {
                // Of several sizes, so that each position becomes the oldest.
                let next = end + size + end % 7;
                window.push(&sequence(end..next));
                end = next;
            }
            let known = sequence(end - WINDOW_BYTES..end);
            assert!(window.iter().eq(known.iter().copied()), "{size}");
            let mut memory = vec![0; 400];
            for back in (1..=WINDOW_BYTES).step_by(61).chain(1..70) {
                for length in [3, CHUNK - 1, CHUNK, CHUNK + 1, 258] {
                    let copied = window.copy(back, length, &mut memory, 100);
                    let expected = &known[WINDOW_BYTES - back..][..length.min(back)];
                    assert_eq!(copied, Some(expected.len()));
                    assert_eq!(&memory[100..][..expected.len()], expected);
                }
            }
            assert_eq!(window.copy(WINDOW_BYTES + 1, 3, &mut memory, 0), None);
        }
    }

    #[test]
    fn window_that_is_not_full_ends_where_it_began() {
        let mut window = OlderWindow::new();
        let mut memory = vec![0; 400];
        assert_eq!(window.copy(1, 3, &mut memory, 0), None);
        window.push(&sequence(0..1_000));
        assert_eq!(window.copy(1_001, 3, &mut memory, 0), None);
        assert_eq!(window.copy(1_000, 3, &mut memory, 0), Some(3));
        assert_eq!(memory[..3], sequence(0..3));
        window.clear();
        assert_eq!(window.copy(1, 3, &mut memory, 0), None);
        window.push(&sequence(0..40));
        assert!(window.iter().eq(sequence(0..40)));
    }

    #[test]
    fn memory_grows_to_32_kib() {
        let mut window = OlderWindow::new();
        for _ in 0..100 {
            window.push(&[7; 600]);
            assert!(window.capacity() <= WINDOW_BYTES);
        }
    }
}
