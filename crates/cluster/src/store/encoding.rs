//! A checkpoint as bytes of its own, for stores that keep each by itself.
//!
//! ```text
//! bytes = magic[4] format[4] crc32[4] payload
//! ```
//!
//! The payload is that of a log of checkpoints, with one entry. Numbers are little-endian.

use super::{
    Checkpoint, StoreError, StoreErrorKind,
    file::log_format::{
        Entry, FIRST_FORMAT, FORMAT, FormatError, Live, MAX_PAYLOAD, apply, write_payloads,
    },
};
use bytes::Bytes;

const MAGIC: [u8; 4] = *b"glcp";
const HEADER: usize = 12;

impl Checkpoint {
    /// Returns the checkpoint as bytes with a checksum, for a [store](crate::SessionStore) that keeps bytes.
    ///
    /// The bytes contain the session: keep them as private as other data of the bot.
    ///
    /// ```
    /// use gloaming_cluster::Checkpoint;
    /// use gloaming_protocol::ShardId;
    /// use gloaming_shard::Session;
    ///
    /// let session = Session::new(42, "d8c3b5".to_owned());
    /// let checkpoint = Checkpoint::new(ShardId::new(3, 16), session).with_state("of the application");
    /// let bytes = checkpoint.to_bytes()?;
    /// assert_eq!(Checkpoint::from_bytes(&bytes)?, checkpoint);
    /// # Ok::<(), gloaming_cluster::StoreError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails with [`TooLarge`](StoreErrorKind::TooLarge) if the checkpoint has more than 64 MiB.
    pub fn to_bytes(&self) -> Result<Bytes, StoreError> {
        let payloads = write_payloads([Entry::Saved(self)], MAX_PAYLOAD).map_err(error)?;
        let payload = payloads.into_iter().next().unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEADER + payload.len());
        bytes.extend(MAGIC);
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(crc32fast::hash(&payload).to_le_bytes());
        bytes.extend(payload);
        Ok(bytes.into())
    }

    /// Reads what [`to_bytes`](Self::to_bytes) has returned, in this version of the library or an earlier one.
    ///
    /// # Errors
    ///
    /// Fails with [`Damaged`](StoreErrorKind::Damaged) if the bytes are not those that were written, and with
    /// [`NewerFormat`](StoreErrorKind::NewerFormat) if a newer version of the library wrote them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = |detail: &str| StoreError::with_source(StoreErrorKind::Damaged, detail);
        let Some((header, payload)) = bytes.split_first_chunk::<HEADER>() else {
            return Err(damaged("it is shorter than its header"));
        };
        let number = |at: usize| {
            let field = [header[at], header[at + 1], header[at + 2], header[at + 3]];
            u32::from_le_bytes(field)
        };
        if !header.starts_with(&MAGIC) {
            return Err(damaged("it does not begin as a checkpoint"));
        }
        let format = number(MAGIC.len());
        if format > FORMAT {
            return Err(StoreErrorKind::NewerFormat { format }.into());
        }
        if format < FIRST_FORMAT || number(MAGIC.len() + 4) != crc32fast::hash(payload) {
            return Err(damaged("its checksum is wrong"));
        }
        let mut live = Live::new();
        apply(payload, format, &mut live).map_err(error)?;
        let checkpoint = live.pop_first().filter(|_| live.is_empty());
        let (_, checkpoint) = checkpoint.ok_or_else(|| damaged("it is not one checkpoint"))?;
        Ok(checkpoint)
    }
}

fn error(error: FormatError) -> StoreError {
    StoreError::with_source(error.kind, error.detail)
}

#[cfg(test)]
mod tests {
    use super::{Checkpoint, FORMAT, StoreErrorKind};
    use gloaming_protocol::ShardId;
    use gloaming_shard::Session;

    fn checkpoint() -> Checkpoint {
        let session = Session::new(42, "d8c3b5".to_owned());
        Checkpoint::new(ShardId::new(3, 16), session).with_state("state")
    }

    #[test]
    fn damage_at_any_byte_is_noticed() {
        let bytes = checkpoint().to_bytes().unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 0x80;
            assert!(Checkpoint::from_bytes(&damaged).is_err(), "byte {at}");
            let error = Checkpoint::from_bytes(&bytes[..at]).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Damaged, "{at} bytes");
        }
    }

    #[test]
    fn newer_format_is_told_apart_from_damage() {
        let mut bytes = checkpoint().to_bytes().unwrap().to_vec();
        bytes[4..8].copy_from_slice(&(FORMAT + 1).to_le_bytes());
        let error = Checkpoint::from_bytes(&bytes).unwrap_err();
        let format = FORMAT + 1;
        assert_eq!(error.kind(), StoreErrorKind::NewerFormat { format });
    }
}
