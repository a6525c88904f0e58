use super::recent_offsets::RecentOffsets;
use super::reverse_bits::{ReverseBits, WORD_BITS, low_byte, rotate_out};
use super::sequence_tables::SequenceTables;
use super::table::{Cell, extra_bits, first_value, next_base};

/// The most bits that the next states take.
const STATE_BITS: u32 = 9 + 9 + 8;

/// How many sequences are read before they are executed.
///
/// What the reading of a sequence and its execution need does not fit the registers of a processor together.
pub(super) const BATCH: usize = 32;

#[derive(Clone, Copy, Debug)]
pub(super) struct Sequence {
    /// The literals before the match.
    pub(super) run: u32,
    pub(super) length: u32,
    pub(super) offset: u32,
}

/// The state between two sequences.
pub(super) struct SequenceReader<'a> {
    pub(super) bits: ReverseBits<'a>,
    literal_cells: &'a [Cell],
    offset_cells: &'a [Cell],
    match_cells: &'a [Cell],
    literal_cell: Cell,
    offset_cell: Cell,
    match_cell: Cell,
    pub(super) recent: RecentOffsets,
}

impl<'a> SequenceReader<'a> {
    pub(super) fn new(
        mut bits: ReverseBits<'a>,
        tables: &'a SequenceTables,
        recent: RecentOffsets,
    ) -> Self {
        let (literal_cells, literal_log) = tables.literals.cells();
        let (offset_cells, offset_log) = tables.offsets.cells();
        let (match_cells, match_log) = tables.matches.cells();
        let mut word = bits.word();
        bits.skip(literal_log + offset_log + match_log);
        Self {
            bits,
            literal_cell: literal_cells[rotate_out(&mut word, literal_log) as usize],
            offset_cell: offset_cells[rotate_out(&mut word, offset_log) as usize],
            match_cell: match_cells[rotate_out(&mut word, match_log) as usize],
            literal_cells,
            offset_cells,
            match_cells,
            recent,
        }
    }

    /// Reads the next sequences. The states after the last of a block are not read.
    #[inline(never)]
    pub(super) fn read(&mut self, batch: &mut [Sequence], position: BatchPosition) {
        let mut bits = self.bits;
        let mut recent = self.recent;
        let (mut literal_cell, mut offset_cell, mut match_cell) =
            (self.literal_cell, self.offset_cell, self.match_cell);
        let (literal_cells, offset_cells, match_cells) =
            (self.literal_cells, self.offset_cells, self.match_cells);
        let mut state_bits = 0;
        for sequence in batch {
            let mut word = bits.word();
            // The sums of the two lowest bytes are below 256.
            let sum = literal_cell
                .wrapping_add(match_cell)
                .wrapping_add(offset_cell);
            let number = rotate_out(&mut word, extra_bits(offset_cell));
            let number = number.wrapping_add(first_value(offset_cell));
            let length = rotate_out(&mut word, extra_bits(match_cell)) + first_value(match_cell);
            let mut run = first_value(literal_cell);
            if low_byte(extra_bits(literal_cell)) != 0 {
                // Few matches follow so many literals.
                run += rotate_out(&mut word, extra_bits(literal_cell));
            }
            recent.next(number, run);
            *sequence = Sequence {
                run,
                length,
                offset: recent.first,
            };
            let read = low_byte(extra_bits(sum));
            bits.skip(read);
            if read > WORD_BITS - STATE_BITS {
                word = bits.word();
            }
            state_bits = low_byte(sum as u32);
            let next = next_base(literal_cell) + rotate_out(&mut word, literal_cell as u32);
            literal_cell = literal_cells[next as usize];
            let next = next_base(match_cell) + rotate_out(&mut word, match_cell as u32);
            match_cell = match_cells[next as usize];
            let next = next_base(offset_cell) + rotate_out(&mut word, offset_cell as u32);
            offset_cell = offset_cells[next as usize];
            bits.skip(state_bits);
        }
        if position == BatchPosition::Last {
            // No states follow those of the last sequence.
            bits.skip_back(state_bits);
        }
        self.bits = bits;
        self.recent = recent;
        (self.literal_cell, self.offset_cell, self.match_cell) =
            (literal_cell, offset_cell, match_cell);
    }
}

/// Whether other sequences follow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BatchPosition {
    Last,
    NotLast,
}
