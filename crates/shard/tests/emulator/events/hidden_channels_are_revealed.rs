//! A bot sees a channel that it can't view obfuscated, and complete once it gains access (P37).

use crate::harness::{config, finish, in_time, shard, start};
use gloaming_emulator::Emulator;
use gloaming_shard::{Event, EventTypeFlags, Shard, StreamExt as _};
use twilight_model::{
    channel::{Channel, ChannelFlags, ChannelType},
    gateway::payload::incoming::GuildCreate,
};

/// Receives the next event of this kind.
async fn next(shard: &mut Shard, wanted: EventTypeFlags) -> Event {
    in_time("an event", shard.next_event(wanted))
        .await
        .unwrap()
        .unwrap()
}

async fn next_update(shard: &mut Shard) -> Channel {
    match next(shard, EventTypeFlags::CHANNEL_UPDATE).await {
        Event::ChannelUpdate(update) => update.0,
        other => panic!("{other:?}"),
    }
}

fn is_obfuscated(channel: &Channel) -> bool {
    let flags = channel.flags.unwrap_or(ChannelFlags::empty());
    flags.contains(ChannelFlags::CHANNEL_OBFUSCATED)
}

#[tokio::test]
async fn hidden_channel_is_revealed_by_a_role_and_hidden_by_an_overwrite() {
    let emulator = start(Emulator::builder().guilds(1).private_channels(1)).await;
    let mut shard = shard(config(&emulator));
    let Event::GuildCreate(guild) = next(&mut shard, EventTypeFlags::GUILD_CREATE).await else {
        panic!("it is a guild");
    };
    let GuildCreate::Available(guild) = *guild else {
        panic!("it is available");
    };
    let obfuscated = guild
        .channels
        .iter()
        .filter(|channel| is_obfuscated(channel));
    let [category, channel] = &*Vec::from_iter(obfuscated) else {
        panic!("{:?}", guild.channels);
    };
    assert_eq!(category.kind, ChannelType::GuildCategory);
    assert_eq!(channel.kind, ChannelType::GuildText);
    assert_eq!(channel.parent_id, Some(category.id));
    assert_eq!(channel.name.as_deref(), Some("___hidden___"));
    assert_eq!((&channel.topic, channel.nsfw), (&None, None));

    let role = emulator.roles(guild.id)[1].id;
    emulator.set_bot_roles(guild.id, &[role]);
    let revealed = [next_update(&mut shard).await, next_update(&mut shard).await];
    assert_eq!([revealed[0].id, revealed[1].id], [category.id, channel.id]);
    assert!(!revealed.iter().any(is_obfuscated), "{revealed:?}");
    assert_eq!(revealed[0].name.as_deref(), Some("Private"));
    assert_ne!(revealed[1].name, channel.name);
    assert!(revealed[1].topic.is_some());
    let overwrites = revealed[1].permission_overwrites.as_ref().unwrap();
    assert_eq!(overwrites.len(), 2, "{overwrites:?}");

    // The role still allows the bot to view the category.
    assert_eq!(emulator.hide_channel(channel.id), 1);
    let hidden = next_update(&mut shard).await;
    assert_eq!(hidden.id, channel.id);
    assert!(is_obfuscated(&hidden), "{hidden:?}");
    emulator.set_bot_roles(guild.id, &[]);
    let hidden = next_update(&mut shard).await;
    assert_eq!(hidden.id, category.id);
    assert!(is_obfuscated(&hidden), "{hidden:?}");
    finish(emulator, shard).await;
}
