//! The format of a log of checkpoints. Without IO.
//!
//! ```text
//! file    = header frame*
//! header  = magic[8] version[4] file_id[8] owner_kind[1] owner[8] crc32[4]
//! frame   = magic[4] number[8] length[4] payload_crc32[4] crc32[4] payload[length]
//! payload = count[4] entry{count}
//! entry   = 1 shard[4] total[4] session_json state
//!         | 2 shard[4] total[4]                                    the session has ended
//!         | 3 shard[4] total[4] loss_json session state            from format 2 on
//! session = 0 | 1 session_json
//! state   = 0 | 1 bytes
//! ```
//!
//! JSON and bytes have their length[4] before them. Format 1 had no entries of kind 3. It is read, and such a file is
//! written anew before anything is added to it.
//!
//! Numbers are little-endian. The checksum of a frame's header includes the id of the file, so that a copy of a frame
//! in an application's state is none. Frames are numbered from zero
//! without gaps. A frame is one batch: all of it counts or
//! nothing. A process that is killed, or a power failure, leaves at most one frame unfinished, and that is the last one.

use super::super::{Checkpoint, StoreErrorKind, StoreOwner};
use bytes::Bytes;
use crc32fast::Hasher;
use gloaming_protocol::ShardId;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// The number of the format that is written.
pub(in super::super) const FORMAT: u32 = 2;

/// The first format. It is read as well.
pub(in super::super) const FIRST_FORMAT: u32 = 1;

/// The largest payload of a frame, in bytes.
pub(in super::super) const MAX_PAYLOAD: usize = 64 << 20;

const MAGIC: [u8; 8] = *b"gloamses";
const HEADER: usize = 33;
const FRAME_MAGIC: [u8; 4] = *b"\xF1GLB";
const FRAME_HEADER: usize = 24;

const SAVED: u8 = 1;
const ENDED: u8 = 2;
const SAVED_WITH_LOSS: u8 = 3;
const ABSENT: u8 = 0;
const PRESENT: u8 = 1;

/// The checkpoints by total and number of the shard.
pub(in super::super) type Live = BTreeMap<(u32, u32), Checkpoint>;

/// A change of what is stored.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Entry<'a> {
    Saved(&'a Checkpoint),
    Ended(ShardId),
}

/// What identifies a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct FileHeader {
    /// A random number.
    pub(super) id: u64,
    pub(super) owner: StoreOwner,
}

/// What a file contains.
#[derive(Debug)]
pub(super) struct Content {
    /// The format of the file.
    pub(super) format: u32,
    pub(super) header: FileHeader,
    pub(super) live: Live,
    /// The number of the next frame.
    pub(super) next_number: u64,
    /// The length up to the end of the last whole frame.
    pub(super) length: usize,
}

/// Why a file can't be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) struct FormatError {
    pub(in super::super) kind: StoreErrorKind,
    pub(in super::super) detail: String,
}

impl FormatError {
    fn new(kind: StoreErrorKind, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { kind, detail }
    }

    fn damaged(detail: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::Damaged, detail)
    }
}

pub(super) fn key(shard: ShardId) -> (u32, u32) {
    (shard.total(), shard.number())
}

/// Writes the header of a file.
pub(super) fn write_header(header: FileHeader) -> Vec<u8> {
    write_header_of(FORMAT, header)
}

