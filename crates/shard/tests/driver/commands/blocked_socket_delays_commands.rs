//! While the server does not read, commands wait in the queue, where they can expire, and commands that were
//! written count towards the send limit from when the server reads them (P22).

use crate::harness::{
    gated_connector::SendGate,
    gateway::{Action, Connection, SESSION, TOKEN, event, listen, ready},
    pipe_connector::PipeConnector,
};
use futures_util::{SinkExt as _, StreamExt as _};
use gloaming_shard::{
    CommandOutcome, Compression, ConfigBuilder, EventTypeFlags, Intents, MessageSender,
    PendingCommand, Shard, ShardId, SpawnedShard, machine::Timeouts, transport::Connect,
};
use serde_json::json;
use std::{future::poll_fn, pin::Pin, task::Poll, time::Duration};
use tokio::{
    task::unconstrained,
    time::{Instant, sleep},
};
use tokio_tungstenite::accept_async;

const COMMANDS: usize = 1_000;
const STALL: Duration = Duration::from_secs(600);
const HOUR: Duration = Duration::from_secs(3_600);

/// The number of frames that a transport in memory buffers.
const TRANSPORT: usize = 256;

/// The capacity of the item buffer, from which the consumer takes nothing.
const BUFFER: usize = 16;

/// The number of commands sent at once, without the share of the limit reserved for heartbeats.
const COMMANDS_AT_ONCE: usize = 115;

fn command(number: usize) -> String {
    json!({"op": 31, "d": {"guild_ids": [number.to_string()]}}).to_string()
}

fn expected(number: usize) -> Action {
    let d = json!({"guild_ids": [number.to_string()]});
    Action::Sent { op: 31, d }
}

#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
fn now() -> Instant {
    Instant::now()
}

/// Configures commands that may wait for an hour.
fn waiting_for_an_hour(connector: impl Connect + 'static) -> (Shard, MessageSender) {
    let mut timeouts = Timeouts::default();
    timeouts.command = HOUR;
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .compression(Compression::None)
        .connector(connector)
        // No ACK is read.
        .read_ahead(0)
        .timeouts(timeouts);
    let shard = Shard::with_config(ShardId::ONE, config.build());
    let sender = shard.sender();
    (shard, sender)
}

/// Returns a shard with a session whose consumer takes nothing, so that missing acknowledgements have no effect.
async fn behind(gate: &SendGate) -> (SpawnedShard, MessageSender, Connection) {
    let (connector, mut gateway) = listen();
    let (shard, sender) = waiting_for_an_hour(gate.before(connector));
    let spawned = shard.spawn(EventTypeFlags::all(), BUFFER);
    let mut connection = gateway.begin().await;
    connection.events(2..=2 * BUFFER as u64).await;
    sleep(Duration::from_secs(1)).await;
    (spawned, sender, connection)
}

fn submit(sender: &MessageSender) -> Vec<PendingCommand> {
    (0..COMMANDS)
        .map(|number| sender.submit(command(number)).expect("there is room"))
        .collect()
}

/// Returns the number of commands that have resolved, all as sent.
async fn sent(pending: &mut [PendingCommand]) -> usize {
    let mut sent = 0;
    for command in pending {
        // Without coop budget, tokio's futures are pending.
        match unconstrained(poll_fn(|cx| Poll::Ready(Pin::new(&mut *command).poll(cx)))).await {
            Poll::Ready(outcome) => assert_eq!(outcome, CommandOutcome::Sent),
            Poll::Pending => continue,
        }
        sent += 1;
    }
    sent
}

/// Returns the frames in the transport.
fn taken(connection: &mut Connection) -> Vec<Action> {
    std::iter::from_fn(|| connection.next_now()).collect()
}

fn commands(acts: &[Action]) -> usize {
    acts.iter()
        .filter(|act| matches!(act, Action::Sent { op: 31, .. }))
        .count()
}

