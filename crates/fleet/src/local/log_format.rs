//! The format of the log that the processes of a machine share. Without IO.
//!
//! ```text
//! file    = header frame*
//! header  = magic[8] format[4] id[8] previous_id[8] previous_length[8] crc32[4]
//! frame   = magic[4] length[4] number[8] durable[8] payload_crc32[4] crc32[4] payload[length]
//! payload = at[8] wall[8] (0 | 1 boot[16] uptime[8]) operation
//! ```
//!
//! Numbers are little-endian. A frame is one operation. The checksum of its header includes the id of the file. `previous_*`
//! says which log this one continues, and at which length, so that a process which has read that far has missed nothing.
//!
//! A process that is killed leaves at most one frame unfinished, at the end. A power failure may leave anything from the
//! length on that was not made durable. `durable` is that length as the writer of a frame knew it: what is not whole counts
//! as damage only if a frame follows that says so.

use super::{
    encoding::{Reader, Writer, damaged},
    operation::Operation,
    replica::Stamp,
};
use crc32fast::Hasher;
use gloaming_coordinator::{CoordinatorError, CoordinatorErrorKind};
use gloaming_queue::{BootId, BootTime, ClockReading, Timestamp};
use std::time::Duration;

/// The number of the format.
const FORMAT: u32 = 1;

const MAGIC: [u8; 8] = *b"gloamflt";

/// The length of the header of a log.
pub(super) const HEADER: usize = 40;

const FRAME_MAGIC: [u8; 4] = *b"\xF1GLF";
const FRAME_HEADER: usize = 32;

/// What identifies a log, and the one that it continues.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct LogHeader {
    /// A random number.
    pub(super) id: u64,
    pub(super) previous: LogPosition,
}

/// A length of a log.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct LogPosition {
    pub(super) id: u64,
    pub(super) length: u64,
}

/// An operation in the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Frame {
    pub(super) stamp: Stamp,
    pub(super) operation: Operation,
}

/// What is read of a part of a log.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) frames: Vec<Frame>,
    /// The number of bytes that the frames take.
    pub(super) length: usize,
    /// The number of bytes of the log that are durable, as far as the frames say.
    pub(super) durable: u64,
}

pub(super) fn write_header(header: LogHeader) -> Vec<u8> {
    let mut writer = Writer(MAGIC.to_vec());
    writer.u32(FORMAT);
    writer.u64(header.id);
    writer.u64(header.previous.id);
    writer.u64(header.previous.length);
    let checksum = crc32fast::hash(&writer.0);
    writer.u32(checksum);
    writer.0
}

pub(super) fn read_header(bytes: &[u8]) -> Result<LogHeader, CoordinatorError> {
    let Some((fields, checksum)) = bytes
        .get(..HEADER)
        .and_then(|header| header.split_last_chunk::<4>())
    else {
        return Err(damaged("the log is shorter than its header"));
    };
    let Some(fields_after) = fields.strip_prefix(&MAGIC) else {
        return Err(damaged("the log is a file of another program"));
    };
    let mut reader = Reader(fields_after);
    let format = reader.u32();
    if format.is_some_and(|format| format > FORMAT) {
        let newer = "a newer version of this library wrote the log: update this program";
        return Err(CoordinatorError::with_source(
            CoordinatorErrorKind::Failed,
            newer,
        ));
    }
    let mut header = || {
        let id = reader.u64()?;
        let (previous_id, length) = (reader.u64()?, reader.u64()?);
        let previous = LogPosition {
            id: previous_id,
            length,
        };
        Some(LogHeader { id, previous })
    };
    let is_whole = crc32fast::hash(fields) == u32::from_le_bytes(*checksum);
    match header() {
        Some(header) if is_whole && format == Some(FORMAT) => Ok(header),
        _ => Err(damaged("the header of the log is damaged")),
    }
}

/// Appends a frame.
pub(super) fn write_frame(
    bytes: &mut Vec<u8>,
    log: u64,
    number: u64,
    durable: u64,
    stamp: Stamp,
    operation: &Operation,
) {
    let mut payload = Writer::default();
    write_stamp(&mut payload, stamp);
    operation.write(&mut payload);
    let mut header = Writer(FRAME_MAGIC.to_vec());
    // Bounded by the caller.
    header.u32(u32::try_from(payload.0.len()).unwrap_or(u32::MAX));
    header.u64(number);
    header.u64(durable);
    header.u32(crc32fast::hash(&payload.0));
    let checksum = frame_checksum(log, &header.0);
    header.u32(checksum);
    bytes.extend(header.0);
    bytes.extend(payload.0);
}

