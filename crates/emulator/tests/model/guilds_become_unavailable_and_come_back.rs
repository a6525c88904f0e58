use gloaming_emulator::{Selector, model::Host};
use serde_json::{Value, json};

use crate::stage::{QUERY, Stage, builder, seconds};

const GUILDS_AND_MESSAGES: u64 = 1 | 1 << 9;

fn stage() -> Stage {
    Stage::new(builder().guilds(5).members(3).events_per_second(10.0))
}

fn ids(payloads: &[Value], name: &str) -> Vec<String> {
    payloads
        .iter()
        .filter(|payload| payload["t"] == name)
        .map(|payload| payload["d"]["id"].as_str().unwrap().to_owned())
        .collect()
}

/// P34: a GUILD_DELETE with `unavailable` is no farewell, and nothing is heard of the guild until its GUILD_CREATE.
#[test]
fn guilds_become_unavailable_and_come_back() {
    let mut stage = stage();
    let (client, ready) = stage.start([0, 1], GUILDS_AND_MESSAGES);
    let all: Vec<String> = ready["guilds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|guild| guild["id"].as_str().unwrap().to_owned())
        .collect();
    stage.wait(seconds(2));
    assert!(!stage.names(client).is_empty(), "there is traffic");

    assert_eq!(stage.gateway.make_guilds_unavailable(&Selector::All), 1);
    let heard = stage.payloads(client);
    assert_eq!(ids(&heard, "GUILD_DELETE"), all);
    assert!(heard.iter().all(|gone| gone["d"]["unavailable"] == true));
    stage.wait(seconds(5));
    assert_eq!(stage.names(client), [""; 0], "no events of theirs");

    assert_eq!(
        stage
            .gateway
            .make_guilds_available(stage.now, &Selector::All),
        1
    );
    let heard = stage.payloads(client);
    assert_eq!(ids(&heard, "GUILD_CREATE"), all);
    assert!(heard.iter().all(|back| back["d"]["name"].is_string()));
    stage.wait(seconds(5));
    assert!(!stage.names(client).is_empty(), "and events again");
}

#[test]
fn those_of_a_bot_that_is_away_come_when_it_is_back() {
    let mut stage = stage();
    let (client, ready) = stage.start([0, 1], 1);
    stage.gateway.drop_connections(stage.now, &Selector::All);
    stage.heard(client);
    stage.gateway.make_guilds_unavailable(&Selector::All);
    stage
        .gateway
        .make_guilds_available(stage.now, &Selector::All);

    let client = stage.connect_to(Host::Resume, QUERY);
    let resume = json!({"op": 6, "d": {
        "token": gloaming_emulator::DEFAULT_TOKEN, "session_id": ready["session_id"], "seq": 6,
    }});
    stage.send(client, &resume);
    let names = stage.names(client);
    let expected = [
        vec!["GUILD_DELETE"; 5],
        vec!["RESUMED"],
        vec!["GUILD_CREATE"; 5],
    ];
    assert_eq!(names, expected.concat());
}

#[test]
fn who_has_no_business_with_guilds_hears_nothing_of_it() {
    let mut stage = stage();
    let (client, _) = stage.start([0, 1], 1 << 12);
    stage.gateway.make_guilds_unavailable(&Selector::All);
    stage
        .gateway
        .make_guilds_available(stage.now, &Selector::All);
    assert_eq!(stage.names(client), [""; 0]);
}
