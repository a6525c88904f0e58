//! Seeded randomness, so that runs are repeatable.

use std::{ops::RangeInclusive, time::Duration};

/// SplitMix64. For jitter only: nothing secret depends on it.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In `[0, 1)`.
    pub(crate) fn fraction(&mut self) -> f64 {
        // The top 53 bits fill a double's mantissa exactly.
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// In `[0, bound)`, or zero for a zero bound.
    pub(crate) fn below(&mut self, bound: Duration) -> Duration {
        bound.mul_f64(self.fraction())
    }

    pub(crate) fn within(&mut self, range: RangeInclusive<Duration>) -> Duration {
        *range.start() + self.below(range.end().saturating_sub(*range.start()))
    }
}

#[cfg(test)]
mod tests {
    use super::Random;
    use std::time::Duration;

    #[test]
    fn same_seed_same_numbers() {
        let (mut a, mut b) = (Random::new(7), Random::new(7));
        for _ in 0..100 {
            assert_eq!(a.next(), b.next());
        }
    }

    /// The numbers of the generator's authors for this seed.
    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut random = Random::new(1_234_567);
        for expected in [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ] {
            assert_eq!(random.next(), expected);
        }
    }

    #[test]
    fn fraction_stays_below_one_and_spreads() {
        let mut random = Random::new(1);
        let mean = (0..10_000)
            .map(|_| {
                let x = random.fraction();
                assert!((0.0..1.0).contains(&x));
                x
            })
            .sum::<f64>()
            / 10_000.0;
        assert!((0.48..0.52).contains(&mean), "mean {mean}");
    }

    #[test]
    fn within_keeps_its_bounds() {
        let mut random = Random::new(3);
        let range = Duration::from_secs(1)..=Duration::from_secs(5);
        for _ in 0..1_000 {
            assert!(range.contains(&random.within(range.clone())));
        }
    }
}
