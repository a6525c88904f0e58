//! Requests are answered, and break no rule (P24 to P26).

use crate::harness::{config_of, finish, in_time, start};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Selector};
use gloaming_shard::{
    ChannelInfoField, EventTypeFlags, Intents, RequestPolicy, Shard, ShardId, SpawnedShard,
    error::RequestErrorKind,
};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};
use twilight_model::{gateway::payload::outgoing::RequestGuildMembers, id::Id};

const MEMBERS: u32 = 2_300;
/// The bot is a member, too.
const LISTED: usize = MEMBERS as usize + 1;

fn intents() -> Intents {
    Intents::GUILDS | Intents::GUILD_MEMBERS | Intents::GUILD_PRESENCES
}

fn spawn(emulator: &Emulator, policy: RequestPolicy) -> SpawnedShard {
    let config = config_of(emulator, DEFAULT_TOKEN, intents()).requests(policy);
    Shard::with_config(ShardId::ONE, config.build()).spawn(EventTypeFlags::empty(), 64)
}

/// Receives all items, so that the shard keeps reading.
fn take_all(mut shard: SpawnedShard) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move { while shard.next_item().await.is_some() {} })
}

#[tokio::test]
async fn members_by_list_query_and_user_arrive() {
    let emulator = start(Emulator::builder().guilds(1).members(MEMBERS)).await;
    let guild = emulator.guild_ids()[0];
    let shard = spawn(&emulator, RequestPolicy::default());
    let sender = shard.sender().clone();
    let taking = take_all(shard);

    let everybody = RequestGuildMembers::builder(guild)
        .presences(true)
        .query("", None);
    let mut request = sender.request_members(everybody.clone()).unwrap();
    let joined = sender.request_members(everybody).unwrap();
    let mut sizes = Vec::new();
    let mut users = BTreeSet::new();
    while let Some(chunk) = in_time("a chunk", request.next_chunk()).await {
        let chunk = chunk.unwrap();
        sizes.push(chunk.members.len());
        users.extend(chunk.members.iter().map(|member| member.user.id));
    }
    assert_eq!(sizes, [1_000, 1_000, 301]);
    assert_eq!(users.len(), LISTED);
    let list = in_time("the list", joined.into_list()).await.unwrap();
    assert_eq!(list.members.len(), LISTED);
    assert!(!list.presences.is_empty());
    assert_eq!(emulator.stats().commands, 1, "they were requested once");

    let known = list.members[7].user.id;
    let by_user = RequestGuildMembers::builder(guild)
        .user_ids(vec![known, Id::new(1)])
        .unwrap();
    let by_user = sender.request_members(by_user).unwrap();
    let prefix: String = list.members[7].user.name.chars().take(2).collect();
    let by_name = RequestGuildMembers::builder(guild)
        .nonce("a nonce of thirty-two bytes, yes")
        .query(prefix, Some(5));
    let by_name = sender.request_members(by_name).unwrap();
    let by_user = in_time("the list", by_user.into_list()).await.unwrap();
    assert_eq!(by_user.members, [list.members[7].clone()]);
    assert_eq!(by_user.not_found, [Id::new(1)]);
    let by_name = in_time("the list", by_name.into_list()).await.unwrap();
    assert!((1..=5).contains(&by_name.members.len()));

    taking.abort();
    assert_eq!(emulator.violations(), []);
    assert_eq!(emulator.notes(), []);
    emulator.shutdown().await;
}

#[derive(Deserialize)]
struct Sounds {
    soundboard_sounds: Vec<Value>,
}

