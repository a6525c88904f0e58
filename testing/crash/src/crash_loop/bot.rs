//! One process of the bot.

use super::{
    SECOND,
    clock::{Epoch, SharedClock},
    gateway::Gateway,
    line::{Line, Settled},
    reporting::{Reporter, ReportingLedger, ReportingQueue},
};
use crate::{Result, options::number};
use gloaming_cluster::{CheckpointPolicy, Cluster, FileStore, Items, ShardScheme};
use gloaming_protocol::{Compression, Intents};
use gloaming_queue::{ClockReading, FileLedger, InMemoryQueue, QueueSettings, WaitReason};
use gloaming_shard::{ConfigBuilder, Item, Lifecycle, ShardRuntime, transport::MemoryConnector};
use gloaming_test_support::gateway::TOKEN;
use std::{
    collections::BTreeSet,
    io,
    num::NonZeroU16,
    ops::Range,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{self, Instant};

/// The number of rate-limit keys: two, so that shards of different processes share one.
pub(super) const KEYS: NonZeroU16 = NonZeroU16::MIN.saturating_add(1);

/// How soon a process with a shard that is neither up nor waits for a permit has something to do, in milliseconds.
const SOON: u64 = SECOND / 2;

/// Short against the life of a process.
const SAVE_INTERVAL: Duration = Duration::from_secs(30);

/// The shortest time that tokio's timers tell apart.
const TICK: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(crate) struct BotOptions {
    pub(super) folder: PathBuf,
    pub(super) number: u32,
    /// The number of processes.
    pub(super) processes: u32,
    /// The number of shards of each process.
    pub(super) shards: u32,
    pub(super) limit: u32,
    /// By how many milliseconds the wall clock of this process is ahead.
    pub(super) ahead: i64,
    pub(super) sessions: Sessions,
    pub(super) epoch: Epoch,
}

/// What becomes of the sessions that a process has stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sessions {
    Known,
    /// The gateway answers RESUME with op 9.
    Rejected,
}

impl BotOptions {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut next = |name: &str| args.next().ok_or_else(|| format!("{name} is missing"));
        Ok(Self {
            folder: next("the folder")?.into(),
            number: number("number", Some(next("the number")?))?,
            processes: number("processes", Some(next("the number of processes")?))?,
            shards: number("shards", Some(next("the number of shards")?))?,
            limit: number("limit", Some(next("the limit")?))?,
            ahead: number("ahead", Some(next("the setting of the wall clock")?))?,
            sessions: match next("the sessions")?.as_str() {
                "known" => Sessions::Known,
                _ => Sessions::Rejected,
            },
            epoch: Epoch::parse(&next("wall")?, &next("boot")?, &next("uptime")?)?,
        })
    }

    pub(super) fn into_args(self) -> Vec<String> {
        let sessions = match self.sessions {
            Sessions::Known => "known",
            Sessions::Rejected => "rejected",
        };
        let mut args = vec![
            "--loop-bot".to_owned(),
            self.folder.display().to_string(),
            self.number.to_string(),
            self.processes.to_string(),
            self.shards.to_string(),
            self.limit.to_string(),
            self.ahead.to_string(),
            sessions.to_owned(),
        ];
        args.extend(self.epoch.into_args());
        args
    }

    pub(super) fn store(&self) -> PathBuf {
        self.folder.join(format!("sessions-{}", self.number))
    }

    fn shard_numbers(&self) -> Range<u32> {
        let first = self.number * self.shards;
        first..first + self.shards
    }

    fn settings(&self) -> QueueSettings {
        QueueSettings {
            max_concurrency: KEYS,
            remaining: self.limit,
            total: self.limit,
            reserve: QueueSettings::default_reserve(self.limit),
            ..QueueSettings::default()
        }
    }
}

/// Runs until the standard input ends, or the process is killed.
pub(crate) async fn run(options: BotOptions) -> Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::ERROR)
        .with_writer(io::stderr)
        .init();
    // The time of tokio is the virtual one from here on: with it go the shards, the queue and the store.
    time::pause();
    let clock = Arc::new(SharedClock::open(&options.folder.join("clock"))?);
    let mut pace = Pace::start(&options.epoch, &clock).await?;
    let reporter = Reporter(Arc::clone(&clock));
    let (epoch, ahead) = (options.epoch, options.ahead);
    // The last time that was read, if the file can't be read any more.
    let last = pace.time;
    let ledger = FileLedger::new(options.folder.join("identifies.json"))
        .with_clock(move || epoch.reading(clock.time().unwrap_or(last), ahead));
    let ledger = ReportingLedger {
        ledger,
        reporter: reporter.clone(),
    };
    let queue = InMemoryQueue::with_ledger(options.settings(), ledger)?;
    let (cluster, items) = cluster(&options, &queue, &reporter).await?;
    let up = Arc::new(Mutex::new(BTreeSet::new()));
    tokio::spawn(consume(items, Arc::clone(&up)));
    cluster.up().await;
    pace.settle().await;
    loop {
        let up = up.lock().unwrap_or_else(PoisonError::into_inner).clone();
        reporter.report(&Line::Settled(settled(&options, &queue, &up, pace.time)));
        let Some(until) = next_time().await? else {
            return Ok(());
        };
        pace.advance(until).await;
        pace.settle().await;
    }
}

