//! The bot, in a process of its own.

use crate::{
    Result,
    line::{HandledEvent, Line},
    mode::Mode,
    options::number,
    state::State,
    view,
};
use gloaming_cluster::{
    ApplicationState, CheckpointPolicy, Cluster, FileStore, Items, ShardScheme,
};
use gloaming_emulator::DEFAULT_TOKEN;
use gloaming_protocol::{Compression, EventTypeFlags, Intents};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{Acknowledgement, ConfigBuilder, EventWithPayload, Item, Lifecycle};
use gloaming_test_support::Random;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write as _},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use tokio::{io::AsyncReadExt as _, sync::Semaphore};

/// The handlers that run at once.
const HANDLERS: usize = 64;

/// Short, so that many kills hit a save.
const INTERVAL: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(crate) struct BotOptions {
    pub(crate) mode: Mode,
    pub(crate) url: String,
    pub(crate) directory: PathBuf,
    pub(crate) shards: u32,
    pub(crate) seed: u64,
}

impl BotOptions {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut next = |name: &str| args.next().ok_or_else(|| format!("{name} is missing"));
        Ok(Self {
            mode: next("the mode")?.parse()?,
            url: next("the URL")?,
            directory: next("the directory")?.into(),
            shards: number("shards", Some(next("the number of shards")?))?,
            seed: number("seed", Some(next("the seed")?))?,
        })
    }

    pub(crate) fn into_args(self) -> [String; 6] {
        [
            "--bot".to_owned(),
            self.mode.to_string(),
            self.url,
            self.directory.display().to_string(),
            self.shards.to_string(),
            self.seed.to_string(),
        ]
    }
}

/// Writes a line at once. The kernel keeps it if the process is killed.
fn write(line: Line) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")
}

/// Runs until the standard input ends, or the process is killed.
pub(crate) async fn run(options: BotOptions) -> Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::ERROR)
        .with_writer(io::stderr)
        .init();
    let intents = match options.mode {
        Mode::WithCache => view::INTENTS,
        Mode::OneByOne | Mode::Concurrent | Mode::WithState => Intents::GUILDS,
    };
    let policy = CheckpointPolicy::default()
        .with_interval(INTERVAL)
        .with_state(options.mode.state());
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), intents)
        .gateway_url(options.url)
        .compression(Compression::None)
        .queue(UnlimitedQueue)
        .keep_payloads(EventTypeFlags::all())
        .build();
    let (cluster, events) = Cluster::builder(DEFAULT_TOKEN.to_owned(), intents)
        .config(config)
        .shard_scheme(ShardScheme::try_from((.., options.shards))?)
        .session_store(FileStore::new(options.directory))
        .checkpoint_policy(policy)
        .build()
        .await?;
    for (shard, session) in cluster.acknowledged_sessions() {
        let sequence = session.sequence();
        write(Line::Resumes { shard, sequence })?;
    }
    let mut bot = Bot {
        states: restored(&cluster, options.shards)?,
        waiting: (0..options.shards).collect(),
        cluster,
        items: events.into_items(),
        mode: options.mode,
        random: Random::new(options.seed),
        handlers: Arc::new(Semaphore::new(HANDLERS)),
    };
    bot.cluster.up().await;
    bot.handle_events().await
}

fn restored(cluster: &Cluster, shards: u32) -> Result<BTreeMap<u32, State>> {
    let mut states = BTreeMap::new();
    for shard in 0..shards {
        if let Some(state) = cluster.restored(shard) {
            states.insert(shard, State::from_bytes(&state)?);
        }
    }
    Ok(states)
}

struct Bot {
    cluster: Cluster,
    items: Items,
    mode: Mode,
    random: Random,
    handlers: Arc<Semaphore>,
    /// The state of each shard.
    states: BTreeMap<u32, State>,
    /// The shards that are not connected yet.
    waiting: BTreeSet<u32>,
}

