//! TLS uses a certificate that is signed by the root of the emulator.

use gloaming_emulator::Emulator;

use crate::harness::Client;

#[tokio::test]
async fn tls_uses_the_root_of_the_emulator() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let url = format!(
        "{}/?v=10&encoding=json&compress=zlib-stream",
        emulator.wss_url()
    );
    for name in ["127.0.0.1", "localhost"] {
        let mut client = Client::connect_tls(&emulator, &url, name).await.unwrap();
        client.hello().await;
    }
    assert!(
        Client::connect_tls(&emulator, &url, "discord.example")
            .await
            .is_err()
    );
    assert!(
        emulator
            .root_certificate_pem()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );
}

/// A client that connects with TLS receives a resume URL with TLS.
#[tokio::test]
async fn resume_url_keeps_the_scheme() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let url = format!("{}/?v=10&encoding=json", emulator.wss_url());
    let mut client = Client::connect_tls(&emulator, &url, "localhost")
        .await
        .unwrap();
    let ready = client.start(0).await;
    assert_eq!(ready["resume_gateway_url"], emulator.wss_resume_url());

    let resume = format!("{}/?v=10&encoding=json", emulator.wss_resume_url());
    let mut second = Client::connect_tls(&emulator, &resume, "localhost")
        .await
        .unwrap();
    second.hello().await;
    second
        .send(crate::harness::resume(&ready["session_id"], &1.into()))
        .await;
    assert_eq!(second.payload().await["t"], "RESUMED");
}
