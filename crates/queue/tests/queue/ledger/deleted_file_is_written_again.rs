//! A ledger that is deleted or replaced while it is used keeps what its processes know.

use crate::harness::Scratch;
use gloaming_queue::{FileLedger, Ledger, LedgerEntry, RecordedIdentify, Timestamp};
#[cfg(feature = "tokio")]
use gloaming_test_support::Logs;
use std::fs;

fn spent(shard: u32) -> LedgerEntry {
    LedgerEntry::Spent(RecordedIdentify {
        shard,
        at: Timestamp::from_millis(1_750_000_000_000),
    })
}

fn shards(ledger: &FileLedger) -> Vec<u32> {
    let state = FileLedger::new(ledger.path()).load().unwrap();
    let mut shards = state.spent().map(|spent| spent.shard).collect::<Vec<_>>();
    shards.sort_unstable();
    shards
}

#[test]
fn identifies_of_a_deleted_file_are_written_again() {
    let scratch = Scratch::new("deleted");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    let other = FileLedger::new(ledger.path());
    ledger.record(&[spent(0)]).unwrap();
    other.record(&[spent(1)]).unwrap();
    ledger.record(&[spent(2)]).unwrap();
    fs::remove_file(ledger.path()).unwrap();
    // Even its lock.
    fs::remove_file(scratch.join("identifies.json.lock")).unwrap();
    assert_eq!(ledger.load().unwrap().spent().len(), 3);
    other.record(&[spent(3)]).unwrap();
    assert_eq!(shards(&ledger), [0, 1, 3], "it does not know the last one");
    ledger.record(&[]).unwrap();
    assert_eq!(shards(&ledger), [0, 1, 2, 3]);
    // From then on, they agree again.
    other.record(&[spent(4)]).unwrap();
    ledger
        .record(&[LedgerEntry::Returned(RecordedIdentify {
            shard: 1,
            at: Timestamp::from_millis(1_750_000_000_000),
        })])
        .unwrap();
    other.record(&[]).unwrap();
    assert_eq!(shards(&ledger), [0, 2, 3, 4]);
}

#[test]
fn older_copy_loses_nothing() {
    let scratch = Scratch::new("older_copy");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    ledger.record(&[spent(0)]).unwrap();
    let copy = fs::read(ledger.path()).unwrap();
    ledger.record(&[spent(1)]).unwrap();
    fs::write(ledger.path(), copy).unwrap();
    ledger.record(&[spent(2)]).unwrap();
    assert_eq!(shards(&ledger), [0, 1, 2]);
}

#[test]
fn identifies_that_were_only_read_are_written_again() {
    let scratch = Scratch::new("only_read");
    let other = FileLedger::new(scratch.join("identifies.json"));
    other.record(&[spent(0)]).unwrap();
    let ledger = FileLedger::new(other.path());
    assert_eq!(ledger.load().unwrap().spent().len(), 1);
    fs::remove_file(ledger.path()).unwrap();
    ledger.record(&[spent(1)]).unwrap();
    assert_eq!(shards(&ledger), [0, 1]);
}

#[test]
fn reading_a_replaced_file_loses_nothing() {
    let scratch = Scratch::new("read_replaced");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    ledger.record(&[spent(0)]).unwrap();
    fs::remove_file(ledger.path()).unwrap();
    let other = FileLedger::new(ledger.path());
    other.record(&[spent(1)]).unwrap();
    for _ in 0..2 {
        assert_eq!(ledger.load().unwrap().spent().len(), 2);
    }
    assert_eq!(shards(&ledger), [1], "the next change writes it");
    ledger.record(&[]).unwrap();
    assert_eq!(shards(&ledger), [0, 1]);
}

#[test]
fn file_of_another_process_is_not_a_replacement() {
    let scratch = Scratch::new("not_replaced");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    assert_eq!(ledger.load().unwrap().spent().len(), 0);
    let other = FileLedger::new(ledger.path());
    other.record(&[spent(0)]).unwrap();
    fs::remove_file(ledger.path()).unwrap();
    // It never saw the file.
    ledger.record(&[spent(1)]).unwrap();
    assert_eq!(shards(&ledger), [1]);
}

#[cfg(feature = "tokio")]
#[test]
fn deletion_is_said_with_the_path() {
    let scratch = Scratch::new("deletion_is_said");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    let path = ledger.path().display().to_string();
    let (logs, _guard) = Logs::capture(tracing::Level::WARN);
    ledger.record(&[spent(0)]).unwrap();
    ledger.record(&[spent(1)]).unwrap();
    assert_eq!(logs.text(), "");
    fs::remove_file(ledger.path()).unwrap();
    ledger.record(&[]).unwrap();
    let text = logs.text();
    assert!(text.contains("was deleted while it is used"), "{text}");
    assert!(text.contains(&path), "{text}");
    ledger.record(&[]).unwrap();
    assert_eq!(logs.text(), text, "it is said once");
    fs::write(
        ledger.path(),
        r#"{"version":1,"announced":null,"spent":[]}"#,
    )
    .unwrap();
    ledger.record(&[]).unwrap();
    let text = logs.text();
    assert!(text.contains("was replaced by another file"), "{text}");
}
