use super::error::ZstdError;
use super::sequence_codes as codes;
use super::table::{Cell, Description, Meaning};

/// The tables of a frame's last block with sequences, which the next may repeat.
#[derive(Debug)]
pub(super) struct SequenceTables {
    pub(super) literals: SequenceTable,
    pub(super) offsets: SequenceTable,
    pub(super) matches: SequenceTable,
}

/// A table for one of the three numbers of a sequence.
#[derive(Debug)]
pub(super) struct SequenceTable {
    source: TableSource,
    /// The table that was described last. It is as large as the largest of this connection.
    described: Vec<Cell>,
    log: u32,
    predefined: &'static [Cell],
    codes: &'static [Meaning; 64],
    last_code: usize,
    max_log: u32,
}

#[derive(Clone, Copy, Debug)]
enum TableSource {
    /// No block of the frame had sequences.
    None,
    Predefined,
    /// One symbol, which takes no bits.
    Constant([Cell; 1]),
    Described,
}

impl SequenceTables {
    pub(super) const fn new() -> Self {
        Self {
            literals: SequenceTable::new(
                &codes::PREDEFINED_LITERALS,
                &codes::LITERALS_CODES,
                codes::LAST_LITERALS_CODE,
                codes::MAX_LITERALS_LOG,
            ),
            offsets: SequenceTable::new(
                &codes::PREDEFINED_OFFSETS,
                &codes::OFFSET_CODES,
                codes::LAST_OFFSET_CODE,
                codes::MAX_OFFSET_LOG,
            ),
            matches: SequenceTable::new(
                &codes::PREDEFINED_MATCHES,
                &codes::MATCH_CODES,
                codes::LAST_MATCH_CODE,
                codes::MAX_MATCH_LOG,
            ),
        }
    }

    /// Forgets the tables, as a new frame does. Keeps the memory.
    pub(super) const fn reset(&mut self) {
        self.literals.source = TableSource::None;
        self.offsets.source = TableSource::None;
        self.matches.source = TableSource::None;
    }

    /// Reads the tables of a block, as its byte of modes says. Returns the size of the descriptions.
    pub(super) fn read(&mut self, modes: u8, input: &[u8]) -> Result<usize, ZstdError> {
        let first = self.literals.read(modes >> 6, input)?;
        let second = self.offsets.read(modes >> 4, &input[first..])? + first;
        Ok(self.matches.read(modes >> 2, &input[second..])? + second)
    }
}

impl SequenceTable {
    const fn new(
        predefined: &'static [Cell],
        codes: &'static [Meaning; 64],
        last_code: usize,
        max_log: u32,
    ) -> Self {
        Self {
            source: TableSource::None,
            described: Vec::new(),
            log: 0,
            predefined,
            codes,
            last_code,
            max_log,
        }
    }

    /// The cells, of which there is at least one, and the logarithm of their number.
    #[inline(always)]
    pub(super) fn cells(&self) -> (&[Cell], u32) {
        match &self.source {
            TableSource::None | TableSource::Predefined => {
                (self.predefined, self.predefined.len().ilog2())
            }
            TableSource::Constant(cell) => (cell, 0),
            TableSource::Described => (&self.described[..1 << self.log], self.log),
        }
    }

    fn read(&mut self, mode: u8, input: &[u8]) -> Result<usize, ZstdError> {
        match mode & 3 {
            0 => {
                self.source = TableSource::Predefined;
                Ok(0)
            }
            1 => {
                let code = *input.first().ok_or(ZstdError::SequencesHeader)?;
                if usize::from(code) > self.last_code {
                    return Err(ZstdError::SequencesHeader);
                }
                self.source = TableSource::Constant([self.codes[usize::from(code)]]);
                Ok(1)
            }
            2 => {
                let (description, size) = Description::read(input, self.last_code, self.max_log)?;
                let length = 1 << description.log;
                if self.described.len() < length {
                    let missing = length - self.described.len();
                    self.described.reserve_exact(missing);
                    self.described.resize(length, 0);
                }
                description.build(self.codes, &mut self.described);
                self.log = description.log;
                self.source = TableSource::Described;
                Ok(size)
            }
            _ => match self.source {
                TableSource::None => Err(ZstdError::NothingToRepeat),
                _ => Ok(0),
            },
        }
    }
}
