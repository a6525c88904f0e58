//! P37: when the bot gains access to a channel, a complete CHANNEL_UPDATE follows, for the category too. When it loses
//! access, the CHANNEL_UPDATE is obfuscated.

use gloaming_emulator::{
    model::ConnectionId,
    scenario::{Scenario, ScenarioErrorKind},
};
use serde_json::{Value, json};
use twilight_model::{
    channel::permission_overwrite::{PermissionOverwrite, PermissionOverwriteType},
    guild::Permissions,
    id::{
        Id,
        marker::{ChannelMarker, GuildMarker, RoleMarker},
    },
};

use crate::harness::{Harness, builder, identify, resume, seconds};

const GUILDS: u64 = 1;
const HIDDEN: &str = "___hidden___";

struct Guild {
    harness: Harness,
    client: ConnectionId,
    id: Id<GuildMarker>,
    category: Id<ChannelMarker>,
    private: Vec<Id<ChannelMarker>>,
    role: Id<RoleMarker>,
}

/// A client in a guild with two private channels.
fn guild() -> Guild {
    let mut harness = Harness::new(builder().guilds(1).private_channels(2));
    let (client, _) = harness.start([0, 1], GUILDS);
    harness.payloads(client);
    let id = harness.gateway.guild_ids()[0];
    let channels = harness.gateway.channels(id);
    let [category, first, second] = channels.last_chunk().unwrap();
    Guild {
        client,
        id,
        category: category.id,
        private: vec![first.id, second.id],
        role: harness.gateway.roles(id)[1].id,
        harness,
    }
}

impl Guild {
    /// The name of each event that arrived, with the id of the channel and whether it is hidden.
    fn events(&mut self) -> Vec<(String, Value, bool)> {
        let payloads = self.harness.payloads(self.client);
        let event = |payload: Value| {
            let name = payload["t"].as_str().unwrap().to_owned();
            let data = &payload["d"];
            assert_eq!(data["guild_id"], self.id.to_string());
            if name == "CHANNEL_UPDATE" {
                let is_complete = data["version"].is_u64();
                assert_eq!(is_complete, data["name"] != HIDDEN, "{data}");
            }
            (name, data["id"].clone(), data["name"] == HIDDEN)
        };
        payloads.into_iter().map(event).collect()
    }

    fn updates(
        &self,
        channels: &[Id<ChannelMarker>],
        is_hidden: bool,
    ) -> Vec<(String, Value, bool)> {
        let update = |id: &Id<ChannelMarker>| ("CHANNEL_UPDATE".to_owned(), json!(id), is_hidden);
        channels.iter().map(update).collect()
    }

    fn all(&self) -> Vec<Id<ChannelMarker>> {
        [&[self.category], &*self.private].concat()
    }
}

#[test]
fn role_of_the_bot_reveals_channels_with_their_category() {
    let mut guild = guild();
    assert_eq!(
        guild.harness.gateway.set_bot_roles(guild.id, &[guild.role]),
        1
    );
    let mut events = guild.events();
    // Without the intent GUILD_MEMBERS: it is the bot itself.
    assert_eq!(events.remove(0).0, "GUILD_MEMBER_UPDATE");
    assert_eq!(events, guild.updates(&guild.all(), false));

    guild.harness.gateway.set_bot_roles(guild.id, &[]);
    let mut events = guild.events();
    assert_eq!(events.remove(0).0, "GUILD_MEMBER_UPDATE");
    assert_eq!(events, guild.updates(&guild.all(), true));
}

