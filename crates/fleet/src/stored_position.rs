//! What the nodes of a fleet store of a shard.

use bytes::{BufMut as _, Bytes, BytesMut};
use gloaming_cluster::{Checkpoint, StoreError, StoreErrorKind};
use gloaming_protocol::ShardId;

/// The shard has no session to resume, and nothing was lost.
const ENDED: u8 = 0;

/// A checkpoint follows.
const AT: u8 = 1;

/// The body of a checkpoint in an engine: one byte, and a [`Checkpoint`] as bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum StoredPosition {
    /// The session has ended for good.
    Ended,
    At(Checkpoint),
}

impl StoredPosition {
    pub(crate) fn encode(&self) -> Result<Bytes, StoreError> {
        match self {
            Self::Ended => Ok(Bytes::from_static(&[ENDED])),
            Self::At(checkpoint) => {
                let checkpoint = checkpoint.to_bytes()?;
                let mut bytes = BytesMut::with_capacity(1 + checkpoint.len());
                bytes.put_u8(AT);
                bytes.put(checkpoint);
                Ok(bytes.freeze())
            }
        }
    }

    /// Reads the body of a checkpoint of this shard.
    pub(crate) fn decode(shard: ShardId, bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = |detail: &str| StoreError::with_source(StoreErrorKind::Damaged, detail);
        match bytes.split_first() {
            Some((&ENDED, [])) => Ok(Self::Ended),
            Some((&AT, checkpoint)) => {
                let checkpoint = Checkpoint::from_bytes(checkpoint)?;
                match checkpoint.shard() == shard {
                    true => Ok(Self::At(checkpoint)),
                    false => Err(damaged("it is that of another shard")),
                }
            }
            _ => Err(damaged("it does not begin as a position")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gloaming_shard::Session;

    const SHARD: ShardId = ShardId::new(3, 16);

    #[test]
    fn position_is_read_as_it_was_written() {
        let session = Session::new(42, "d8c3b5".to_owned());
        let checkpoint = Checkpoint::new(SHARD, session).with_state("state");
        for position in [StoredPosition::Ended, StoredPosition::At(checkpoint)] {
            let bytes = position.encode().unwrap();
            assert_eq!(StoredPosition::decode(SHARD, &bytes).unwrap(), position);
        }
    }

    #[test]
    fn position_of_another_shard_is_damaged() {
        let session = Session::new(42, "d8c3b5".to_owned());
        let of_another = Checkpoint::new(ShardId::new(4, 16), session);
        let bytes = StoredPosition::At(of_another).encode().unwrap();
        for bytes in [&bytes[..], &[], &[ENDED, 0], &[7]] {
            let error = StoredPosition::decode(SHARD, bytes).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Damaged);
        }
    }
}
