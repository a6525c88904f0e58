//! Payloads in ETF are those of JSON, with every compression of the transport (P23, P29, P30).

use gloaming_emulator::{Emulator, Selector, scenario::Impairment};
use gloaming_test_support::etf::Term;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{Client, resume};

const ALL_INTENTS: u64 = 53_608_447;

const COMPRESSIONS: [&str; 3] = ["", "&compress=zlib-stream", "&compress=zstd-stream"];

/// The payload as erlpack would know it: integers of more than 32 bits are text.
fn as_with_erlpack(payload: &Value) -> Value {
    Term::from_json(payload).to_json()
}

/// The payloads of a client that identifies, receives events one by one and many at once, and resumes.
async fn session(query: &str) -> Vec<Value> {
    let emulator = Emulator::builder().guilds(3).seed(5).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?{query}", emulator.url()))
        .await
        .unwrap();
    let mut payloads = Vec::new();
    let mut ready = client.start(ALL_INTENTS).await;
    let session_id = ready["session_id"].clone();
    // The port differs from run to run.
    ready["resume_gateway_url"].take();
    payloads.push(ready);
    for _ in 0..3 {
        payloads.push(client.payload().await);
    }
    emulator.dispatch(Selector::All, "LARGE", json!({"text": "ä".repeat(200_000)}));
    payloads.push(client.payload().await);
    emulator.burst(1000);
    for _ in 0..1000 {
        payloads.push(client.payload().await);
    }
    let guild = emulator.guild_ids()[0];
    let request = json!({"guild_id": guild, "query": "", "limit": 0, "nonce": "abc"});
    client.send(json!({"op": 8, "d": request})).await;
    payloads.push(client.dispatch("GUILD_MEMBERS_CHUNK").await);
    client.send(json!({"op": 1, "d": 5})).await;
    payloads.push(client.payload().await);

    drop(client);
    emulator.wait_until(|stats| stats.connections == 0).await;
    emulator.dispatch(Selector::All, "MISSED", json!([1, 2, 300]));
    let mut client = Client::connect(&format!("{}/?{query}", emulator.resume_url()))
        .await
        .unwrap();
    client.hello().await;
    let last = payloads[payloads.len() - 2]["s"].clone();
    client.send(resume(&session_id, &last)).await;
    payloads.push(client.payload().await);
    payloads.push(client.payload().await);
    assert_eq!(emulator.violations(), []);
    payloads
}

#[tokio::test]
async fn etf_is_sent_with_every_compression() {
    let expected = session("v=10&encoding=json").await;
    assert_eq!(expected.last().unwrap()["t"], "RESUMED");
    for compression in COMPRESSIONS {
        let payloads = session(&format!("v=10&encoding=etf{compression}")).await;
        assert_eq!(payloads.len(), expected.len());
        for (payload, expected) in payloads.iter().zip(&expected) {
            assert_eq!(*payload, as_with_erlpack(expected), "{compression}");
        }
    }
}

/// The fault is an error for a decoder, and not another text in the payload.
#[tokio::test]
async fn corrupted_term_is_incomplete() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let url = format!("{}/?v=10&encoding=etf", emulator.url());
    let mut client = Client::connect(&url).await.unwrap();
    client.start(0).await;
    assert_eq!(emulator.impair(Selector::All, Impairment::Corrupt), 1);
    emulator.dispatch(Selector::All, "TEXT", json!({"text": "a".repeat(1000)}));
    let Message::Binary(bytes) = client.message().await else {
        panic!("expected a binary message");
    };
    assert_eq!(Term::decode(&bytes), None);
    assert!(bytes.starts_with(&[131, 116, 0, 0, 0, 4]));
}

#[tokio::test]
async fn reason_of_the_close_frame_names_the_cause() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let url = format!("{}/?v=10&encoding=etf", emulator.url());
    let mut client = Client::connect(&url).await.unwrap();
    client.hello().await;
    client
        .send_message(Message::binary(vec![
            131, 116, 0, 0, 0, 1, 119, 1, b'd', 97, 1,
        ]))
        .await;
    let Message::Close(Some(frame)) = client.message().await else {
        panic!("expected a close frame");
    };
    assert_eq!(u16::from(frame.code), 4002);
    assert_eq!(
        frame.reason.as_str(),
        "Error while decoding payload. (at byte 6: an atom as a key, which has to be a binary)"
    );
}