async fn cluster(
    options: &BotOptions,
    queue: &InMemoryQueue,
    reporter: &Reporter,
) -> Result<(Cluster, Items)> {
    let (connector, listener) = MemoryConnector::new();
    let rejected = match options.sessions {
        Sessions::Known => BTreeSet::new(),
        Sessions::Rejected => options.shard_numbers().collect(),
    };
    let gateway = Gateway::new(reporter.clone(), queue.clone(), rejected);
    tokio::spawn(gateway.run(listener));
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .connector(connector)
        .compression(Compression::None)
        .queue(ReportingQueue {
            queue: queue.clone(),
            reporter: reporter.clone(),
        })
        .build();
    let shards = options.shard_numbers();
    let (cluster, events) = Cluster::builder(TOKEN.to_owned(), Intents::GUILDS)
        .config(config)
        .shard_runtime(ShardRuntime::current())
        .shard_scheme(ShardScheme::Range {
            from: shards.start,
            to: shards.end - 1,
            total: options.processes * options.shards,
        })
        .session_store(FileStore::new(options.store()))
        .checkpoint_policy(CheckpointPolicy::default().with_interval(SAVE_INTERVAL))
        .build()
        .await?;
    Ok((cluster, events.into_items()))
}

/// Takes all items, and remembers which shards are up. The gateway ends no session.
async fn consume(mut items: Items, up: Arc<Mutex<BTreeSet<u32>>>) {
    while let Some((shard, item)) = items.next().await {
        if let Item::Lifecycle(Lifecycle::Ready { .. } | Lifecycle::Resumed { .. }) = item {
            let mut up = up.lock().unwrap_or_else(PoisonError::into_inner);
            up.insert(shard.number());
        }
    }
}

fn settled(options: &BotOptions, queue: &InMemoryQueue, up: &BTreeSet<u32>, time: u64) -> Settled {
    let mut settled = Settled {
        time,
        ..Settled::default()
    };
    let mut due: Option<u64> = None;
    let mut is_due = |after: u64| due = Some(due.map_or(after, |due| due.min(after)));
    for shard in options.shard_numbers().filter(|shard| !up.contains(shard)) {
        let Some(position) = queue.waiting(shard) else {
            is_due(SOON);
            continue;
        };
        let estimate = u64::try_from(position.estimate.as_millis()).unwrap_or(u64::MAX);
        if position.reason == WaitReason::Budget {
            settled.refused += 1;
            settled.opens = settled.opens.max(estimate);
        } else {
            is_due(estimate.max(1));
        }
    }
    settled.due = due.unwrap_or(0);
    settled
}

/// Returns the time to which the parent process has moved the clock, or `None` at the end.
async fn next_time() -> Result<Option<u64>> {
    // While a thread reads, the time of tokio stands still.
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = line.await??;
    match line.trim() {
        "" => Ok(None),
        time => Ok(Some(time.parse()?)),
    }
}

/// The time of tokio, which follows the virtual time.
struct Pace {
    /// When the process started.
    start: Instant,
    started_at: u64,
    time: u64,
}

impl Pace {
    /// Moves the time of tokio, and with it the clocks that a ledger reads, on to the virtual time.
    async fn start(epoch: &Epoch, clock: &SharedClock) -> Result<Self> {
        let time = clock.time()?;
        let boot = ClockReading::now()
            .boot
            .ok_or("the machine has no uptime")?;
        let by = (epoch.boot.uptime + time).saturating_sub(boot.uptime);
        time::advance(Duration::from_millis(by)).await;
        Ok(Self {
            start: now(),
            started_at: time,
            time,
        })
    }

    /// Lets the time pass, from one timer to the next. A paused time moves on by itself when nothing is left to do: when no
    /// task is ready, and no thread writes to the ledger or the store.
    async fn advance(&mut self, until: u64) {
        self.time = until;
        let since_start = until.saturating_sub(self.started_at);
        time::sleep_until(self.start + Duration::from_millis(since_start)).await;
    }

    /// Waits until nothing is left to do.
    async fn settle(&self) {
        // The first tick may be due at once, and wake others.
        for _ in 0..2 {
            time::sleep(TICK).await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the paused clock")]
fn now() -> Instant {
    Instant::now()
}
