//! If the resume host answers 503, the session resumes on the main host (P16).

use crate::harness::{
    finish, is_gap, is_ready, is_resumed, session, shard, start, until, variants,
};
use gloaming_emulator::{Emulator, Selector};
use gloaming_shard::{
    Item, Lifecycle,
    error::{ConnectError, ConnectErrorKind, ReceiveMessageErrorKind},
    machine::RecoveryStep,
};
use serde_json::json;
use std::error::Error;

fn status(item: &Item) -> Option<u16> {
    let Item::Failure(error) = item else {
        return None;
    };
    assert!(matches!(error.kind(), ReceiveMessageErrorKind::Reconnect));
    assert!(!error.is_fatal());
    let source = error.source()?.downcast_ref::<ConnectError>()?;
    match source.kind() {
        ConnectErrorKind::Handshake { status } => Some(status),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn session_resumes_on_the_main_host_without_an_identify() {
    let emulator = start(Emulator::builder().guilds(1)).await;
    for (variant, config) in variants(&emulator) {
        let before = emulator.stats();
        emulator.refuse_resume_host(None);
        let mut shard = shard(config);
        until(&mut shard, is_ready).await;
        let session_before = session(&shard);

        emulator.refuse_resume_host(Some(503));
        emulator.drop_connections(Selector::All);
        emulator.dispatch(Selector::All, "MISSED", json!({}));
        let items = until(&mut shard, is_resumed).await;
        let statuses: Vec<_> = items.iter().filter_map(status).collect();
        assert_eq!(statuses, [503, 503], "{variant}");
        assert!(
            items
                .iter()
                .any(|item| matches!(item, Item::Unknown(event) if event.name() == Some("MISSED")))
        );
        assert!(!items.iter().any(is_gap), "{variant}");
        let (from, to) = (RecoveryStep::ResumeHost, RecoveryStep::MainHost);
        assert!(
            items.iter().any(|item| matches!(
                item,
                Item::Lifecycle(Lifecycle::RecoveryStepExhausted { from: left, to: taken })
                    if (*left, *taken) == (from, to)
            )),
            "{variant}"
        );
        assert_eq!(session(&shard).id(), session_before.id(), "{variant}");

        // The next resume tries the resume host first, which works again.
        emulator.refuse_resume_host(None);
        emulator.drop_connections(Selector::All);
        let items = until(&mut shard, is_resumed).await;
        assert!(items.iter().all(|item| status(item).is_none()), "{variant}");

        let after = emulator.stats();
        assert_eq!(after.identifies, before.identifies + 1, "{variant}");
        assert_eq!(
            after.handshakes_refused,
            before.handshakes_refused + 2,
            "{variant}"
        );
        drop(shard);
        emulator
            .wait_until(|stats| stats.sessions_connected == 0)
            .await;
        emulator.forget_sessions(Selector::All);
    }
    let last = shard(variants(&emulator).remove(0).1);
    finish(emulator, last).await;
}
