use super::bits::BitReader;
use super::error::InflateError;

/// The most codes of literals and lengths that a block may declare, as in zlib.
const MAX_LITERALS: usize = 286;
/// The most codes of distances that a block may declare, as in zlib.
const MAX_DISTANCES: usize = 30;

/// The largest number of bits of a code.
pub(super) const MAX_BITS: usize = 15;

/// The symbol that ends a block.
pub(super) const END_OF_BLOCK: usize = 256;

/// The order in which the lengths of the code length code arrive.
const ORDER: [u8; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// The number of words of a row for literals and lengths. The word after them is for distances.
pub(super) const LITERAL_WORDS: usize = 5;
/// The place of the first distance in a row.
const FIRST_DISTANCE: usize = LITERAL_WORDS * 64;

/// For each number of bits, the set of the symbols whose code has that many.
///
/// The symbols of a set are in the order of their codes, so nothing has to be sorted.
pub(super) type Rows = [[u64; 8]; MAX_BITS + 1];

/// The lengths of a block's codes, of which a part may have arrived (RFC 1951, 3.2.7).
#[derive(Debug)]
pub(super) struct CodeLengths {
    literals: usize,
    distances: usize,
    /// How many lengths of the code length code there are, and how many have arrived.
    precode_total: usize,
    precode_read: usize,
    /// For each number of bits, the symbols of the code length code with that many.
    precode_symbols: [u32; 8],
    /// Indexed by the next bits: `symbol << 8 | bits`.
    precode: [u16; PRECODE_SIZE],
    /// The place in a row of the length that arrives next, and the one before it.
    place: usize,
    last: u32,
    /// The lengths other than zero that have arrived. The row of zero has no meaning.
    pub(super) rows: Rows,
    /// The numbers of bits that occur, as a set, and maybe zero.
    pub(super) literal_bits: u32,
    pub(super) distance_bits: u32,
}

const PRECODE_BITS: usize = 7;
const PRECODE_SIZE: usize = 1 << PRECODE_BITS;

/// Whether all of it has arrived.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Arrived {
    All,
    Part,
}

impl CodeLengths {
    pub(super) const fn new() -> Self {
        Self {
            literals: 0,
            distances: 0,
            precode_total: 0,
            precode_read: 0,
            precode_symbols: [0; 8],
            precode: [0; PRECODE_SIZE],
            place: 0,
            last: 0,
            rows: [[0; 8]; MAX_BITS + 1],
            literal_bits: 0,
            distance_bits: 0,
        }
    }

    /// Starts a block with its 14 bits of numbers.
    pub(super) fn start(&mut self, numbers: u32) -> Result<(), InflateError> {
        self.literals = (numbers & 31) as usize + 257;
        self.distances = (numbers >> 5 & 31) as usize + 1;
        if self.literals > MAX_LITERALS || self.distances > MAX_DISTANCES {
            return Err(InflateError::TooManyCodes);
        }
        self.precode_total = (numbers >> 10 & 15) as usize + 4;
        self.precode_read = 0;
        self.precode_symbols = [0; 8];
        Ok(())
    }

    /// Reads the code of the code lengths.
    pub(super) fn read_precode(
        &mut self,
        reader: &mut BitReader<'_>,
    ) -> Result<Arrived, InflateError> {
        for symbol in ORDER
            .get(self.precode_read..self.precode_total)
            .unwrap_or_default()
        {
            let Some(bits) = reader.take(3) else {
                return Ok(Arrived::Part);
            };
            self.precode_symbols[bits as usize & 7] |= 1 << symbol;
            self.precode_read += 1;
        }
        self.build_precode()?;
        self.place = 0;
        self.last = 0;
        self.rows = [[0; 8]; MAX_BITS + 1];
        self.literal_bits = 0;
        self.distance_bits = 0;
        Ok(Arrived::All)
    }

    #[inline(always)]
    fn build_precode(&mut self) -> Result<(), InflateError> {
        let mut next = 0;
        for bits in 1..=PRECODE_BITS {
            let mut symbols = self.precode_symbols[bits];
            while symbols != 0 {
                let symbol = symbols.trailing_zeros();
                symbols &= symbols - 1;
                let at = usize::from(REVERSED[next % PRECODE_SIZE]);
                self.precode[at] = (symbol << 8) as u16 | bits as u16;
                next += PRECODE_SIZE >> bits;
            }
            if bits < PRECODE_BITS {
                let (filled, free) = self.precode.split_at_mut(1 << bits);
                free[..1 << bits].copy_from_slice(filled);
            }
        }
        match next {
            PRECODE_SIZE => Ok(()),
            // As zlib does: each bit is a length of zero, and then there is no code for the end of the block.
            0 => {
                self.precode = [1; PRECODE_SIZE];
                Ok(())
            }
            _ => Err(InflateError::CodeLengthCode),
        }
    }

