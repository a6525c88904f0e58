//! Recorded identifies survive crashes and concurrent writers.

use std::{fs, thread};

use crate::harness::Scratch;
use gloaming_queue::{
    FileLedger, Ledger, LedgerEntry, LedgerErrorKind, LedgerState, RecordedIdentify, Timestamp,
};

fn spent(shard: u32, millis: u64) -> LedgerEntry {
    LedgerEntry::Spent(RecordedIdentify {
        shard,
        at: Timestamp::from_millis(1_750_000_000_000 + millis),
    })
}

#[test]
fn missing_file_is_empty_and_entries_are_read_back() {
    let scratch = Scratch::new("read_back");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    assert_eq!(ledger.load().unwrap(), LedgerState::default());
    ledger.record(&[spent(0, 0), spent(1, 5000)]).unwrap();
    ledger.record(&[spent(2, 10_000)]).unwrap();
    let shards = ledger
        .load()
        .unwrap()
        .spent()
        .map(|identify| identify.shard)
        .collect::<Vec<_>>();
    assert_eq!(shards, [0, 1, 2]);
}

#[test]
fn crash_during_a_write_keeps_the_previous_state() {
    let scratch = Scratch::new("torn");
    let path = scratch.join("identifies.json");
    let ledger = FileLedger::new(&path);
    ledger.record(&[spent(0, 0)]).unwrap();
    fs::write(scratch.join("identifies.json.4711.tmp"), "{\"vers").unwrap();
    assert_eq!(ledger.load().unwrap().spent().len(), 1);
    ledger.record(&[spent(1, 1)]).unwrap();
    assert_eq!(ledger.load().unwrap().spent().len(), 2);
}

#[test]
fn damaged_file_is_an_error_and_is_not_overwritten() {
    let scratch = Scratch::new("damaged");
    let path = scratch.join("identifies.json");
    let ledger = FileLedger::new(&path);
    ledger.record(&[spent(0, 0)]).unwrap();
    let whole = fs::read(&path).unwrap();
    let damaged = (0..whole.len()).map(|cut| whole[..cut].to_vec()).chain([
        b"[]".to_vec(),
        vec![0xff; 64],
        br#"{"version":0}"#.to_vec(),
        br#"{"version":1}"#.to_vec(),
        br#"{"version":2,"announced":null,"spent":[]}"#.to_vec(),
    ]);
    for content in damaged {
        fs::write(&path, &content).unwrap();
        let errors = [
            ledger.load().unwrap_err(),
            ledger.record(&[spent(1, 1)]).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), LedgerErrorKind::Corrupt);
            assert_eq!(error.path(), Some(&*path));
        }
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[test]
fn newer_format_is_not_called_damaged_and_is_not_overwritten() {
    let scratch = Scratch::new("newer");
    let path = scratch.join("identifies.json");
    let ledger = FileLedger::new(&path);
    for content in [
        r#"{"version":3,"announced":null,"spent":[]}"#,
        r#"{"version":7,"identifies":{}}"#,
        r#"{"version":10000000000,"identifies":{}}"#,
    ] {
        fs::write(&path, content).unwrap();
        let format = match content.as_bytes()[11] {
            b'1' => u32::MAX,
            digit => u32::from(digit - b'0'),
        };
        let errors = [
            ledger.load().unwrap_err(),
            ledger.record(&[spent(1, 1)]).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), LedgerErrorKind::NewerFormat { format });
            assert!(!error.to_string().contains("damaged"), "{error}");
            assert!(error.to_string().contains("identifies.json"), "{error}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn missing_directory_is_a_write_error() {
    let scratch = Scratch::new("missing");
    let ledger = FileLedger::new(scratch.join("nowhere").join("identifies.json"));
    let error = ledger.record(&[spent(0, 0)]).unwrap_err();
    assert_eq!(error.kind(), LedgerErrorKind::Write);
    assert_eq!(error.path(), Some(ledger.path()));
}

#[test]
fn file_that_cannot_be_opened_is_a_read_error() {
    let scratch = Scratch::new("unreadable");
    let path = scratch.join("identifies.json");
    fs::write(&path, "{}").unwrap();
    // A file has no entries.
    let ledger = FileLedger::new(path.join("identifies.json"));
    let error = ledger.load().unwrap_err();
    assert_eq!(error.kind(), LedgerErrorKind::Read);
    assert_eq!(error.path(), Some(ledger.path()));
}

#[test]
fn concurrent_writers_lose_no_entry() {
    let scratch = Scratch::new("writers");
    let path = scratch.join("identifies.json");
    thread::scope(|scope| {
        for writer in 0..4 {
            let ledger = FileLedger::new(&path);
            scope.spawn(move || {
                for index in 0..25 {
                    ledger.record(&[spent(writer, index)]).unwrap();
                }
            });
        }
    });
    let record = FileLedger::new(&path).load().unwrap();
    assert_eq!(record.spent().len(), 100);
}

#[test]
fn oversized_file_is_not_read_into_memory() {
    const MEBIBYTE: usize = 1024 * 1024;

    let scratch = Scratch::new("large");
    let path = scratch.join("identifies.json");
    let ledger = FileLedger::new(&path);
    ledger.record(&[spent(0, 0)]).unwrap();
    let record = fs::read(&path).unwrap();
    let padded = |length| [vec![b' '; length], record.clone()].concat();
    fs::write(&path, padded(2 * MEBIBYTE)).unwrap();
    assert_eq!(ledger.load().unwrap().spent().len(), 1);
    fs::write(&path, padded(16 * MEBIBYTE)).unwrap();
    let error = ledger.load().unwrap_err();
    assert_eq!(error.kind(), LedgerErrorKind::Corrupt);
}

#[test]
fn locked_file_is_waited_for() {
    let scratch = Scratch::new("locked");
    let path = scratch.join("identifies.json");
    let lock = fs::File::create(scratch.join("identifies.json.lock")).unwrap();
    lock.lock().unwrap();
    let writer = {
        let ledger = FileLedger::new(&path);
        thread::spawn(move || ledger.record(&[spent(0, 0)]))
    };
    assert!(!path.exists() && !writer.is_finished());
    lock.unlock().unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(FileLedger::new(&path).load().unwrap().spent().len(), 1);
}
