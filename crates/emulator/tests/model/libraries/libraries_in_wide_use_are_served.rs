//! What libraries in wide use send by default, according to their sources, is served, and noted at most.

use std::collections::BTreeSet;

use gloaming_emulator::{
    DEFAULT_TOKEN,
    model::{ConnectionId, Host, Input},
};
use serde::Deserialize;
use serde_json::Value;

use crate::harness::{Harness, builder, resume};

/// What a library sends in a session: an IDENTIFY, a heartbeat and its commands.
#[derive(Deserialize)]
struct Library {
    query: String,
    payloads: Vec<Value>,
    /// What is noted, as `rule: detail`.
    notes: BTreeSet<String>,
}

macro_rules! libraries {
    ($($test:ident: $file:literal;)*) => {
        $(#[test]
        fn $test() {
            serve(include_str!($file));
        })*
    };
}

libraries! {
    discord_js: "discord-js.json";
    discord_py: "discord-py.json";
    discordgo: "discordgo.json";
    dsharpplus: "dsharpplus.json";
    eris: "eris.json";
    hikari: "hikari.json";
    interactions_py: "interactions-py.json";
    jda: "jda.json";
    oceanic_js: "oceanic-js.json";
    serenity: "serenity.json";
}

/// Each payload is served, the session is resumed, and nothing is a violation.
fn serve(file: &str) {
    let mut library: Library = serde_json::from_str(file).unwrap();
    let mut harness = Harness::new(builder().guilds(1));
    let names = Names::of(&mut harness);
    let client = harness.connect_to(Host::Main, &library.query);
    for payload in &mut library.payloads {
        names.fill(payload);
        harness.send(client, payload);
    }
    let received = harness.payloads(client);
    for name in [
        "READY",
        "GUILD_CREATE",
        "VOICE_STATE_UPDATE",
        "GUILD_MEMBERS_CHUNK",
    ] {
        assert!(
            received.iter().any(|payload| payload["t"] == name),
            "no {name}"
        );
    }
    assert!(received.iter().any(|payload| payload["op"] == 11), "no ACK");

    let ready = received.iter().find(|payload| payload["t"] == "READY");
    harness.disconnect(client, None);
    let second = harness.connect_to(Host::Resume, &library.query);
    harness.send(second, &resume(&ready.unwrap()["d"]["session_id"], 1));
    assert_eq!(harness.names(second).last().unwrap(), "RESUMED");

    assert_eq!(harness.violations(), []);
    let notes = harness.gateway.notes().iter();
    let noted: BTreeSet<String> = notes
        .map(|note| format!("{}: {}", note.rule, note.detail))
        .collect();
    assert_eq!(noted, library.notes);
}

/// What the names in braces stand for.
struct Names {
    guild: String,
    voice_channel: String,
}

impl Names {
    /// Asks a client of its own, which then leaves.
    fn of(harness: &mut Harness) -> Self {
        let (client, guild) = first_guild(harness);
        harness.disconnect(client, Some(1000));
        harness.wait(crate::harness::seconds(5));
        let channels = guild["channels"].as_array().unwrap();
        let voice = channels
            .iter()
            .find(|channel| channel["type"] == 2)
            .unwrap();
        Self {
            guild: guild["id"].as_str().unwrap().to_owned(),
            voice_channel: voice["id"].as_str().unwrap().to_owned(),
        }
    }

    fn fill(&self, value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.fill(value)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.fill(value)),
            Value::String(text) if text.contains('{') => {
                let filled = text
                    .replace("{token}", DEFAULT_TOKEN)
                    .replace("{guild}", &self.guild)
                    .replace("{voice channel}", &self.voice_channel);
                *value = match text.as_str() {
                    "{guild as a number}" => self.guild.parse::<u64>().unwrap().into(),
                    "{voice channel as a number}" => {
                        self.voice_channel.parse::<u64>().unwrap().into()
                    }
                    _ => filled.into(),
                };
            }
            _ => {}
        }
    }
}

fn first_guild(harness: &mut Harness) -> (ConnectionId, Value) {
    let client = harness.connect();
    let identify = crate::harness::identify([0, 1], 1);
    harness.input(client, Input::Text(&identify.to_string()));
    let payloads = harness.payloads(client);
    let guild = payloads
        .iter()
        .find(|payload| payload["t"] == "GUILD_CREATE");
    (client, guild.expect("GUILD_CREATE")["d"].clone())
}
