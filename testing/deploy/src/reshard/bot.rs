//! The bot, in a process of its own.

use super::line::{Line, Outcome};
use crate::{
    Result,
    commands::{Commands, log_errors, write},
    process::PATIENCE,
};
use gloaming_cluster::{
    Cluster, ClusterSwitch, Items, ShardScheme,
    reshard::{IdentifyBudget, SwitchoverEnd, SwitchoverOutcome, SwitchoverSettings},
};
use gloaming_emulator::DEFAULT_TOKEN;
use gloaming_protocol::{Compression, Event, Intents, ShardId};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{ConfigBuilder, Item, Lifecycle};
use std::time::Duration;

/// The argument that makes this program a bot.
pub(crate) const BOT: &str = "--reshard-bot";

/// Before the new number of shards.
pub(crate) const SWITCH: &str = "switch ";
/// The bot ends in order.
pub(crate) const CLOSE: &str = "close";

/// Enough.
const BUDGET: IdentifyBudget = IdentifyBudget {
    remaining: 1_000,
    reserve: 10,
    reset_after: Duration::from_secs(60 * 60),
};

#[derive(Debug)]
pub(crate) struct BotOptions {
    pub(crate) url: String,
    pub(crate) shards: u32,
}

impl BotOptions {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        Ok(Self {
            url: args.next().ok_or("the URL is missing")?,
            shards: args.next().ok_or("the shards are missing")?.parse()?,
        })
    }

    pub(crate) fn into_args(self) -> [String; 3] {
        [BOT.to_owned(), self.url, self.shards.to_string()]
    }
}

/// Where the items come from.
enum Source {
    Cluster(Cluster, Box<Items>),
    Switch(Box<ClusterSwitch>),
}

impl Source {
    async fn next(&mut self) -> Option<(ShardId, Item)> {
        match self {
            Self::Cluster(_, items) => items.next().await,
            Self::Switch(switch) => switch.next().await,
        }
    }

    const fn outcome(&self) -> Option<&SwitchoverOutcome> {
        match self {
            Self::Cluster(..) => None,
            Self::Switch(switch) => switch.outcome(),
        }
    }

    /// Goes on with one cluster if the other one is closed.
    fn after_switch(self) -> Self {
        match self {
            Self::Switch(switch) => match switch.into_parts() {
                Ok((cluster, items)) => Self::Cluster(cluster, Box::new(items)),
                Err(switch) => Self::Switch(Box::new(switch)),
            },
            cluster @ Self::Cluster(..) => cluster,
        }
    }
}

/// Runs until it is told to close, or the drill ends.
pub(crate) async fn run(options: BotOptions) -> Result<()> {
    log_errors();
    let mut commands = Commands::read();
    let (cluster, items) = build(&options.url, options.shards).await?;
    cluster.up().await;
    let mut source = Source::Cluster(cluster, Box::new(items));
    let mut is_ended = false;
    loop {
        tokio::select! {
            biased;
            command = commands.next() => {
                let Some(command) = command else { return Ok(()) };
                if command == CLOSE {
                    return close(source).await;
                }
                if let Some(shards) = command.strip_prefix(SWITCH) {
                    source = switch(source, build(&options.url, shards.parse()?).await?)?;
                }
            }
            next = source.next() => {
                let (shard, item) = next.ok_or("all shards have stopped")?;
                handle(shard, &item)?;
            }
        }
        if let (Some(outcome), false) = (source.outcome(), is_ended) {
            is_ended = true;
            write(Line::Ended(summary(outcome)))?;
        }
        if is_ended && matches!(source, Source::Switch(_)) {
            source = source.after_switch();
            if matches!(source, Source::Cluster(..)) {
                write(Line::Over)?;
            }
        }
    }
}

async fn build(url: &str, shards: u32) -> Result<(Cluster, Items)> {
    let intents = Intents::GUILDS | Intents::GUILD_WEBHOOKS;
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), intents)
        .gateway_url(url)
        .compression(Compression::None)
        .queue(UnlimitedQueue)
        .build();
    let (cluster, events) = Cluster::builder(DEFAULT_TOKEN.to_owned(), intents)
        .config(config)
        .shard_scheme(ShardScheme::try_from((.., shards))?)
        .build()
        .await?;
    Ok((cluster, events.into_items()))
}

fn switch(source: Source, new: (Cluster, Items)) -> Result<Source> {
    let Source::Cluster(cluster, items) = source else {
        return Err("the bot switches already".into());
    };
    let settings = SwitchoverSettings {
        // The emulator sends both copies at once.
        window: Duration::from_millis(500),
        patience: PATIENCE,
        ..SwitchoverSettings::default()
    };
    let switch = ClusterSwitch::start((cluster, *items), new, BUDGET, settings)?;
    Ok(Source::Switch(Box::new(switch)))
}

fn handle(shard: ShardId, item: &Item) -> Result<()> {
    match item {
        Item::Event(Event::WebhooksUpdate(event)) => write(Line::Handled {
            guild: event.guild_id.get(),
            // An id is not 0.
            number: event.channel_id.get() - 1,
        })?,
        Item::Lifecycle(Lifecycle::Ready { .. } | Lifecycle::Resumed { .. }) => {
            write(Line::Connected {
                shard: shard.number(),
                total: shard.total(),
            })?;
        }
        Item::Cluster(_) => write(Line::Running)?,
        _ => {}
    }
    Ok(())
}

fn summary(outcome: &SwitchoverOutcome) -> Outcome {
    Outcome {
        is_completed: outcome.end == SwitchoverEnd::Completed,
        guilds: outcome.guilds as u64,
        matched: outcome.matched,
        unmatched: outcome.unmatched,
        possible_gaps: outcome.possible_gaps,
        millis: u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
    }
}

async fn close(source: Source) -> Result<()> {
    let Source::Cluster(cluster, _items) = source else {
        return Err("the switch is not over".into());
    };
    cluster.down_resumable().await;
    Ok(())
}
