//! The copies that sequences consist of. What they write may be followed by more, in free memory.

use super::error::ZstdError;

/// The number of bytes of a match that are copied at once, of which a part may be past its end.
const CHUNK: usize = 32;

/// The same of longer matches.
const LONG_CHUNK: usize = 64;

/// The same of literals.
const LITERALS_CHUNK: usize = 16;

/// Copies literals, of which more may be readable than these.
#[inline(always)]
pub(super) fn copy_literals(memory: &mut [u8], at: usize, source: &[u8], count: usize) {
    if count <= LITERALS_CHUNK
        && let Some(source) = source.first_chunk::<LITERALS_CHUNK>()
        && let Some(target) = memory[at..].first_chunk_mut()
    {
        *target = *source;
    } else {
        copy_many_literals(memory, at, &source[..count]);
    }
}

#[inline(never)]
fn copy_many_literals(memory: &mut [u8], at: usize, source: &[u8]) {
    memory[at..at + source.len()].copy_from_slice(source);
}

/// Copies a match within this round.
#[inline(always)]
pub(super) fn copy_match(memory: &mut [u8], from: usize, at: usize, length: usize) {
    let (written, free) = memory.split_at_mut(at);
    let source = &written[from..];
    if length <= CHUNK
        && let Some(source) = source.first_chunk::<CHUNK>()
        && let Some(target) = free.first_chunk_mut()
    {
        *target = *source;
    } else if length <= LONG_CHUNK
        && let Some(source) = source.first_chunk::<LONG_CHUNK>()
        && let Some(target) = free.first_chunk_mut()
    {
        *target = *source;
    } else {
        copy_long(memory, from, at, length);
    }
}

/// Copies a match that is long, or repeats itself. The part that can be copied at once doubles each time.
#[inline(never)]
fn copy_long(memory: &mut [u8], from: usize, mut at: usize, length: usize) {
    let end = at + length;
    while at < end {
        let copied = (at - from).min(end - at);
        memory.copy_within(from..from + copied, at);
        at += copied;
    }
}

/// Copies a match that starts in the round before, and may end in this one.
#[inline(always)]
pub(super) fn copy_earlier(
    memory: &mut [u8],
    before: usize,
    at: usize,
    length: usize,
    offset: usize,
) -> Result<(), ZstdError> {
    let earlier = offset - at;
    let from = before.checked_sub(earlier);
    let from = from.ok_or(ZstdError::OffsetTooFar)?;
    if length <= earlier.min(CHUNK)
        && let Some((low, high)) = memory.split_at_mut_checked(from)
        && let Some(source) = high.first_chunk::<CHUNK>()
        && let Some((_, target)) = low.split_at_mut_checked(at)
        && let Some(target) = target.first_chunk_mut()
    {
        *target = *source;
    } else {
        copy_long_earlier(memory, from, before, at, length);
    }
    Ok(())
}

#[inline(never)]
fn copy_long_earlier(memory: &mut [u8], from: usize, before: usize, at: usize, length: usize) {
    let earlier = before - from;
    if length <= earlier {
        memory.copy_within(from..from + length, at);
    } else {
        memory.copy_within(from..before, at);
        copy_long(memory, 0, at + earlier, length - earlier);
    }
}