/// Reads the frames of a part of a log that begins at `offset` with frame `number`.
///
/// # Errors
///
/// Fails if the log is damaged. What is not whole at its end is left out.
pub(super) fn read_frames(
    bytes: &[u8],
    log: u64,
    offset: u64,
    number: u64,
) -> Result<Part, CoordinatorError> {
    let mut part = Part::default();
    let mut next = number;
    while part.length < bytes.len() {
        let rest = &bytes[part.length..];
        let at = offset + part.length as u64;
        let Some(raw) = RawFrame::read(rest, log) else {
            if durable_after(&rest[1..], log) > at {
                return Err(damaged(format!("byte {at} of the log begins no frame")));
            }
            break;
        };
        if raw.number != next {
            let found = raw.number;
            return Err(damaged(format!(
                "frame {found} of the log is where frame {next} is to be"
            )));
        }
        let Some(frame) = read_payload(raw.payload) else {
            return Err(damaged(format!(
                "frame {next} of the log has other content"
            )));
        };
        part.frames.push(frame);
        part.durable = part.durable.max(raw.durable);
        part.length += FRAME_HEADER + raw.payload.len();
        next += 1;
    }
    Ok(part)
}

/// A frame whose checksums are right.
struct RawFrame<'a> {
    number: u64,
    durable: u64,
    payload: &'a [u8],
}

/// The fields of the header of a frame.
struct FrameHeader {
    length: usize,
    number: u64,
    durable: u64,
    checksum: u32,
}

impl FrameHeader {
    fn read(bytes: &[u8], log: u64) -> Option<Self> {
        let (fields, checksum) = bytes.get(..FRAME_HEADER)?.split_last_chunk::<4>()?;
        if frame_checksum(log, fields) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let mut reader = Reader(fields.strip_prefix(&FRAME_MAGIC)?);
        Some(Self {
            length: usize::try_from(reader.u32()?).ok()?,
            number: reader.u64()?,
            durable: reader.u64()?,
            checksum: reader.u32()?,
        })
    }
}

impl<'a> RawFrame<'a> {
    fn read(bytes: &'a [u8], log: u64) -> Option<Self> {
        let header = FrameHeader::read(bytes, log)?;
        let payload = bytes.get(FRAME_HEADER..)?.get(..header.length)?;
        let is_whole = crc32fast::hash(payload) == header.checksum;
        is_whole.then_some(Self {
            number: header.number,
            durable: header.durable,
            payload,
        })
    }
}

/// Returns the largest durable length that a frame in these bytes names, or zero.
fn durable_after(bytes: &[u8], log: u64) -> u64 {
    let windows = bytes.windows(FRAME_HEADER);
    let headers = windows
        .filter(|window| window.starts_with(&FRAME_MAGIC))
        .filter_map(|window| FrameHeader::read(window, log));
    headers.map(|header| header.durable).max().unwrap_or(0)
}

fn frame_checksum(log: u64, fields: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&log.to_le_bytes());
    hasher.update(fields);
    hasher.finalize()
}

fn write_stamp(to: &mut Writer, stamp: Stamp) {
    to.duration(stamp.at);
    to.u64(stamp.reading.wall.as_millis());
    match stamp.reading.boot {
        None => to.u8(0),
        Some(boot) => {
            to.u8(1);
            // The id is written as hexadecimal digits.
            let id = u128::from_str_radix(&boot.id.to_string(), 16).unwrap_or(0);
            to.u128(id);
            to.u64(boot.uptime);
        }
    }
}

fn read_payload(payload: &[u8]) -> Option<Frame> {
    let mut reader = Reader(payload);
    let at: Duration = reader.duration()?;
    let wall = Timestamp::from_millis(reader.u64()?);
    let boot = match reader.u8()? {
        0 => None,
        1 => Some(BootTime {
            id: BootId::new(reader.u128()?),
            uptime: reader.u64()?,
        }),
        _ => return None,
    };
    let reading = ClockReading { wall, boot };
    let operation = Operation::read(&mut reader)?;
    reader.0.is_empty().then_some(Frame {
        stamp: Stamp { at, reading },
        operation,
    })
}

#[cfg(test)]
mod tests;
