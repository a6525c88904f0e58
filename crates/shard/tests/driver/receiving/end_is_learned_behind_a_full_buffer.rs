//! While the consumer takes nothing, the shard learns that its connection ends, and resumes while the session lives.

use crate::harness::{
    consumer::{Observed, of_item, sequences},
    gateway::{
        Action, Connection, Gateway, INTERVAL, SESSION, compressions, dispatch, event, ready,
        resumed, start_with,
    },
};
use futures_util::{FutureExt as _, StreamExt as _};
use gloaming_shard::{
    CloseFrame, Compression, EventTypeFlags, Lifecycle, Shard, ShardItems,
    supervision::{ItemSender, ShardMonitor, item_channel},
};
use serde_json::json;
use std::time::Duration;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

/// The items for which the buffer has room.
const CAPACITY: usize = 4;

/// The sequence of the last event that the gateway sends before the end.
const LAST: u64 = 40;

/// More than all events of a test take, and less.
const MUCH: usize = 1 << 20;
const LITTLE: usize = 4 * 1024;

const RECONNECT: &str = r#"{"t":null,"s":null,"op":7,"d":null}"#;

/// A shard whose consumer took READY (sequence 1) and then nothing.
struct Stuck {
    items: ShardItems,
    monitor: ShardMonitor,
    item_sender: ItemSender,
    task: JoinHandle<()>,
    gateway: Gateway,
    connection: Connection,
}

async fn stuck(read_ahead: usize, compression: Compression) -> Stuck {
    let (shard, mut gateway) =
        start_with(|config| config.read_ahead(read_ahead).compression(compression));
    let (item_sender, mut items) = item_channel(CAPACITY);
    let monitor = item_sender.monitor();
    let task = run(&item_sender, shard);
    let connection = tokio::select! {
        connection = gateway.begin() => connection,
        () = async { while items.next().await.is_some() {} } => unreachable!("the shard runs"),
    };
    while !matches!(
        items.next().await.map(of_item),
        Some(Observed::Lifecycle(Lifecycle::Ready { .. }))
    ) {}
    Stuck {
        items,
        monitor,
        item_sender,
        task,
        gateway,
        connection,
    }
}

