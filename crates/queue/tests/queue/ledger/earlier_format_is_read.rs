//! A file of format 1, which had only the times of the wall clock, is read and written in the current format.

use crate::harness::{Scratch, unlimited_budget};
use gloaming_queue::{ClockReading, FileLedger, Ledger, LedgerEntry, QueueSettings, Timestamp};
use std::{fs, time::Duration};

/// As version 0.1 of the format wrote it.
const FORMAT_1: &str = r#"{"version":1,"announced":{"at":1750000000000,"remaining":900,"total":1000,
"resets_at":1750086400000},"spent":[{"shard":3,"at":1750000001000},{"shard":5,"at":1750000007000}]}"#;

#[test]
fn file_of_format_1_is_read_and_written_in_format_2() {
    let scratch = Scratch::new("format_1");
    let path = scratch.join("identifies.json");
    fs::write(&path, FORMAT_1).unwrap();
    let minute_later = ClockReading::of_wall(Timestamp::from_millis(1_750_000_067_000));
    let ledger = FileLedger::new(&path).with_clock(move || minute_later);
    let settings = QueueSettings {
        total: 1000,
        remaining: 1000,
        ..unlimited_budget(1)
    };
    let left = ledger.load().unwrap().restrict(settings, &minute_later);
    assert_eq!(left.remaining, 898);
    let reset = Duration::from_secs(24 * 60 * 60 - 67);
    assert!(left.reset_after >= reset, "{left:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), FORMAT_1);

    ledger.record(&[]).unwrap();
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.starts_with(r#"{"version":2,"#), "{written}");
    let state = FileLedger::new(&path).load().unwrap();
    assert_eq!(state.restrict(settings, &minute_later).remaining, 898);
    let identify = state.spent().next().unwrap();
    assert_eq!(identify.shard, 3);
    ledger.record(&[LedgerEntry::Returned(identify)]).unwrap();
    assert_eq!(FileLedger::new(&path).load().unwrap().spent().len(), 1);
}
