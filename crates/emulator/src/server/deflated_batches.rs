//! Load that is deflated once for all connections.
//!
//! Deflating an event takes longer than a client needs to process it, so that a measurement of a client would measure
//! the emulator. But events that are sent repeatedly differ only in their sequences, and a deflate stream may contain
//! stored blocks: each message of a batch is its head (`{"t":"…","s":123`) in a stored block, followed by its tail, which
//! was deflated in advance. The tail may refer to everything in its batch but the sequences: when it was deflated, their
//! digits were replaced by a byte that does not occur in JSON text, so that no match was found there.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;

use super::raw_deflate::RawDeflate;
use crate::traffic::{BATCH, DispatchBatch};

/// Replaces each digit of a sequence. It does not occur in JSON text.
const MASK: char = '\u{1}';

/// The number of batches that are kept, of about 64 KiB each. When there are more, all are discarded, and those in use
/// are deflated again.
const MAX_KEPT: usize = 2048;

/// The batches that were deflated.
#[derive(Debug)]
pub(super) struct DeflatedBatches {
    level: u32,
    kept: Mutex<HashMap<Key, Arc<[Bytes]>>>,
}

/// What the tails of a batch depend on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Key {
    /// The pool, and the offset of the batch in the pool.
    position: (u64, u64),
    /// The number of digits of the sequences.
    digits: u32,
}

impl DeflatedBatches {
    /// No batches yet; `level` is 0 to 9.
    pub(super) fn new(level: u32) -> Self {
        Self {
            level,
            kept: Mutex::default(),
        }
    }

    /// The deflated tails of a batch; `None` if no other batch is like it.
    pub(super) fn tails(&self, batch: &DispatchBatch) -> Option<Arc<[Bytes]>> {
        let first = batch.first_sequence();
        let digits = digits(first);
        if batch.len() != BATCH || digits != self::digits(first + BATCH - 1) {
            return None;
        }
        let key = Key {
            position: batch.position(),
            digits,
        };
        // The lock is held during deflation: a task that needs the same batch has to wait for it anyway.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tails) = kept.get(&key) {
            return Some(Arc::clone(tails));
        }
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        let tails = deflate_tails(batch, self.level);
        kept.insert(key, Arc::clone(&tails));
        Some(tails)
    }
}

fn deflate_tails(batch: &DispatchBatch, level: u32) -> Arc<[Bytes]> {
    let mut deflate = RawDeflate::new(level);
    let mut text = String::new();
    let mut masked_head = Vec::new();
    batch
        .dispatches()
        .map(|dispatch| {
            text.clear();
            dispatch.write_head(&mut text);
            let digits = digits(dispatch.sequence) as usize;
            text.truncate(text.len() - digits);
            text.extend(std::iter::repeat_n(MASK, digits));
            masked_head.clear();
            deflate.append(text.as_bytes(), &mut masked_head);

            text.clear();
            dispatch.write_tail(&mut text);
            let mut tail = Vec::with_capacity(text.len() / 3);
            deflate.append(text.as_bytes(), &mut tail);
            Bytes::from(tail)
        })
        .collect()
}

const fn digits(sequence: u64) -> u32 {
    match sequence.checked_ilog10() {
        Some(log) => log + 1,
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Decompress, FlushDecompress};
    use twilight_model::gateway::Intents;

    use super::*;
    use crate::{
        server::zlib_stream::ZlibStream,
        settings::Settings,
        traffic::{EventPool, EventPools},
        world::World,
    };

    fn pool() -> Arc<EventPool> {
        let world = World::new(&Settings::default());
        let intents = Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
        EventPools::default()
            .get(&world, [0, 1], intents, |_| {})
            .expect("there are guilds")
    }

    #[test]
    fn spliced_messages_inflate_to_the_text_of_their_dispatches() {
        let pool = pool();
        let batches = DeflatedBatches::new(6);
        let mut stream = ZlibStream::new(6);
        let mut reader = Decompress::new(true);
        let mut out = Vec::with_capacity(1 << 20);
        let mut inflate = |message: &[u8]| {
            out.clear();
            reader
                .decompress_vec(message, &mut out, FlushDecompress::Sync)
                .unwrap();
            String::from_utf8(out.clone()).unwrap()
        };
        // The same position in the pool twice, with other digits, and live messages in between.
        for first_sequence in [1024, 2048, 1024 + 4 * BATCH, 9 * BATCH] {
            let live = format!("live {first_sequence} {}", "MESSAGE_CREATE ".repeat(9));
            assert_eq!(inflate(&stream.compress(live.as_bytes())), live);
            let batch = DispatchBatch::up_to(&pool, first_sequence, BATCH);
            let tails = batches.tails(&batch).unwrap();
            for (dispatch, tail) in batch.dispatches().zip(tails.iter()) {
                let mut head = String::new();
                dispatch.write_head(&mut head);
                let mut text = String::new();
                dispatch.write_to(&mut text);
                let message = stream.splice(&head, tail);
                assert!(message.ends_with(&[0, 0, 0xff, 0xff]));
                assert_eq!(inflate(&message), text);
            }
            stream.reset();
        }
        // The batches at 2048 and 1024 + 4 * 256 are the same.
        assert_eq!(batches.kept.lock().unwrap().len(), 2);
    }

    #[test]
    fn partial_batches_and_those_with_mixed_digits_are_not_kept() {
        let batches = DeflatedBatches::new(6);
        for (first_sequence, limit) in [(512, BATCH - 1), (768, BATCH)] {
            let batch = DispatchBatch::up_to(&pool(), first_sequence, limit);
            assert!(batches.tails(&batch).is_none(), "{first_sequence}, {limit}");
        }
    }

    #[test]
    fn digits_are_counted() {
        let counted = [0, 9, 10, 99, 100, 12_345, u64::MAX].map(digits);
        assert_eq!(counted, [1, 1, 2, 2, 3, 5, 20]);
    }
}
