//! One of the two clusters of a switch.

use super::receipts::Receipts;
use crate::{
    Cluster,
    reshard::{ReshardError, ReshardErrorKind, ShardSet, SwitchoverInput},
    stream::SetItems,
};
use gloaming_protocol::{Event, Intents, ShardId};
use gloaming_shard::{Item, Lifecycle};
use std::{num::NonZeroU32, time::Instant};

/// A cluster and its items.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) cluster: Cluster,
    pub(super) items: SetItems,
    pub(super) end: StreamEnd,
    pub(super) receipts: Receipts,
    /// The shard whose event was just delivered. A report of its repair follows it.
    pub(super) delivered: Option<ShardId>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum StreamEnd {
    Ahead,
    Reached,
}

impl Side {
    pub(super) fn new(now: Instant, cluster: Cluster, items: SetItems) -> Self {
        Self {
            receipts: Receipts::new(now, &cluster),
            cluster,
            items,
            end: StreamEnd::Ahead,
            delivered: None,
        }
    }
}

/// Returns what an item means for the switchover beside its event.
pub(super) fn notice<T>(set: ShardSet, shard: u32, item: &Item) -> Option<SwitchoverInput<T>> {
    if let Some(Event::Ready(ready)) = item.event() {
        let guilds = ready.guilds.iter().map(|guild| guild.id.get()).collect();
        return Some(SwitchoverInput::Ready { set, shard, guilds });
    }
    let Item::Lifecycle(event) = item else {
        return None;
    };
    Some(match event {
        Lifecycle::AwaitingPermit | Lifecycle::Identifying => {
            SwitchoverInput::SessionLost { set, shard }
        }
        Lifecycle::Disconnected { .. } => SwitchoverInput::Disconnected { set, shard },
        Lifecycle::GuildsArrived { .. } => SwitchoverInput::GuildsArrived { set, shard },
        Lifecycle::Stopped { .. } => SwitchoverInput::Stopped { set, shard },
        _ => return None,
    })
}

/// Returns the number of shards of a cluster that has all shards of the bot.
pub(super) fn total(cluster: &Cluster) -> Result<NonZeroU32, ReshardError> {
    let ids: Vec<ShardId> = cluster.shards().map(|shard| shard.id()).collect();
    let total = u32::try_from(ids.len()).ok().and_then(NonZeroU32::new);
    total
        .filter(|total| ids.iter().all(|id| id.total() == total.get()))
        .ok_or_else(|| ReshardErrorKind::ShardsMissing.into())
}

pub(super) fn intents(cluster: &Cluster) -> Intents {
    let intents = cluster.shards().map(|shard| shard.config().intents());
    // What only some shards have is missing.
    intents.fold(Intents::all(), |all, intents| all & intents)
}
