//! An error's text names the problem and the remedy.

use std::{error::Error, time::Duration};

use gloaming_queue::{LedgerError, LedgerErrorKind, QueueError, QueueErrorKind};

#[track_caller]
fn assert_text(error: &dyn Error, expected_problem: &str, expected_remedy: &str) {
    let text = error.to_string();
    let (problem, remedy) = text.split_once(':').expect("the remedy follows a colon");
    assert!(problem.contains(expected_problem), "{text}");
    assert!(remedy.contains(expected_remedy), "{text}");
    assert!(text.starts_with(|c: char| c.is_lowercase()), "{text}");
    assert!(!text.ends_with('.'), "{text}");
}

#[test]
fn queue_errors_name_problem_and_remedy() {
    let retry_after = Duration::from_secs(61);
    for (kind, problem, remedy) in [
        (QueueErrorKind::Backend, "backend failed", "then retry"),
        (
            QueueErrorKind::Closed,
            "was shut down",
            "configure a new queue",
        ),
        (
            QueueErrorKind::Exhausted { retry_after },
            "is used up",
            "wait 61 s",
        ),
        (
            QueueErrorKind::Ledger,
            "can't write it to its ledger",
            "repair the ledger's storage",
        ),
    ] {
        assert_text(&QueueError::new(kind), problem, remedy);
    }
}

#[test]
fn ledger_errors_name_problem_and_remedy() {
    for (kind, problem, remedy) in [
        (
            LedgerErrorKind::Busy,
            "locked",
            "whether that process hangs",
        ),
        (
            LedgerErrorKind::Corrupt,
            "is damaged",
            "then delete the ledger",
        ),
        (
            LedgerErrorKind::NewerFormat { format: 2 },
            "format 2 by a newer version",
            "update this program",
        ),
        (LedgerErrorKind::Read, "can't be read", "permissions"),
        (
            LedgerErrorKind::Write,
            "can't be written",
            "free disk space",
        ),
    ] {
        let error = LedgerError::new(kind);
        assert_text(&error, problem, remedy);
        assert_eq!(error.path(), None);
        let error = error.with_path("/var/lib/bot/identifies.json");
        assert_text(&error, "`/var/lib/bot/identifies.json`", remedy);
        assert_text(&error, problem, remedy);
    }
}

#[test]
fn source_is_not_repeated_in_the_text() {
    let ledger = LedgerError::with_source(LedgerErrorKind::Write, "no space left on device");
    let error = QueueError::with_source(QueueErrorKind::Ledger, ledger);
    let ledger = error.source().expect("a source was given");
    assert!(!error.to_string().contains(&ledger.to_string()));
    let disk = ledger.source().expect("a source was given");
    assert_eq!(disk.to_string(), "no space left on device");
    assert!(disk.source().is_none());
}
