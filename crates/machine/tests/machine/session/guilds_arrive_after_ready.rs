//! The arrival of all guilds that READY listed is reported, or after some time how many are missing.

use gloaming_machine::{Input, Lifecycle, Timeouts};
use gloaming_test_support::machine::{Effect, Harness, events, resumed};
use std::time::Duration;

/// What was reported: arrived and missing.
fn reports(outputs: &[Effect]) -> Vec<(usize, usize)> {
    let report = |event: &Lifecycle| match event {
        Lifecycle::GuildsArrived { arrived, missing } => Some((*arrived, *missing)),
        _ => None,
    };
    events(outputs).into_iter().filter_map(report).collect()
}

fn ready_with(guilds: &[u64]) -> String {
    let guilds: Vec<String> = guilds
        .iter()
        .map(|id| format!(r#"{{"id":"{id}","unavailable":true}}"#))
        .collect();
    format!(
        r#"{{"t":"READY","s":1,"op":0,"d":{{"session_id":"abc","resume_gateway_url":"wss://resume.discord.gg","guilds":[{}]}}}}"#,
        guilds.join(",")
    )
}

fn guild(name: &str, sequence: u64, id: u64) -> String {
    format!(
        r#"{{"t":"{name}","s":{sequence},"op":0,"d":{{"name":"a","id":"{id}","large":false}}}}"#
    )
}

/// Identifies, and returns what READY with these guilds leads to.
fn identified(harness: &mut Harness, guilds: &[u64]) -> Vec<Effect> {
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness.payload(&ready_with(guilds))
}

#[test]
fn arrival_of_the_last_guild_is_reported_once() {
    let mut harness = Harness::new();
    assert_eq!(reports(&identified(&mut harness, &[7, 8, 9])), []);
    for (sequence, id) in [(2, 8), (3, 1), (4, 8), (5, 9)] {
        let outputs = harness.payload(&guild("GUILD_CREATE", sequence, id));
        assert_eq!(reports(&outputs), []);
    }
    let outputs = harness.payload(&guild("GUILD_CREATE", 6, 7));
    assert_eq!(reports(&outputs), [(3, 0)]);
    let outputs = harness.payload(&guild("GUILD_CREATE", 7, 7));
    assert_eq!(reports(&outputs), []);
    let outputs = harness.advance_acknowledged(Duration::from_secs(60));
    assert_eq!(reports(&outputs), []);
}

#[test]
fn missing_guilds_are_reported_after_a_time_without_any() {
    let patience = Timeouts::default().guilds;
    let mut harness = Harness::new();
    identified(&mut harness, &[7, 8, 9]);
    let outputs = harness.advance_acknowledged(patience - Duration::from_millis(1));
    assert_eq!(reports(&outputs), []);
    harness.payload(&guild("GUILD_CREATE", 2, 7));
    let outputs = harness.advance_acknowledged(patience - Duration::from_millis(1));
    assert_eq!(reports(&outputs), []);
    let outputs = harness.advance_acknowledged(Duration::from_millis(1));
    assert_eq!(reports(&outputs), [(1, 2)]);
    let outputs = harness.payload(&guild("GUILD_CREATE", 3, 8));
    assert_eq!(reports(&outputs), []);
}

#[test]
fn guild_that_the_bot_left_is_not_awaited() {
    let mut harness = Harness::new();
    identified(&mut harness, &[7, 8]);
    harness.payload(&guild("GUILD_CREATE", 2, 7));
    let outputs = harness.payload(&guild("GUILD_DELETE", 3, 8));
    assert_eq!(reports(&outputs), [(1, 0)]);
}

#[test]
fn guild_in_an_outage_is_missing_and_not_left() {
    let mut harness = Harness::new();
    identified(&mut harness, &[7, 8, 9]);
    harness.payload(&guild("GUILD_CREATE", 2, 7));
    for (sequence, name) in [(3, "GUILD_DELETE"), (4, "GUILD_CREATE")] {
        let outputs = harness.payload(&format!(
            r#"{{"t":"{name}","s":{sequence},"op":0,"d":{{"id":"8","unavailable":true}}}}"#
        ));
        assert_eq!(reports(&outputs), []);
    }
    harness.payload(&guild("GUILD_CREATE", 5, 9));
    let outputs = harness.advance_acknowledged(Timeouts::default().guilds);
    assert_eq!(reports(&outputs), [(2, 1)]);
}

#[test]
fn shard_without_guilds_reports_at_once() {
    let mut harness = Harness::new();
    assert_eq!(reports(&identified(&mut harness, &[])), [(0, 0)]);
}

#[test]
fn wait_goes_on_after_a_resume_and_ends_with_the_session() {
    let mut harness = Harness::new();
    identified(&mut harness, &[7, 8]);
    harness.payload(&guild("GUILD_CREATE", 2, 7));
    harness.lost();
    harness.input(Input::Connected);
    harness.hello();
    let outputs = harness.payload(&guild("GUILD_CREATE", 3, 8));
    assert_eq!(reports(&outputs), [(2, 0)]);
    harness.payload(&resumed(4));

    let mut harness = Harness::new();
    identified(&mut harness, &[7, 8]);
    harness.input(Input::NewSession);
    let outputs = harness.advance(Duration::from_secs(30));
    assert_eq!(reports(&outputs), []);
}

#[test]
fn guilds_that_lie_unread_are_awaited() {
    let mut harness = Harness::new();
    identified(&mut harness, &[7]);
    harness.input(Input::ReadPaused);
    let outputs = harness.advance(3 * Timeouts::default().guilds);
    assert_eq!(reports(&outputs), []);
    harness.input(Input::ReadResumed);
    let outputs = harness.payload(&guild("GUILD_CREATE", 2, 7));
    assert_eq!(reports(&outputs), [(1, 0)]);
}

#[test]
fn bot_without_the_intent_awaits_none() {
    for (intents, expected) in [
        ("1", vec![(0, 0)]),
        ("512", vec![]),
        ("33281", vec![(0, 0)]),
    ] {
        let mut harness = Harness::configured(|config| {
            config.identify = format!(r#"{{"op":2,"d":{{"token":"t","intents":{intents}}}}}"#);
        });
        assert_eq!(
            reports(&identified(&mut harness, &[])),
            expected,
            "{intents}"
        );
    }
}

#[test]
fn unreadable_list_of_guilds_is_not_awaited_and_keeps_the_session() {
    let mut harness = Harness::new();
    identified(&mut harness, &[]);
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    let outputs = harness
        .payload(r#"{"t":"READY","s":1,"op":0,"d":{"session_id":"abc","guilds":[{"id":"none"}]}}"#);
    assert_eq!(reports(&outputs), []);
    assert!(harness.machine.session().is_some());
}

/// A deadline that is not put off wakes the shard for nothing.
#[test]
fn each_guild_puts_off_the_deadline() {
    let patience = Timeouts::default().guilds;
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    // The first heartbeat is later than the guilds.
    harness.payload(r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":3600000}}"#);
    harness.input(Input::PermitGranted);
    harness.payload(&ready_with(&[7, 8]));
    assert_eq!(harness.machine.deadline(), Some(harness.now + patience));
    harness.advance(Duration::from_secs(5));
    harness.payload(&guild("GUILD_CREATE", 2, 7));
    assert_eq!(harness.machine.deadline(), Some(harness.now + patience));
}
