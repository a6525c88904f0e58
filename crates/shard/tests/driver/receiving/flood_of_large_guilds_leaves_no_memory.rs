//! After a flood of guilds of 1 MiB, a shard holds what it held before.

use crate::harness::gateway::{Connection, TOKEN, compressions, dispatch, listen};
use gloaming_shard::{ConfigBuilder, Intents, Shard, ShardId};
use serde_json::json;
use std::time::Duration;
use tokio::runtime::Builder;

const GUILDS: u64 = 20;
const GUILD_BYTES: usize = 1 << 20;

/// A tenth of what an idle shard with zlib-stream holds.
const MAX_LEFT_BYTES: i64 = 4 * 1024;

/// Sends guilds with names of this length, then small events, and then nothing for some seconds.
async fn flood(connection: &mut Connection, sequences: std::ops::Range<u64>, name: usize) {
    for sequence in sequences.clone() {
        let name: String = (0..name)
            .map(|at| char::from(b'a' + (at as u64 * sequence * 31 / 7 % 26) as u8))
            .collect();
        let guild = json!({"id": sequence.to_string(), "name": name});
        let guild = dispatch("GUILD_CREATE", sequence, &guild);
        connection.send(&guild).await;
    }
    let small = sequences.end..sequences.end + 100;
    connection.events(small).await;
    connection.attend(Duration::from_secs(10)).await;
}

#[test]
fn memory_returns_to_what_it_was() {
    for compression in compressions() {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let (connector, mut gateway) = listen();
        let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
            .compression(compression)
            .connector(connector);
        let mut shard = Shard::with_config(ShardId::ONE, config.build());
        let _receiving = runtime.spawn(async move { shard.next_with(|_| None::<()>).await });
        let mut connection = runtime.block_on(async {
            let mut connection = gateway.begin().await;
            flood(&mut connection, 2..2 + GUILDS, 1_000).await;
            connection
        });
        let info = allocation_counter::measure(|| {
            runtime.block_on(flood(&mut connection, 1_000..1_000 + GUILDS, GUILD_BYTES));
        });
        assert!(info.bytes_max as usize > GUILD_BYTES);
        assert!(
            info.bytes_current <= MAX_LEFT_BYTES,
            "{compression:?}: {} bytes are held",
            info.bytes_current
        );
    }
}
