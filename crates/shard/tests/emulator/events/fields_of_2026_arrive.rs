//! The emulator sends the fields that Discord added in 2026, and a bot gets them (P34): in the type if it has a place for
//! them, and otherwise in the payload that is kept.

use crate::harness::{config_of, finish, shard, start, until};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use gloaming_shard::{Event, EventTypeFlags, Intents, Item};
use serde::Deserialize;

#[tokio::test]
async fn flags_of_the_application_and_types_of_channels_are_in_the_kept_payload() {
    #[derive(Deserialize)]
    struct Ready {
        application: Application,
    }

    #[derive(Deserialize)]
    struct Application {
        flags: u32,
        flags_new: String,
    }

    #[derive(Deserialize)]
    struct Message {
        channel_type: u8,
    }

    let emulator = start(Emulator::builder().guilds(1)).await;
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES;
    let kept = EventTypeFlags::READY | EventTypeFlags::MESSAGE_CREATE;
    let config = config_of(&emulator, DEFAULT_TOKEN, intents).keep_payloads(kept);
    let mut shard = shard(config);

    let is_kept = |item: &Item| matches!(item, Item::EventWithPayload(_));
    let items = until(&mut shard, is_kept).await;
    let Some(Item::EventWithPayload(ready)) = items.last() else {
        panic!("{items:?}");
    };
    assert!(matches!(ready.event(), Event::Ready(_)));
    let Ready { application } = ready.payload().decode().unwrap();
    assert_eq!(application.flags_new, application.flags.to_string());

    until(&mut shard, |item| {
        matches!(item, Item::Event(Event::GuildCreate(_)))
    })
    .await;
    assert_eq!(emulator.say(emulator.guild_ids()[0], "hello"), 1);
    let items = until(&mut shard, is_kept).await;
    let Some(Item::EventWithPayload(message)) = items.last() else {
        panic!("{items:?}");
    };
    assert!(matches!(message.event(), Event::MessageCreate(_)));
    let Message { channel_type } = message.payload().decode().unwrap();
    assert_eq!(channel_type, 0);
    finish(emulator, shard).await;
}

#[tokio::test]
async fn members_are_active_on_each_kind_of_client() {
    let emulator = start(Emulator::builder().guilds(1).members(400)).await;
    let intents = Intents::GUILDS | Intents::GUILD_PRESENCES;
    let mut shard = shard(config_of(&emulator, DEFAULT_TOKEN, intents));
    let is_guild = |item: &Item| matches!(item, Item::Event(Event::GuildCreate(_)));
    let items = until(&mut shard, is_guild).await;
    let Some(Item::Event(Event::GuildCreate(guild))) = items.last() else {
        panic!("{items:?}");
    };
    let twilight_model::gateway::payload::incoming::GuildCreate::Available(guild) = &**guild else {
        panic!("it is available");
    };
    let mut clients = [0; 4];
    for presence in &guild.presences {
        let status = &presence.client_status;
        let active = [status.desktop, status.mobile, status.web, status.vr];
        assert_eq!(active.iter().flatten().count(), 1, "{presence:?}");
        for (count, client) in clients.iter_mut().zip(active) {
            *count += usize::from(client == Some(presence.status));
        }
    }
    assert!(clients.iter().all(|count| *count > 0), "{clients:?}");
    assert_eq!(clients.iter().sum::<usize>(), guild.presences.len());
    finish(emulator, shard).await;
}