impl Bot {
    async fn handle_events(&mut self) -> Result<()> {
        let mut stdin = tokio::io::stdin();
        let mut byte = [0];
        let mut end = std::pin::pin!(stdin.read(&mut byte));
        let mut tick = tokio::time::interval(INTERVAL);
        loop {
            tokio::select! {
                biased;
                result = &mut end => {
                    result?;
                    return self.close().await;
                }
                next = next(&mut self.items, self.mode) => {
                    let (shard, item, acknowledgement) = next.ok_or("all shards have stopped")?;
                    self.take_notice(shard, &item);
                    self.handle(shard, &item, acknowledgement).await?;
                }
                _ = tick.tick() => {}
            }
            self.save_due()?;
            if self.waiting.is_empty() {
                self.waiting.insert(u32::MAX);
                self.save_all().await?;
                write(Line::Stored)?;
            }
        }
    }

    fn take_notice(&mut self, shard: u32, item: &Item) {
        if matches!(
            item,
            Item::Lifecycle(Lifecycle::Ready { .. } | Lifecycle::Resumed { .. })
        ) {
            self.waiting.remove(&shard);
        }
    }

    /// Handles an event, in a task that takes some time if it is acknowledged.
    async fn handle(
        &mut self,
        shard: u32,
        item: &Item,
        acknowledgement: Option<Acknowledgement>,
    ) -> Result<()> {
        let with_payload = match item {
            Item::EventWithPayload(with_payload) => Some(&**with_payload),
            _ => None,
        };
        if let Some(with_payload) = with_payload
            && self.mode == Mode::WithCache
        {
            let state = self.states.entry(shard).or_default();
            state.cache(with_payload.event());
        }
        let Some(event) = with_payload.and_then(|event| numbered(shard, event)) else {
            if let Some(acknowledgement) = acknowledgement {
                acknowledgement.ack();
            }
            return Ok(());
        };
        let Some(acknowledgement) = acknowledgement else {
            let state = self.states.entry(shard).or_default();
            state.counted.add(event.number);
            return Ok(write(Line::Handled(event))?);
        };
        let key = acknowledgement.key().ok_or("the event has no key")?;
        if key.sequence() != event.sequence {
            return Err(format!("{event:?} has the key {key}").into());
        }
        let permit = Arc::clone(&self.handlers).acquire_owned().await?;
        let wait = self.random.millis(0, 4);
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            // A handler that fails leaves its event to the next process.
            if write(Line::Handled(event)).is_ok() {
                acknowledgement.ack();
            }
            drop(permit);
        });
        Ok(())
    }

    fn save_due(&mut self) -> Result<()> {
        if self.mode.state() == ApplicationState::None {
            return Ok(());
        }
        while let Some(due) = self.items.checkpoint_due() {
            let state = self.states.entry(due.shard().number()).or_default();
            due.save(state.to_bytes()?)?;
        }
        Ok(())
    }

    async fn save_all(&mut self) -> Result<()> {
        self.items.request_checkpoints();
        self.save_due()?;
        let status = self.cluster.save_checkpoints().await;
        match status.as_ref().and_then(|status| status.last_error()) {
            Some(error) => Err(error.to_string().into()),
            None => Ok(()),
        }
    }

    /// Closes the shards in order.
    async fn close(&mut self) -> Result<()> {
        let handlers = u32::try_from(HANDLERS)?;
        drop(self.handlers.acquire_many(handlers).await?);
        self.save_all().await?;
        self.cluster.down_resumable().await;
        Ok(())
    }
}

/// Takes the next item, to be acknowledged if handlers run at once.
async fn next(items: &mut Items, mode: Mode) -> Option<(u32, Item, Option<Acknowledgement>)> {
    let (id, item, acknowledgement) = match mode {
        Mode::Concurrent => {
            let (id, delivery) = items.next_delivery().await?;
            let (item, acknowledgement) = delivery.into_parts();
            (id, item, Some(acknowledgement))
        }
        Mode::OneByOne | Mode::WithState | Mode::WithCache => {
            let (id, item) = items.next().await?;
            (id, item, None)
        }
    };
    Some((id.number(), item, acknowledgement))
}

/// Returns the event if it is one of those that are counted, which have a number.
fn numbered(shard: u32, event: &EventWithPayload) -> Option<HandledEvent> {
    #[derive(Deserialize)]
    struct Numbered {
        number: u64,
    }

    let payload = event.payload();
    let Numbered { number } = serde_json::from_str(payload.data()).ok()?;
    Some(HandledEvent {
        number,
        shard,
        sequence: payload.sequence()?,
    })
}
