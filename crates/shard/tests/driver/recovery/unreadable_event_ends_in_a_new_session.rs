//! If every resume replays an unreadable event, the shard drops the session after some attempts and reports the
//! gap.

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume, failures, lifecycle, sequences},
    gateway::{Action, SESSION, compressions, ready, start_with},
};
use gloaming_shard::{
    Lifecycle,
    machine::{GapCause, RecoveryStep},
};
use std::time::Duration;

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn session_is_replaced_within_limits_and_reports_a_gap() {
    for compression in compressions() {
        let (shard, mut gateway) = start_with(|config| config.compression(compression));
        let mut consumer = consume(shard, ReceiveMethod::Items);
        let started = tokio::time::Instant::now();
        let poison = "{\"t\":\"MESSAGE_CREATE\",\"s\":4,\"op\":0,\"d\":{\"content\":\"cut";

        let mut connection = gateway.begin().await;
        connection.events([2, 3]).await;
        connection.send(poison).await;
        connection.left().await;
        let mut resumes = 0;
        let mut connection = loop {
            let mut connection = gateway.greet().await;
            match connection.next().await {
                Action::Sent { op: 6, .. } => {
                    connection.send(poison).await;
                    connection.left().await;
                    resumes += 1;
                }
                Action::Sent { op: 2, .. } => break connection,
                other => panic!("{other:?}"),
            }
        };
        connection.send(&ready("another", 1)).await;
        connection.events([2]).await;

        assert_eq!(resumes, 5, "two on the resume host, three on the main one");
        assert!(started.elapsed() < Duration::from_secs(120));
        let mut new_session = false;
        let seen = consumer
            .until(|seen| {
                new_session |= matches!(seen, Observed::Lifecycle(Lifecycle::Ready { session_id }) if **session_id == *"another");
                new_session && *seen == Observed::Event(2)
            })
            .await;
        assert_eq!(sequences(&seen), [2, 3, 2]);
        assert_eq!(failures(&seen).len(), 6, "one per occurrence");
        let reported = lifecycle(&seen);
        let gaps: Vec<_> = reported
            .iter()
            .filter(|event| matches!(event, Lifecycle::Gap { .. }))
            .collect();
        let gap = Lifecycle::Gap {
            session_id: SESSION.into(),
            after: 3,
            cause: GapCause::SessionLost,
        };
        assert_eq!(gaps, [&&gap]);
        for (from, to) in [
            (RecoveryStep::ResumeHost, RecoveryStep::MainHost),
            (RecoveryStep::MainHost, RecoveryStep::Identify),
        ] {
            assert!(reported.contains(&&Lifecycle::RecoveryStepExhausted { from, to }));
        }
    }
}
