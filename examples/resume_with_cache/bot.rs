//! The bot.

use crate::{
    Result,
    cache::{Cache, Snapshot},
    shutdown,
};
use gloaming::{
    CheckpointPolicy, Cluster, Event, Events, FileStore, Intents, ShardScheme,
    cluster::ApplicationState,
};
use std::{collections::BTreeMap, env, path::PathBuf, time::Duration};
use tokio::time::{Interval, interval};

pub(crate) const SHARDS: u32 = 2;

pub(crate) const INTENTS: Intents = Intents::GUILDS
    .union(Intents::GUILD_MEMBERS)
    .union(Intents::GUILD_MESSAGES);

/// After a crash, the events of this time arrive again.
const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(250);

/// Runs the bot until ctrl-c.
pub(crate) async fn run(token: String) -> Result<()> {
    let directory = env::var("SESSION_DIR").unwrap_or_else(|_| "sessions".to_owned());
    let mut bot = Bot::start(token, env::var("GATEWAY_URL").ok(), directory.into()).await?;
    let shutdown = shutdown::requested();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            event = bot.next() => drop(event?),
            result = &mut shutdown => {
                result?;
                return bot.stop().await;
            }
        }
    }
}

pub(crate) struct Bot {
    cluster: Cluster,
    events: Events,
    /// By shard.
    caches: BTreeMap<u32, Cache>,
    tick: Interval,
}

impl Bot {
    pub(crate) async fn start(
        token: String,
        url: Option<String>,
        directory: PathBuf,
    ) -> Result<Self> {
        let policy = CheckpointPolicy::default()
            .with_interval(CHECKPOINT_INTERVAL)
            .with_state(ApplicationState::Provided);
        let mut builder = Cluster::builder(token, INTENTS)
            // Sessions can be resumed with the same number of shards only, so that the number is fixed here.
            .shard_scheme(ShardScheme::try_from((.., SHARDS))?)
            .session_store(FileStore::new(directory))
            .checkpoint_policy(policy);
        if let Some(url) = url {
            builder = builder.gateway_url(url);
        }
        let (cluster, events) = builder.build().await?;

        let mut caches = BTreeMap::new();
        for shard in 0..SHARDS {
            if let Some(state) = cluster.restored(shard) {
                let snapshot = Snapshot::from_bytes(&state)?;
                println!("shard {shard}: restored {snapshot}");
                caches.insert(shard, Cache::restored(snapshot));
            }
        }
        cluster.up().await;
        Ok(Self {
            cluster,
            events,
            caches,
            tick: interval(CHECKPOINT_INTERVAL),
        })
    }

    /// Handles an event, and returns it.
    pub(crate) async fn next(&mut self) -> Result<Event> {
        loop {
            let next = tokio::select! {
                next = self.events.next() => Some(next.ok_or("every shard has stopped")?),
                // While no event comes, what has changed before is saved, too.
                _ = self.tick.tick() => None,
            };
            if let Some((shard, event)) = &next {
                self.handle(shard.number(), event).await?;
            }
            // Between two events, the cache belongs to the last event that was taken.
            self.save_due()?;
            if let Some((_, event)) = next {
                return Ok(event);
            }
        }
    }

    async fn handle(&mut self, shard: u32, event: &Event) -> Result<()> {
        let cache = self.caches.entry(shard).or_default();
        cache.update(event);
        match event {
            Event::Ready(_) => {
                // Identifies are scarce: from here on, a crash costs none.
                self.save_all().await?;
                println!("shard {shard}: ready, and its session is saved");
            }
            Event::Resumed => println!("shard {shard}: resumed with {}", cache.snapshot()?),
            Event::MessageCreate(message) => {
                println!("shard {shard}: message in {}", cache.place(message));
            }
            _ => {}
        }
        Ok(())
    }

    /// Saves the caches for which it is time, each with its session.
    fn save_due(&mut self) -> Result<()> {
        while let Some(due) = self.events.checkpoint_due() {
            let cache = self.caches.entry(due.shard().number()).or_default();
            due.save(cache.snapshot()?.to_bytes()?)?;
        }
        Ok(())
    }

    async fn save_all(&mut self) -> Result<()> {
        self.events.request_checkpoints();
        self.save_due()?;
        let status = self.cluster.save_checkpoints().await;
        match status.as_ref().and_then(|status| status.last_error()) {
            Some(error) => Err(error.to_string().into()),
            None => Ok(()),
        }
    }

    /// What the caches of all shards contain.
    pub(crate) fn snapshot(&self) -> Result<Snapshot> {
        let mut all = Snapshot::default();
        for cache in self.caches.values() {
            all.add(cache.snapshot()?);
        }
        Ok(all)
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        self.events.request_checkpoints();
        self.save_due()?;
        let sessions = self.cluster.down_resumable().await;
        println!("stored {} sessions", sessions.len());
        Ok(())
    }
}
