//! Close codes that only the bot's owner can remedy end the stream with an error that names the remedy.

use crate::harness::{config_of, start, until_end};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, EmulatorBuilder, ViolationResponse};
use gloaming_shard::{
    CloseCode, Intents, Item, Shard, ShardId, ShardState, error::ReceiveMessageErrorKind,
};

async fn assert_refused(
    builder: EmulatorBuilder,
    intents: Intents,
    id: ShardId,
    code: CloseCode,
    rule: &str,
) {
    let emulator = start(builder).await;
    let config = config_of(&emulator, DEFAULT_TOKEN, intents).build();
    let mut shard = Shard::with_config(id, config);
    let items = until_end(&mut shard).await;
    let Some(Item::Failure(error)) = items.last() else {
        panic!("{code:?}: {items:?}");
    };
    assert!(error.is_fatal());
    assert!(
        matches!(error.kind(), ReceiveMessageErrorKind::Refused(reported) if *reported == code)
    );
    let text = error.to_string();
    assert!(text.contains(code.explanation()), "{text}");
    assert_eq!(shard.state(), ShardState::FatallyClosed);
    assert!(shard.session().is_none());

    // The emulator refused it for this reason only, and the shard did not reconnect.
    let violations = emulator.violations();
    let [violation] = &violations[..] else {
        panic!("{code:?}: {violations:?}");
    };
    assert_eq!(violation.rule, rule);
    assert_eq!(violation.response, ViolationResponse::Closed(code.number()));
    assert_eq!(emulator.stats().connections_opened, 1);
    drop(shard);
    emulator.shutdown().await;
}

#[tokio::test]
async fn wrong_token_is_fatal() {
    let emulator = Emulator::builder().token("the.right.one");
    assert_refused(
        emulator,
        Intents::GUILDS,
        ShardId::ONE,
        CloseCode::AuthenticationFailed,
        "P10",
    )
    .await;
}

#[tokio::test]
async fn disabled_intents_are_fatal() {
    let emulator = Emulator::builder().allowed_intents(Intents::GUILDS);
    let with_members = Intents::GUILDS | Intents::GUILD_MEMBERS;
    assert_refused(
        emulator,
        with_members,
        ShardId::ONE,
        CloseCode::DisallowedIntents,
        "P10",
    )
    .await;
}

#[tokio::test]
async fn unknown_intents_are_fatal() {
    let of_the_future = Intents::from_bits_retain(1 << 40);
    assert_refused(
        Emulator::builder(),
        of_the_future,
        ShardId::ONE,
        CloseCode::InvalidIntents,
        "P10",
    )
    .await;
}

#[tokio::test]
async fn invalid_shard_count_is_fatal() {
    let emulator = Emulator::builder().required_shard_multiple(4);
    let one_of_three = ShardId::new(0, 3);
    assert_refused(
        emulator,
        Intents::GUILDS,
        one_of_three,
        CloseCode::InvalidShard,
        "P36",
    )
    .await;
}

#[tokio::test]
async fn too_many_guilds_are_fatal() {
    let emulator = Emulator::builder().guilds(10).max_guilds_per_shard(9);
    assert_refused(
        emulator,
        Intents::GUILDS,
        ShardId::ONE,
        CloseCode::ShardingRequired,
        "P35",
    )
    .await;
}