#[tokio::test]
async fn sounds_and_channel_info_arrive() {
    let emulator = start(Emulator::builder().guilds(300).members(3)).await;
    let guilds = emulator.guild_ids();
    let shard = spawn(&emulator, RequestPolicy::default());
    let sender = shard.sender().clone();
    let taking = take_all(shard);

    let mut sounds = sender
        .request_soundboard_sounds(guilds.iter().copied())
        .unwrap();
    let mut answered = BTreeSet::new();
    while let Some(answer) = in_time("an answer", sounds.next_answer()).await {
        let answer = answer.unwrap();
        let decoded: Sounds = answer.decode().unwrap();
        assert!(!decoded.soundboard_sounds.is_empty());
        answered.insert(answer.guild_id());
    }
    assert_eq!(answered, guilds.iter().copied().collect());
    assert_eq!(emulator.stats().commands, 2, "no more payloads than needed");

    let request = sender.request_channel_info(guilds[0], [ChannelInfoField::Status]);
    let answer = in_time("the answer", request.unwrap()).await.unwrap();
    let info: Value = answer.decode().unwrap();
    assert_eq!(info["guild_id"], guilds[0].to_string());
    assert!(info["channels"][0].get("status").is_some());

    taking.abort();
    assert_eq!(emulator.violations(), []);
    emulator.shutdown().await;
}

#[tokio::test]
async fn answer_interrupted_by_a_drop_is_replayed() {
    let emulator = start(Emulator::builder().guilds(1).members(MEMBERS)).await;
    let guild = emulator.guild_ids()[0];
    let shard = spawn(&emulator, RequestPolicy::default());
    let sender = shard.sender().clone();
    let taking = take_all(shard);
    let everybody = RequestGuildMembers::builder(guild).query("", None);
    let request = sender.request_members(everybody).unwrap();
    in_time(
        "the question",
        emulator.wait_until(|stats| stats.commands == 1),
    )
    .await;
    emulator.drop_connections(Selector::All);
    let list = in_time("the list", request.into_list()).await.unwrap();
    assert_eq!(list.members.len(), LISTED);
    taking.abort();
    assert_eq!(emulator.violations(), []);
    emulator.shutdown().await;
}

#[tokio::test]
async fn rate_limit_over_the_policy_is_a_typed_error() {
    let emulator = start(Emulator::builder().guilds(1).members(3)).await;
    let guild = emulator.guild_ids()[0];
    let mut policy = RequestPolicy::default();
    policy.longest_wait = Duration::from_secs(1);
    let shard = spawn(&emulator, policy);
    let sender = shard.sender().clone();
    let taking = take_all(shard);
    let everybody = RequestGuildMembers::builder(guild).query("", None);
    // Sent by another part of the bot.
    sender.command(&everybody).unwrap();
    in_time(
        "the question",
        emulator.wait_until(|stats| stats.commands == 1),
    )
    .await;
    let request = sender.request_members(everybody).unwrap();
    let error = in_time("an error", request.into_list()).await.unwrap_err();
    let RequestErrorKind::RateLimited { retry_after } = error.kind() else {
        panic!("{error}");
    };
    assert!(retry_after > Duration::from_secs(1), "{retry_after:?}");
    taking.abort();
    let rules: Vec<_> = emulator
        .violations()
        .iter()
        .map(|violation| violation.rule)
        .collect();
    assert_eq!(rules, ["P25"]);
    emulator.shutdown().await;
}

/// With a paused clock, half a minute takes no time.
#[tokio::test(start_paused = true)]
async fn full_lists_keep_their_interval() {
    let emulator = start(Emulator::builder().guilds(1).members(3)).await;
    let guild = emulator.guild_ids()[0];
    let config = config_of(&emulator, DEFAULT_TOKEN, intents());
    let mut shard = Shard::with_config(ShardId::ONE, config.build());
    for expected in 1..=3 {
        let everybody = RequestGuildMembers::builder(guild).query("", None);
        let request = shard.request_members(everybody).unwrap();
        let list = async {
            tokio::select! {
                list = request.into_list() => list,
                () = async { while shard.next_item(EventTypeFlags::empty()).await.is_some() {} } => {
                    panic!("the shard ended")
                }
            }
        };
        assert_eq!(in_time("the list", list).await.unwrap().members.len(), 4);
        assert_eq!(emulator.stats().commands, expected);
    }
    finish(emulator, shard).await;
}
