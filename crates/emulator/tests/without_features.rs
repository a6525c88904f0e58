//! What a build without `scenario-files` and `zstd` says to those who ask for them. `cargo xtask test` runs it.

#![cfg(not(any(feature = "scenario-files", feature = "zstd")))]

use gloaming_emulator::{
    Emulator,
    scenario::{Scenario, ScenarioErrorKind},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{client_async, tungstenite::Error};

#[test]
fn scenario_files_are_unavailable() {
    for error in [
        Scenario::named("flapping").unwrap_err(),
        Scenario::parse("mine", "[[fault]]\non = 'ready'\naction = 'drop'").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ScenarioErrorKind::Unavailable);
        let text = error.to_string();
        assert!(
            text.contains("enable the feature `scenario-files`"),
            "{text}"
        );
    }
    let unknown = Scenario::named("nonsense").unwrap_err();
    assert_eq!(unknown.kind(), ScenarioErrorKind::UnknownName);
    assert_eq!(Scenario::library(), []);
}

#[tokio::test]
async fn handshake_for_zstd_is_refused_with_the_reason() {
    let emulator = Emulator::builder().start().await.unwrap();
    let connect = async |compress: &str| {
        let host = emulator.url().trim_start_matches("ws://");
        let stream = TcpStream::connect(host).await.unwrap();
        let url = format!("{}/?v=10&encoding=json&compress={compress}", emulator.url());
        client_async(url, stream).await.map(drop)
    };
    let Err(Error::Http(response)) = connect("zstd-stream").await else {
        panic!("the handshake was not refused");
    };
    assert_eq!(response.status(), 501);
    let body = response.body().as_deref().unwrap_or_default();
    let reason = String::from_utf8_lossy(body);
    assert!(reason.contains("enable the feature `zstd`"), "{reason}");
    connect("zlib-stream").await.unwrap();
    assert_eq!(emulator.violations(), []);
}
