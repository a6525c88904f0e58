//! A burst larger than the send queue waits for a client that reads.

use gloaming_emulator::{Emulator, Selector};
use serde_json::{Value, json};

use crate::harness::Client;

const EVERYTHING: u64 = 53_608_447;
const LIMIT: usize = 1_000_000;

async fn start(members: u32, query: &str) -> (Emulator, Client) {
    let emulator = Emulator::builder()
        .guilds(2)
        .members(members)
        .send_queue_bytes(LIMIT)
        .start()
        .await
        .unwrap();
    let mut client = Client::connect(&format!("{}/?{query}", emulator.url()))
        .await
        .unwrap();
    client.start(EVERYTHING).await;
    for _ in 0..2 {
        client.dispatch("GUILD_CREATE").await;
    }
    (emulator, client)
}

/// About how many bytes were sent up to the payload that `is_last` accepts.
async fn bytes_until(client: &mut Client, is_last: impl Fn(&Value) -> bool) -> usize {
    let mut bytes = 0;
    loop {
        let payload = client.payload().await;
        bytes += payload.to_string().len();
        if is_last(&payload) {
            return bytes;
        }
    }
}

/// One step makes more events than the queue may hold: a client that reads receives all of them.
#[tokio::test]
async fn event_burst_waits_for_the_client() {
    for query in ["v=10", "v=10&compress=zlib-stream"] {
        let (emulator, mut client) = start(50, query).await;
        emulator.generate_events(3_000);
        let last = emulator.sessions()[0].sequence;
        // A later event follows the burst.
        emulator.dispatch(Selector::All, "LATER", json!({}));
        client.send(json!({"op": 1, "d": 3})).await;
        let bytes = bytes_until(&mut client, |payload| payload["s"] == last).await;
        assert!(bytes > 2 * LIMIT, "{bytes} bytes");
        client.dispatch("LATER").await;
        assert_eq!(emulator.stats().slow_clients_dropped, 0);
        // The second burst waits too.
        emulator.generate_events(3_000);
        let last = emulator.sessions()[0].sequence;
        bytes_until(&mut client, |payload| payload["s"] == last).await;
        assert_eq!(emulator.stats().slow_clients_dropped, 0);
    }
}

#[tokio::test]
async fn member_chunks_wait_for_the_client() {
    let (emulator, mut client) = start(3_000, "v=10").await;
    let guild = emulator.guild_ids()[0];
    let full_list = json!({"guild_id": guild, "query": "", "limit": 0, "presences": true});
    client.send(json!({"op": 8, "d": full_list})).await;
    let is_last = |payload: &Value| payload["d"]["chunk_index"] == 2;
    let bytes = bytes_until(&mut client, is_last).await;
    assert!(bytes > LIMIT, "{bytes} bytes");
    assert_eq!(emulator.stats().slow_clients_dropped, 0);
}

/// One burst may wait. A client that does not read is dropped when more events follow.
#[tokio::test]
async fn unread_burst_drops_the_connection() {
    let (emulator, _client) = start(50, "v=10").await;
    let mut calls = 0;
    while emulator.stats().slow_clients_dropped == 0 {
        // More than the buffers of the sockets hold.
        emulator.generate_events(20_000);
        calls += 1;
        assert!(calls < 5, "nothing was dropped");
        tokio::task::yield_now().await;
    }
    let stats = emulator.wait_until(|stats| stats.connections == 0).await;
    assert_eq!((stats.sessions, stats.sessions_connected), (1, 0));
}