fn run(item_sender: &ItemSender, shard: Shard) -> JoinHandle<()> {
    let item_sender = item_sender.clone();
    tokio::spawn(async move {
        item_sender.run(shard, EventTypeFlags::all()).await;
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tests measure in paused time"
)]
fn now() -> Instant {
    Instant::now()
}

/// In paused time, until nothing happens any more.
async fn settle() {
    sleep(Duration::from_millis(1)).await;
}

impl Stuck {
    /// Sends events until the buffer has been full for long.
    async fn fill(&mut self) {
        self.connection.events(2..=LAST).await;
        settle().await;
        assert!(!self.monitor.is_reading());
        assert_eq!(self.monitor.buffered_items(), CAPACITY as u64);
    }

    /// The shard leaves the connection at once, with this close frame.
    async fn left(&mut self, code: u16) {
        let since = now();
        assert_eq!(self.connection.next().await, Action::Closed(code));
        assert!(now() - since < Duration::from_millis(10));
    }

    /// The shard resumes at once after this sequence, although nothing is taken.
    async fn resumes(&mut self, sequence: u64) {
        let since = now();
        self.connection = self.gateway.resuming(sequence).await;
        assert!(now() - since < Duration::from_secs(1));
    }

    /// Takes everything up to this event.
    async fn take_until(&mut self, last: u64) -> Vec<Observed> {
        let mut seen = Vec::new();
        while seen.last() != Some(&Observed::Event(last)) {
            seen.push(self.items.next().await.map(of_item).unwrap());
        }
        seen
    }

    /// Takes what is there.
    fn take_now(&mut self) -> Vec<Observed> {
        let mut seen = Vec::new();
        while let Some(Some(item)) = self.items.next().now_or_never() {
            seen.push(of_item(item));
        }
        seen
    }

    /// The session goes on with the events after `sequence`, and all events from 2 on arrive once and in order.
    async fn continues_after(mut self, sequence: u64) {
        let last = LAST + 10;
        self.connection.events(sequence + 1..=last).await;
        self.connection.send(&resumed(last + 1)).await;
        self.connection.events([last + 2]).await;
        let seen = self.take_until(last + 2).await;
        let expected: Vec<_> = (2..=last).chain([last + 2]).collect();
        assert_eq!(sequences(&seen), expected);
        let is_loss = |seen: &Observed| {
            matches!(
                seen,
                Observed::Lifecycle(
                    Lifecycle::Gap { .. } | Lifecycle::Skipped { .. } | Lifecycle::Duplicate { .. }
                )
            )
        };
        assert!(!seen.iter().any(is_loss), "{seen:?}");
        settle().await;
        self.take_now();
        assert!(self.monitor.is_reading());
        assert_eq!(self.monitor.read_ahead_bytes(), 0);
        let acknowledged = self.monitor.acknowledged_session().unwrap();
        assert_eq!(acknowledged.sequence(), last + 2);
        assert_eq!(self.connection.attend(INTERVAL * 3).await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn op_7_is_learned_behind_a_full_buffer() {
    for compression in compressions() {
        let mut stuck = stuck(MUCH, compression).await;
        stuck.fill().await;
        stuck.connection.send(RECONNECT).await;
        stuck.left(CloseFrame::RESUME.code).await;
        stuck.connection.close(CloseFrame::RESUME.code).await;
        stuck.resumes(LAST).await;
        stuck.continues_after(LAST).await;
    }
}

#[tokio::test(start_paused = true)]
async fn close_frame_is_learned_behind_a_full_buffer() {
    let mut stuck = stuck(MUCH, Compression::None).await;
    stuck.fill().await;
    stuck.connection.close(4000).await;
    stuck.resumes(LAST).await;
    stuck.continues_after(LAST).await;
}

#[tokio::test(start_paused = true)]
async fn end_of_the_stream_is_learned_behind_a_full_buffer() {
    let mut stuck = stuck(MUCH, Compression::None).await;
    stuck.fill().await;
    let (closed, _) = tokio::join!(stuck.gateway.greet(), async { drop(stuck.connection) });
    stuck.connection = closed;
    let resume = stuck.connection.expect(6).await;
    assert_eq!(resume["seq"], LAST);
    stuck.continues_after(LAST).await;
}

#[tokio::test(start_paused = true)]
async fn invalid_session_that_can_be_resumed_is_learned_behind_a_full_buffer() {
    let mut stuck = stuck(MUCH, Compression::None).await;
    stuck.fill().await;
    stuck.connection.send(r#"{"op":9,"d":true}"#).await;
    stuck.left(CloseFrame::RESUME.code).await;
    stuck.connection.close(CloseFrame::RESUME.code).await;
    stuck.resumes(LAST).await;
    stuck.continues_after(LAST).await;
}

#[tokio::test(start_paused = true)]
async fn session_that_ended_behind_a_full_buffer_loses_nothing_that_was_read() {
    let mut stuck = stuck(MUCH, Compression::None).await;
    stuck.fill().await;
    stuck.connection.send(r#"{"op":9,"d":false}"#).await;
    stuck.left(CloseFrame::RESUME.code).await;
    stuck.connection.close(CloseFrame::RESUME.code).await;
    let mut connection = stuck.gateway.greet().await;
    connection.expect(2).await;
    connection.send(&ready("another", 1)).await;
    // Their channel ids are their sequences, which the first session did not reach.
    connection.events([LAST + 1]).await;
    settle().await;

    // A process that dies now goes on with the new session, and the loss is known.
    let acknowledged = stuck.monitor.acknowledged_session().unwrap();
    assert_eq!((acknowledged.id(), acknowledged.sequence()), ("another", 1));
    let lost = stuck.monitor.unhandled_loss().unwrap();
    assert_eq!(
        (lost.session_id(), lost.after(), lost.until()),
        (SESSION, 1, LAST)
    );

    let seen = stuck.take_until(LAST + 1).await;
    assert_eq!(sequences(&seen), (2..=LAST + 1).collect::<Vec<_>>());
    let at = |wanted: &dyn Fn(&Observed) -> bool| seen.iter().position(wanted).unwrap();
    let gap = at(&|seen| {
        matches!(
            seen,
            Observed::Lifecycle(Lifecycle::Gap { session_id, after: LAST, .. })
                if **session_id == *SESSION
        )
    });
    assert!(at(&|seen| *seen == Observed::Event(LAST)) < gap);
    assert!(gap < at(&|seen| *seen == Observed::Other("READY".into())));
    settle().await;
    stuck.take_now();
    assert_eq!(stuck.monitor.unhandled_loss(), None);
    let acknowledged = stuck.monitor.acknowledged_session().unwrap();
    assert_eq!(acknowledged.sequence(), LAST + 1);
}

#[tokio::test(start_paused = true)]
async fn five_minutes_below_the_bound_are_read_and_delivered_once() {
    let mut stuck = stuck(MUCH, Compression::None).await;
    for sequence in 2..=LAST {
        stuck.connection.events([sequence]).await;
        let time = Duration::from_secs(300) / u32::try_from(LAST).unwrap();
        assert_eq!(stuck.connection.attend(time).await, []);
    }
    let received = stuck.monitor.received_session().unwrap();
    assert_eq!(received.sequence(), LAST, "all of them are read");
    let heartbeats = &stuck.connection.heartbeats;
    assert!((6..=8).contains(&heartbeats.len()), "{heartbeats:?}");
    let acknowledged = stuck.monitor.status().latency().periods();
    assert!(acknowledged >= 6, "ACKs count while nothing is taken");
    stuck.continues_after(LAST).await;
}

#[tokio::test(start_paused = true)]
async fn five_minutes_above_the_bound_keep_the_connection_and_the_bound() {
    let mut stuck = stuck(LITTLE, Compression::None).await;
    let largest = event(LAST).len() + 1_024;
    for sequence in 2..=LAST {
        stuck.connection.events([sequence]).await;
        let time = Duration::from_secs(300) / u32::try_from(LAST).unwrap();
        assert_eq!(stuck.connection.attend(time).await, []);
        let held = stuck.monitor.read_ahead_bytes();
        assert!(held < LITTLE + largest, "{held}");
    }
    assert!(stuck.monitor.read_ahead_bytes() >= LITTLE);
    let received = stuck.monitor.received_session().unwrap();
    assert!(received.sequence() < LAST, "the rest lies unread");
    let heartbeats = &stuck.connection.heartbeats;
    assert!((6..=8).contains(&heartbeats.len()), "{heartbeats:?}");
    stuck.continues_after(LAST).await;
}

#[tokio::test(start_paused = true)]
async fn end_beyond_the_bound_is_learned_by_a_heartbeat() {
    for read_ahead in [0, LITTLE] {
        let mut stuck = stuck(read_ahead, Compression::None).await;
        stuck.fill().await;
        let received = stuck.monitor.received_session().unwrap().sequence();
        assert!(received < LAST);
        let ended = now();
        let (connection, _) = tokio::join!(stuck.gateway.greet(), async { drop(stuck.connection) });
        stuck.connection = connection;
        // HELLO is read, although there is no room for more.
        let resume = stuck.connection.expect(6).await;
        let noticed = now() - ended;
        assert!(noticed <= INTERVAL, "{noticed:?}");
        assert_eq!(resume["seq"], received);
        stuck.continues_after(received).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ends_beyond_the_bound_do_not_cost_the_session() {
    let mut stuck = stuck(0, Compression::None).await;
    stuck.fill().await;
    let received = stuck.monitor.received_session().unwrap().sequence();
    // More than the tries of the recovery, and for longer. RESUMED lies unread each time.
    for _ in 0..20 {
        let (connection, _) = tokio::join!(stuck.gateway.greet(), async { drop(stuck.connection) });
        stuck.connection = connection;
        let resume = stuck.connection.expect(6).await;
        assert_eq!(resume["seq"], received);
        stuck.connection.send(&resumed(LAST + 1)).await;
    }
    let (connection, _) = tokio::join!(stuck.gateway.greet(), async { drop(stuck.connection) });
    stuck.connection = connection;
    stuck.connection.expect(6).await;
    stuck.continues_after(received).await;
}

#[tokio::test(start_paused = true)]
async fn missing_acks_are_noticed_behind_a_full_buffer() {
    let mut stuck = stuck(MUCH, Compression::None).await;
    stuck.fill().await;
    let since = now();
    let mut heartbeats = 0;
    let code = loop {
        match stuck.connection.next_with_heartbeats().await {
            Action::Sent { op: 1, .. } => heartbeats += 1,
            Action::Closed(code) => break code,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((heartbeats, code), (1, CloseFrame::RESUME.code));
    assert!(now() - since <= INTERVAL * 2);
    stuck.resumes(LAST).await;
    stuck.continues_after(LAST).await;
}

#[tokio::test(start_paused = true)]
async fn freeze_withholds_what_was_read_ahead() {
    let mut stuck = stuck(MUCH, Compression::None).await;
    stuck.fill().await;
    stuck.take_until(3).await;
    let frozen = stuck.monitor.freeze().unwrap();
    assert_eq!((frozen.id(), frozen.sequence()), (SESSION, 3));
    stuck.connection.close(4004).await;
    drop(stuck.item_sender);
    let rest: Vec<_> = stuck.items.map(of_item).collect().await;
    // The stream goes on to the report of the end.
    assert!(rest.iter().any(|seen| seen.failure().is_some()));
    assert!(sequences(&rest).is_empty(), "{rest:?}");
    let frozen = stuck.monitor.acknowledged_session().unwrap();
    assert_eq!(frozen.sequence(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_was_read_ahead_survives_its_task() {
    let mut stuck = stuck(MUCH, Compression::None).await;
    stuck.fill().await;
    stuck.task.abort();
    settle().await;

    // The next task delivers it, and resumes after it.
    let session = stuck.monitor.received_session().unwrap();
    assert_eq!(session.sequence(), LAST);
    let (shard, gateway) = start_with(|config| config.session(session));
    stuck.task = run(&stuck.item_sender, shard);
    stuck.gateway = gateway;
    stuck.resumes(LAST).await;
    stuck.continues_after(LAST).await;
}

#[tokio::test(start_paused = true)]
async fn consumer_gets_what_was_read_ahead_after_the_last_task() {
    let mut stuck = stuck(MUCH, Compression::None).await;
    stuck.fill().await;
    stuck.task.abort();
    drop(stuck.item_sender);
    let rest: Vec<_> = stuck.items.by_ref().map(of_item).collect().await;
    assert_eq!(sequences(&rest), (2..=LAST).collect::<Vec<_>>());
    let acknowledged = stuck.monitor.acknowledged_session().unwrap();
    assert_eq!(acknowledged.sequence(), LAST);
}

#[tokio::test(start_paused = true)]
async fn supervisor_moves_what_was_read_ahead_to_the_buffer() {
    let mut stuck = stuck(MUCH, Compression::None).await;
    stuck.fill().await;
    stuck.task.abort();
    settle().await;
    let (seen, ()) = tokio::join!(
        async {
            let seen = stuck.items.by_ref().map(of_item);
            let events = seen.filter(|seen| std::future::ready(seen.number().is_some()));
            let count = usize::try_from(LAST).unwrap() - 1;
            events.take(count).collect::<Vec<_>>().await
        },
        stuck.item_sender.flush_crashes()
    );
    assert_eq!(sequences(&seen), (2..=LAST).collect::<Vec<_>>());
    assert_eq!(stuck.monitor.read_ahead_bytes(), 0);
}

#[tokio::test(start_paused = true)]
async fn repair_is_reported_right_after_its_event() {
    let mut stuck = stuck(MUCH, Compression::None).await;
    stuck.fill().await;
    let data = json!({"channel_id": "1", "user_id": "2", "timestamp": "3"});
    let damaged = dispatch("TYPING_START", LAST + 1, &data);
    stuck.connection.send(&damaged).await;
    stuck.connection.events([LAST + 2]).await;
    settle().await;
    let seen = stuck.take_until(LAST + 2).await;
    let [
        ..,
        Observed::Event(LAST),
        Observed::Other(repaired),
        Observed::Repaired(_, text),
        Observed::Event(_),
    ] = &seen[..]
    else {
        panic!("{:?}", &seen[seen.len().saturating_sub(4)..]);
    };
    assert_eq!((&**repaired, text), ("TYPING_START", &damaged));
}
