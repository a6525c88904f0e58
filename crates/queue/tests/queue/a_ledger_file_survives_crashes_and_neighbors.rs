//! What is on record stays on record, whole.

use std::{fs, thread};

use crate::support::Scratch;
use gloaming_queue::{Entry, FileLedger, Identify, Ledger, LedgerErrorKind, Record, Timestamp};

fn spent(shard: u32, millis: u64) -> Entry {
    Entry::Spent(Identify {
        shard,
        at: Timestamp::from_millis(1_750_000_000_000 + millis),
    })
}

#[test]
fn it_starts_out_empty_and_is_read_back() {
    let scratch = Scratch::new("read_back");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    assert_eq!(ledger.load().unwrap(), Record::default());
    ledger.record(&[spent(0, 0), spent(1, 5000)]).unwrap();
    ledger.record(&[spent(2, 10_000)]).unwrap();
    let shards = ledger
        .load()
        .unwrap()
        .spent()
        .iter()
        .map(|identify| identify.shard)
        .collect::<Vec<_>>();
    assert_eq!(shards, [0, 1, 2]);
}

#[test]
fn a_crash_in_the_middle_of_a_write_leaves_the_old_record() {
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
fn a_damaged_file_is_a_typed_error_and_stays_as_it_is() {
    let scratch = Scratch::new("damaged");
    let path = scratch.join("identifies.json");
    let ledger = FileLedger::new(&path);
    ledger.record(&[spent(0, 0)]).unwrap();
    let whole = fs::read(&path).unwrap();
    let newer = String::from_utf8(whole.clone())
        .unwrap()
        .replace("\"version\":1", "\"version\":2");
    let damaged = (0..whole.len()).map(|cut| whole[..cut].to_vec()).chain([
        b"[]".to_vec(),
        vec![0xff; 64],
        newer.into_bytes(),
    ]);
    for content in damaged {
        fs::write(&path, &content).unwrap();
        let kinds = [
            ledger.load().unwrap_err().kind(),
            ledger.record(&[spent(1, 1)]).unwrap_err().kind(),
        ];
        assert_eq!(kinds, [LedgerErrorKind::Corrupt; 2]);
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[test]
fn a_missing_directory_is_a_typed_error() {
    let scratch = Scratch::new("missing");
    let ledger = FileLedger::new(scratch.join("nowhere").join("identifies.json"));
    let error = ledger.record(&[spent(0, 0)]).unwrap_err();
    assert_eq!(error.kind(), LedgerErrorKind::Write);
}

#[test]
fn a_file_that_can_not_be_opened_is_no_empty_one() {
    let scratch = Scratch::new("unreadable");
    let path = scratch.join("identifies.json");
    fs::write(&path, "{}").unwrap();
    // There can be nothing below a file.
    let ledger = FileLedger::new(path.join("identifies.json"));
    assert_eq!(ledger.load().unwrap_err().kind(), LedgerErrorKind::Read);
}

#[test]
fn nothing_is_lost_among_several_writers() {
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
fn a_file_that_no_day_could_fill_is_not_read_into_memory() {
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
fn a_file_that_another_process_keeps_locked_is_waited_for() {
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