#[test]
fn permissions_of_a_role_reveal_channels() {
    let mut guild = guild();
    guild.harness.gateway.set_bot_roles(guild.id, &[guild.role]);
    guild.harness.gateway.set_bot_roles(guild.id, &[]);
    guild.events();
    let everyone = guild.harness.gateway.roles(guild.id)[0].id;
    let all = Permissions::ADMINISTRATOR;
    assert_eq!(
        guild
            .harness
            .gateway
            .set_role_permissions(guild.id, everyone, all),
        1
    );
    let mut events = guild.events();
    assert_eq!(events.remove(0).0, "GUILD_ROLE_UPDATE");
    assert_eq!(events, guild.updates(&guild.all(), false));
    assert_eq!(guild.harness.gateway.roles(guild.id)[0].permissions, all);

    let none = Permissions::empty();
    guild
        .harness
        .gateway
        .set_role_permissions(guild.id, everyone, none);
    let mut events = guild.events();
    events.remove(0);
    assert!(
        events.len() > 5,
        "voice channels and the private ones are hidden: {events:?}"
    );
    assert!(
        events
            .iter()
            .all(|(name, _, is_hidden)| name == "CHANNEL_UPDATE" && *is_hidden)
    );
}

#[test]
fn overwrite_reveals_its_channel_and_then_the_category() {
    let mut guild = guild();
    let [first, second] = guild.private[..] else {
        panic!("{:?}", guild.private);
    };
    assert_eq!(guild.harness.gateway.reveal_channel(first), 1);
    let revealed = guild.updates(&[first, guild.category], false);
    assert_eq!(guild.events(), revealed);
    guild.harness.gateway.reveal_channel(second);
    assert_eq!(
        guild.events(),
        guild.updates(&[second], false),
        "the category is known"
    );
    guild.harness.gateway.hide_channel(first);
    assert_eq!(guild.events(), guild.updates(&[first], true));
    guild.harness.gateway.hide_channel(second);
    let hidden = guild.updates(&[second, guild.category], true);
    assert_eq!(guild.events(), hidden);

    let everyone = PermissionOverwrite {
        allow: Permissions::VIEW_CHANNEL,
        deny: Permissions::empty(),
        id: guild.id.cast(),
        kind: PermissionOverwriteType::Role,
    };
    guild.harness.gateway.set_overwrites(first, &[everyone]);
    let revealed = guild.updates(&[first, guild.category], false);
    assert_eq!(guild.events(), revealed);
}

#[test]
fn voice_channel_of_the_bot_is_revealed() {
    let mut guild = guild();
    let channels = guild.harness.gateway.channels(guild.id);
    let voice = channels
        .iter()
        .find(|channel| channel.bitrate.is_some())
        .unwrap()
        .id;
    guild.harness.gateway.hide_channel(voice);
    guild.events();

    // It can't join, but a moderator can move it.
    let join = json!({"op": 4, "d": {"guild_id": guild.id, "channel_id": voice, "self_mute": false, "self_deaf": false}});
    guild.harness.send(guild.client, &join);
    assert_eq!(guild.events(), []);
    let channels = guild.harness.gateway.channels(guild.id);
    let hidden = channels.iter().find(|channel| channel.id == voice);
    let overwrites = hidden.unwrap().permission_overwrites.as_ref().unwrap();
    let bot = overwrites[0].id;
    let state =
        |channel: Value| json!({"guild_id": guild.id, "user_id": bot, "channel_id": channel});
    let (moved, left) = (state(json!(voice)), state(Value::Null));
    guild.harness.gateway.publish("VOICE_STATE_UPDATE", moved);
    assert_eq!(guild.events(), guild.updates(&[voice], false));
    guild.harness.gateway.publish("VOICE_STATE_UPDATE", left);
    assert_eq!(guild.events(), guild.updates(&[voice], true));
}

#[test]
fn events_that_change_nothing_for_the_bot_cause_no_updates() {
    let mut guild = guild();
    let role = json!({"guild_id": guild.id, "role": {"id": guild.role, "name": "new name"}});
    guild.harness.gateway.publish("GUILD_ROLE_UPDATE", role);
    let other = json!({"guild_id": guild.id, "user": {"id": "5"}, "roles": [guild.role]});
    guild.harness.gateway.publish("GUILD_MEMBER_UPDATE", other);
    let events: Vec<String> = guild.events().into_iter().map(|it| it.0).collect();
    assert_eq!(
        events,
        ["GUILD_ROLE_UPDATE"],
        "the session lacks GUILD_MEMBERS"
    );
    assert_eq!(guild.harness.gateway.roles(guild.id)[1].name, "new name");
}

