//! The test of the bot for 0.15, independent of the package that is called `twilight_gateway`.

#[path = "one_stream_of_0_15.rs"]
mod one_stream_of_0_15;

use gloaming_emulator::{DEFAULT_TOKEN, Emulator};

#[tokio::test]
async fn all_shards_as_one_stream() {
    let emulator = Emulator::builder()
        .shards(2)
        .max_concurrency(2)
        .guilds(4)
        .events_per_second(100.0)
        .start()
        .await
        .expect("loopback can be listened on");
    let rest = emulator.rest_url().trim_start_matches("http://").to_owned();
    let (token, gateway) = (DEFAULT_TOKEN.to_owned(), emulator.url().to_owned());
    let seen = one_stream_of_0_15::run(token, gateway, rest)
        .await
        .expect("the bot succeeds");
    assert_eq!(seen.shards_ready, 2);
    assert!(seen.messages >= 10 && seen.texts >= 10);
    assert_eq!(emulator.violations(), []);
}