    /// Reads the code lengths.
    #[inline(never)]
    pub(super) fn read(&mut self, outer: &mut BitReader<'_>) -> Result<Arrived, InflateError> {
        let mut reader = *outer;
        let mut place = self.place;
        let mut last = self.last;
        let mut arrived = Arrived::All;
        if place < FIRST_DISTANCE {
            let mut all_bits = self.literal_bits;
            while place < self.literals && arrived == Arrived::All {
                arrived = self.read_one(&mut reader, &mut place, &mut last, &mut all_bits)?;
            }
            self.literal_bits = all_bits;
            if arrived == Arrived::All {
                place += FIRST_DISTANCE - self.literals;
            }
        }
        if arrived == Arrived::All {
            let mut all_bits = self.distance_bits;
            let end = FIRST_DISTANCE + self.distances;
            while place < end && arrived == Arrived::All {
                arrived = self.read_one(&mut reader, &mut place, &mut last, &mut all_bits)?;
            }
            self.distance_bits = all_bits;
        }
        self.place = place;
        self.last = last;
        *outer = reader;
        Ok(arrived)
    }

    #[inline(always)]
    fn read_one(
        &mut self,
        reader: &mut BitReader<'_>,
        place: &mut usize,
        last: &mut u32,
        all_bits: &mut u32,
    ) -> Result<Arrived, InflateError> {
        if reader.count() < 14 {
            reader.refill();
            let entry = u32::from(self.precode[reader.bits() as usize % PRECODE_SIZE]);
            let extra = match entry >> 8 {
                ..16 => 0,
                16 => 2,
                17 => 3,
                _ => 7,
            };
            if reader.count() < (entry & 7) + extra {
                return Ok(Arrived::Part);
            }
        }
        let entry = u32::from(self.precode[reader.bits() as usize % PRECODE_SIZE]);
        let symbol = entry >> 8;
        reader.consume(entry & 63);
        if symbol < 16 {
            self.rows[symbol as usize][*place / 64 % 8] |= 1 << (*place % 64);
            *all_bits |= 1 << symbol;
            *last = symbol;
            *place += 1;
            return Ok(Arrived::All);
        }
        let (least, extra) = match symbol {
            16 => (3, 2),
            17 => (3, 3),
            _ => (11, 7),
        };
        let times = least + (reader.bits() as usize & ((1 << extra) - 1));
        reader.consume(extra);
        if symbol == 16 {
            *place = self.repeat(*last, times, *place)?;
            // The last length may be that of a literal, and the first repetition that of a distance.
            *all_bits |= 1 << (*last % 16);
        } else {
            *last = 0;
            *place += times;
            if *place > self.end(*place - times) {
                return Err(InflateError::Repetition);
            }
        }
        Ok(Arrived::All)
    }

    /// The place after the last length, if the one before is at `place`.
    fn end(&self, place: usize) -> usize {
        let first = if place < FIRST_DISTANCE {
            self.literals
        } else {
            FIRST_DISTANCE
        };
        first + self.distances
    }

    #[cold]
    #[inline(never)]
    fn repeat(&mut self, symbol: u32, times: usize, place: usize) -> Result<usize, InflateError> {
        if place == 0 || place + times > self.end(place) {
            return Err(InflateError::Repetition);
        }
        let bits = symbol as usize % 16;
        for place in place..place + times {
            if (self.literals..FIRST_DISTANCE).contains(&place) {
                let distance = FIRST_DISTANCE + place - self.literals;
                self.rows[bits][LITERAL_WORDS] |= 1 << (distance % 64);
                self.distance_bits |= 1 << bits;
            } else {
                self.rows[bits][place / 64 % 8] |= 1 << (place % 64);
            }
        }
        Ok(place + times)
    }

    /// Whether there is a code for the end of the block.
    pub(super) fn have_end_of_block(&self) -> bool {
        let words = self.rows[1..].iter().map(|row| row[END_OF_BLOCK / 64]);
        words.fold(0, |all, word| all | word) >> (END_OF_BLOCK % 64) & 1 == 1
    }
}

/// The numbers below [`PRECODE_SIZE`] with their bits in reverse order.
static REVERSED: [u8; PRECODE_SIZE] = {
    let mut reversed = [0; PRECODE_SIZE];
    let mut number = 0;
    while number < PRECODE_SIZE {
        reversed[number] = (number as u8).reverse_bits() >> 1;
        number += 1;
    }
    reversed
};
