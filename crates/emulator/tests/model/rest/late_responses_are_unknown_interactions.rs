//! With a deadline, an initial response that comes later is refused, and counted.

use std::time::Duration;

use gloaming_emulator::Emulator;
use serde_json::{Value, json};

use crate::harness::Harness;

const GUILDS: u64 = 1;

/// Sends an initial response after this time. Returns the status and the code.
fn respond_after(harness: &mut Harness, time: Duration) -> (u16, Value) {
    // The session of an earlier call is in the same bucket of identifies.
    harness.wait(Duration::from_secs(10));
    let (client, _) = harness.start([0, 1], GUILDS);
    harness.payloads(client);
    harness.gateway.handle_timeout(harness.now);
    let guild = harness.gateway.guild_ids()[0];
    assert_ne!(harness.gateway.use_command(guild, "ping", &json!([])), 0);
    harness.settle();
    let interaction = harness.payloads(client).pop().unwrap()["d"].take();
    harness.wait(time);
    let response = harness.respond(&interaction);
    let code = response.body().map(|body| body["code"].clone());
    (response.status(), code.unwrap_or_default())
}

#[test]
fn response_is_in_time_until_the_deadline() {
    let deadline = Duration::from_secs(3);
    let builder = Emulator::builder().guilds(1);
    let mut harness = Harness::new(builder.interaction_deadline(deadline));
    let in_time = respond_after(&mut harness, deadline);
    assert_eq!(
        (in_time, harness.gateway.stats().late_responses),
        ((204, Value::Null), 0)
    );
    let late = respond_after(&mut harness, deadline + Duration::from_millis(1));
    assert_eq!(
        (late, harness.gateway.stats().late_responses),
        ((404, json!(10062)), 1)
    );
    assert_eq!(harness.gateway.stats().interactions_answered, 1);
}

#[test]
fn without_a_deadline_no_response_is_late() {
    let mut harness = Harness::new(Emulator::builder().guilds(1));
    let response = respond_after(&mut harness, Duration::from_secs(30));
    assert_eq!(
        (response, harness.gateway.stats().late_responses),
        ((204, Value::Null), 0)
    );
}
