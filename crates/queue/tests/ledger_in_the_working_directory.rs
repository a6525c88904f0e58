//! A ledger's path without a directory refers to the working directory.

#[path = "queue/harness/scratch.rs"]
mod scratch;

use std::{env, fs, path::Path};

use gloaming_queue::{FileLedger, Ledger, LedgerEntry, RecordedIdentify, Timestamp};
use scratch::Scratch;

/// The only test of this program, since all tests of a program share the working directory.
#[test]
fn bare_file_name_is_written_and_read_back() {
    let scratch = Scratch::new("working_directory");
    env::set_current_dir(&*scratch).unwrap();
    let ledger = FileLedger::new("identifies.json");
    assert_eq!(ledger.path(), Path::new("identifies.json"));
    let identify = RecordedIdentify {
        shard: 3,
        at: Timestamp::from_millis(1_750_000_000_000),
    };
    ledger.record(&[LedgerEntry::Spent(identify)]).unwrap();
    assert!(ledger.load().unwrap().spent().eq([identify]));
    assert!(fs::exists(scratch.join("identifies.json")).unwrap());
}
