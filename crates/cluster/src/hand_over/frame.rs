//! The frames of a hand-over, as bytes.
//!
//! A frame is a length of four bytes, a kind of one byte, and a payload; numbers are big-endian. The length counts what
//! follows it. The layouts of HELLO and ROLLED BACK are the same in all versions of the protocol, so that two sides
//! without a common version can say so.

use super::{HandOverRefusal, owner::Owner};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use gloaming_protocol::ShardId;
use gloaming_shard::Session;
use std::{
    fmt::{self, Debug, Formatter},
    ops::RangeInclusive,
};

/// The versions of the protocol that this library speaks.
pub(super) const VERSIONS: RangeInclusive<u16> = 1..=1;

/// The largest frame, without its length: a list of 32,000 shards fits.
pub(super) const MAX_FRAME: usize = 256 << 10;

/// The largest part of a state in one frame.
pub(super) const MAX_CHUNK: usize = 64 << 10;

/// A HELLO starts with it, so that a program that connects by mistake is recognized.
const MAGIC: &[u8; 8] = b"GLOAMHO\n";

const LENGTH: usize = size_of::<u32>();

/// What the two sides send to each other. The successor sends HELLO, ACCEPTED and RUNNING, and the predecessor the rest.
#[derive(Clone, Eq, PartialEq)]
pub(super) enum Frame {
    /// No shards are all shards.
    Hello {
        versions: RangeInclusive<u16>,
        owner: Owner,
        wanted: Vec<ShardId>,
    },
    /// These shards are going to be given.
    Welcome { version: u16, shards: Vec<ShardId> },
    /// A shard, with its session unless it has none, and the number of bytes of its state that follow.
    Session {
        shard: ShardId,
        session: Option<Session>,
        state_bytes: u64,
    },
    /// A part of the state of the shard before.
    State(Bytes),
    /// Everything was sent: this many shards, and this many bytes of their states.
    Complete { shards: u32, state_bytes: u64 },
    /// All that was announced has arrived.
    Accepted,
    /// The successor may start the shards.
    Released,
    /// The shards run.
    Running,
    /// The predecessor has closed the shards for good.
    Done,
    /// The predecessor keeps the shards, whatever was sent before.
    RolledBack(HandOverRefusal),
}

/// Bytes that are no frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FrameError {
    TooLong,
    Malformed,
}

impl From<bytes::TryGetError> for FrameError {
    fn from(_: bytes::TryGetError) -> Self {
        Self::Malformed
    }
}

mod kind {
    pub(super) const HELLO: u8 = 1;
    pub(super) const WELCOME: u8 = 2;
    pub(super) const SESSION: u8 = 3;
    pub(super) const STATE: u8 = 4;
    pub(super) const COMPLETE: u8 = 5;
    pub(super) const ACCEPTED: u8 = 6;
    pub(super) const RELEASED: u8 = 7;
    pub(super) const RUNNING: u8 = 8;
    pub(super) const DONE: u8 = 9;
    pub(super) const ROLLED_BACK: u8 = 10;
}

impl Frame {
    /// Appends the frame to `out`.
    ///
    /// # Errors
    ///
    /// Fails if the frame would be too long, which leaves `out` as it was.
    pub(super) fn encode(&self, out: &mut BytesMut) -> Result<(), FrameError> {
        let start = out.len();
        out.put_u32(0);
        match self.encode_body(out) {
            Ok(()) if out.len() - start - LENGTH <= MAX_FRAME => {
                let length = out.len() - start - LENGTH;
                // At most `MAX_FRAME`, which fits.
                let length = u32::try_from(length).unwrap_or(u32::MAX);
                out[start..start + LENGTH].copy_from_slice(&length.to_be_bytes());
                Ok(())
            }
            _ => {
                out.truncate(start);
                Err(FrameError::TooLong)
            }
        }
    }

    fn encode_body(&self, out: &mut BytesMut) -> Result<(), FrameError> {
        match self {
            Self::Hello {
                versions,
                owner,
                wanted,
            } => {
                out.put_u8(kind::HELLO);
                out.put_slice(MAGIC);
                out.put_u16(*versions.start());
                out.put_u16(*versions.end());
                out.put_u8(owner.kind);
                out.put_u64(owner.number);
                put_shards(out, wanted)?;
            }
            Self::Welcome { version, shards } => {
                out.put_u8(kind::WELCOME);
                out.put_u16(*version);
                put_shards(out, shards)?;
            }
            Self::Session {
                shard,
                session,
                state_bytes,
            } => {
                out.put_u8(kind::SESSION);
                put_shard(out, *shard);
                out.put_u64(*state_bytes);
                match session {
                    Some(session) => put_session(out, session)?,
                    None => out.put_u8(0),
                }
            }
            Self::State(chunk) => {
                out.put_u8(kind::STATE);
                out.put_slice(chunk);
            }
            Self::Complete {
                shards,
                state_bytes,
            } => {
                out.put_u8(kind::COMPLETE);
                out.put_u32(*shards);
                out.put_u64(*state_bytes);
            }
            Self::Accepted => out.put_u8(kind::ACCEPTED),
            Self::Released => out.put_u8(kind::RELEASED),
            Self::Running => out.put_u8(kind::RUNNING),
            Self::Done => out.put_u8(kind::DONE),
            Self::RolledBack(refusal) => {
                out.put_u8(kind::ROLLED_BACK);
                let (code, first, second) = refusal.to_parts();
                out.put_u8(code);
                out.put_u32(first);
                out.put_u32(second);
            }
        }
        Ok(())
    }

