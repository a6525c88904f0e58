//! An error's text says what is wrong and what to do about it.

use std::{error::Error, time::Duration};

use gloaming_queue::{LedgerError, LedgerErrorKind, QueueError, QueueErrorKind};

#[track_caller]
fn assert_says(error: &dyn Error, what: &str, to_do: &str) {
    let text = error.to_string();
    let (problem, advice) = text.split_once(':').expect("the advice is behind a colon");
    assert!(problem.contains(what), "{text}");
    assert!(advice.contains(to_do), "{text}");
    assert!(text.starts_with(|c: char| c.is_lowercase()), "{text}");
    assert!(!text.ends_with('.'), "{text}");
}

#[test]
fn of_a_queue() {
    let retry_after = Duration::from_secs(61);
    for (kind, what, to_do) in [
        (QueueErrorKind::Backend, "queue failed", "then retry"),
        (QueueErrorKind::Closed, "is closed", "a new one"),
        (
            QueueErrorKind::Exhausted { retry_after },
            "are used up",
            "wait 61 s",
        ),
        (
            QueueErrorKind::Ledger,
            "can't be written",
            "repair its store",
        ),
    ] {
        assert_says(&QueueError::new(kind), what, to_do);
    }
}

#[test]
fn of_a_ledger() {
    for (kind, what, to_do) in [
        (LedgerErrorKind::Busy, "locked", "look for one that hangs"),
        (LedgerErrorKind::Corrupt, "is damaged", "then remove it"),
        (LedgerErrorKind::Read, "can't be read", "permissions"),
        (LedgerErrorKind::Write, "can't be written", "space left"),
    ] {
        assert_says(&LedgerError::new(kind), what, to_do);
    }
}

#[test]
fn and_its_cause_apart_from_it() {
    let ledger = LedgerError::with_source(LedgerErrorKind::Write, "no space left on device");
    let error = QueueError::with_source(QueueErrorKind::Ledger, ledger);
    let ledger = error.source().expect("it was given");
    assert!(!error.to_string().contains(&ledger.to_string()));
    let disk = ledger.source().expect("it was given");
    assert_eq!(disk.to_string(), "no space left on device");
    assert!(disk.source().is_none());
}
