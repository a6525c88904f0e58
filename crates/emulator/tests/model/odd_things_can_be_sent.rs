use gloaming_emulator::{
    Selector,
    model::{Input, Operation},
};
use serde_json::Value;

use crate::stage::{Stage, builder, seconds};

/// Each guild goes and comes, as often as any other, and as fast as the client reads.
#[test]
fn guilds_that_come_and_go() {
    let mut stage = Stage::new(builder().guilds(3).members(2));
    let (client, _) = stage.start([0, 1], 1);
    stage.heard(client);
    stage.clients_read = false;
    let now = stage.now;
    assert_eq!(stage.gateway.flood_guilds(now, &Selector::All, 1000), 1);
    let first_portion = stage.payloads(client);
    assert!(first_portion.len() < 1000, "{}", first_portion.len());
    stage.clients_read = true;
    stage.input(client, Input::Drained);

    let all: Vec<Value> = (first_portion.into_iter())
        .chain(stage.payloads(client))
        .collect();
    assert_eq!(all.len(), 2000);
    for pair in all.chunks(2) {
        assert_eq!(pair[0]["t"], "GUILD_DELETE");
        assert_eq!(pair[0]["d"]["unavailable"], true);
        assert_eq!(pair[1]["t"], "GUILD_CREATE");
        assert_eq!(pair[0]["d"]["id"], pair[1]["d"]["id"]);
    }
    for guild in stage.gateway.guild_ids() {
        let times = all
            .iter()
            .filter(|payload| payload["d"]["id"] == guild.to_string());
        assert!((666..=668).contains(&times.count()));
    }
    stage.wait(seconds(1));
    assert_eq!(stage.names(client), Vec::<String>::new(), "it is over");
}

/// P34: they have sequences and are replayed as any.
#[test]
fn events_that_nobody_knows() {
    let mut stage = Stage::new(builder().guilds(0));
    let (client, _) = stage.start([0, 1], 0);
    assert_eq!(stage.gateway.send_unknown_events(&Selector::All, 20), 1);
    let payloads = stage.payloads(client);
    let sequences: Vec<_> = (payloads.iter())
        .map(|payload| payload["s"].as_u64().unwrap())
        .collect();
    assert_eq!(sequences, (2..22).collect::<Vec<_>>());
    assert!(payloads.iter().any(|payload| payload["d"].is_null()));
    stage.wait(seconds(1));
    assert!(stage.violations().is_empty());
}

#[test]
fn what_is_no_payload() {
    let mut stage = Stage::new(builder().guilds(0));
    stage.start([0, 1], 0);
    assert_eq!(stage.gateway.send_invalid_json(&Selector::All), 1);
    let output = stage.gateway.poll_output().unwrap();
    let Operation::Send(frame) = output.operation else {
        panic!("something to send");
    };
    assert!(serde_json::from_str::<Value>(&frame.to_text()).is_err());
}
