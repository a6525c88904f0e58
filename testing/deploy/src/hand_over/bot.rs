//! The bot, in a process of its own.

use super::line::{HandledEvent, Line};
use crate::{
    Result,
    commands::{Commands, log_errors, write},
    counted::Counted,
    process::PATIENCE,
    shared::Shared,
};
use gloaming_cluster::{
    ApplicationState, CheckpointPolicy, Cluster, FileStore, HandOver, HandOverErrorKind,
    HandOverListener, HandOverRefusal, HandOverReport, Health, Items, ShardHandle, ShardScheme,
    TakenShards,
};
use gloaming_emulator::DEFAULT_TOKEN;
use gloaming_protocol::{Compression, EventTypeFlags, Intents, ShardId};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{ConfigBuilder, Event, Item, Lifecycle};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::MutexGuard,
    time::Duration,
};
use tokio::task::JoinHandle;

/// The argument that makes this program a bot.
pub(crate) const BOT: &str = "--hand-over-bot";

/// A successor that was released starts its shards.
pub(crate) const START: &str = "start";
/// A successor whose shards run tells the processes before it.
pub(crate) const CONFIRM: &str = "confirm";
/// The bot ends in order.
pub(crate) const CLOSE: &str = "close";

/// Between two checkpoints. Short, so that little is handled again after a kill.
const INTERVAL: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(crate) struct BotOptions {
    pub(crate) url: String,
    /// Of its session store.
    pub(crate) directory: PathBuf,
    /// Where it gives its shards.
    pub(crate) socket: PathBuf,
    pub(crate) total: u32,
    pub(crate) shards: BTreeSet<u32>,
    /// The sockets of the processes that it takes the shards from.
    pub(crate) predecessors: Vec<PathBuf>,
}

impl BotOptions {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut next = |name: &str| args.next().ok_or_else(|| format!("{name} is missing"));
        Ok(Self {
            url: next("the URL")?,
            directory: next("the directory")?.into(),
            socket: next("the socket")?.into(),
            total: next("the number of shards")?.parse()?,
            shards: next("the shards")?
                .split(',')
                .map(str::parse)
                .collect::<std::result::Result<_, _>>()?,
            predecessors: args.map(PathBuf::from).collect(),
        })
    }

    pub(crate) fn into_args(self) -> Vec<String> {
        let shards: Vec<_> = self.shards.iter().map(u32::to_string).collect();
        let mut args = vec![
            BOT.to_owned(),
            self.url,
            self.directory.display().to_string(),
            self.socket.display().to_string(),
            self.total.to_string(),
            shards.join(","),
        ];
        let predecessors = self.predecessors.iter();
        args.extend(predecessors.map(|socket| socket.display().to_string()));
        args
    }
}

/// Runs until its shards are given, it is told to close, or the drill ends.
pub(crate) async fn run(options: BotOptions) -> Result<()> {
    log_errors();
    let mut commands = Commands::read();
    let mut taken = None;
    if !options.predecessors.is_empty() {
        taken = take(&options, &mut commands).await?;
        if taken.is_none() {
            return Ok(());
        }
    }
    let mut bot = Bot::build(&options, taken.as_ref()).await?;
    for shard in bot.shards() {
        shard.start();
    }
    let result = bot.handle_events(taken, &options, &mut commands).await;
    if let Err(error) = &result {
        write(Line::Failed(error.to_string()))?;
    }
    result
}

