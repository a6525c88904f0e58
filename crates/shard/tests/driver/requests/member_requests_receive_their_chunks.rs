//! Member requests receive their chunks, also over failures of the connection.

use crate::harness::{
    consumer::{Consumer, Observed, ReceiveMethod, consume, take},
    gateway::{Connection, Gateway, SESSION, TOKEN, dispatch, in_time, listen, ready, resumed},
};
use gloaming_shard::{
    CloseFrame, Compression, ConfigBuilder, EventTypeFlags, Intents, Lifecycle, MessageSender,
    RequestPolicy, RequestState, Shard, ShardId,
    error::{RequestErrorKind, SendErrorKind},
};
use gloaming_test_support::Logs;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;
use twilight_model::{gateway::payload::outgoing::RequestGuildMembers, id::Id};

fn all_members() -> RequestGuildMembers {
    RequestGuildMembers::builder(Id::new(1)).query("", None)
}

fn members_by_prefix(prefix: &str) -> RequestGuildMembers {
    RequestGuildMembers::builder(Id::new(1)).query(prefix, Some(10))
}

fn shard_with(change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> (Shard, Gateway) {
    let (connector, gateway) = listen();
    let intents = Intents::GUILDS | Intents::GUILD_MEMBERS;
    let config = ConfigBuilder::new(TOKEN.to_owned(), intents)
        .compression(Compression::None)
        .connector(connector);
    let shard = Shard::with_config(ShardId::ONE, change(config).build());
    (shard, gateway)
}

/// Returns a shard with an active session and a consumer.
async fn active() -> (Consumer, MessageSender, Gateway, Connection) {
    active_with(|config| config).await
}

async fn active_with(
    change: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
) -> (Consumer, MessageSender, Gateway, Connection) {
    let (shard, mut gateway) = shard_with(change);
    let sender = shard.sender();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let connection = gateway.begin().await;
    consumer.until(is_ready).await;
    (consumer, sender, gateway, connection)
}

const fn is_ready(seen: &Observed) -> bool {
    matches!(seen, Observed::Lifecycle(Lifecycle::Ready { .. }))
}

const fn is_disconnected(seen: &Observed) -> bool {
    matches!(seen, Observed::Lifecycle(Lifecycle::Disconnected { .. }))
}

fn nonce(requested: &Value) -> &str {
    requested["nonce"].as_str().expect("a nonce")
}

/// Returns a chunk with one member, whose nick is the chunk's index.
fn chunk(sequence: u64, nonce: &str, index: u32, count: u32) -> String {
    let mut data: Value = serde_json::from_str(include_str!(
        "../../../../protocol/tests/fixtures/dispatch/GUILD_MEMBERS_CHUNK.json"
    ))
    .expect("the fixture is JSON");
    data["guild_id"] = "1".into();
    data["nonce"] = nonce.into();
    data["chunk_index"] = index.into();
    data["chunk_count"] = count.into();
    data["members"][0]["nick"] = index.to_string().into();
    dispatch("GUILD_MEMBERS_CHUNK", sequence, &data)
}

fn limited(sequence: u64, nonce: &str, retry_after: f64) -> String {
    let meta = json!({"guild_id": "1", "nonce": nonce});
    let data = json!({"opcode": 8, "retry_after": retry_after, "meta": meta});
    dispatch("RATE_LIMITED", sequence, &data)
}

#[tokio::test(start_paused = true)]
async fn chunks_arrive_on_the_handle_and_in_the_stream() {
    let (mut consumer, sender, _gateway, mut connection) = active().await;
    let mut request = sender.request_members(all_members()).unwrap();
    let requested = connection.expect(8).await;
    let name = nonce(&requested);
    assert!(name.len() <= 32, "{name}");
    assert_eq!(
        requested,
        json!({"guild_id": "1", "query": "", "limit": 0, "nonce": name})
    );
    for (sequence, index) in [(2, 1), (3, 0), (4, 2)] {
        connection.send(&chunk(sequence, name, index, 3)).await;
    }
    let mut nicks = Vec::new();
    while let Some(chunk) = in_time("a chunk", request.next_chunk()).await {
        nicks.push(chunk.unwrap().members[0].nick.clone().unwrap());
    }
    assert_eq!(nicks, ["1", "0", "2"]);
    assert_eq!(request.state(), RequestState::Ended);
    for _ in 0..3 {
        let name = Observed::Other("GUILD_MEMBERS_CHUNK".to_owned());
        consumer.until(|seen| *seen == name).await;
    }
}

#[tokio::test(start_paused = true)]
async fn list_is_complete_without_wanted_events() {
    let (shard, mut gateway) = shard_with(|config| config);
    let sender = shard.sender();
    let spawned = shard.spawn(EventTypeFlags::READY, 64);
    let mut connection = gateway.begin().await;
    let list = tokio::spawn(sender.request_members(all_members()).unwrap().into_list());
    let requested = connection.expect(8).await;
    for index in 0..200 {
        let sequence = u64::from(index) + 2;
        connection
            .send(&chunk(sequence, nonce(&requested), index, 200))
            .await;
    }
    let list = in_time("the list", list).await.unwrap().unwrap();
    assert_eq!(list.members.len(), 200);
    assert_eq!((list.not_found.len(), list.presences.len()), (200, 200));
    drop(spawned);
}

#[tokio::test(start_paused = true)]
async fn chunks_arrive_while_the_shard_is_polled() {
    let (mut shard, mut gateway) = shard_with(|config| config);
    let request = shard.request_members(members_by_prefix("nell")).unwrap();
    assert_eq!(request.state(), RequestState::Queued);
    let server = tokio::spawn(async move {
        let mut connection = gateway.begin().await;
        let requested = connection.expect(8).await;
        connection.send(&chunk(2, nonce(&requested), 0, 1)).await;
        connection
    });
    let list = async {
        tokio::select! {
            list = request.into_list() => list,
            () = async { while shard.next_item(EventTypeFlags::empty()).await.is_some() {} } => {
                panic!("the shard ended")
            }
        }
    };
    let list = in_time("the list", list).await.unwrap();
    assert_eq!(list.members.len(), 1);
    drop(server.await.unwrap());
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn full_list_is_requested_once_in_thirty_seconds() {
    let (_consumer, sender, _gateway, mut connection) = active().await;
    let began = Instant::now();
    let first = sender.request_members(all_members()).unwrap();
    let joined = sender.request_members(all_members()).unwrap();
    let requested = connection.expect(8).await;
    connection.send(&chunk(2, nonce(&requested), 0, 1)).await;
    for request in [first, joined] {
        let list = in_time("the list", request.into_list()).await.unwrap();
        assert_eq!(list.members.len(), 1);
    }
    let next = sender.request_members(all_members()).unwrap();
    let other = sender.request_members(members_by_prefix("a")).unwrap();
    assert_eq!(connection.expect(8).await["query"], "a");
    assert!(matches!(next.state(), RequestState::Paced { .. }));
    assert_eq!(other.state(), RequestState::Sent);
    drop(other);
    connection.expect(8).await;
    let waited = began.elapsed();
    assert!((30..33).contains(&waited.as_secs()), "{waited:?}");
    assert_eq!(next.state(), RequestState::Sent);
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn rate_limited_request_is_repeated() {
    let (mut consumer, sender, _gateway, mut connection) = active().await;
    let request = sender.request_members(all_members()).unwrap();
    let requested = connection.expect(8).await;
    let limited_at = Instant::now();
    connection.send(&limited(2, nonce(&requested), 12.5)).await;
    let seen = Observed::Other("RATE_LIMITED".to_owned());
    consumer.until(|other| *other == seen).await;
    assert!(matches!(request.state(), RequestState::Paced { .. }));
    let again = connection.expect(8).await;
    assert_eq!(limited_at.elapsed(), Duration::from_millis(12_500));
    assert_eq!(again, requested);

    connection.send(&limited(3, nonce(&requested), 1e9)).await;
    let error = in_time("an error", request.into_list()).await.unwrap_err();
    let retry_after = Duration::from_secs(1_000_000_000);
    assert_eq!(error.kind(), RequestErrorKind::RateLimited { retry_after });
}

#[tokio::test(start_paused = true)]
async fn rate_limit_of_other_commands_is_delivered() {
    let (mut consumer, _sender, _gateway, mut connection) = active().await;
    let data = json!({"opcode": 31, "retry_after": 1.5, "meta": {}});
    connection.send(&dispatch("RATE_LIMITED", 2, &data)).await;
    let about = |seen: &Observed| match seen {
        Observed::Other(name) => name == "RATE_LIMITED",
        Observed::Undecodable(text) | Observed::Unknown(text) => text.contains("RATE_LIMITED"),
        _ => false,
    };
    let seen = consumer.until(about).await;
    assert!(seen.iter().any(about));
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn missing_answer_is_a_typed_error() {
    let (_consumer, sender, _gateway, mut connection) = active().await;
    let request = sender.request_members(members_by_prefix("a")).unwrap();
    connection.expect(8).await;
    let start = Instant::now();
    let answer = tokio::spawn(request.into_list());
    connection.attend(Duration::from_secs(60)).await;
    let error = answer.await.unwrap().unwrap_err();
    let waited = Duration::from_secs(30);
    assert_eq!(error.kind(), RequestErrorKind::Silent { waited });
    assert!(start.elapsed() >= waited);
    // A late answer has no effect.
    let request = sender.request_members(members_by_prefix("a")).unwrap();
    let requested = connection.expect(8).await;
    connection.send(&chunk(2, "another", 0, 1)).await;
    connection.send(&chunk(3, nonce(&requested), 0, 1)).await;
    let list = in_time("the list", request.into_list()).await.unwrap();
    assert_eq!(list.members.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn unread_answer_is_not_a_missing_answer() {
    let (mut shard, mut gateway) = shard_with(|config| config);
    let request = shard.request_members(members_by_prefix("a")).unwrap();
    let (mut connection, ()) = tokio::join!(
        async {
            let mut connection = gateway.begin().await;
            let requested = connection.expect(8).await;
            connection.events([2]).await;
            connection.send(&chunk(3, nonce(&requested), 0, 1)).await;
            connection
        },
        async { while take(&mut shard, ReceiveMethod::Items).await != Observed::Event(2) {} }
    );
    // The consumer's handler is slow, and the shard is not polled.
    connection.attend(Duration::from_secs(140)).await;
    let consumer = consume(shard, ReceiveMethod::Items);
    let list = in_time("the list", request.into_list()).await.unwrap();
    assert_eq!(list.members.len(), 1);
    consumer.abort();
}

#[tokio::test(start_paused = true)]
async fn request_survives_a_resume() {
    let (mut consumer, sender, mut gateway, mut connection) = active().await;
    let list = tokio::spawn(sender.request_members(all_members()).unwrap().into_list());
    let requested = connection.expect(8).await;
    connection.send(&chunk(2, nonce(&requested), 0, 3)).await;
    consumer
        .until(|seen| *seen == Observed::Other("GUILD_MEMBERS_CHUNK".to_owned()))
        .await;
    drop(connection);
    let mut connection = gateway.resuming(2).await;
    // The server also replays the first chunk.
    for (sequence, index) in [(2, 0), (3, 1), (4, 0)] {
        connection
            .send(&chunk(sequence, nonce(&requested), index, 3))
            .await;
    }
    connection.send(&resumed(5)).await;
    connection.send(&chunk(6, nonce(&requested), 2, 3)).await;
    let list = in_time("the list", list).await.unwrap().unwrap();
    let nicks: Vec<_> = list
        .members
        .iter()
        .map(|member| member.nick.as_deref().unwrap())
        .collect();
    assert_eq!(nicks, ["0", "1", "2"]);
    assert_eq!(connection.attend(Duration::from_secs(60)).await, []);
}

#[tokio::test(start_paused = true)]
async fn request_is_repeated_in_a_new_session_unless_answered_in_part() {
    let (mut consumer, sender, mut gateway, mut connection) = active().await;
    let begun = sender.request_members(members_by_prefix("a")).unwrap();
    let requested = connection.expect(8).await;
    connection.send(&chunk(2, nonce(&requested), 0, 2)).await;
    let untouched = sender.request_members(members_by_prefix("b")).unwrap();
    connection.expect(8).await;
    drop(connection);
    consumer.until(is_disconnected).await;
    let mut connection = gateway.greet().await;
    connection.expect(6).await;
    connection
        .send(r#"{"t":null,"s":null,"op":9,"d":false}"#)
        .await;
    connection.left().await;
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    connection.send(&ready("another", 1)).await;
    let requested = connection.expect(8).await;
    assert_eq!(requested["query"], "b");
    let error = in_time("an error", begun.into_list()).await.unwrap_err();
    assert_eq!(error.kind(), RequestErrorKind::SessionReplaced);
    connection.send(&chunk(2, nonce(&requested), 0, 1)).await;
    let list = in_time("the list", untouched.into_list()).await.unwrap();
    assert_eq!(list.members.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn unread_chunks_end_the_request_and_not_the_shard() {
    let mut policy = RequestPolicy::default();
    policy.buffered_chunks = 3;
    let (mut consumer, sender, _gateway, mut connection) =
        active_with(|config| config.requests(policy)).await;
    let mut lazy = sender.request_members(all_members()).unwrap();
    let eager = tokio::spawn(sender.request_members(all_members()).unwrap().into_list());
    let requested = connection.expect(8).await;
    for index in 0..10 {
        let sequence = u64::from(index) + 2;
        connection
            .send(&chunk(sequence, nonce(&requested), index, 10))
            .await;
    }
    let list = in_time("the list", eager).await.unwrap().unwrap();
    assert_eq!(list.members.len(), 10);
    for _ in 0..3 {
        assert!(lazy.next_chunk().await.unwrap().is_ok());
    }
    let error = lazy.next_chunk().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), RequestErrorKind::Overrun);
    assert!(lazy.next_chunk().await.is_none());
    connection.events([12]).await;
    consumer.until_event(12).await;
}

#[tokio::test(start_paused = true)]
async fn dropped_request_is_not_sent() {
    let (shard, mut gateway) = shard_with(|config| config);
    let sender = shard.sender();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    let dropped = sender.request_members(members_by_prefix("a")).unwrap();
    consumer
        .until(|seen| *seen == Observed::Lifecycle(Lifecycle::Identifying))
        .await;
    // The request is in the shard's command queue.
    connection.attend(Duration::from_secs(1)).await;
    drop(dropped);
    let kept = sender.request_members(members_by_prefix("b")).unwrap();
    connection.send(&ready(SESSION, 1)).await;
    assert_eq!(connection.expect(8).await["query"], "b");
    drop(kept);
    assert_eq!(connection.attend(Duration::from_secs(60)).await, []);
}

#[tokio::test(start_paused = true)]
async fn undecodable_chunk_is_an_error_with_its_json() {
    let (_consumer, sender, _gateway, mut connection) = active().await;
    let request = sender.request_members(members_by_prefix("a")).unwrap();
    let requested = connection.expect(8).await;
    let data =
        json!({"nonce": nonce(&requested), "chunk_index": 0, "chunk_count": 1, "members": 5});
    connection
        .send(&dispatch("GUILD_MEMBERS_CHUNK", 2, &data))
        .await;
    let error = in_time("an error", request.into_list()).await.unwrap_err();
    assert_eq!(error.kind(), RequestErrorKind::Undecodable);
    let event = error.event().expect("it is kept");
    assert_eq!(event.payload().data(), data.to_string());
}

/// The consumer does not receive the event, so only the log tells of the repair.
#[tokio::test(start_paused = true)]
async fn chunk_that_is_repaired_is_delivered_and_logged() {
    let (logs, _guard) = Logs::capture(tracing::Level::WARN);
    let (mut shard, mut gateway) = shard_with(|config| config);
    let sender = shard.sender();
    let task =
        tokio::spawn(
            async move { while shard.next_item(EventTypeFlags::READY).await.is_some() {} },
        );
    let mut connection = gateway.begin().await;
    let request = sender.request_members(members_by_prefix("a")).unwrap();
    let requested = connection.expect(8).await;
    let data = json!({
        "nonce": nonce(&requested), "guild_id": "1", "chunk_index": 0, "chunk_count": 1,
        "members": [], "not_found": ["a word"],
    });
    connection
        .send(&dispatch("GUILD_MEMBERS_CHUNK", 2, &data))
        .await;
    let members = in_time("the members", request.into_list()).await.unwrap();
    assert!(members.not_found.is_empty());
    let text = logs.text();
    assert!(
        text.contains("GUILD_MEMBERS_CHUNK") && text.contains("not_found[0] removed"),
        "{text}"
    );
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn requests_end_with_the_shard() {
    let (consumer, sender, _gateway, mut connection) = active().await;
    let sent = sender.request_members(members_by_prefix("a")).unwrap();
    connection.expect(8).await;
    let paced = sender.request_members(all_members()).unwrap();
    connection.expect(8).await;
    sender.close(CloseFrame::NORMAL).unwrap();
    connection.left().await;
    let (_, shard) = consumer.end().await;
    for request in [sent, paced] {
        let error = in_time("an error", request.into_list()).await.unwrap_err();
        assert_eq!(error.kind(), RequestErrorKind::Closed);
    }
    let error = sender.request_members(members_by_prefix("a")).unwrap_err();
    assert_eq!(error.kind(), &SendErrorKind::Closed);
    drop(shard);
}

#[tokio::test(start_paused = true)]
async fn requests_of_a_dropped_shard_end() {
    let (shard, _gateway) = shard_with(|config| config);
    let mut request = shard.request_members(members_by_prefix("a")).unwrap();
    drop(shard);
    assert_eq!(request.state(), RequestState::Ended);
    let error = request.next_chunk().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), RequestErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn unanswerable_request_is_rejected() {
    let (connector, _gateway) = listen();
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS).connector(connector);
    let shard = Shard::with_config(ShardId::ONE, config.build());
    let error = shard.request_members(all_members()).unwrap_err();
    let missing = SendErrorKind::MissingIntents(Intents::GUILD_MEMBERS);
    assert_eq!(error.kind(), &missing);
    assert!(error.to_string().contains("GUILD_MEMBERS"), "{error}");
    for request in [
        RequestGuildMembers::builder(Id::new(1)).query("a", Some(101)),
        RequestGuildMembers::builder(Id::new(1))
            .nonce("a nonce of thirty-three bytes, no")
            .query("a", Some(1)),
        RequestGuildMembers::builder(Id::new(1)).query("a".repeat(4_096), Some(1)),
    ] {
        let error = shard.request_members(request).unwrap_err();
        assert_eq!(error.kind(), &SendErrorKind::Invalid);
    }
}
