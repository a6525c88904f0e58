//! A path without a directory is one in the working directory, which is where a ledger's file is
//! written, locked and read back then.

#[path = "queue/support/scratch.rs"]
mod scratch;

use std::{env, fs, path::Path};

use gloaming_queue::{Entry, FileLedger, Identify, Ledger, Timestamp};
use scratch::Scratch;

/// The only test of this program: the working directory is everyone's.
#[test]
fn as_a_bare_name() {
    let scratch = Scratch::new("working_directory");
    env::set_current_dir(&*scratch).unwrap();
    let ledger = FileLedger::new("identifies.json");
    assert_eq!(ledger.path(), Path::new("identifies.json"));
    let identify = Identify {
        shard: 3,
        at: Timestamp::from_millis(1_750_000_000_000),
    };
    ledger.record(&[Entry::Spent(identify)]).unwrap();
    assert_eq!(ledger.load().unwrap().spent(), [identify]);
    assert!(fs::exists(scratch.join("identifies.json")).unwrap());
}
