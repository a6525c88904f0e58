//! The gateway accepts every command that is sent; invalid commands stay local (P21, P24).

use crate::harness::{config, finish, in_time, is_ready, shard, start, until, until_stats};
use gloaming_emulator::Emulator;
use gloaming_protocol::{
    ChannelInfoField, RequestChannelInfo, RequestSoundboardSounds, UpdatePresencePayload,
};
use gloaming_shard::{CommandOutcome, Item, error::SendErrorKind};
use twilight_model::{
    gateway::{
        payload::outgoing::{RequestGuildMembers, UpdatePresence, UpdateVoiceState},
        presence::{ActivityType, MinimalActivity, Status},
    },
    id::Id,
};

fn presence(name: &str) -> UpdatePresencePayload {
    let activity = MinimalActivity {
        kind: ActivityType::Playing,
        name: name.to_owned(),
        url: None,
    };
    UpdatePresencePayload::new([activity.into()], false, None, Status::Online).unwrap()
}

fn update_presence(name: &str) -> UpdatePresence {
    let UpdatePresencePayload {
        activities,
        afk,
        since,
        status,
    } = presence(name);
    UpdatePresence::new(activities, afk, since, status).unwrap()
}

#[tokio::test]
async fn all_commands_are_accepted() {
    let emulator = start(Emulator::builder().guilds(2).members(30)).await;
    let guild = emulator.guild_ids()[0];
    let config = config(&emulator)
        .presence(presence("with fire"))
        .large_threshold(250);
    let mut shard = shard(config);
    until(&mut shard, is_ready).await;
    let sender = shard.sender();

    let members = RequestGuildMembers::builder(guild)
        .nonce("a nonce of thirty-two bytes, yes")
        .query("", Some(10));
    let sent = [
        sender.submit_command(&members).unwrap(),
        sender.submit_command(&update_presence("alone")).unwrap(),
        sender
            .submit_command(&UpdateVoiceState::new(guild, None, false, false))
            .unwrap(),
        sender
            .submit_command(&RequestSoundboardSounds::new([guild]).unwrap())
            .unwrap(),
        sender
            .submit_command(&RequestChannelInfo::new(guild, [ChannelInfoField::Status]).unwrap())
            .unwrap(),
    ];
    until_stats(&mut shard, &emulator, |stats| stats.commands == 5).await;
    for outcome in sent {
        assert_eq!(in_time("its outcome", outcome).await, CommandOutcome::Sent);
    }
    finish(emulator, shard).await;
}

#[tokio::test]
async fn commands_are_answered() {
    let emulator = start(Emulator::builder().guilds(1).members(30)).await;
    let guild = emulator.guild_ids()[0];
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    shard.command(&RequestGuildMembers::builder(guild).query("", Some(5)));
    until(&mut shard, |item| {
        matches!(item, Item::Event(gloaming_shard::Event::MemberChunk(chunk)) if chunk.guild_id == guild)
    })
    .await;
    finish(emulator, shard).await;
}

#[tokio::test]
async fn oversized_commands_stay_local() {
    let emulator = start(Emulator::builder()).await;
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    let sender = shard.sender();
    let oversized = update_presence(&"x".repeat(4_096));
    let error = sender.submit_command(&oversized).unwrap_err();
    assert_eq!(error.kind(), &SendErrorKind::Invalid);
    let error = sender.send("x".repeat(4_097)).unwrap_err();
    assert_eq!(error.kind(), &SendErrorKind::Invalid);
    let long_nonce = RequestGuildMembers::builder(Id::new(1))
        .nonce("a nonce of thirty-three bytes, no")
        .query("", Some(10));
    let error = sender.command(&long_nonce).unwrap_err();
    assert_eq!(error.kind(), &SendErrorKind::Invalid);
    shard.command(&oversized);

    // The largest allowed command, which arrives after any earlier one.
    let overhead = serde_json::to_string(&update_presence("")).unwrap().len();
    let largest = update_presence(&"x".repeat(4_096 - overhead));
    sender.command(&largest).unwrap();
    let stats = until_stats(&mut shard, &emulator, |stats| stats.commands > 0).await;
    assert_eq!(stats.commands, 1);
    finish(emulator, shard).await;
}

#[tokio::test]
async fn hundred_commands_at_once_keep_the_send_limit() {
    let emulator = start(Emulator::builder().guilds(1)).await;
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    let guild = emulator.guild_ids()[0];
    let limit = shard.ratelimiter().unwrap();
    for _ in 0..limit.available() {
        shard.command(&UpdateVoiceState::new(guild, None, false, false));
    }
    let expected = u64::from(limit.available());
    until_stats(&mut shard, &emulator, |stats| stats.commands == expected).await;
    assert_eq!(shard.ratelimiter().unwrap().available(), 0);
    // The rest of the limit is reserved for heartbeats (P9).
    for _ in 0..3 {
        let before = emulator.stats().heartbeats;
        emulator.request_heartbeat(gloaming_emulator::Selector::All);
        until_stats(&mut shard, &emulator, |stats| stats.heartbeats > before).await;
    }
    finish(emulator, shard).await;
}
