//! Requests for soundboard sounds and channel info (P26) receive an answer per guild.

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume},
    gateway::{dispatch, in_time, start},
};
use gloaming_shard::{ChannelInfoField, Lifecycle, error::SendErrorKind};
use serde::Deserialize;
use serde_json::{Value, json};
use twilight_model::id::Id;

fn sounds(sequence: u64, guild: &str) -> String {
    let data = json!({"soundboard_sounds": [{"name": guild}], "guild_id": guild});
    dispatch("SOUNDBOARD_SOUNDS", sequence, &data)
}

const fn is_ready(seen: &Observed) -> bool {
    matches!(seen, Observed::Lifecycle(Lifecycle::Ready { .. }))
}

#[derive(Deserialize)]
struct Sounds {
    soundboard_sounds: Vec<Sound>,
}

#[derive(Deserialize)]
struct Sound {
    name: String,
}

#[tokio::test(start_paused = true)]
async fn sounds_of_many_guilds_take_several_payloads() {
    const GUILDS: u64 = 500;
    const FIRST: u64 = 1_000_000_000_000_000_000;

    let (shard, mut gateway) = start();
    let sender = shard.sender();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    consumer.until(is_ready).await;
    let guilds = (FIRST..FIRST + GUILDS).map(Id::new);
    let mut request = sender
        .request_soundboard_sounds(guilds.clone().chain(guilds))
        .unwrap();

    let mut requested = Vec::new();
    while requested.len() < GUILDS as usize {
        let data = connection.expect(31).await;
        let size = json!({"op": 31, "d": data}).to_string().len();
        assert!(size <= 4_096, "{size}");
        requested.extend(data["guild_ids"].as_array().unwrap().clone());
    }
    let mut sequence = 1;
    for guild in requested.iter().rev() {
        sequence += 1;
        connection
            .send(&sounds(sequence, guild.as_str().unwrap()))
            .await;
    }
    let mut answered = Vec::new();
    while let Some(answer) = in_time("an answer", request.next_answer()).await {
        let answer = answer.unwrap();
        let guild = answer.guild_id().to_string();
        let decoded: Sounds = answer.decode().unwrap();
        assert_eq!(decoded.soundboard_sounds[0].name, guild);
        answered.push(Value::from(guild));
    }
    answered.reverse();
    assert_eq!(answered, requested);
}

#[tokio::test(start_paused = true)]
async fn channel_info_is_a_future() {
    let (shard, mut gateway) = start();
    let sender = shard.sender();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    consumer.until(is_ready).await;
    let fields = [ChannelInfoField::Status, ChannelInfoField::VoiceStartTime];
    let request = sender.request_channel_info(Id::new(1), fields).unwrap();
    let requested = connection.expect(43).await;
    assert_eq!(
        requested,
        json!({"guild_id": "1", "fields": ["status", "voice_start_time"]})
    );
    for (sequence, guild) in [(2, "2"), (3, "1")] {
        let data = json!({"guild_id": guild, "channels": []});
        connection
            .send(&dispatch("CHANNEL_INFO", sequence, &data))
            .await;
    }
    let answer = in_time("the answer", request).await.unwrap();
    assert_eq!(answer.guild_id(), Id::new(1));
    assert_eq!(answer.payload().sequence(), Some(3));
    // The consumer receives the events, too.
    for _ in 0..2 {
        consumer
            .until(|seen| *seen == Observed::Unknown("CHANNEL_INFO".to_owned()))
            .await;
    }
}

#[tokio::test]
async fn empty_request_is_rejected() {
    let (shard, _gateway) = start();
    let error = shard.request_soundboard_sounds([]).unwrap_err();
    assert_eq!(error.kind(), &SendErrorKind::Invalid);
    let error = shard.request_channel_info(Id::new(1), []).unwrap_err();
    assert_eq!(error.kind(), &SendErrorKind::Invalid);
    let error = shard
        .request_soundboard_sounds((1..=2_501).map(Id::new))
        .unwrap_err();
    assert_eq!(error.kind(), &SendErrorKind::Invalid);
}