fn write_header_of(format: u32, header: FileHeader) -> Vec<u8> {
    let (kind, owner) = header.owner.to_parts();
    let mut bytes = Vec::with_capacity(HEADER);
    bytes.extend(MAGIC);
    bytes.extend(format.to_le_bytes());
    bytes.extend(header.id.to_le_bytes());
    bytes.push(kind);
    bytes.extend(owner.to_le_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

/// Writes entries as payloads of frames, each no longer than the maximum. Most batches are one.
///
/// # Errors
///
/// Fails if one checkpoint is longer than the maximum.
pub(in super::super) fn write_payloads<'a>(
    entries: impl IntoIterator<Item = Entry<'a>>,
    max: usize,
) -> Result<Vec<Vec<u8>>, FormatError> {
    let mut payloads = Vec::new();
    let (mut payload, mut count) = (vec![0; 4], 0_u32);
    for entry in entries {
        let start = payload.len();
        write_entry(&mut payload, entry)?;
        let length = payload.len() - start;
        if length + 4 > max {
            let problem = format!("a checkpoint has {length} bytes, and {max} are the maximum");
            return Err(FormatError::new(StoreErrorKind::TooLarge, problem));
        }
        if payload.len() > max {
            let moved = payload.split_off(start);
            payloads.push(finished(payload, count));
            (payload, count) = (vec![0; 4], 0);
            payload.extend(moved);
        }
        count += 1;
    }
    if count > 0 {
        payloads.push(finished(payload, count));
    }
    Ok(payloads)
}

fn finished(mut payload: Vec<u8>, count: u32) -> Vec<u8> {
    payload[..4].copy_from_slice(&count.to_le_bytes());
    payload
}

fn write_entry(bytes: &mut Vec<u8>, entry: Entry<'_>) -> Result<(), FormatError> {
    let (tag, shard) = match entry {
        Entry::Saved(checkpoint) => match checkpoint.unhandled_loss() {
            None => (SAVED, checkpoint.shard()),
            Some(_) => (SAVED_WITH_LOSS, checkpoint.shard()),
        },
        Entry::Ended(shard) => (ENDED, shard),
    };
    bytes.push(tag);
    bytes.extend(shard.number().to_le_bytes());
    bytes.extend(shard.total().to_le_bytes());
    let Entry::Saved(checkpoint) = entry else {
        return Ok(());
    };
    match (checkpoint.unhandled_loss(), checkpoint.session()) {
        (None, session) => write_bytes(bytes, &json(&session)?)?,
        (Some(loss), None) => {
            write_bytes(bytes, &json(loss)?)?;
            bytes.push(ABSENT);
        }
        (Some(loss), Some(session)) => {
            write_bytes(bytes, &json(loss)?)?;
            bytes.push(PRESENT);
            write_bytes(bytes, &json(session)?)?;
        }
    }
    match checkpoint.state() {
        None => bytes.push(ABSENT),
        Some(state) => {
            bytes.push(PRESENT);
            write_bytes(bytes, state)?;
        }
    }
    Ok(())
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, FormatError> {
    serde_json::to_vec(value).map_err(|error| FormatError::damaged(error.to_string()))
}

fn write_bytes(bytes: &mut Vec<u8>, written: &[u8]) -> Result<(), FormatError> {
    let length = u32::try_from(written.len()).map_err(|_| {
        let problem = format!("a checkpoint has {} bytes", written.len());
        FormatError::new(StoreErrorKind::TooLarge, problem)
    })?;
    bytes.extend(length.to_le_bytes());
    bytes.extend(written);
    Ok(())
}

/// Returns the bytes that a frame adds to its payload.
pub(super) const fn frame_length(payload: usize) -> usize {
    FRAME_HEADER + payload
}

/// Appends a frame with a payload that is no longer than the maximum.
pub(super) fn write_frame(bytes: &mut Vec<u8>, header: FileHeader, number: u64, payload: &[u8]) {
    let start = bytes.len();
    bytes.extend(FRAME_MAGIC);
    bytes.extend(number.to_le_bytes());
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_le_bytes());
    bytes.extend(crc32fast::hash(payload).to_le_bytes());
    let checksum = frame_checksum(header, &bytes[start..]);
    bytes.extend(checksum.to_le_bytes());
    bytes.extend(payload);
}

fn frame_checksum(header: FileHeader, fields: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&header.id.to_le_bytes());
    hasher.update(fields);
    hasher.finalize()
}

/// Reads a file of this bot.
///
/// A last frame that is not whole is dropped. Anything else that is not as it was written is an error.
pub(super) fn read(bytes: &[u8], owner: StoreOwner) -> Result<Content, FormatError> {
    let (format, header) = read_header(bytes, owner)?;
    let mut content = Content {
        format,
        header,
        live: Live::new(),
        next_number: 0,
        length: HEADER,
    };
    while content.length < bytes.len() {
        let rest = &bytes[content.length..];
        let Some(frame) = Frame::read(rest, header) else {
            if let Some(offset) = find_frame(&rest[1..], header) {
                let (at, next) = (content.length, content.length + 1 + offset);
                let problem = format!("bytes {at} to {next} are no frame, and one follows");
                return Err(FormatError::damaged(problem));
            }
            break;
        };
        if frame.number != content.next_number {
            let problem = format!(
                "frame {} is where frame {} is to be",
                frame.number, content.next_number
            );
            return Err(FormatError::damaged(problem));
        }
        apply(frame.payload, format, &mut content.live)?;
        content.next_number = frame.number.saturating_add(1);
        content.length += frame_length(frame.payload.len());
    }
    Ok(content)
}

