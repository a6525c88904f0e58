use std::time::Duration;

use gloaming_emulator::{Emulator, EmulatorBuilder, scenario::Scenario};
use tokio::time::Instant;

use crate::client::{Client, Heard};

fn ten_times_as_fast() -> EmulatorBuilder {
    Emulator::builder().guilds(0).speed(10)
}

/// How long after its start by the clock the emulator closed a client that only listens, and with which code.
#[expect(clippy::disallowed_methods, reason = "the paused clock")]
async fn closed(emulator: EmulatorBuilder) -> (u16, Duration) {
    let began = Instant::now();
    let emulator = emulator.start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    client.start(0).await;
    match client.hear().await {
        Heard::Close(code) => (code, began.elapsed()),
        other => panic!("a close frame, not {other:?}"),
    }
}

/// HELLO says 4.125 s, and what is allowed for a busy machine is 5 s of the clock.
#[tokio::test(start_paused = true)]
async fn a_silent_client_is_closed_sooner() {
    let (code, waited) = closed(ten_times_as_fast()).await;
    assert_eq!(code, 4009);
    assert!((9_100..9_500).contains(&waited.as_millis()), "{waited:?}");
}

/// What happens at twenty seconds happens at two.
#[tokio::test(start_paused = true)]
async fn scenarios_keep_step() {
    let scenario = "[[fault]]\nat = 20\naction = 'close'\ncode = 4000";
    let scenario = Scenario::parse("test", scenario).unwrap();
    let (code, waited) = closed(ten_times_as_fast().scenario(scenario)).await;
    assert_eq!(code, 4000);
    assert!((1_990..2_100).contains(&waited.as_millis()), "{waited:?}");
}
