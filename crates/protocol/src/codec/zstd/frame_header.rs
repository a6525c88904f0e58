use super::error::ZstdError;

/// The start of a frame (RFC 8878, 3.1.1).
const MAGIC: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();
/// The start of a frame that is skipped, except for the lowest four bits.
const SKIPPABLE_MAGIC: [u8; 4] = 0x184d_2a50_u32.to_le_bytes();
/// The largest window, as an exponent of 2, that zstd knows.
const MAX_WINDOW_LOG: u32 = 31;
/// The most content of a block.
const MAX_BLOCK_BYTES: u64 = 128 * 1024;

/// What starts a frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FrameStart {
    Frame(FrameHeader),
    /// A frame without content, of which this many bytes follow.
    Skippable(u32),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct FrameHeader {
    /// How far back offsets reach, in bytes.
    pub(super) window: usize,
    /// The most bytes of a block, compressed or not.
    pub(super) max_block: usize,
    pub(super) content_size: Option<u64>,
    pub(super) has_checksum: bool,
}

/// Reads what starts a frame, and returns it with its size.
pub(super) fn read(input: &[u8], max_window: u64) -> Result<(FrameStart, usize), ZstdError> {
    let mut fields = Fields { input, read: 0 };
    let known = &input[..input.len().min(MAGIC.len())];
    if !MAGIC.starts_with(known) {
        let masked = known.iter().zip([0xf0, 0xff, 0xff, 0xff]);
        let mut masked = masked.map(|(byte, mask)| byte & mask).zip(SKIPPABLE_MAGIC);
        if masked.any(|(byte, magic)| byte != magic) {
            return Err(ZstdError::Magic);
        }
        fields.number(MAGIC.len())?;
        let size = fields.number(4)? as u32;
        return Ok((FrameStart::Skippable(size), fields.read));
    }
    fields.number(MAGIC.len())?;
    let descriptor = fields.number(1)?;
    let single_segment = descriptor & 0x20 != 0;
    let window_field = match single_segment {
        true => 0,
        false => fields.number(1)?,
    };
    let dictionary = fields.number([0, 1, 2, 4][(descriptor & 3) as usize])?;
    let content_size = match (descriptor >> 6, single_segment) {
        (0, false) => None,
        (0, true) => Some(fields.number(1)?),
        (1, _) => Some(fields.number(2)? + 256),
        (2, _) => Some(fields.number(4)?),
        _ => Some(fields.number(8)?),
    };
    if descriptor & 0x08 != 0 {
        return Err(ZstdError::FrameHeader);
    }
    let window_log = (window_field >> 3) as u32 + 10;
    if window_log > MAX_WINDOW_LOG {
        return Err(ZstdError::WindowTooLarge);
    }
    if dictionary != 0 {
        return Err(ZstdError::Dictionary);
    }
    let window = match content_size {
        Some(size) if single_segment => size,
        _ => (1 << window_log) + ((1 << window_log) >> 3) * (window_field & 7),
    };
    if window > max_window {
        return Err(ZstdError::WindowTooLarge);
    }
    let header = FrameHeader {
        window: window as usize,
        max_block: window.min(MAX_BLOCK_BYTES) as usize,
        content_size,
        has_checksum: descriptor & 0x04 != 0,
    };
    Ok((FrameStart::Frame(header), fields.read))
}

/// Numbers that follow one another, the lowest byte of each first.
struct Fields<'a> {
    input: &'a [u8],
    read: usize,
}

impl Fields<'_> {
    fn number(&mut self, size: usize) -> Result<u64, ZstdError> {
        let bytes = self.input.get(self.read..self.read + size);
        let bytes = bytes.ok_or(ZstdError::Truncated)?;
        self.read += size;
        let number = bytes.iter().rev();
        Ok(number.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::{FrameHeader, FrameStart, MAGIC, read};
    use crate::codec::zstd::error::ZstdError;

    fn header(rest: &[u8]) -> Result<(FrameStart, usize), ZstdError> {
        read(&[&MAGIC, rest].concat(), 1 << 21)
    }

    fn frame(rest: &[u8]) -> FrameHeader {
        let (start, size) = header(rest).unwrap();
        assert_eq!(size, MAGIC.len() + rest.len());
        for end in 0..size {
            let part = [&MAGIC, rest].concat();
            assert_eq!(read(&part[..end], 1 << 21), Err(ZstdError::Truncated));
        }
        match start {
            FrameStart::Frame(header) => header,
            FrameStart::Skippable(_) => panic!("a frame to be skipped"),
        }
    }

    #[test]
    fn windows_have_an_exponent_and_eighths() {
        for (field, window) in [
            (0, 1024),
            (1, 1152),
            (7, 1920),
            (8 << 3, 1 << 18),
            (11 << 3, 1 << 21),
        ] {
            assert_eq!(frame(&[0, field]).window, window);
        }
        for field in [11 << 3 | 1, 12 << 3, 21 << 3, 22 << 3, 255] {
            assert_eq!(header(&[0, field]), Err(ZstdError::WindowTooLarge));
        }
    }

    #[test]
    fn sizes_of_the_content_have_four_forms() {
        assert_eq!(frame(&[0, 0]).content_size, None);
        assert_eq!(frame(&[0x20, 7]).content_size, Some(7));
        assert_eq!(frame(&[0x60, 1, 2]).content_size, Some(0x201 + 256));
        assert_eq!(
            frame(&[0x80, 0, 1, 2, 3, 4]).content_size,
            Some(0x0403_0201)
        );
        let large = frame(&[0xc4, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(large.content_size, Some(0x0807_0605_0403_0201));
        assert!(large.has_checksum);
        assert_eq!((large.window, large.max_block), (1024, 1024));
        let single = frame(&[0xa0, 0, 0, 4, 0]);
        assert_eq!((single.window, single.max_block), (1 << 18, 1 << 17));
        assert_eq!(
            header(&[0xa0, 1, 0, 0x20, 0]),
            Err(ZstdError::WindowTooLarge)
        );
        assert_eq!(
            (frame(&[0x20, 7]).window, frame(&[0x20, 7]).max_block),
            (7, 7)
        );
    }

    #[test]
    fn dictionaries_are_rejected() {
        assert_eq!(frame(&[1, 0, 0]).window, 1024);
        assert_eq!(frame(&[3, 0, 0, 0, 0, 0]).window, 1024);
        assert_eq!(header(&[1, 0, 1]), Err(ZstdError::Dictionary));
        assert_eq!(header(&[2, 0, 0, 1]), Err(ZstdError::Dictionary));
        assert_eq!(header(&[8, 0]), Err(ZstdError::FrameHeader));
    }

    #[test]
    fn skippable_frames_have_a_size() {
        let start = [0x5a, 0x2a, 0x4d, 0x18, 1, 2, 0, 0, 9];
        assert_eq!(read(&start, 0), Ok((FrameStart::Skippable(0x201), 8)));
        for end in 1..8 {
            assert_eq!(read(&start[..end], 0), Err(ZstdError::Truncated));
        }
    }

    #[test]
    fn other_formats_are_told_by_their_first_byte() {
        for start in [
            &b"{"[..],
            b"{\"op\"",
            &[0x78, 0x9c],
            &[0x28, 0xb5, 0x2f, 0xfc],
            &[0x50, 0x2b],
        ] {
            assert_eq!(read(start, 1 << 21), Err(ZstdError::Magic));
        }
    }
}
