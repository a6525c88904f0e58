//! A higher speed shortens heartbeat intervals and scenarios.

use std::time::Duration;

use gloaming_emulator::{Emulator, EmulatorBuilder, scenario::Scenario};
use tokio::time::Instant;

use crate::harness::{Client, Received};

fn ten_times_faster() -> EmulatorBuilder {
    Emulator::builder().guilds(0).speed(10)
}

/// The close code that a client without heartbeats receives, and the time since the start of the emulator.
#[expect(clippy::disallowed_methods, reason = "reads the paused clock")]
async fn close_of(emulator: EmulatorBuilder) -> (u16, Duration) {
    let began = Instant::now();
    let emulator = emulator.start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    client.start(0).await;
    match client.receive().await {
        Received::Close(code) => (code, began.elapsed()),
        other => panic!("expected a close frame, received {other:?}"),
    }
}

/// HELLO announces 4.125 s, and the grace for a busy machine is 5 s of the clock.
#[tokio::test(start_paused = true)]
async fn missing_heartbeat_is_closed_sooner() {
    let (code, waited) = close_of(ten_times_faster()).await;
    assert_eq!(code, 4009);
    assert!((9_100..9_500).contains(&waited.as_millis()), "{waited:?}");
}

/// An action at 20 seconds is played after 2 seconds.
#[tokio::test(start_paused = true)]
async fn scenarios_play_faster() {
    let scenario = "[[fault]]\nat = 20\naction = 'close'\ncode = 4000";
    let scenario = Scenario::parse("test", scenario).unwrap();
    let (code, waited) = close_of(ten_times_faster().scenario(scenario)).await;
    assert_eq!(code, 4000);
    assert!((1_990..2_100).contains(&waited.as_millis()), "{waited:?}");
}
