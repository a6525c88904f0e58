//! An event that can never be read comes again with every resume: the shard gives its session up
//! after a few tries and says what is lost.

use crate::{
    gateway::{Action, SESSION, compressions, ready, start_with},
    watch::{Seen, Way, failures, lifecycle, numbers, watch},
};
use gloaming_shard::{Lifecycle, machine::RecoveryStep};
use std::time::Duration;

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the paused clock")]
async fn within_bounds_and_with_a_gap_told() {
    for compression in compressions() {
        let (shard, mut gateway) = start_with(|config| config.compression(compression));
        let mut watch = watch(shard, Way::Items);
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
        let seen = watch
            .until(|seen| {
                new_session |= matches!(seen, Seen::Lifecycle(Lifecycle::Ready { session_id }) if **session_id == *"another");
                new_session && *seen == Seen::Event(2)
            })
            .await;
        assert_eq!(numbers(&seen), [2, 3, 2]);
        assert_eq!(failures(&seen).len(), 6, "one for each time it came");
        let told = lifecycle(&seen);
        let gaps: Vec<_> = told
            .iter()
            .filter(|event| matches!(event, Lifecycle::Gap { .. }))
            .collect();
        let gap = Lifecycle::Gap {
            session_id: SESSION.into(),
            after: 3,
        };
        assert_eq!(gaps, [&&gap]);
        for (from, to) in [
            (RecoveryStep::ResumeHost, RecoveryStep::MainHost),
            (RecoveryStep::MainHost, RecoveryStep::Identify),
        ] {
            assert!(told.contains(&&Lifecycle::RecoveryStepExhausted { from, to }));
        }
    }
}
