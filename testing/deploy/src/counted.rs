//! A state of the application, which shows whether each event has changed it once.

/// How many events, and the sum of their numbers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counted {
    pub(crate) events: u64,
    pub(crate) sum: u64,
}

impl Counted {
    pub(crate) fn add(&mut self, number: u64) {
        self.events += 1;
        self.sum = self.sum.wrapping_add(number);
    }

    pub(crate) fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.events) << 64 | u128::from(self.sum)).to_le_bytes()
    }

    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        let both = u128::from_le_bytes(bytes);
        Self {
            events: (both >> 64) as u64,
            sum: both as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Counted;

    #[test]
    fn bytes_keep_both_numbers() {
        let mut counted = Counted::default();
        for number in [3, 4, u64::from(u32::MAX)] {
            counted.add(number);
        }
        assert_eq!(counted.events, 3);
        assert_eq!(Counted::from_bytes(counted.to_bytes()), counted);
    }
}
