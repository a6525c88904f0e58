//! The virtual time, which all processes share.

use crate::Result;
use gloaming_queue::{BootId, BootTime, ClockReading, Timestamp};
use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
    sync::{Mutex, PoisonError},
};

/// The time, in a file: milliseconds since the [`Epoch`]. Only the parent process sets it, so that no process reads a time
/// that is earlier than one that another process has read.
#[derive(Debug)]
pub(super) struct SharedClock(Mutex<File>);

/// What the clocks of the machine show when the virtual time is 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Epoch {
    pub(super) wall: u64,
    pub(super) boot: BootTime,
}

impl SharedClock {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(true);
        Ok(Self(Mutex::new(file.open(path)?)))
    }

    pub(super) fn open(path: &Path) -> Result<Self> {
        Ok(Self(Mutex::new(File::open(path)?)))
    }

    pub(super) fn set(&self, time: u64) -> Result<()> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(0))?;
        Ok(file.write_all(&time.to_le_bytes())?)
    }

    pub(super) fn time(&self) -> Result<u64> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = [0; 8];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

impl Epoch {
    pub(super) fn now() -> Result<Self> {
        let now = ClockReading::now();
        Ok(Self {
            wall: now.wall.as_millis(),
            boot: now.boot.ok_or("the machine has no uptime")?,
        })
    }

    pub(super) fn parse(wall: &str, boot: &str, uptime: &str) -> Result<Self> {
        Ok(Self {
            wall: wall.parse()?,
            boot: BootTime {
                id: boot.parse::<BootId>()?,
                uptime: uptime.parse()?,
            },
        })
    }

    pub(super) fn into_args(self) -> [String; 3] {
        [
            self.wall.to_string(),
            self.boot.id.to_string(),
            self.boot.uptime.to_string(),
        ]
    }

    /// What the clocks show at `time` to a process whose wall clock is ahead by `ahead` milliseconds.
    pub(super) fn reading(&self, time: u64, ahead: i64) -> ClockReading {
        let wall = (self.wall + time).saturating_add_signed(ahead);
        ClockReading {
            wall: Timestamp::from_millis(wall),
            boot: Some(BootTime {
                uptime: self.boot.uptime + time,
                ..self.boot
            }),
        }
    }
}