/// Returns the format of the file, and its header.
fn read_header(bytes: &[u8], owner: StoreOwner) -> Result<(u32, FileHeader), FormatError> {
    let known = bytes.len().min(MAGIC.len());
    if bytes[..known] != MAGIC[..known] {
        let problem = "it does not begin as one";
        return Err(FormatError::new(StoreErrorKind::Foreign, problem));
    }
    let mut reader = Reader(bytes);
    let too_short = || FormatError::damaged(format!("it has {} bytes only", bytes.len()));
    let mut fields = || {
        reader.take(MAGIC.len())?;
        let version = reader.u32()?;
        if version > FORMAT {
            return Some((version, 0, (0, 0), 0));
        }
        let id = reader.u64()?;
        let owner = (reader.u8()?, reader.u64()?);
        Some((version, id, owner, reader.u32()?))
    };
    let (version, id, of, checksum) = fields().ok_or_else(too_short)?;
    if version > FORMAT {
        let kind = StoreErrorKind::NewerFormat { format: version };
        return Err(FormatError::new(kind, "its format is not known"));
    }
    if version < FIRST_FORMAT || checksum != crc32fast::hash(&bytes[..HEADER - 4]) {
        return Err(FormatError::damaged("its header is damaged"));
    }
    if of != owner.to_parts() {
        let problem = format!("it is not that of bot {owner}");
        return Err(FormatError::new(StoreErrorKind::OtherBot, problem));
    }
    Ok((version, FileHeader { id, owner }))
}

/// A frame whose checksums are right.
struct Frame<'a> {
    number: u64,
    payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads the frame at the beginning of the bytes.
    fn read(bytes: &'a [u8], header: FileHeader) -> Option<Self> {
        let (number, length, checksum) = frame_header(bytes, header)?;
        let payload = bytes.get(FRAME_HEADER..)?.get(..length)?;
        (crc32fast::hash(payload) == checksum).then_some(Self { number, payload })
    }
}

/// Returns the number, the length of the payload and its checksum, if this is the header of a frame of this file.
fn frame_header(bytes: &[u8], header: FileHeader) -> Option<(u64, usize, u32)> {
    let fields = bytes.get(..FRAME_HEADER - 4)?;
    let mut reader = Reader(bytes);
    if reader.take(FRAME_MAGIC.len())? != FRAME_MAGIC {
        return None;
    }
    let (number, length, checksum) = (reader.u64()?, reader.u32()?, reader.u32()?);
    let length = usize::try_from(length).ok()?;
    let is_whole = reader.u32()? == frame_checksum(header, fields);
    (is_whole && length <= MAX_PAYLOAD).then_some((number, length, checksum))
}

/// Returns where a header of a frame begins, if there is one.
fn find_frame(bytes: &[u8], header: FileHeader) -> Option<usize> {
    let candidates = bytes.windows(FRAME_HEADER).enumerate();
    let mut found = candidates.filter(|(_, window)| window.starts_with(&FRAME_MAGIC));
    found
        .find(|(_, window)| frame_header(window, header).is_some())
        .map(|(offset, _)| offset)
}

/// Applies the entries of a whole frame.
pub(in super::super) fn apply(
    payload: &[u8],
    format: u32,
    live: &mut Live,
) -> Result<(), FormatError> {
    let invalid = || FormatError::damaged("a frame has other content than a batch");
    let mut reader = Reader(payload);
    let count = reader.u32().ok_or_else(invalid)?;
    for _ in 0..count {
        match read_entry(&mut reader, format).ok_or_else(invalid)? {
            (shard, Some(checkpoint)) => live.insert(key(shard), checkpoint),
            (shard, None) => live.remove(&key(shard)),
        };
    }
    if reader.0.is_empty() {
        Ok(())
    } else {
        Err(invalid())
    }
}

fn read_entry(reader: &mut Reader<'_>, format: u32) -> Option<(ShardId, Option<Checkpoint>)> {
    let tag = reader.u8()?;
    let (number, total) = (reader.u32()?, reader.u32()?);
    let shard = ShardId::new_checked(number, total)?;
    let checkpoint = match tag {
        ENDED => return Some((shard, None)),
        SAVED => Checkpoint::new(shard, reader.json()?),
        SAVED_WITH_LOSS if format > FIRST_FORMAT => {
            let loss = reader.json()?;
            match reader.u8()? {
                ABSENT => Checkpoint::without_session(shard, loss),
                PRESENT => Checkpoint::new(shard, reader.json()?).with_unhandled_loss(loss),
                _ => return None,
            }
        }
        _ => return None,
    };
    let checkpoint = match reader.u8()? {
        ABSENT => checkpoint,
        // A slice would keep the whole file in memory.
        PRESENT => checkpoint.with_state(Bytes::copy_from_slice(reader.bytes()?)),
        _ => return None,
    };
    Some((shard, Some(checkpoint)))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes with their length before.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        self.take(length)
    }

    /// JSON with its length before.
    fn json<T: DeserializeOwned>(&mut self) -> Option<T> {
        serde_json::from_slice(self.bytes()?).ok()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests;
