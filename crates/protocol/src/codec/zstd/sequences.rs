use super::copies::{copy_earlier, copy_literals, copy_match};
use super::error::ZstdError;
use super::literals::{Block, Literals};
use super::recent_offsets::RecentOffsets;
use super::reverse_bits::ReverseBits;
use super::sequence_reader::{BATCH, BatchPosition, Sequence, SequenceReader};
use super::sequence_tables::SequenceTables;
use super::window::{SLACK, Window};

/// The number of sequences of a block, and where its tables start.
fn read_count(bytes: &[u8]) -> Result<(usize, usize), ZstdError> {
    match *bytes {
        [count @ ..0x80, ..] => Ok((usize::from(count), 1)),
        [high @ ..=0xfe, low, ..] => Ok((usize::from(high - 0x80) << 8 | usize::from(low), 2)),
        [0xff, low, high, ..] => Ok((usize::from(u16::from_le_bytes([low, high])) + 0x7f00, 3)),
        _ => Err(ZstdError::SequencesHeader),
    }
}

/// The content of a block while its sequences are executed.
struct Execution<'a> {
    window: &'a mut Window,
    /// The end of the most that the block may write.
    left: usize,
}

/// Reads the section of sequences that ends a block (RFC 8878, 3.1.1.3.2), and writes what they and the literals are.
pub(super) fn execute(
    block: Block<'_>,
    max_block: usize,
    literals: &Literals<'_>,
    tables: &mut SequenceTables,
    recent: &mut RecentOffsets,
    window: &mut Window,
) -> Result<(), ZstdError> {
    let section = block
        .message
        .get(block.start..block.end)
        .unwrap_or_default();
    let (count, size) = read_count(section)?;
    let mut execution = Execution {
        window,
        left: max_block,
    };
    let mut unused = Unused {
        readable: literals.readable(),
        count: literals.count,
    };
    if count == 0 {
        if size != section.len() {
            return Err(ZstdError::SequencesHeader);
        }
    } else {
        let modes = *section.get(size).ok_or(ZstdError::SequencesHeader)?;
        if modes & 3 != 0 {
            return Err(ZstdError::SequencesHeader);
        }
        let start = size + 1 + tables.read(modes, &section[size + 1..])?;
        let bits = ReverseBits::new(block.message, block.start + start, block.end);
        let bits = bits.ok_or(ZstdError::SequencesStream)?;
        let reader = SequenceReader::new(bits, tables, *recent);
        *recent = execution.run(count, reader, &mut unused)?;
    }
    let rest = &unused.readable[..unused.count];
    if rest.len() > execution.left {
        return Err(ZstdError::BlockSize);
    }
    execution
        .window
        .append(rest.len(), |space| space.copy_from_slice(rest))
}

impl Execution<'_> {
    /// Executes all sequences of a block.
    fn run(
        &mut self,
        count: usize,
        mut reader: SequenceReader<'_>,
        literals: &mut Unused<'_>,
    ) -> Result<RecentOffsets, ZstdError> {
        let mut batch = [Sequence {
            run: 0,
            length: 0,
            offset: 0,
        }; BATCH];
        let mut left = count;
        while left > BATCH {
            reader.read(&mut batch, BatchPosition::NotLast);
            self.execute(&batch, literals)?;
            left -= BATCH;
        }
        reader.read(&mut batch[..left], BatchPosition::Last);
        reader.bits.finish(ZstdError::SequencesStream)?;
        self.execute(&batch[..left], literals)?;
        Ok(reader.recent)
    }

    fn execute(
        &mut self,
        mut sequences: &[Sequence],
        literals: &mut Unused<'_>,
    ) -> Result<(), ZstdError> {
        loop {
            let window = &mut *self.window;
            let room = window.memory.len().saturating_sub(SLACK);
            let mut run = Run {
                at: window.end,
                stop: room.min(window.end + self.left),
                history: window.history(),
                before: window.before,
            };
            let first = sequences
                .first()
                .map_or(0, |sequence| sequence.run as usize);
            if run.history < window.reach {
                // The first match may refer to the literals before it.
                run.history = (run.history + first).min(window.reach);
            }
            sequences = run.execute(&mut window.memory, sequences, literals)?;
            self.end_at(run.at);
            let Some(next) = sequences.first() else {
                return Ok(());
            };
            self.prepare(next)?;
        }
    }

    /// Makes room for a sequence, or fails if it is not valid here.
    #[cold]
    #[inline(never)]
    fn prepare(&mut self, sequence: &Sequence) -> Result<(), ZstdError> {
        let written = sequence.run as usize + sequence.length as usize;
        if written > self.left {
            return Err(ZstdError::BlockSize);
        }
        self.window.make_room(written)?;
        let offset = sequence.offset as usize;
        let frame = self.window.frame + u64::from(sequence.run);
        if offset == 0 || offset > self.window.reach || offset as u64 > frame {
            return Err(ZstdError::OffsetTooFar);
        }
        Ok(())
    }

    /// Notes that the block was written up to here.
    fn end_at(&mut self, at: usize) {
        let written = at - self.window.end;
        self.left -= written;
        self.window.frame += written as u64;
        self.window.end = at;
    }
}

/// The literals that are not used yet.
#[derive(Clone, Copy)]
struct Unused<'a> {
    /// All that may be read, from the first of them on.
    readable: &'a [u8],
    count: usize,
}

/// The execution of sequences as far as it needs no more room.
struct Run {
    at: usize,
    /// The end of what may be written.
    stop: usize,
    /// How far back any match may refer.
    history: usize,
    /// The end of the round before.
    before: usize,
}

impl Run {
    /// Executes sequences until one needs more room or refers farther back. Returns the rest.
    #[inline(never)]
    fn execute<'a>(
        &mut self,
        memory: &mut [u8],
        mut sequences: &'a [Sequence],
        literals: &mut Unused<'_>,
    ) -> Result<&'a [Sequence], ZstdError> {
        let Self {
            mut at,
            stop,
            history,
            before,
        } = *self;
        let mut readable = literals.readable;
        while let [sequence, others @ ..] = sequences {
            let (run, length) = (sequence.run as usize, sequence.length as usize);
            let offset = sequence.offset as usize;
            if at + run + length > stop || offset.wrapping_sub(1) >= history {
                break;
            }
            sequences = others;
            // That there were as many is checked below.
            let Some((_, unused)) = readable.split_at_checked(run) else {
                return Err(ZstdError::NotEnoughLiterals);
            };
            copy_literals(memory, at, readable, run);
            readable = unused;
            at += run;
            match at.checked_sub(offset) {
                Some(from) => copy_match(memory, from, at, length),
                None => copy_earlier(memory, before, at, length, offset)?,
            }
            at += length;
        }
        self.at = at;
        let used = literals.readable.len() - readable.len();
        let count = literals.count.checked_sub(used);
        let count = count.ok_or(ZstdError::NotEnoughLiterals)?;
        *literals = Unused { readable, count };
        Ok(sequences)
    }
}
