//! A worker in Rust: takes the messages of a bot from NATS, and acknowledges each when it was handled.
//!
//! ```sh
//! NATS_URL=nats://localhost:4222 BOT=my-bot cargo run --example worker
//! ```
//!
//! A message that is not acknowledged within 30 s comes again, to this or another worker of the group. With `EVENTS=3`, the worker
//! ends after three messages.

use gloaming_nats::{NatsConfig, Worker, WorkerConfig};
use std::{env, error::Error};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let servers = env::var("NATS_URL").unwrap_or_else(|_| "nats://localhost:4222".to_owned());
    let bot = env::var("BOT").unwrap_or_else(|_| "my-bot".to_owned());
    let count = env::var("EVENTS").ok().map(|count| count.parse::<u64>());
    let mut left = count.transpose()?.unwrap_or(u64::MAX);

    let config = NatsConfig::new(&servers, &bot)?;
    // All workers with this name are one group, and share the events.
    let group = WorkerConfig::new("messages")?.with_events(["MESSAGE_CREATE"]);
    let mut worker = Worker::connect(&config, group).await?;
    while left > 0 {
        let delivery = worker.next().await?;
        let Some(event) = delivery.event() else {
            // The group does not ask for the news that events are lost.
            continue;
        };
        // The same in all deliveries of an event. Store it with what the handler does, where twice would be wrong.
        let id = &event.id;
        let message: serde_json::Value = serde_json::from_slice(&event.payload)?;
        let content = message["content"].as_str().unwrap_or_default();
        println!("{id} of shard {}: {content}", event.shard.number());
        delivery.acknowledge().await?;
        left -= 1;
    }
    worker.close().await?;
    Ok(())
}