    /// Takes the first frame from `input`, or returns `None` if it is not complete.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are no frame. What follows can't be read then.
    pub(super) fn decode(input: &mut BytesMut) -> Result<Option<Self>, FrameError> {
        let Some(length) = input.first_chunk::<LENGTH>() else {
            return Ok(None);
        };
        // Where it does not fit, it is too long, too.
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length > MAX_FRAME {
            return Err(FrameError::TooLong);
        }
        if input.len() < LENGTH + length {
            return Ok(None);
        }
        input.advance(LENGTH);
        Self::decode_body(input.split_to(length).freeze()).map(Some)
    }

    fn decode_body(mut body: Bytes) -> Result<Self, FrameError> {
        let frame = match body.try_get_u8()? {
            kind::HELLO => {
                if !body.starts_with(MAGIC) {
                    return Err(FrameError::Malformed);
                }
                body.advance(MAGIC.len());
                let versions = body.try_get_u16()?..=body.try_get_u16()?;
                let owner = Owner {
                    kind: body.try_get_u8()?,
                    number: body.try_get_u64()?,
                };
                let wanted = get_shards(&mut body)?;
                Self::Hello {
                    versions,
                    owner,
                    wanted,
                }
            }
            kind::WELCOME => Self::Welcome {
                version: body.try_get_u16()?,
                shards: get_shards(&mut body)?,
            },
            kind::SESSION => Self::Session {
                shard: get_shard(&mut body)?,
                state_bytes: body.try_get_u64()?,
                session: get_session(&mut body)?,
            },
            kind::STATE => Self::State(std::mem::take(&mut body)),
            kind::COMPLETE => Self::Complete {
                shards: body.try_get_u32()?,
                state_bytes: body.try_get_u64()?,
            },
            kind::ACCEPTED => Self::Accepted,
            kind::RELEASED => Self::Released,
            kind::RUNNING => Self::Running,
            kind::DONE => Self::Done,
            kind::ROLLED_BACK => {
                let parts = (body.try_get_u8()?, body.try_get_u32()?, body.try_get_u32()?);
                Self::RolledBack(HandOverRefusal::from_parts(parts))
            }
            _ => return Err(FrameError::Malformed),
        };
        match body.is_empty() {
            true => Ok(frame),
            false => Err(FrameError::Malformed),
        }
    }
}

/// Shows no session and no state.
impl Debug for Frame {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hello { .. } => "Hello",
            Self::Welcome { .. } => "Welcome",
            Self::Session { .. } => "Session",
            Self::State(_) => "State",
            Self::Complete { .. } => "Complete",
            Self::Accepted => "Accepted",
            Self::Released => "Released",
            Self::Running => "Running",
            Self::Done => "Done",
            Self::RolledBack(refusal) => return write!(f, "RolledBack({refusal:?})"),
        })
    }
}

fn put_shard(out: &mut BytesMut, shard: ShardId) {
    out.put_u32(shard.number());
    out.put_u32(shard.total());
}

fn get_shard(body: &mut Bytes) -> Result<ShardId, FrameError> {
    let (number, total) = (body.try_get_u32()?, body.try_get_u32()?);
    ShardId::new_checked(number, total).ok_or(FrameError::Malformed)
}

fn put_shards(out: &mut BytesMut, shards: &[ShardId]) -> Result<(), FrameError> {
    out.put_u32(u32::try_from(shards.len()).map_err(|_| FrameError::TooLong)?);
    shards.iter().for_each(|shard| put_shard(out, *shard));
    Ok(())
}

fn get_shards(body: &mut Bytes) -> Result<Vec<ShardId>, FrameError> {
    let count = body.try_get_u32()?;
    // The body bounds their number, whatever the count says.
    (0..count).map(|_| get_shard(body)).collect()
}

fn put_session(out: &mut BytesMut, session: &Session) -> Result<(), FrameError> {
    out.put_u8(1);
    out.put_u64(session.sequence());
    put_text(out, session.id())?;
    match session.resume_url() {
        Some(url) => {
            out.put_u8(1);
            put_text(out, url)?;
        }
        None => out.put_u8(0),
    }
    match session.shard() {
        Some(shard) => {
            out.put_u8(1);
            put_shard(out, shard);
        }
        None => out.put_u8(0),
    }
    Ok(())
}

fn get_session(body: &mut Bytes) -> Result<Option<Session>, FrameError> {
    if !get_bool(body)? {
        return Ok(None);
    }
    let sequence = body.try_get_u64()?;
    let mut session = Session::new(sequence, get_text(body)?);
    if get_bool(body)? {
        session = session.with_resume_url(get_text(body)?);
    }
    if get_bool(body)? {
        session = session.with_shard(get_shard(body)?);
    }
    Ok(Some(session))
}

fn get_bool(body: &mut Bytes) -> Result<bool, FrameError> {
    match body.try_get_u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(FrameError::Malformed),
    }
}

fn put_text(out: &mut BytesMut, text: &str) -> Result<(), FrameError> {
    out.put_u16(u16::try_from(text.len()).map_err(|_| FrameError::TooLong)?);
    out.put_slice(text.as_bytes());
    Ok(())
}

fn get_text(body: &mut Bytes) -> Result<String, FrameError> {
    let mut text = vec![0; usize::from(body.try_get_u16()?)];
    body.try_copy_to_slice(&mut text)?;
    String::from_utf8(text).map_err(|_| FrameError::Malformed)
}

#[cfg(test)]
mod tests;
