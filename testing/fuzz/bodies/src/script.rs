/// Reads the choices of a run from bytes. Reading never fails: after the end, every byte is zero.
pub(crate) struct Script<'a> {
    rest: &'a [u8],
}

impl<'a> Script<'a> {
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    pub(crate) const fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    /// Returns the bytes that were not read.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let [byte] = self.array();
        byte
    }

    /// Returns a number from 0 to `bound` - 1. `bound` must not be 0.
    pub(crate) fn below(&mut self, bound: u8) -> u8 {
        self.byte() % bound
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    /// Returns a number of any magnitude, each equally likely.
    pub(crate) fn number(&mut self) -> u64 {
        let shift = self.below(64);
        self.u64() >> shift
    }

    /// Returns up to `max` bytes.
    pub(crate) fn bytes(&mut self, max: usize) -> &'a [u8] {
        let (bytes, rest) = self.rest.split_at(max.min(self.rest.len()));
        self.rest = rest;
        bytes
    }

    /// Returns up to 255 bytes, or up to 64 KiB, preceded by their length.
    pub(crate) fn chunk(&mut self) -> &'a [u8] {
        let length = match self.byte() {
            255 => usize::from(self.u16()),
            length => usize::from(length),
        };
        self.bytes(length)
    }

    /// Returns a [`chunk`](Self::chunk) as text, with invalid UTF-8 replaced.
    pub(crate) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.chunk()).into_owned()
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let bytes = self.bytes(N);
        array[..bytes.len()].copy_from_slice(bytes);
        array
    }
}

#[cfg(test)]
mod tests {
    use super::Script;

    #[test]
    fn reading_never_fails() {
        let mut script = Script::new(&[7, 1, 2, 9]);
        assert_eq!(script.below(4), 3);
        assert_eq!(script.chunk(), [2]);
        assert_eq!(script.u64(), 9);
        assert!(script.is_over());
        assert_eq!((script.byte(), script.chunk()), (0, &[][..]));
    }
}
