//! An identify that a file's ledger refuses changes nothing.

use crate::harness::{Scratch, unlimited_budget};
use gloaming_queue::{
    BootId, BootTime, ClockReading, FileLedger, Ledger, LedgerEntry, LedgerVerdict,
    RecordedIdentify, Timestamp, WaitReason,
};
use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

const REFUSED: LedgerVerdict = LedgerVerdict::Refused(WaitReason::Concurrency);

/// A file's ledger, by a clock that the test sets.
struct Process {
    ledger: FileLedger,
    uptime: Arc<AtomicU64>,
}

impl Process {
    fn new(scratch: &Scratch) -> Self {
        let uptime = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&uptime);
        let ledger = FileLedger::new(scratch.join("identifies.json"));
        Self {
            ledger: ledger.with_clock(move || reading(clock.load(Ordering::SeqCst))),
            uptime,
        }
    }

    fn spend(&self, uptime: u64, shard: u32) -> LedgerVerdict {
        self.uptime.store(uptime, Ordering::SeqCst);
        let settings = unlimited_budget(1);
        let answer = self.ledger.spend(&[identify(shard)], &settings).unwrap();
        assert_eq!(answer.at, reading(uptime));
        answer.verdicts[0]
    }
}

fn reading(uptime: u64) -> ClockReading {
    ClockReading {
        wall: Timestamp::from_millis(1_750_000_000_000 + uptime),
        boot: Some(BootTime {
            id: BootId::new(1),
            uptime,
        }),
    }
}

fn identify(shard: u32) -> RecordedIdentify {
    RecordedIdentify {
        shard,
        at: Timestamp::from_millis(1_750_000_000_000),
    }
}

#[test]
fn file_remains_as_it_is_until_the_spacing_has_passed() {
    let scratch = Scratch::new("refused");
    let process = Process::new(&scratch);
    assert_eq!(process.spend(0, 0), LedgerVerdict::Recorded);
    let sent = LedgerEntry::Sent {
        identify: identify(0),
        at: reading(0),
    };
    process.ledger.record(&[sent]).unwrap();
    let before = fs::read(process.ledger.path()).unwrap();
    // 5.25 s, less 50 ms for the resolution of the clocks.
    assert_eq!(process.spend(5199, 1), REFUSED);
    assert_eq!(fs::read(process.ledger.path()).unwrap(), before);
    assert_eq!(process.spend(5200, 1), LedgerVerdict::Recorded);
    assert_ne!(fs::read(process.ledger.path()).unwrap(), before);
}

#[test]
fn deleted_file_is_written_again_without_it() {
    let scratch = Scratch::new("refused_deleted");
    let process = Process::new(&scratch);
    assert_eq!(process.spend(0, 0), LedgerVerdict::Recorded);
    fs::remove_file(process.ledger.path()).unwrap();
    assert_eq!(process.spend(1, 1), REFUSED);
    let written = FileLedger::new(process.ledger.path()).load().unwrap();
    assert!(written.spent().eq([identify(0)]));
}
