use crate::harness::{Answer, TestStore, harness_with, now};
use gloaming_cluster::StoreErrorKind;
use gloaming_test_support::Logs;
use std::time::Duration;
use tracing::Level;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn failures_show_are_logged_once_a_minute_and_retried() {
    for (answer, kind) in [
        (Answer::Failed, StoreErrorKind::Other),
        (Answer::Panic, StoreErrorKind::Other),
        (Answer::Never, StoreErrorKind::TimedOut),
    ] {
        let store = TestStore::default();
        let mut harness = harness_with(1, |it| it.session_store(store.clone())).await;
        let mut connection = harness.start_ready().await.remove(0);
        harness.take_until_ready().await;
        store.wait_for(&[(0, 1)]).await;
        store.answer(answer);
        let (logs, guard) = Logs::capture(Level::WARN);
        let started = now();
        let mut sequence = 1;
        while (now() - started) < 150 * SECOND {
            sequence += 1;
            connection.events([sequence]).await;
            assert_eq!(harness.next_event().await, (0, sequence), "nothing waits");
            connection.attend(SECOND).await;
        }
        drop(guard);
        let lines = logs.lines();
        let warnings = lines.iter().filter(|line| line.contains("session store"));
        let warnings = warnings.count();
        assert!((2..=4).contains(&warnings), "{answer:?}: {lines:?}");
        let status = harness.cluster.checkpoint_status().unwrap();
        assert_eq!(status.last_error().map(|error| error.kind()), Some(kind));
        assert!((5..=12).contains(&status.failures()), "{status:?}");
        assert!(status.to_string().contains("in a row have failed"));

        store.answer(Answer::Done);
        connection.attend(70 * SECOND).await;
        let [(_, stored)] = store.sequences().await[..] else {
            panic!("the shard is stored");
        };
        assert!(stored + 1 >= sequence, "{stored}");
        let status = harness.cluster.checkpoint_status().unwrap();
        assert_eq!(status.failures(), 0);
        assert!(status.last_error().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn one_save_runs_at_a_time() {
    let store = TestStore::default();
    let mut harness = harness_with(1, |it| it.session_store(store.clone())).await;
    let mut connection = harness.start_ready().await.remove(0);
    store.answer(Answer::Never);
    harness.take_until_ready().await;
    connection.attend(60 * SECOND).await;
    let saves: Vec<_> = store.saves().into_iter().map(|(at, _)| at).collect();
    assert!(saves.len() > 2, "{saves:?}");
    for pair in saves.windows(2) {
        assert!(pair[1] - pair[0] >= 10 * SECOND, "{saves:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_store_does_not_hang_the_shutdown() {
    let store = TestStore::default();
    let mut harness = harness_with(1, |it| it.session_store(store.clone())).await;
    let mut connection = harness.start_ready().await.remove(0);
    harness.take_until_ready().await;
    store.answer(Answer::Never);
    let started = now();
    let down = harness.cluster.down_resumable();
    let (sessions, _) = tokio::join!(down, connection.left());
    assert_eq!(sessions.len(), 1);
    assert!((now() - started) < 15 * SECOND, "{:?}", (now() - started));
    let status = harness.cluster.checkpoint_status().unwrap();
    assert_eq!(
        status.last_error().map(|it| it.kind()),
        Some(StoreErrorKind::TimedOut)
    );
}