/// Takes the shards, and waits for the command to start them. Returns `None` if there is nothing to start.
async fn take(options: &BotOptions, commands: &mut Commands) -> Result<Option<TakenShards>> {
    write(Line::Asking)?;
    let shards = options.shards.iter();
    let shards = shards.map(|shard| ShardId::new(*shard, options.total));
    let hand_over = HandOver::new(DEFAULT_TOKEN)
        .shards(shards)
        .timeout(PATIENCE)
        .start_timeout(PATIENCE);
    match hand_over.take(&options.predecessors).await {
        // Those of a process that does not have its shards back yet.
        Ok(taken) if taken.shards().len() < options.shards.len() => {
            write(Line::Unavailable)?;
            Ok(None)
        }
        Ok(taken) => {
            for (shard, session) in taken.sessions() {
                let sequence = session.sequence();
                write(Line::Resumes { shard, sequence })?;
            }
            write(Line::Released)?;
            let command = commands.next().await;
            Ok(command.is_some_and(|it| it == START).then_some(taken))
        }
        Err(error) => {
            let reason = HandOverRefusal::NoShards;
            write(
                match error.kind() == (HandOverErrorKind::Refused { reason }) {
                    true => Line::Unavailable,
                    false => Line::Failed(error.to_string()),
                },
            )?;
            Ok(None)
        }
    }
}

/// The state of the application, which moves with the shards.
#[derive(Clone, Debug, Default)]
struct State(Shared<BTreeMap<u32, Counted>>);

impl State {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Counted>> {
        self.0.lock()
    }

    fn of(&self, shard: u32) -> Counted {
        self.lock().get(&shard).copied().unwrap_or_default()
    }
}

struct Bot {
    cluster: Cluster,
    items: Items,
    own: BTreeSet<u32>,
    state: State,
    /// The shards that are not connected yet.
    waiting: BTreeSet<u32>,
    given: BTreeSet<u32>,
}

