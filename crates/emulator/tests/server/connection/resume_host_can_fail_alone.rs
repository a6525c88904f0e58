//! The resume host can refuse connections while the main host accepts them (P16).

use gloaming_emulator::Emulator;
use tokio_tungstenite::tungstenite::Error;

use crate::harness::{Client, resume};

/// P16: as in the outage of 2026-09-01.
#[tokio::test]
async fn resume_host_can_fail_alone() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    let ready = client.start(0).await;
    drop(client);
    emulator.wait_until(|stats| stats.connections == 0).await;

    emulator.refuse_resume_host(503);
    let url = format!("{}/?v=10", emulator.resume_url());
    for refused in 1..4 {
        match Client::connect(&url).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), 503),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("accepted"),
        }
        assert_eq!(emulator.stats().handshakes_refused, refused);
    }
    // The session can be resumed on the main host.
    let mut main = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    main.hello().await;
    main.send(resume(&ready["session_id"], &1.into())).await;
    assert_eq!(main.payload().await["t"], "RESUMED");

    emulator.refuse_resume_host(None);
    assert!(Client::connect(&url).await.is_ok());
}
