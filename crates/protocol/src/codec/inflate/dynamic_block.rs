//! A block with codes of its own (RFC 1951, 3.2.7).

use super::bits::BitReader;
use super::block::{Codes, Stop};
use super::code_lengths::{Arrived, CodeLengths, LITERAL_WORDS};
use super::error::InflateError;
use super::history::HistoryBuffer;
use super::symbols::{DISTANCE_ENTRIES, LITERAL_ENTRIES};
use std::cell::Cell;

/// The part of the block that comes next, and what has arrived of the parts before.
#[derive(Debug)]
pub(super) struct DynamicBlock {
    next: Next,
    tables: Box<Tables>,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Precode,
    CodeLengths,
    Symbols,
}

/// The code lengths of a block, and the tables that are built from them. About 8 KiB.
#[derive(Debug)]
struct Tables {
    lengths: CodeLengths,
    codes: Codes,
}

thread_local! {
    /// Tables for the next block of any stream. A block ends with its message, so that the streams of a thread use the same
    /// tables in turn, unless messages arrive in parts.
    static SPARE: Cell<Option<Box<Tables>>> = const { Cell::new(None) };
}

impl DynamicBlock {
    /// Starts a block with its 14 bits of numbers.
    pub(super) fn start(numbers: u32) -> Result<Self, InflateError> {
        let mut tables = Tables::take();
        tables.lengths.start(numbers)?;
        Ok(Self {
            next: Next::Precode,
            tables,
        })
    }

    /// Decodes up to the end of the block, or of the input.
    pub(super) fn decode(
        &mut self,
        reader: &mut BitReader<'_>,
        output: &mut HistoryBuffer,
    ) -> Result<Stop, InflateError> {
        loop {
            let tables = &mut *self.tables;
            self.next = match self.next {
                Next::Precode => match tables.lengths.read_precode(reader)? {
                    Arrived::Part => return Ok(Stop::NoInput),
                    Arrived::All => Next::CodeLengths,
                },
                Next::CodeLengths => match tables.lengths.read(reader)? {
                    Arrived::Part => return Ok(Stop::NoInput),
                    Arrived::All => {
                        tables.build_codes()?;
                        Next::Symbols
                    }
                },
                Next::Symbols => return tables.codes.decode(reader, output),
            };
        }
    }

    /// Ends the block. Its memory serves the next one.
    pub(super) fn end(self) {
        self.tables.give_back();
    }
}

impl Tables {
    const fn new() -> Self {
        Self {
            lengths: CodeLengths::new(),
            codes: Codes::new(),
        }
    }

    /// Takes tables with any content.
    fn take() -> Box<Self> {
        // A thread that ends has no spare ones.
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        spare.unwrap_or_else(|| Box::new(Self::new()))
    }

    fn give_back(self: Box<Self>) {
        _ = SPARE.try_with(|spare| spare.set(Some(self)));
    }

    fn build_codes(&mut self) -> Result<(), InflateError> {
        let lengths = &self.lengths;
        if !lengths.have_end_of_block() {
            return Err(InflateError::NoEndOfBlock);
        }
        let literals = &mut self.codes.literals;
        literals
            .build(&lengths.rows, 0, lengths.literal_bits, &LITERAL_ENTRIES)
            .map_err(|_| InflateError::LiteralCode)?;
        let distances = &mut self.codes.distances;
        distances
            .build(
                &lengths.rows,
                LITERAL_WORDS,
                lengths.distance_bits,
                &DISTANCE_ENTRIES,
            )
            .map_err(|_| InflateError::DistanceCode)
    }
}
