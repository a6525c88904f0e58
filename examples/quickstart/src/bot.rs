//! The bot: what it does with each item of its shards.

use crate::Result;
use gloaming::{Event, Item, Items, Lifecycle, ShardId};
use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    time::Duration,
};
use tokio::time::timeout;

/// What the bot has received so far.
#[derive(Default)]
pub(crate) struct Bot {
    pub(crate) ready: u32,
    pub(crate) resumed: u32,
    shards: BTreeMap<u32, Tally>,
}

/// What one shard has received so far.
#[derive(Default)]
struct Tally {
    by_type: BTreeMap<String, u64>,
    lost: u64,
}

impl Bot {
    /// Handles items until `done` returns `true`.
    pub(crate) async fn run(
        &mut self,
        items: &mut Items,
        done: impl Fn(&Self) -> bool,
    ) -> Result<()> {
        while !done(self) {
            let (shard, item) = items.next().await.ok_or("every shard has stopped")?;
            self.handle(shard, item)?;
        }
        Ok(())
    }

    pub(crate) async fn run_for(&mut self, items: &mut Items, time: Duration) -> Result<()> {
        match timeout(time, self.run(items, |_| false)).await {
            Ok(stopped) => stopped,
            Err(_elapsed) => Ok(()),
        }
    }

    pub(crate) fn handle(&mut self, shard: ShardId, item: Item) -> Result<()> {
        let number = shard.number();
        let tally = self.shards.entry(number).or_default();
        match item {
            Item::Event(event) => {
                if let Event::MessageCreate(message) = &event
                    && !tally.by_type.contains_key("MESSAGE_CREATE")
                {
                    println!("shard {number}: first message, by {}", message.author.name);
                }
                // HELLO, heartbeat ACKs and the like have no name and are not events.
                if let Some(name) = event.kind().name() {
                    tally.count(name);
                }
            }
            // Events without a type arrive with their raw JSON.
            Item::Unknown(event) => tally.count(event.name().unwrap_or("unnamed")),
            Item::Undecodable(error) => {
                tally.count(error.name().unwrap_or("unnamed"));
                eprintln!("shard {number}: {error}");
            }
            Item::Lifecycle(Lifecycle::AwaitingPermit) => println!(
                "shard {number}: in the queue, since Discord lets one shard identify every 5 s"
            ),
            Item::Lifecycle(Lifecycle::Ready { .. }) => {
                self.ready += 1;
                println!("shard {number}: ready, with a new session");
            }
            Item::Lifecycle(Lifecycle::Resumed { replayed }) => {
                self.resumed += 1;
                println!(
                    "shard {number}: resumed its session; {replayed} events that it had missed were sent again"
                );
            }
            Item::Lifecycle(
                event @ (Lifecycle::Disconnected { .. } | Lifecycle::Stopped { .. }),
            ) => println!("shard {number}: {event}"),
            Item::Lifecycle(Lifecycle::Skipped { after, until }) => tally.lost += until - after - 1,
            // The number of events that were lost after the last one received is not known.
            Item::Lifecycle(Lifecycle::Gap { .. }) => tally.lost += 1,
            Item::Crash(crash) => return Err(crash.to_string().into()),
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("shard {number}: {error}"),
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn received(&self) -> u64 {
        self.shards.values().map(Tally::received).sum()
    }

    pub(crate) fn lost(&self) -> u64 {
        self.shards.values().map(|tally| tally.lost).sum()
    }
}

impl Tally {
    fn count(&mut self, name: &str) {
        *self.by_type.entry(name.to_owned()).or_default() += 1;
    }

    fn received(&self) -> u64 {
        self.by_type.values().sum()
    }
}

/// What each shard received, by type.
impl Display for Bot {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (shard, tally) in &self.shards {
            let (received, lost) = (tally.received(), tally.lost);
            writeln!(f, "shard {shard}: {received} events received, {lost} lost")?;
            for (name, count) in &tally.by_type {
                writeln!(f, "  {count:6} {name}")?;
            }
        }
        Ok(())
    }
}
