//! Measures events through NATS: how many a second reach one worker from one node, what they cost, and how long they take.
//!
//! ```sh
//! NATS_URL=nats://localhost:4222 SERVER_PID=$(pidof nats-server) cargo run --release --example throughput
//! ```
//!
//! `EVENTS` is the number of events at full speed (100,000), and `RATE` how many a second are published when the delay is measured
//! (5,000, for 5 s). The CPU time is that of this process, which is both node and worker, and of the server, on Linux. For
//! comparison, the same events pass a channel inside of the process.

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use gloaming_coordinator::{Events as _, Fence, MessageId, PublishedEvent};
use gloaming_nats::{EventStream, NatsConfig, NatsEvents, Worker, WorkerConfig};
use gloaming_protocol::ShardId;
use std::{env, error::Error, fs, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The bytes of a payload, as those of a usual MESSAGE_CREATE.
const PAYLOAD: usize = 800;

/// How many events wait for the server at the same time.
const PENDING: usize = 512;

#[tokio::main]
async fn main() -> Result<()> {
    let servers = env::var("NATS_URL").unwrap_or_else(|_| "nats://localhost:4222".to_owned());
    let number = |name, default: u64| env::var(name).map_or(Ok(default), |text| text.parse());
    let (count, rate) = (number("EVENTS", 100_000)?, number("RATE", 5_000)?);
    let server = env::var("SERVER_PID").ok();

    // Each run has a stream of its own, since the server knows the events of the last one.
    let config = NatsConfig::new(&servers, &format!("throughput-{}", std::process::id()))?;
    let stream = EventStream::new().with_max_bytes(8 << 30);
    let events = NatsEvents::connect(&config, stream).await?;
    let group = WorkerConfig::new("worker")?.with_prefetch(512);
    let mut worker = Worker::connect(&config, group).await?;

    let before = (cpu_seconds("self"), server.as_deref().and_then(cpu_seconds));
    let start = now();
    let handling = tokio::spawn(async move {
        for _ in 0..count {
            worker.next().await?.acknowledge().await?;
        }
        Result::Ok(worker)
    });
    let publications = stream::iter(0..count).map(|sequence| events.publish(event(sequence)));
    let mut publications = publications.buffered(PENDING);
    while let Some(outcome) = publications.next().await {
        outcome?;
    }
    let mut worker = handling.await??;
    let per_second = count as f64 / (now() - start).as_secs_f64();
    let after = (cpu_seconds("self"), server.as_deref().and_then(cpu_seconds));
    let micros = |before: Option<f64>, after: Option<f64>| {
        let cost = after.zip(before).map(|(after, before)| after - before);
        let cost = cost.map(|seconds| format!("{:.1} us", seconds * 1e6 / count as f64));
        cost.unwrap_or_else(|| "unknown".to_owned())
    };
    println!(
        "at full speed: {per_second:.0} events/s; CPU per event: node and worker {}, server {}",
        micros(before.0, after.0),
        micros(before.1, after.1)
    );

    let timed = rate * 5;
    let (sender, mut sent) = mpsc::unbounded_channel();
    let publisher = events.clone();
    let publishing = tokio::spawn(async move {
        let mut ticks = interval(Duration::from_millis(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let start = now();
        let mut under_way = stream::FuturesUnordered::new();
        let mut next = 0;
        while next < timed {
            ticks.tick().await;
            let due = ((now() - start).as_secs_f64() * rate as f64) as u64;
            while next < due.min(timed) {
                _ = sender.send(now());
                under_way.push(publisher.publish(event(count + next)));
                next += 1;
            }
            while let Some(Some(outcome)) = under_way.next().now_or_never() {
                outcome?;
            }
        }
        while let Some(outcome) = under_way.next().await {
            outcome?;
        }
        Result::Ok(())
    });
    let mut delays = Vec::new();
    for _ in 0..timed {
        let delivery = worker.next().await?;
        let at = sent.recv().await.ok_or("each event was published")?;
        delays.push(now() - at);
        delivery.acknowledge().await?;
    }
    publishing.await??;
    worker.close().await?;
    delays.sort();
    let percentile =
        |percent: usize| delays[(delays.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!(
        "at {rate} events/s: {:.1} ms in the middle, {:.1} ms for 99 of 100, {:.1} ms at most",
        percentile(50),
        percentile(99),
        percentile(100)
    );

    let before = cpu_seconds("self");
    let start = now();
    let (sender, mut receiver) = mpsc::channel(PENDING);
    let relaying = tokio::spawn(async move {
        let mut bytes = 0;
        while let Some(PublishedEvent { payload, .. }) = receiver.recv().await {
            bytes += payload.len();
        }
        bytes
    });
    for sequence in 0..count {
        let mut next = event(sequence);
        while let Err(mpsc::error::TrySendError::Full(full)) = sender.try_send(next) {
            next = full;
            tokio::task::yield_now().await;
        }
    }
    drop(sender);
    let bytes = relaying.await?;
    let per_second = count as f64 / (now() - start).as_secs_f64();
    println!(
        "{bytes} bytes by try_send through a channel inside of the process: {per_second:.0} events/s; CPU per event: {}",
        micros(before, cpu_seconds("self"))
    );
    Ok(())
}

fn event(sequence: u64) -> PublishedEvent {
    PublishedEvent {
        shard: ShardId::new((sequence % 16) as u32, 16),
        fence: Fence::new(7),
        id: MessageId {
            session: "d8c3b5d8c3b5d8c3b5d8c3b5d8c3b5d8".into(),
            sequence,
        },
        name: "MESSAGE_CREATE".into(),
        payload: Bytes::from_static(&[b' '; PAYLOAD]),
    }
}

/// Returns the CPU time that a process has used, on Linux.
fn cpu_seconds(process: &str) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program may have blanks. What follows it has the times as its 12th and 13th number, in hundredths.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = ticks.filter_map(|it| it.parse().ok()).collect();
    Some(ticks.iter().sum::<f64>() / 100.0)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has a clock")]
fn now() -> Instant {
    Instant::now()
}
