//! Workers that take events from NATS and acknowledge them.

use crate::{
    Result, clock,
    commands::CommandRecord,
    line::{self, NUMBERED},
    record::{NodeNumber, SharedRecord},
};
use gloaming_nats::{Delivery, NatsConfig, Worker, WorkerConfig};
use serde::Deserialize;
use std::time::Duration;
use tokio::{task::AbortHandle, time::sleep};

/// Each has its share of the shards, so that it gets their events in their order.
const WORKERS: u32 = 2;

/// How many events a worker has at the same time.
const MAX_PENDING: u32 = 2_000;

/// The wait after the server did not answer.
const RETRY: Duration = Duration::from_millis(500);

/// The number of the first worker among those who handle events.
const FIRST: NodeNumber = 1_000;

/// The workers of a bot. They end with this.
#[derive(Debug)]
pub(crate) struct Workers(Vec<AbortHandle>);

impl Workers {
    pub(crate) async fn start(
        server: &str,
        shards: u32,
        record: &SharedRecord,
        commands: &CommandRecord,
    ) -> Result<Self> {
        let mut workers = Self(Vec::new());
        for number in 0..WORKERS {
            let own = (0..shards).filter(|shard| shard % WORKERS == number);
            let group = WorkerConfig::new(&format!("drill-{number}"))?
                .with_shards(own)
                .with_max_pending(MAX_PENDING)
                .with_prefetch(MAX_PENDING / 2);
            let worker = Worker::connect(&NatsConfig::new(server, "bot")?, group).await?;
            let number = FIRST + number as NodeNumber;
            let task = tokio::spawn(work(worker, number, record.clone(), commands.clone()));
            workers.0.push(task.abort_handle());
        }
        Ok(workers)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

async fn work(
    mut worker: Worker,
    number: NodeNumber,
    record: SharedRecord,
    commands: CommandRecord,
) {
    loop {
        match worker.next().await {
            Ok(delivery) => handle(delivery, number, &record, &commands),
            Err(_) => sleep(RETRY).await,
        }
    }
}

fn handle(delivery: Delivery, worker: NodeNumber, record: &SharedRecord, commands: &CommandRecord) {
    let Some(event) = delivery.event() else {
        let item = format!("events were lost: {:?}", delivery.item());
        return record.lock().fault(item);
    };
    if &*event.name == NUMBERED {
        let shard = event.shard.number();
        match line::number(&event.payload) {
            Ok(number) => record.lock().handled(clock::now(), worker, shard, number),
            Err(error) => record
                .lock()
                .fault(format!("an event of shard {shard}: {error}")),
        }
    }
    if &*event.name == "GUILD_MEMBERS_CHUNK"
        && let Some(nonce) = nonce(&event.payload)
    {
        commands.answered(nonce, event.id.to_string());
    }
    // One that the server does not get is delivered again, and counts as a duplicate.
    tokio::spawn(delivery.acknowledge());
}

/// Returns the nonce of an answer to a request for members.
fn nonce(data: &[u8]) -> Option<&str> {
    #[derive(Deserialize)]
    struct Chunk<'a> {
        nonce: &'a str,
    }
    serde_json::from_slice::<Chunk<'_>>(data)
        .ok()
        .map(|chunk| chunk.nonce)
}