/// Receives the commands from `next` on, in order, and returns the times of all payloads.
async fn take(connection: &mut Connection, mut next: usize) -> Vec<Instant> {
    let mut times = Vec::new();
    while next < COMMANDS {
        match connection.next_with_heartbeats().await {
            Action::Sent { op: 1, .. } => connection.acknowledge().await,
            act => {
                assert_eq!(act, expected(next));
                next += 1;
            }
        }
        times.push(now());
    }
    times
}

/// Asserts at most 120 payloads in any 60 s.
fn assert_window(times: &[Instant]) {
    for window in times.windows(121) {
        let span = window[120] - window[0];
        assert!(span >= Duration::from_secs(60), "121 in {span:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn commands_that_the_transport_did_not_accept_are_not_sent() {
    let (_spawned, sender, mut connection) = behind(&SendGate::default()).await;
    let mut pending = submit(&sender);
    sleep(STALL).await;
    let reported = sent(&mut pending).await;
    let taken = taken(&mut connection);
    assert_eq!(taken.len(), TRANSPORT);
    assert_eq!(reported, commands(&taken));

    // The frames in the transport arrive at once. The frames sent afterwards keep the limit together with the
    // last of them.
    let mut times = vec![now(); COMMANDS_AT_ONCE];
    times.extend(take(&mut connection, reported).await);
    assert_window(&times);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(sent(&mut pending[reported..]).await, COMMANDS - reported);
}

#[tokio::test(start_paused = true)]
async fn send_limit_holds_after_the_socket_unblocks() {
    let gate = SendGate::default();
    let (_spawned, sender, mut connection) = behind(&gate).await;
    gate.close();
    // The first heartbeat may have been due already.
    taken(&mut connection);
    let mut pending = submit(&sender);
    sleep(STALL).await;
    assert_eq!(taken(&mut connection), []);
    let reported = sent(&mut pending).await;
    assert!(reported <= 1, "{reported} are reported as sent");

    gate.open();
    let times = take(&mut connection, 0).await;
    assert_window(&times);
}

#[tokio::test(start_paused = true)]
async fn one_heartbeat_is_sent_after_the_socket_unblocks() {
    let gate = SendGate::default();
    let (_spawned, _sender, mut connection) = behind(&gate).await;
    gate.close();
    sleep(STALL).await;
    gate.open();
    sleep(Duration::from_secs(1)).await;
    let heartbeats = taken(&mut connection);
    assert!((1..=2).contains(&heartbeats.len()), "{heartbeats:?}");
}

#[tokio::test(start_paused = true)]
async fn buffered_socket_delays_commands() {
    const HELLO: &str = r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#;
    const ACK: &str = r#"{"t":null,"s":null,"op":11,"d":null}"#;
    // The pipe buffers some dozens of the commands, the WebSocket 16 KiB more.
    let (ours, theirs) = tokio::io::duplex(4 * 1024);
    let (shard, sender) = waiting_for_an_hour(PipeConnector::new(ours));
    let _spawned = shard.spawn(EventTypeFlags::all(), BUFFER);
    let mut socket = accept_async(theirs).await.unwrap();
    socket.send(HELLO.into()).await.unwrap();
    let identify = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(identify.contains(r#""op":2"#));
    socket.send(ready(SESSION, 1).into()).await.unwrap();
    for sequence in 2..=2 * BUFFER as u64 {
        socket.send(event(sequence).into()).await.unwrap();
    }
    sleep(Duration::from_secs(1)).await;
    let mut pending = submit(&sender);
    sleep(STALL).await;
    let sent = sent(&mut pending).await;

    let mut times = Vec::new();
    let mut heartbeats_before = 0;
    let mut next = 0;
    while next < COMMANDS {
        let text = socket.next().await.unwrap().unwrap().into_text().unwrap();
        times.push(now());
        if text.contains(r#""op":1,"#) {
            heartbeats_before += usize::from(next == 0);
            socket.send(ACK.into()).await.unwrap();
        } else {
            assert_eq!(*text, *command(next));
            next += 1;
        }
    }
    // IDENTIFY counts, and so does a first heartbeat that was due at once.
    assert_eq!(sent, COMMANDS_AT_ONCE - 1 - heartbeats_before);
    assert_window(&times);
}
