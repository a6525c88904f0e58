//! A session is lost while events of it are not handled, and the process is killed.

use crate::{
    gateway::{Connection, SESSION, TOKEN, ready, resumed},
    harness::{
        Harness, TestStore,
        emulator::{builder, emulator, in_time},
        harness_with,
    },
};
use gloaming_cluster::{Cluster, Items, MemoryStore, SessionStore as _, StoreOwner};
use gloaming_emulator::{DEFAULT_TOKEN, Selector};
use gloaming_protocol::Token;
use gloaming_shard::{GapCause, Item, Lifecycle, Session};
use serde_json::json;
use std::num::NonZeroU32;

/// A process that has received events 2 to 5, of which the handler has 3, when Discord ends the session.
async fn lost(store: &TestStore) -> (Harness, Connection) {
    let mut harness = harness_with(1, |it| it.session_store(store.clone())).await;
    let mut connection = harness.start_ready().await.remove(0);
    harness.take_until_ready().await;
    connection.events(2..=5).await;
    for expected in 2..=3 {
        assert_eq!(harness.next_event().await, (0, expected));
    }
    connection.send(r#"{"op":9,"d":false}"#).await;
    connection.left().await;
    let mut connection = harness.gateways[0].greet().await;
    connection.expect(2).await;
    (harness, connection)
}

/// The same process, in another session that is stored.
async fn replaced(store: &TestStore) -> (Harness, Connection) {
    let (harness, mut connection) = lost(store).await;
    connection.send(&ready("new", 1)).await;
    store.wait_for(&[(0, 1)]).await;
    assert_eq!(
        store.content().await[0].session().map(Session::id),
        Some("new")
    );
    (harness, connection)
}

/// What the store has at this moment is all that the next process has.
async fn next_process(store: &TestStore) -> (Harness, TestStore) {
    let left = TestStore::with(store.content().await).await;
    let next = harness_with(1, |it| it.session_store(left.clone())).await;
    next.cluster.up().await;
    (next, left)
}

async fn resumes_new_session(harness: &mut Harness) {
    let mut connection = harness.gateways[0].greet().await;
    let resume = connection.expect(6).await;
    assert_eq!(
        resume,
        json!({"token": TOKEN, "session_id": "new", "seq": 1})
    );
    connection.send(&resumed(2)).await;
}

fn gap(after: u64, until: u64, sessions: u32) -> Lifecycle {
    Lifecycle::Gap {
        session_id: SESSION.into(),
        after,
        cause: GapCause::NotHandled {
            until,
            sessions: NonZeroU32::new(sessions).unwrap(),
        },
    }
}

async fn first_lifecycle(harness: &mut Harness) -> Lifecycle {
    match harness.next_item().await {
        Some((0, Item::Lifecycle(event))) => event,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn first_item_of_the_next_process_reports_them_once() {
    let store = TestStore::default();
    let (killed, _connection) = replaced(&store).await;
    let (mut next, left) = next_process(&store).await;
    drop(killed);
    // Event 3 was taken, and its handler had not finished.
    assert_eq!(first_lifecycle(&mut next).await, gap(2, 5, 1));
    resumes_new_session(&mut next).await;
    next.take_until(|_, item| {
        matches!(item, Item::Lifecycle(Lifecycle::Resumed { .. })).then_some(())
    })
    .await;
    next.cluster.save_checkpoints().await.unwrap();
    let [stored] = &left.content().await[..] else {
        panic!("the shard is saved");
    };
    assert_eq!(stored.unhandled_loss(), None);

    let (mut third, _) = next_process(&left).await;
    let first = first_lifecycle(&mut third).await;
    assert!(matches!(first, Lifecycle::Connecting { .. }), "{first:?}");
}

#[tokio::test(start_paused = true)]
async fn report_that_was_not_handled_is_repeated() {
    let store = TestStore::default();
    let (killed, _connection) = replaced(&store).await;
    let (mut next, left) = next_process(&store).await;
    drop(killed);
    resumes_new_session(&mut next).await;
    assert_eq!(first_lifecycle(&mut next).await, gap(2, 5, 1));
    // It is killed while the report is being handled.
    next.cluster.save_checkpoints().await.unwrap();

    let (mut third, _) = next_process(&left).await;
    assert_eq!(first_lifecycle(&mut third).await, gap(2, 5, 1));
}

/// The next process can't resume, and does not try.
#[tokio::test(start_paused = true)]
async fn process_that_is_killed_before_the_next_session_leaves_the_loss() {
    let store = TestStore::default();
    let (killed, _connection) = lost(&store).await;
    killed.cluster.save_checkpoints().await.unwrap();
    assert_eq!(store.sequences().await, []);
    let (mut next, left) = next_process(&store).await;
    drop(killed);
    let mut connection = next.gateways[0].greet().await;
    connection.expect(2).await;
    assert_eq!(first_lifecycle(&mut next).await, gap(2, 5, 1));
    next.take_present();
    next.cluster.save_checkpoints().await.unwrap();
    assert_eq!(left.content().await, []);
}

/// Everything was handled, except the report that the session was lost.
#[tokio::test(start_paused = true)]
async fn loss_that_nobody_was_told_of_is_reported() {
    let store = TestStore::default();
    let (mut killed, _connection) = replaced(&store).await;
    for expected in 4..=5 {
        assert_eq!(killed.next_event().await, (0, expected));
    }
    killed
        .take_until(|_, item| matches!(item, Item::Lifecycle(Lifecycle::Gap { .. })).then_some(()))
        .await;
    killed.cluster.save_checkpoints().await.unwrap();
    let (mut next, _) = next_process(&store).await;
    assert_eq!(first_lifecycle(&mut next).await, gap(5, 5, 1));
}

#[tokio::test(start_paused = true)]
async fn several_losses_are_one_report() {
    let store = TestStore::default();
    let (mut killed, mut connection) = replaced(&store).await;
    connection.send(r#"{"op":9,"d":false}"#).await;
    connection.left().await;
    let mut connection = killed.gateways[0].greet().await;
    connection.expect(2).await;
    killed.cluster.save_checkpoints().await.unwrap();
    let [stored] = &store.content().await[..] else {
        panic!("the loss is saved");
    };
    assert_eq!(
        stored.unhandled_loss().map(|it| it.sessions().get()),
        Some(2)
    );
    let (mut next, _) = next_process(&store).await;
    assert_eq!(first_lifecycle(&mut next).await, gap(2, 5, 2));
}

#[tokio::test(start_paused = true)]
async fn report_precedes_all_else_whatever_session_is_resumed() {
    let store = TestStore::default();
    let (killed, _connection) = replaced(&store).await;
    let left = TestStore::with(store.content().await).await;
    drop(killed);
    let given = [(0, Session::new(7, SESSION.to_owned()))];
    let mut next = harness_with(1, |it| it.session_store(left).resume_sessions(given)).await;
    next.cluster.up().await;
    next.gateways[0].resuming(7).await;
    assert_eq!(first_lifecycle(&mut next).await, gap(2, 5, 1));
}

/// Over sockets, with the emulator in the place of Discord.
#[tokio::test]
async fn killed_process_over_sockets_is_followed_by_one_that_reports() {
    async fn received(cluster: &Cluster, above: u64) -> u64 {
        loop {
            let sequence = cluster.info()[&0].seq();
            if sequence > above {
                return sequence;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn start(
        emulator: &gloaming_emulator::Emulator,
        store: &MemoryStore,
    ) -> (Cluster, Items) {
        let builder = builder(emulator, 1).session_store(store.clone());
        let (cluster, events) = builder.build().await.unwrap();
        cluster.up().await;
        (cluster, events.into_items())
    }

    let emulator = emulator(1, |emulator| emulator).await;
    let owner = StoreOwner::of(&Token::new(DEFAULT_TOKEN));
    let store = MemoryStore::new();
    let (cluster, mut items) = start(&emulator, &store).await;
    in_time("the guilds arrive", async {
        loop {
            let (_, item) = items.next().await.unwrap();
            if matches!(item, Item::Lifecycle(Lifecycle::GuildsArrived { .. })) {
                return;
            }
        }
    })
    .await;
    let handled = cluster.info()[&0].seq();
    for number in 1..=5 {
        emulator.dispatch(Selector::All, "NUMBERED", json!({ "number": number }));
    }
    let until = in_time("the events arrive", received(&cluster, handled + 4)).await;
    let sessions = emulator.sessions();
    let [old] = &sessions[..] else {
        panic!("there is one session");
    };
    emulator.invalidate(Selector::All, false);
    let started = emulator.wait_until(|stats| stats.sessions_started == 2);
    in_time("another session begins", started).await;
    let stored = in_time("both are saved", async {
        loop {
            cluster.save_checkpoints().await.unwrap();
            match &store.load(owner).await.unwrap()[..] {
                [stored] if stored.session().is_some_and(|it| it.id() != old.id) => {
                    return stored.clone();
                }
                _ => tokio::task::yield_now().await,
            }
        }
    })
    .await;
    drop((cluster, items));

    let left = MemoryStore::new();
    left.save(owner, vec![stored.clone()]).await.unwrap();
    let (_cluster, mut items) = start(&emulator, &left).await;
    let (_, first) = in_time("the report", items.next()).await.unwrap();
    let expected = Lifecycle::Gap {
        session_id: old.id.as_str().into(),
        after: handled,
        cause: GapCause::NotHandled {
            until,
            sessions: NonZeroU32::MIN,
        },
    };
    assert!(
        matches!(&first, Item::Lifecycle(event) if *event == expected),
        "{first:?} {expected:?}"
    );
    in_time("the other session is resumed", async {
        loop {
            let (_, item) = items.next().await.unwrap();
            if matches!(item, Item::Lifecycle(Lifecycle::Resumed { .. })) {
                return;
            }
        }
    })
    .await;
    emulator.shutdown().await;
}
