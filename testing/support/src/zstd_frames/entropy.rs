//! Bits that are read backwards, Huffman codes, and tables of finite state entropy.

use crate::Random;
use crate::deflate::Faults;

/// Bits in the order in which they are read.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<bool>);

impl Fields {
    pub(super) fn push(&mut self, value: u32, bits: u32) {
        self.0
            .extend((0..bits).rev().map(|bit| value >> bit & 1 != 0));
    }

    /// The bytes, of which the last has the mark of the start.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let zeros = 7 - self.0.len() % 8;
        let mut bits = vec![false; zeros];
        bits.push(true);
        bits.extend(&self.0);
        let bytes = bits.rchunks(8);
        let byte = |bits: &[bool]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
        bytes.map(byte).collect()
    }
}

/// A complete Huffman code of printable ASCII.
#[derive(Debug)]
pub(super) struct Huffman {
    /// Symbol, code and its number of bits.
    codes: Vec<(u8, u32, u32)>,
    max_bits: u32,
}

impl Huffman {
    pub(super) fn new(random: &mut Random) -> Self {
        let count = random.between(2, 60_usize);
        let most = random.between(6, 11_u32);
        let mut lengths = vec![1_u32, 1];
        while lengths.len() < count {
            let at = random.below(lengths.len());
            if lengths[at] < most {
                lengths[at] += 1;
                lengths.push(lengths[at]);
            }
        }
        let mut symbols = Vec::from_iter(b' '..=b'~');
        random.shuffle(&mut symbols);
        let mut pairs = Vec::from_iter(symbols.into_iter().zip(lengths));
        pairs.sort_unstable();
        let max_bits = pairs.iter().map(|pair| pair.1).max().unwrap_or_default();
        // The longest codes are first.
        let mut next = 0;
        let mut codes = Vec::new();
        for bits in (1..=max_bits).rev() {
            for (symbol, _) in pairs.iter().filter(|pair| pair.1 == bits) {
                codes.push((*symbol, next >> (max_bits - bits), bits));
                next += 1 << (max_bits - bits);
            }
        }
        Self { codes, max_bits }
    }

    pub(super) fn symbol(&self, random: &mut Random) -> u8 {
        // Short codes are more frequent.
        let at = random
            .below(self.codes.len())
            .max(random.below(self.codes.len()));
        self.codes[at].0
    }

    /// The weights, four bits each.
    pub(super) fn weights(&self, random: &mut Random, faults: Faults) -> Vec<u8> {
        let last = self
            .codes
            .iter()
            .map(|code| code.0)
            .max()
            .unwrap_or_default();
        let mut weights = vec![0; usize::from(last)];
        for (symbol, _, bits) in self.codes.iter().filter(|code| code.0 != last) {
            weights[usize::from(*symbol)] = (self.max_bits + 1 - bits) as u8;
        }
        if matches!(faults, Faults::Some) && random.once_in(100) {
            let at = random.below(weights.len());
            weights[at] = random.below(16);
        }
        let mut bytes = vec![127 + last];
        bytes.extend(
            weights
                .chunks(2)
                .map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0)),
        );
        bytes
    }

    pub(super) fn encode(&self, symbols: &[u8]) -> Vec<u8> {
        let mut fields = Fields::default();
        for symbol in symbols {
            let found = self.codes.iter().find(|code| code.0 == *symbol);
            let (_, code, bits) = found.expect("the symbol is of this code");
            fields.push(*code, *bits);
        }
        super::backwards(&fields)
    }
}

/// A state of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) symbol: usize,
    pub(super) base: usize,
    pub(super) bits: u32,
}

/// A table of finite state entropy.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) states: Vec<State>,
    pub(super) log: u32,
}

impl Table {
    /// A table of one symbol, which takes no bits.
    pub(super) fn constant(symbol: usize) -> Self {
        let states = vec![State {
            symbol,
            base: 0,
            bits: 0,
        }];
        Self { states, log: 0 }
    }

