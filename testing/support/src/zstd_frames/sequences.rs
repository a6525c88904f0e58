use super::Frame;
use super::entropy::{Fields, Table, counts, describe};
use crate::Random;
use crate::deflate::Faults;

/// The extra bits of each code for a number of literals, and of each code for a match.
const LITERALS_BITS: [u32; 36] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11,
    12, 13, 14, 15, 16,
];
const MATCH_BITS: [u32; 53] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
];
const SHORTEST_MATCH: usize = 3;

const LITERALS_COUNTS: [i32; 36] = [
    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1,
    -1, -1, -1, -1,
];
const MATCH_COUNTS: [i32; 53] = [
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
];
const OFFSET_COUNTS: [i32; 29] = [
    1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
];

/// The tables of the last block with sequences.
#[derive(Debug, Default)]
pub(super) struct Tables([Option<Table>; 3]);

/// One of the numbers of a sequence.
#[derive(Clone, Copy)]
struct Kind {
    predefined: &'static [i32],
    predefined_log: u32,
    /// Codes that random tables have at most. Few blocks would be valid with larger ones.
    last: usize,
    max_log: u32,
}

const KINDS: [Kind; 3] = [
    Kind {
        predefined: &LITERALS_COUNTS,
        predefined_log: 6,
        last: 24,
        max_log: 9,
    },
    Kind {
        predefined: &OFFSET_COUNTS,
        predefined_log: 5,
        last: 12,
        max_log: 8,
    },
    Kind {
        predefined: &MATCH_COUNTS,
        predefined_log: 6,
        last: 44,
        max_log: 9,
    },
];

/// A code, and the value of its extra bits.
type Coded = (usize, u32);

/// Chosen codes: of the literals, of the offset, and of the match.
type Sequence = [Coded; 3];

impl Frame {
    /// Appends a section of up to `count` sequences, which use at most these literals, for a block of at most this size.
    pub(super) fn sequences(
        &mut self,
        bytes: &mut Vec<u8>,
        random: &mut Random,
        faults: Faults,
        count: usize,
        literals: usize,
        most: usize,
    ) {
        let mut modes = 0;
        let mut descriptions = Vec::new();
        let mut tables = Vec::new();
        for (number, kind) in KINDS.iter().enumerate() {
            let (mode, table) = self.table(random, *kind, number, &mut descriptions);
            modes = modes << 2 | mode;
            tables.push(table);
        }
        let sequences = self.choose(random, faults, &tables, count, literals, most);
        match sequences.len() {
            0 => {
                bytes.push(0);
                return;
            }
            few @ ..128 => bytes.push(few as u8),
            many @ ..0x7f00 => bytes.extend([(many >> 8) as u8 + 0x80, many as u8]),
            many => {
                bytes.push(0xff);
                bytes.extend(((many - 0x7f00) as u16).to_le_bytes());
            }
        }
        bytes.push(modes << 2);
        bytes.extend(descriptions);
        bytes.extend(encode(random, &tables, &sequences));
        let tables: [_; 3] = tables.try_into().expect("there are three tables");
        self.tables = Tables(tables.map(Some));
    }

    /// Chooses a table, and appends what describes it.
    fn table(
        &self,
        random: &mut Random,
        kind: Kind,
        number: usize,
        descriptions: &mut Vec<u8>,
    ) -> (u8, Table) {
        match (random.below(5), &self.tables.0[number]) {
            (0, _) => {
                let symbol = random.below(kind.last.min(10));
                descriptions.push(symbol as u8);
                (1, Table::constant(symbol))
            }
            (1, _) => {
                let (counts, log) = counts(random, kind.last, kind.max_log);
                descriptions.extend(describe(&counts, log));
                (2, Table::new(&counts, log))
            }
            (2 | 3, Some(table)) => (3, table.clone()),
            _ => (0, Table::new(kind.predefined, kind.predefined_log)),
        }
    }

    /// Chooses sequences, which are valid unless there may be faults.
    fn choose(
        &mut self,
        random: &mut Random,
        faults: Faults,
        tables: &[Table],
        count: usize,
        literals: usize,
        most: usize,
    ) -> Vec<Sequence> {
        let mut chosen = Vec::new();
        let (mut unused, mut written) = (literals, 0);
        let mut tries = 0;
        while chosen.len() < count && tries < 10 * count {
            tries += 1;
            let is_fault = matches!(faults, Faults::Some) && random.once_in(400);
            let codes = [0, 1, 2].map(|kind| random.pick(&tables[kind].states).symbol);
            let [literals_code, offset_code, match_code] = codes;
            let (literals_code, run) = coded(random, &LITERALS_BITS, 0, literals_code);
            let (match_code, length) = coded(random, &MATCH_BITS, SHORTEST_MATCH, match_code);
            let extra = match offset_code {
                0 => 0,
                code => random.below(1_u32 << code.min(31)),
            };
            let number = (1_usize << offset_code) + extra as usize;
            let (offset, recent) = self.offset(number, run);
            let reach = self.window.min(self.written + written + run);
            let is_valid = run <= unused
                && written + run + length + (unused - run) <= most
                && (1..=reach).contains(&offset);
            if is_valid || is_fault {
                chosen.push([literals_code, (offset_code, extra), match_code]);
                unused = unused.saturating_sub(run);
                written += run + length;
                self.recent = recent;
            }
            if is_fault && !is_valid {
                break;
            }
        }
        self.written += written + unused;
        chosen
    }

    /// The offset that a number stands for, and the recent offsets after it.
    fn offset(&self, number: usize, run: usize) -> (usize, [usize; 3]) {
        let [first, second, third] = self.recent;
        if number > 3 {
            return (number - 3, [number - 3, first, second]);
        }
        match number - usize::from(run != 0) {
            0 => (first, self.recent),
            1 => (second, [second, first, third]),
            2 => (third, [third, first, second]),
            // After a fault, the first may be zero.
            _ => {
                let offset = first.saturating_sub(1);
                (offset, [offset, first, second])
            }
        }
    }
}

/// A random length of a code.
fn coded(random: &mut Random, bits: &[u32], shortest: usize, code: usize) -> (Coded, usize) {
    let first = shortest
        + bits[..code]
            .iter()
            .map(|bits| 1_usize << bits)
            .sum::<usize>();
    let extra = random.below(1_u32 << bits[code]);
    ((code, extra), first + extra as usize)
}

fn encode(random: &mut Random, tables: &[Table], sequences: &[Sequence]) -> Vec<u8> {
    let states = Vec::from_iter((0..3).map(|kind| {
        let symbols = Vec::from_iter(sequences.iter().map(|sequence| sequence[kind].0));
        tables[kind].states_of(random, &symbols)
    }));
    let mut fields = Fields::default();
    for kind in 0..3 {
        fields.push(states[kind][0] as u32, tables[kind].log);
    }
    for (number, [literals, offset, length]) in sequences.iter().enumerate() {
        fields.push(offset.1, offset.0 as u32);
        fields.push(length.1, MATCH_BITS[length.0]);
        fields.push(literals.1, LITERALS_BITS[literals.0]);
        if number + 1 == sequences.len() {
            break;
        }
        for kind in [0, 2, 1] {
            let state = tables[kind].states[states[kind][number]];
            fields.push((states[kind][number + 1] - state.base) as u32, state.bits);
        }
    }
    super::backwards(&fields)
}