#[test]
fn changes_while_disconnected_are_replayed_and_known_to_new_sessions() {
    let mut guild = guild();
    let Harness { gateway, now, .. } = &mut guild.harness;
    gateway.drop_connections(*now, &gloaming_emulator::Selector::All);
    let session = gateway.sessions()[0].clone();
    gateway.set_bot_roles(guild.id, &[guild.role]);
    guild.harness.received(guild.client);
    let client = guild.harness.connect();
    let session_id = json!(session.id);
    guild
        .harness
        .send(client, &resume(&session_id, session.sequence));
    let names = guild.harness.names(client);
    let mut expected = vec!["GUILD_MEMBER_UPDATE"];
    expected.extend(["CHANNEL_UPDATE"; 3]);
    expected.push("RESUMED");
    assert_eq!(names, expected);

    let client = guild.harness.connect();
    guild.harness.wait(seconds(6));
    guild.harness.send(client, &identify([0, 1], GUILDS));
    let payloads = guild.harness.payloads(client);
    let create = payloads
        .iter()
        .find(|it| it["t"] == "GUILD_CREATE")
        .unwrap();
    let channels = create["d"]["channels"].as_array().unwrap();
    assert!(channels.iter().all(|channel| channel["name"] != HIDDEN));
    assert_eq!(create["d"]["members"][0]["roles"], json!([guild.role]));
}

#[test]
fn what_does_not_exist_changes_nothing() {
    let mut guild = guild();
    let gateway = &mut guild.harness.gateway;
    assert_eq!(gateway.hide_channel(Id::new(5)), 0);
    assert_eq!(gateway.reveal_channel(Id::new(5)), 0);
    assert_eq!(gateway.set_overwrites(Id::new(5), &[]), 0);
    assert_eq!(gateway.set_bot_roles(Id::new(5), &[]), 0);
    assert_eq!(
        gateway.set_role_permissions(guild.id, Id::new(5), Permissions::all()),
        0
    );
    assert_eq!(
        gateway.set_role_permissions(Id::new(5), guild.role, Permissions::all()),
        0
    );
    assert_eq!(
        (gateway.channels(Id::new(5)), gateway.roles(Id::new(5))),
        (vec![], vec![])
    );
    assert_eq!(guild.events(), []);
}

#[test]
fn scenario_hides_and_reveals_channels() {
    let mut harness = Harness::new(builder().guilds(2));
    let (client, _) = harness.start([0, 1], GUILDS);
    harness.payloads(client);
    let scenario = Scenario::named("hidden-channels").unwrap();
    harness.gateway.play_scenario(harness.now, &scenario);
    harness.wait(seconds(6));
    let hidden = harness.payloads(client);
    assert_eq!(hidden.len(), 6, "three channels of each guild");
    assert!(
        hidden
            .iter()
            .all(|it| it["t"] == "CHANNEL_UPDATE" && it["d"]["name"] == HIDDEN)
    );
    harness.wait(seconds(10));
    let revealed = harness.payloads(client);
    let ids = |payloads: &[Value]| -> Vec<Value> {
        payloads.iter().map(|it| it["d"]["id"].clone()).collect()
    };
    assert_eq!(ids(&revealed), ids(&hidden));
    assert!(
        revealed
            .iter()
            .all(|it| it["d"]["topic"].is_string() && it["d"]["flags"] == 0)
    );

    for text in [
        "at = 1\naction = 'hide-channels'\ncount = 0",
        "at = 1\naction = 'hide-channels'\ncount = 3\nshard = 0",
    ] {
        let error = Scenario::parse("mine", &format!("[[fault]]\n{text}")).unwrap_err();
        assert_eq!(error.kind(), ScenarioErrorKind::InvalidFault, "{error}");
    }
}
