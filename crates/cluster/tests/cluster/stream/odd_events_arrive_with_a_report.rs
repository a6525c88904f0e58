//! Events that do not match their type arrive through a cluster, each followed by a report of what was repaired.

use crate::harness::emulator::{builder, emulator, in_time};
use gloaming_cluster::StartOutcome;
use gloaming_emulator::Selector;
use gloaming_shard::Item;
use serde_json::Value;
use std::{fs, path::Path};

/// Returns the names, the data and the texts of the events that are repaired.
fn odd_events() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/tests/fixtures/odd");
    let mut events = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let mut payload: Value = serde_json::from_str(&text).unwrap();
        let name = payload["t"].as_str().unwrap().to_owned();
        events.push((name, payload["d"].take()));
    }
    events.sort_by_key(|(name, data)| (name.clone(), data.to_string()));
    events
}

#[tokio::test]
async fn odd_events_arrive_with_a_report() {
    let emulator = emulator(2, |emulator| emulator.guilds(0)).await;
    let (cluster, events) = builder(&emulator, 2).build().await.unwrap();
    assert_eq!(cluster.up().await, StartOutcome::Started);
    in_time(
        "both sessions start",
        emulator.wait_until(|stats| stats.sessions_started == 2),
    )
    .await;
    let odd = odd_events();
    for (name, data) in &odd {
        assert_eq!(
            emulator.dispatch(Selector::All, name.clone(), data.clone()),
            2
        );
    }
    emulator.dispatch(Selector::All, "LAST", Value::Null);

    let mut items = events.into_items();
    let mut arrived = [Vec::new(), Vec::new()];
    let (mut reports, mut undecodable, mut last) = (0, 0, 0);
    while last < 2 {
        let (shard, item) = in_time("an item", items.next()).await.unwrap();
        let arrived = &mut arrived[shard.number() as usize];
        match item {
            Item::Event(event) => arrived.push(event.kind().name().unwrap_or_default().to_owned()),
            Item::Repaired(report) => {
                reports += 1;
                // The report follows its event, and keeps what arrived.
                assert_eq!(arrived.last().map(String::as_str), report.name());
                let data: Value = report.payload().decode().unwrap();
                assert!(odd.contains(&(report.name().unwrap().to_owned(), data)));
            }
            Item::Undecodable(error) => {
                undecodable += 1;
                arrived.push(error.name().unwrap().to_owned());
                let text = error.to_string();
                assert!(
                    text.contains("MESSAGE_UPDATE") && text.contains("missing field"),
                    "{text}"
                );
            }
            Item::Unknown(event) if event.name() == Some("LAST") => last += 1,
            _ => {}
        }
    }
    for arrived in arrived {
        let names: Vec<_> = odd.iter().map(|(name, _)| name.clone()).collect();
        let first = arrived.len() - names.len();
        assert_eq!(arrived[first..], names);
    }
    // Two fit their types, and one message has no author.
    assert_eq!((reports, undecodable), (2 * (odd.len() - 3), 2));
}
