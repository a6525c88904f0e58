//! The identify queue and its ledger.

use super::Texts;
use gloaming::{
    error::{LedgerError, LedgerErrorKind, QueueError, QueueErrorKind},
    queue::FileLedger,
};
use std::time::Duration;

pub(super) fn add(texts: &mut Texts) {
    let retry_after = Duration::from_secs(3_600);
    for (kind, name) in [
        (QueueErrorKind::Backend, "Backend"),
        (QueueErrorKind::Closed, "Closed"),
        (QueueErrorKind::Exhausted { retry_after }, "Exhausted"),
        (QueueErrorKind::Ledger, "Ledger"),
    ] {
        texts.add(&format!("QueueErrorKind::{name}"), &QueueError::new(kind));
    }

    const PATH: &str = "/var/lib/bot/identifies.json";
    for (kind, name) in [
        (LedgerErrorKind::Busy, "Busy"),
        (LedgerErrorKind::Corrupt, "Corrupt"),
        (LedgerErrorKind::Folder, "Folder"),
        (LedgerErrorKind::NewerFormat { format: 2 }, "NewerFormat"),
        (LedgerErrorKind::Read, "Read"),
        (LedgerErrorKind::TimedOut, "TimedOut"),
        (LedgerErrorKind::Write, "Write"),
    ] {
        let error = LedgerError::new(kind).with_path(PATH);
        texts.add_with_place(&format!("LedgerErrorKind::{name}"), &error, PATH);
    }
    // These have no path yet.
    let error = FileLedger::for_bot("not-a-token").unwrap_err();
    assert_eq!(error.kind(), LedgerErrorKind::UnknownBot);
    texts.add("LedgerErrorKind::UnknownBot", &error);
    let error = LedgerError::new(LedgerErrorKind::NoStateFolder);
    texts.add("LedgerErrorKind::NoStateFolder", &error);
}
