//! Commands and requests of the caller.

use super::Texts;
use gloaming::{
    CloseFrame, CommandOutcome, ConfigBuilder, Intents, MessageSender, Shard, ShardId,
    error::{InvalidRequestError, RequestErrorKind},
    transport::MemoryConnector,
    twilight_model::{
        gateway::payload::outgoing::{
            RequestGuildMembers,
            request_guild_members::{RequestGuildMemberId, RequestGuildMembersInfo},
        },
        id::Id,
    },
};
use std::time::Duration;

pub(super) async fn add(texts: &mut Texts) {
    add_sending(texts);
    add_invalid_requests(texts);

    let retry_after = Duration::from_millis(21_350);
    let waited = Duration::from_secs(30);
    for (name, kind) in [
        ("Silent", RequestErrorKind::Silent { waited }),
        (
            "NotSent (expired)",
            RequestErrorKind::NotSent(CommandOutcome::Expired),
        ),
        (
            "NotSent (too large)",
            RequestErrorKind::NotSent(CommandOutcome::TooLarge),
        ),
        ("RateLimited", RequestErrorKind::RateLimited { retry_after }),
        ("SessionReplaced", RequestErrorKind::SessionReplaced),
        ("Overrun", RequestErrorKind::Overrun),
        ("NonceInUse", RequestErrorKind::NonceInUse),
        ("Undecodable", RequestErrorKind::Undecodable),
        ("Closed", RequestErrorKind::Closed),
    ] {
        texts.add(&format!("RequestErrorKind::{name}"), &kind);
    }
}

fn shard(intents: Intents) -> (Shard, MessageSender) {
    let (connector, _) = MemoryConnector::new();
    let config = ConfigBuilder::new("token".to_owned(), intents)
        .connector(connector)
        .command_bound(1)
        .build();
    let shard = Shard::with_config(ShardId::ONE, config);
    let sender = shard.sender();
    (shard, sender)
}

fn query(limit: u64) -> RequestGuildMembers {
    RequestGuildMembers::builder(Id::new(1)).query("a", Some(limit))
}

fn add_sending(texts: &mut Texts) {
    let (shard, sender) = shard(Intents::empty());
    let error = sender.send("x".repeat(5_000)).unwrap_err();
    texts.add("SendErrorKind::Invalid", &error);
    let error = sender.close(CloseFrame::new(1_005, "")).unwrap_err();
    texts.add("SendErrorKind::UnsendableCloseCode", &error);
    let mut members = query(0);
    members.d.presences = Some(true);
    let error = sender.request_members(members).unwrap_err();
    texts.add("SendErrorKind::MissingIntents", &error);
    let payload = r#"{"op":1,"d":null}"#;
    let full = (0..100).find_map(|_| sender.send(payload.to_owned()).err());
    texts.add("SendErrorKind::Full", &full.expect("the queue is bounded"));
    drop(shard);
    let error = sender.send(payload.to_owned()).unwrap_err();
    texts.add("SendErrorKind::Closed", &error);
}

fn add_invalid_requests(texts: &mut Texts) {
    let (_shard, sender) = shard(Intents::all());
    let changed = |change: fn(&mut RequestGuildMembersInfo)| {
        let mut request = query(1);
        change(&mut request.d);
        sender.request_members(request).unwrap_err()
    };
    let errors = [
        changed(|request| request.user_ids = Some(RequestGuildMemberId::One(Id::new(2)))),
        changed(|request| request.query = None),
        changed(|request| {
            request.query = None;
            request.user_ids = Some(Vec::new().into());
        }),
        changed(|request| {
            request.query = None;
            request.user_ids = Some(Vec::from_iter((1..=101).map(Id::new)).into());
        }),
        changed(|request| request.limit = Some(101)),
        sender
            .request_soundboard_sounds((1..=2_501).map(Id::new))
            .unwrap_err(),
    ];
    for (error, name) in errors.into_iter().zip([
        "QueryAndUsers",
        "NeitherQueryNorUsers",
        "NoUser",
        "TooManyUsers",
        "LimitTooHigh",
        "TooManyGuilds",
    ]) {
        let error = error.into_source().expect("what is wrong");
        let error: &InvalidRequestError = error.downcast_ref().expect("what is wrong");
        assert!(format!("{:?}", error.kind()).starts_with(name), "{error}");
        texts.add(&format!("InvalidRequestErrorKind::{name}"), error);
    }
}
