//! A close ends a connection that is half-open.

use std::time::Duration;

use gloaming_emulator::{Emulator, Selector, scenario::Impairment};

use crate::harness::Client;

/// A way to close all connections.
type CloseAll = fn(&Emulator);

const CLOSES: [CloseAll; 2] = [
    |emulator| {
        emulator.close(Selector::All, 4000);
    },
    |emulator| {
        emulator.restart(true);
    },
];

/// The close may be requested before the task of the connection knows that it is half-open, or after: the connection
/// ends.
#[tokio::test]
async fn half_open_connection_can_be_closed() {
    for (round, close) in CLOSES.into_iter().cycle().enumerate().take(60) {
        let emulator = Emulator::builder().guilds(0).start().await.unwrap();
        let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
            .await
            .unwrap();
        client.start(0).await;
        // From here on, the test waits for no socket.
        tokio::time::pause();
        emulator.impair(Selector::All, Impairment::HalfOpen);
        for _ in 0..round / 2 {
            tokio::task::yield_now().await;
        }
        close(&emulator);
        let ended = emulator
            .within(Duration::from_secs(10), |stats| stats.connections == 0)
            .await;
        ended.unwrap_or_else(|error| panic!("in round {round}: {error}"));
        tokio::time::resume();
    }
}
