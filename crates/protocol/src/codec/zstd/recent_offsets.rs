/// The offsets of the last sequences, which the next may repeat.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecentOffsets {
    pub(super) first: u32,
    second: u32,
    third: u32,
}

impl RecentOffsets {
    pub(super) const fn new() -> Self {
        Self {
            first: 1,
            second: 4,
            third: 8,
        }
    }

    /// Puts the offset first that a number stands for: one of these, or, with three added, any other.
    #[inline(always)]
    pub(super) const fn next(&mut self, number: u32, literals: u32) {
        if number > 3 {
            self.third = self.second;
            self.second = self.first;
            self.first = number - 3;
            return;
        }
        // Without literals, the first can't be meant, since the match before would have been longer.
        let index = number - (literals != 0) as u32;
        if index == 0 {
            return;
        }
        let repeated = match index {
            1 => self.second,
            2 => self.third,
            // Zero is no valid offset, and no sequence is executed with it.
            _ => self.first.wrapping_sub(1),
        };
        if index != 1 {
            self.third = self.second;
        }
        self.second = self.first;
        self.first = repeated;
    }
}

#[cfg(test)]
mod tests {
    use super::RecentOffsets;

    /// Returns the offsets after one with this number, which follows as many literals.
    fn next(number: u32, literals: u32) -> [u32; 3] {
        let mut offsets = RecentOffsets {
            first: 10,
            second: 20,
            third: 30,
        };
        offsets.next(number, literals);
        [offsets.first, offsets.second, offsets.third]
    }

    #[test]
    fn offsets_are_repeated_as_the_standard_says() {
        assert_eq!(next(1, 7), [10, 20, 30]);
        assert_eq!(next(2, 7), [20, 10, 30]);
        assert_eq!(next(3, 7), [30, 10, 20]);
        assert_eq!(next(4, 7), [1, 10, 20]);
        assert_eq!(next(1, 0), [20, 10, 30]);
        assert_eq!(next(2, 0), [30, 10, 20]);
        assert_eq!(next(3, 0), [9, 10, 20]);
        assert_eq!(next(1003, 0), [1000, 10, 20]);
    }
}
