use std::time::Duration;

use gloaming_emulator::{Emulator, Selector, scenario::Impairment};

use crate::client::Client;

/// How the gateway ends all connections.
type End = fn(&Emulator);

const ENDS: [End; 2] = [
    |emulator| {
        emulator.close(Selector::All, 4000);
    },
    |emulator| {
        emulator.restart(true);
    },
];

/// The end may be told in the same moment as that nothing gets through any more, before its task has run, or long
/// after: it comes.
#[tokio::test]
async fn an_end_ends_a_half_open_connection() {
    for (at, end) in ENDS.into_iter().cycle().enumerate().take(60) {
        let emulator = Emulator::builder().guilds(0).start().await.unwrap();
        let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
            .await
            .unwrap();
        client.start(0).await;
        // From here on nothing is awaited of the sockets.
        tokio::time::pause();
        emulator.impair(Selector::All, Impairment::HalfOpen);
        for _ in 0..at / 2 {
            tokio::task::yield_now().await;
        }
        end(&emulator);
        let ended = emulator
            .within(Duration::from_secs(10), |stats| stats.connections == 0)
            .await;
        ended.unwrap_or_else(|error| panic!("in round {at}: {error}"));
        tokio::time::resume();
    }
}