impl Bot {
    async fn build(options: &BotOptions, taken: Option<&TakenShards>) -> Result<Self> {
        let own = &options.shards;
        let (Some(from), Some(to)) = (own.first(), own.last()) else {
            return Err("there are no shards".into());
        };
        let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
            .gateway_url(&options.url)
            .compression(Compression::None)
            .queue(UnlimitedQueue)
            .keep_payloads(EventTypeFlags::WEBHOOKS_UPDATE)
            .build();
        let policy = CheckpointPolicy::default()
            .with_interval(INTERVAL)
            .with_state(ApplicationState::Provided);
        // Those in between which are not its own are not started.
        let scheme = ShardScheme::try_from((*from..=*to, options.total))?;
        let (cluster, events) = Cluster::builder(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
            .config(config)
            .shard_scheme(scheme)
            .session_store(FileStore::new(&options.directory))
            .checkpoint_policy(policy)
            .resume_sessions(taken.map(TakenShards::sessions).unwrap_or_default())
            .build()
            .await?;
        let state = State::default();
        let sessions = cluster.acknowledged_sessions();
        for shard in own.iter().copied() {
            let id = ShardId::new(shard, options.total);
            let bytes = match taken {
                Some(taken) => taken.state(id).cloned(),
                None => cluster.restored(id),
            };
            if let Some(bytes) = bytes {
                let counted = Counted::from_bytes(bytes[..].try_into()?);
                state.lock().insert(shard, counted);
            }
            if let (None, Some(session)) = (taken, sessions.get(&shard)) {
                let sequence = session.sequence();
                write(Line::Resumes { shard, sequence })?;
            }
        }
        Ok(Self {
            cluster,
            items: events.into_items(),
            waiting: own.clone(),
            own: own.clone(),
            state,
            given: BTreeSet::new(),
        })
    }

    fn shards(&self) -> impl Iterator<Item = ShardHandle> {
        let own = self.own.iter();
        own.filter_map(|shard| self.cluster.shard(*shard))
    }

    async fn handle_events(
        &mut self,
        mut taken: Option<TakenShards>,
        options: &BotOptions,
        commands: &mut Commands,
    ) -> Result<()> {
        let mut ticks = tokio::time::interval(INTERVAL);
        let mut hand_over: Option<JoinHandle<Result<HandOverReport>>> = None;
        let mut is_connected = false;
        loop {
            tokio::select! {
                biased;
                command = commands.next() => match command.as_deref() {
                    Some(CONFIRM) => {
                        // A kill from now on may leave the shards with this process.
                        self.save_all().await?;
                        hand_over = Some(self.hand_over(taken.take(), options));
                    }
                    Some(CLOSE) => return self.close().await,
                    Some(_) => {}
                    None => return Ok(()),
                },
                report = joined(&mut hand_over) => {
                    let given = report?.given;
                    self.report_given(given.iter().map(|shard| shard.number()).collect())?;
                    return Ok(());
                }
                _ = ticks.tick() => self.report_exited()?,
                // Once all shards are given, there is nothing to take.
                Some((shard, item)) = self.items.next() => self.handle(shard.number(), &item)?,
            }
            self.save_due()?;
            if self.waiting.is_empty() && !is_connected {
                is_connected = true;
                if taken.is_none() {
                    self.save_all().await?;
                    hand_over = Some(self.hand_over(None, options));
                }
                write(Line::Running)?;
            }
        }
    }

    /// Tells the processes before that the shards run, and gives them to the next ones.
    fn hand_over(
        &self,
        taken: Option<TakenShards>,
        options: &BotOptions,
    ) -> JoinHandle<Result<HandOverReport>> {
        let cluster = self.cluster.clone();
        let socket = options.socket.clone();
        let state = self.state.clone();
        tokio::spawn(async move {
            if let Some(taken) = taken {
                taken.confirm(&cluster).await?;
            }
            let listener = HandOverListener::bind(socket)?;
            write(Line::Serving)?;
            let state = |shard: ShardId| {
                let shard = shard.number();
                let counted = state.of(shard);
                let written = write(Line::Preparing { shard });
                async move {
                    // Without the drill, there is no next process.
                    written.map_or_else(|_| Vec::new(), |()| counted.to_bytes().to_vec())
                }
            };
            Ok(listener.serve(&cluster, state).await)
        })
    }

    fn handle(&mut self, shard: u32, item: &Item) -> Result<()> {
        match item {
            Item::Lifecycle(Lifecycle::Ready { .. } | Lifecycle::Resumed { .. }) => {
                self.waiting.remove(&shard);
                write(Line::Resumed { shard })?;
            }
            Item::EventWithPayload(with_payload) => {
                if let Event::WebhooksUpdate(event) = with_payload.event() {
                    let number = event.channel_id.get();
                    let sequence = with_payload.payload().sequence();
                    let sequence = sequence.ok_or("an event has no sequence")?;
                    self.state.lock().entry(shard).or_default().add(number);
                    write(Line::Handled(HandledEvent {
                        number,
                        shard,
                        sequence,
                    }))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Shards that were given to another process have exited.
    fn report_exited(&mut self) -> Result<()> {
        let has_exited = |shard: &ShardHandle| {
            let info = shard.info();
            info.is_ok_and(|info| matches!(info.health(), Health::Exited(_)))
        };
        let exited = self.shards().filter(has_exited);
        let exited = exited.map(|shard| shard.id().number()).collect();
        self.report_given(exited)
    }

    fn report_given(&mut self, shards: Vec<u32>) -> Result<()> {
        for shard in shards {
            if self.given.insert(shard) {
                write(Line::Given { shard })?;
            }
        }
        Ok(())
    }

    fn save_due(&mut self) -> Result<()> {
        while let Some(due) = self.items.checkpoint_due() {
            let counted = self.state.of(due.shard().number());
            due.save(counted.to_bytes().to_vec())?;
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
        self.save_all().await?;
        for (shard, counted) in &*self.state.lock() {
            write(Line::State {
                shard: *shard,
                counted: *counted,
            })?;
        }
        self.cluster.down_resumable().await;
        Ok(())
    }
}

/// Waits for the end of the hand-over, if there is one.
async fn joined(
    hand_over: &mut Option<JoinHandle<Result<HandOverReport>>>,
) -> Result<HandOverReport> {
    match hand_over {
        Some(hand_over) => hand_over.await?,
        None => std::future::pending().await,
    }
}
