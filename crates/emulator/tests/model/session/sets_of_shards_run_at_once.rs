//! Several sets of shards, each with a shard count of its own, run at the same time, as while a bot changes the count (P35).

use std::collections::BTreeMap;

use gloaming_emulator::{ViolationResponse, model::ConnectionId};
use serde_json::{Value, json};

use crate::harness::{Harness, builder, identify, seconds};

const GUILDS: u64 = 1;
const GUILDS_AND_MESSAGES: u64 = GUILDS | 1 << 9;

/// A set of shards and their connections.
struct Set {
    total: u32,
    clients: Vec<ConnectionId>,
}

impl Set {
    /// Identifies all shards of the set, after the identify interval of those before.
    fn start(harness: &mut Harness, total: u32, intents: u64) -> Self {
        harness.wait(seconds(5));
        let clients = (0..total)
            .map(|shard| {
                let client = harness.connect();
                harness.send(client, &identify([shard, total], intents));
                client
            })
            .collect();
        Self { total, clients }
    }

    /// What each shard received since the last call, without what belongs to its start.
    fn received(&self, harness: &mut Harness, name: &str) -> BTreeMap<u32, Vec<Value>> {
        let shards = self.clients.iter().zip(0..).map(|(client, shard)| {
            let payloads = harness.payloads(*client).into_iter();
            let named = payloads.filter(|payload| payload["t"] == name);
            (shard, named.map(|payload| payload["d"].clone()).collect())
        });
        shards.collect()
    }
}

fn guild_id(event: &Value) -> u64 {
    let id = event["guild_id"].as_str().expect("a guild");
    id.parse().expect("a number")
}

fn harness() -> Harness {
    Harness::new(
        builder()
            .guilds(40)
            .members(2)
            .shards(4)
            .max_concurrency(16),
    )
}

#[test]
fn each_set_gets_each_event_once_on_the_shard_of_its_own_count() {
    let mut harness = harness();
    let sets = [4, 7].map(|total| Set::start(&mut harness, total, GUILDS_AND_MESSAGES));
    let guilds = harness.gateway.guild_ids();
    for set in &sets {
        let created = set.received(&mut harness, "GUILD_CREATE");
        assert_eq!(created.values().map(Vec::len).sum::<usize>(), guilds.len());
    }
    for guild in &guilds {
        assert_eq!(
            harness.gateway.say(*guild, "hello"),
            2,
            "one session of each set"
        );
    }
    let [old, new] = sets.map(|set| {
        let messages = set.received(&mut harness, "MESSAGE_CREATE");
        let mut all = Vec::new();
        for (shard, messages) in messages {
            for message in messages {
                let routed = guild_id(&message) >> 22;
                assert_eq!(routed % u64::from(set.total), u64::from(shard));
                all.push(message.to_string());
            }
        }
        all.sort_unstable();
        all
    });
    assert_eq!(old.len(), guilds.len());
    assert_eq!(old, new, "the copies have the same data");
    assert!(harness.violations().is_empty());
}

#[test]
fn events_without_a_guild_are_for_the_first_shard_of_each_set() {
    let mut harness = harness();
    let sets = [4, 7].map(|total| Set::start(&mut harness, total, GUILDS));
    for set in &sets {
        set.received(&mut harness, "READY");
    }
    let recipients = harness.gateway.publish("USER_UPDATE", json!({"id": "1"}));
    assert_eq!(recipients, 2);
    for set in &sets {
        let updates = set.received(&mut harness, "USER_UPDATE");
        let counts = updates.values().map(Vec::len);
        assert_eq!(counts.collect::<Vec<_>>()[..2], [1, 0]);
    }
}

#[test]
fn each_set_has_its_own_intents() {
    let mut harness = harness();
    let silent = Set::start(&mut harness, 4, GUILDS);
    let other = Set::start(&mut harness, 7, GUILDS_AND_MESSAGES);
    let guild = harness.gateway.guild_ids()[0];
    assert_eq!(harness.gateway.say(guild, "hello"), 1);
    let count =
        |messages: BTreeMap<u32, Vec<Value>>| messages.values().map(Vec::len).sum::<usize>();
    assert_eq!(count(silent.received(&mut harness, "MESSAGE_CREATE")), 0);
    assert_eq!(count(other.received(&mut harness, "MESSAGE_CREATE")), 1);
}

#[test]
fn end_of_one_set_leaves_the_other_as_it_is() {
    let mut harness = harness();
    let old = Set::start(&mut harness, 4, GUILDS_AND_MESSAGES);
    let new = Set::start(&mut harness, 7, GUILDS_AND_MESSAGES);
    for client in old.clients {
        harness.disconnect(client, Some(1000));
    }
    assert_eq!(harness.gateway.sessions().len(), 7);
    let guild = harness.gateway.guild_ids()[0];
    new.received(&mut harness, "READY");
    assert_eq!(harness.gateway.say(guild, "hello"), 1);
    assert!(harness.violations().is_empty());
}

/// P10: the number of a shard is checked against the count that it identifies with.
#[test]
fn shard_numbers_are_checked_against_the_count_of_their_set() {
    let mut harness = harness();
    Set::start(&mut harness, 7, GUILDS);
    let client = harness.connect();
    harness.send(client, &identify([5, 4], GUILDS));
    harness.assert_refused(client, "P10", 4010);
}

/// P11: the key of the limit is `shard % max_concurrency`, whatever the shard count is.
#[test]
fn sets_share_the_identify_limit() {
    let mut harness = harness();
    harness.start([2, 4], GUILDS);
    let client = harness.connect();
    harness.send(client, &identify([2, 7], GUILDS));
    assert_eq!(harness.payloads(client)[1]["op"], 9);
    assert_eq!(
        harness.violations(),
        [("P11", ViolationResponse::InvalidSession)]
    );
    let other = harness.connect();
    harness.send(other, &identify([3, 7], GUILDS));
    assert_eq!(harness.names(other)[0], "READY");
}
