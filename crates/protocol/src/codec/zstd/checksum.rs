/// The XXH64 of a frame's content, whose low 32 bits may follow the frame.
#[derive(Debug)]
pub(super) struct Checksum {
    lanes: [u64; 4],
    /// The last bytes that fill no stripe.
    rest: [u8; STRIPE_BYTES],
    total: u64,
}

const STRIPE_BYTES: usize = 32;
const PRIMES: [u64; 5] = [
    0x9e37_79b1_85eb_ca87,
    0xc2b2_ae3d_27d4_eb4f,
    0x1656_67b1_9e37_79f9,
    0x85eb_ca77_c2b2_ae63,
    0x27d4_eb2f_1656_67c5,
];

impl Checksum {
    pub(super) const fn new() -> Self {
        Self {
            lanes: [
                PRIMES[0].wrapping_add(PRIMES[1]),
                PRIMES[1],
                0,
                0_u64.wrapping_sub(PRIMES[0]),
            ],
            rest: [0; STRIPE_BYTES],
            total: 0,
        }
    }

    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        let kept = self.kept();
        self.total += bytes.len() as u64;
        if kept > 0 {
            let (first, next) = bytes.split_at(bytes.len().min(STRIPE_BYTES - kept));
            self.rest[kept..kept + first.len()].copy_from_slice(first);
            if kept + first.len() < STRIPE_BYTES {
                return;
            }
            let rest = self.rest;
            self.add(&rest);
            bytes = next;
        }
        let (stripes, rest) = bytes.as_chunks();
        for stripe in stripes {
            self.add(stripe);
        }
        self.rest[..rest.len()].copy_from_slice(rest);
    }

    /// The checksum of what was added so far, as it is written after a frame.
    pub(super) fn value(&self) -> u32 {
        self.digest() as u32
    }

    const fn kept(&self) -> usize {
        (self.total % STRIPE_BYTES as u64) as usize
    }

    fn add(&mut self, stripe: &[u8; STRIPE_BYTES]) {
        let (words, _) = stripe.as_chunks();
        for (lane, word) in self.lanes.iter_mut().zip(words) {
            *lane = round(*lane, u64::from_le_bytes(*word));
        }
    }

    fn digest(&self) -> u64 {
        let mut hash = PRIMES[4];
        if self.total >= STRIPE_BYTES as u64 {
            let rotated = self.lanes.iter().zip([1, 7, 12, 18]);
            let rotated = rotated.map(|(lane, bits)| lane.rotate_left(bits));
            hash = rotated.fold(0, u64::wrapping_add);
            for lane in self.lanes {
                hash = (hash ^ round(0, lane))
                    .wrapping_mul(PRIMES[0])
                    .wrapping_add(PRIMES[3]);
            }
        }
        hash = hash.wrapping_add(self.total);
        let (words, rest) = self.rest[..self.kept()].as_chunks();
        for word in words {
            hash = (hash ^ round(0, u64::from_le_bytes(*word)))
                .rotate_left(27)
                .wrapping_mul(PRIMES[0])
                .wrapping_add(PRIMES[3]);
        }
        let (halves, rest) = rest.as_chunks();
        for half in halves {
            let half = u64::from(u32::from_le_bytes(*half));
            hash = (hash ^ half.wrapping_mul(PRIMES[0]))
                .rotate_left(23)
                .wrapping_mul(PRIMES[1])
                .wrapping_add(PRIMES[2]);
        }
        for byte in rest {
            hash = (hash ^ u64::from(*byte).wrapping_mul(PRIMES[4]))
                .rotate_left(11)
                .wrapping_mul(PRIMES[0]);
        }
        hash = (hash ^ hash >> 33).wrapping_mul(PRIMES[1]);
        hash = (hash ^ hash >> 29).wrapping_mul(PRIMES[2]);
        hash ^ hash >> 32
    }
}

const fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(PRIMES[1]))
        .rotate_left(31)
        .wrapping_mul(PRIMES[0])
}

#[cfg(test)]
mod tests {
    use super::Checksum;

    fn digest(parts: &[&[u8]]) -> u64 {
        let mut checksum = Checksum::new();
        for part in parts {
            checksum.update(part);
        }
        checksum.digest()
    }

    #[test]
    fn known_texts_have_the_known_checksum() {
        assert_eq!(digest(&[]), 0xef46_db37_51d8_e999);
        assert_eq!(digest(&[b"a"]), 0xd24e_c4f1_a98c_6e5b);
        assert_eq!(digest(&[b"abc"]), 0x44bc_2cf5_ad77_0999);
    }

    #[test]
    fn parts_do_not_matter() {
        let text = Vec::from_iter((0..200_u8).map(|byte| byte.wrapping_mul(37)));
        for length in 0..text.len() {
            let whole = digest(&[&text[..length]]);
            for first in 0..length {
                let (first, second) = text[..length].split_at(first);
                assert_eq!(digest(&[first, second]), whole, "{length}");
                assert_eq!(digest(&[first, &[], second]), whole, "{length}");
            }
        }
    }
}
