//! Load that is deflated once, however many connections get it and however often.
//!
//! Deflating an event costs more than a client needs to take it in, so that a client's measurement would show the
//! emulator. But events that are sent over and over differ in their sequence alone, and a deflate stream may hold
//! stored blocks: each message of a run is its head (`{"t":"…","s":123`) in a stored block, then its tail as deflated
//! beforehand. The tail may refer back to anything in its run but the sequences: when it was deflated, their digits
//! were masked by a byte that no JSON text holds, so that no match was found there.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;

use super::deflate::RawDeflate;
use crate::{
    model::DispatchBatch,
    traffic::{Deck, RUN},
};

/// Stands for each digit of a sequence. JSON texts can't hold it.
const MASK: char = '\u{1}';

/// Runs kept, of about 64 KiB each. When there are more, all are forgotten and those in use made anew.
const MOST_KEPT: usize = 2048;

/// The runs deflated so far.
#[derive(Debug)]
pub(super) struct DeflatedRuns {
    level: u32,
    kept: Mutex<HashMap<Key, Arc<[Bytes]>>>,
}

/// What the tails of a run depend on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Key {
    deck: u64,
    /// Where in the deck it begins.
    place: u64,
    /// How many digits its sequences have.
    digits: u32,
}

impl DeflatedRuns {
    pub(super) fn new(level: u32) -> Self {
        Self {
            level,
            kept: Mutex::default(),
        }
    }

    /// The deflated tails of a run; `None` if no other run will be like it.
    pub(super) fn tails(&self, run: &DispatchBatch) -> Option<Arc<[Bytes]>> {
        let (first, last) = (run.first_sequence, run.first_sequence + run.count - 1);
        let digits = digits(first);
        if run.count != RUN || digits != self::digits(last) {
            return None;
        }
        let key = Key {
            deck: run.deck.id(),
            place: Deck::place(first),
            digits,
        };
        // Held while it deflates: whoever wants the same run had better wait.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tails) = kept.get(&key) {
            return Some(Arc::clone(tails));
        }
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        let tails = deflate_tails(run, self.level);
        kept.insert(key, Arc::clone(&tails));
        Some(tails)
    }
}

/// Appends a stored block with `head` to `out`, which must end at a byte's boundary of the deflate stream.
pub(super) fn store(head: &str, out: &mut Vec<u8>) {
    let length = u16::try_from(head.len()).expect("a head is a name and a number");
    out.push(0);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(head.as_bytes());
}

fn deflate_tails(run: &DispatchBatch, level: u32) -> Arc<[Bytes]> {
    let mut deflate = RawDeflate::new(level);
    let mut text = String::new();
    let mut instead_of_head = Vec::new();
    run.dispatches()
        .map(|dispatch| {
            text.clear();
            dispatch.write_head(&mut text);
            let digits = digits(dispatch.sequence) as usize;
            text.truncate(text.len() - digits);
            text.extend(std::iter::repeat_n(MASK, digits));
            instead_of_head.clear();
            deflate.append(text.as_bytes(), &mut instead_of_head);

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
    use crate::{server::deflate::ZlibStream, settings::Settings, traffic::Decks, world::World};

    fn deck() -> Arc<Deck> {
        let world = World::new(&Settings::default());
        let intents = Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
        Decks::default()
            .deck(&world, [0, 1], intents)
            .expect("there are guilds")
    }

    #[test]
    fn spliced_messages_read_as_if_deflated_in_place() {
        let deck = deck();
        let runs = DeflatedRuns::new(6);
        let mut stream = ZlibStream::new(6);
        let mut reader = Decompress::new(true);
        let mut out = Vec::with_capacity(1 << 20);
        let mut hear = |message: &[u8]| {
            out.clear();
            reader
                .decompress_vec(message, &mut out, FlushDecompress::Sync)
                .unwrap();
            String::from_utf8(out.clone()).unwrap()
        };
        // The same place in the deck twice, with other digits, and live messages between.
        for first_sequence in [1024, 2048, 1024 + 4 * RUN, 9 * RUN] {
            let live = format!("live {first_sequence} {}", "MESSAGE_CREATE ".repeat(9));
            assert_eq!(hear(&stream.compress(live.as_bytes())), live);
            let run = DispatchBatch {
                deck: Arc::clone(&deck),
                first_sequence,
                count: RUN,
            };
            let tails = runs.tails(&run).unwrap();
            for (dispatch, tail) in run.dispatches().zip(tails.iter()) {
                let mut head = String::new();
                dispatch.write_head(&mut head);
                let mut text = String::new();
                dispatch.write_to(&mut text);
                let message = stream.splice(&head, tail);
                assert!(message.ends_with(&[0, 0, 0xff, 0xff]));
                assert_eq!(hear(&message), text);
            }
            stream.forget();
        }
        // 2048 and the third begin at the same place.
        assert_eq!(runs.kept.lock().unwrap().len(), 2);
    }

    #[test]
    fn runs_that_are_not_alike_are_not_kept() {
        let runs = DeflatedRuns::new(6);
        for (first_sequence, count) in [(512, RUN - 1), (768, RUN)] {
            let run = DispatchBatch {
                deck: deck(),
                first_sequence,
                count,
            };
            assert!(runs.tails(&run).is_none(), "{first_sequence}, {count}");
        }
    }

    #[test]
    fn digits_are_counted() {
        let counted = [0, 9, 10, 99, 100, 12_345, u64::MAX].map(digits);
        assert_eq!(counted, [1, 1, 2, 2, 3, 5, 20]);
    }
}