    pub(super) fn new(counts: &[i32], log: u32) -> Self {
        let size = 1 << log;
        let mut symbols = vec![usize::MAX; size];
        let rare = counts.iter().enumerate().filter(|(_, count)| **count < 0);
        for (place, (symbol, _)) in (0..size).rev().zip(rare) {
            symbols[place] = symbol;
        }
        let mut free = (0..size)
            .map(|number| number * (size / 2 + size / 8 + 3) % size)
            .filter(|place| symbols[*place] == usize::MAX)
            .collect::<Vec<_>>()
            .into_iter();
        for (symbol, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            for place in free.by_ref().take(*count as usize) {
                symbols[place] = symbol;
            }
        }
        let mut next = Vec::from_iter(counts.iter().map(|count| count.unsigned_abs()));
        let states = symbols.iter().map(|symbol| {
            let number = next[*symbol];
            next[*symbol] += 1;
            let bits = log - number.ilog2();
            let base = ((number << bits) as usize) - size;
            State {
                symbol: *symbol,
                base,
                bits,
            }
        });
        Self {
            states: states.collect(),
            log,
        }
    }

    /// Returns states for these symbols, of which each leads to the next.
    pub(super) fn states_of(&self, random: &mut Random, symbols: &[usize]) -> Vec<usize> {
        let mut found = Vec::new();
        let mut next = None;
        for symbol in symbols.iter().rev() {
            let leads = |state: &State| {
                next.is_none_or(|next| (state.base..state.base + (1 << state.bits)).contains(&next))
            };
            let fitting = self.states.iter().enumerate();
            let fitting = fitting.filter(|(_, state)| state.symbol == *symbol && leads(state));
            let fitting = Vec::from_iter(fitting.map(|(state, _)| state));
            let state = random.pick(&fitting);
            next = Some(state);
            found.push(state);
        }
        found.reverse();
        found
    }
}

/// Random counts of the symbols up to `last`, and the logarithm of their sum.
pub(super) fn counts(random: &mut Random, last: usize, max_log: u32) -> (Vec<i32>, u32) {
    let log = random.between(5, max_log);
    let mut counts = vec![0; last + 1];
    let kinds = random.between(1, 12_usize);
    let symbols = Vec::from_iter((0..kinds).map(|_| random.below(last + 1)));
    let mut left = 1_i32 << log;
    for symbol in &symbols {
        if counts[*symbol] == 0 && random.once_in(3) && left > 1 {
            counts[*symbol] = -1;
            left -= 1;
        }
    }
    while left > 0 {
        let symbol = random.pick(&symbols);
        if counts[symbol] >= 0 {
            let more = random.between(1, left);
            counts[symbol] += more;
            left -= more;
        } else if counts.iter().all(|count| *count <= 0) {
            // All of them are rare. The first takes the rest.
            counts[symbol] = left + 1;
            left = 0;
        }
    }
    (counts, log)
}

/// The description of a table, from the lowest bit of each byte on.
pub(super) fn describe(counts: &[i32], log: u32) -> Vec<u8> {
    let mut bits = Vec::new();
    let mut push = |value: u32, count: u32| {
        bits.extend((0..count).map(|bit| value >> bit & 1 != 0));
    };
    push(log - 5, 4);
    let mut left = 1_u32 << log;
    let mut next = 0;
    while left > 0 {
        let most = left + 1;
        let count = most.ilog2() + 1;
        let short = (1 << count) - 1 - most;
        let half = 1 << (count - 1);
        let value = (counts[next] + 1) as u32;
        if value < short {
            push(value, count - 1);
        } else {
            push(if value < half { value } else { value + short }, count);
        }
        left -= counts[next].unsigned_abs();
        next += 1;
        if value == 1 {
            let zeros = counts[next..]
                .iter()
                .take_while(|count| **count == 0)
                .count();
            (0..zeros / 3).for_each(|_| push(3, 2));
            push((zeros % 3) as u32, 2);
            next += zeros;
        }
    }
    let byte = |bits: &[bool]| {
        bits.iter()
            .rev()
            .fold(0, |byte, bit| byte << 1 | u8::from(*bit))
    };
    bits.chunks(8).map(byte).collect()
}
