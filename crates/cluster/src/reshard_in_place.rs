//! A running cluster that switches to another number of shards.

mod current_set;

pub(crate) use self::current_set::CurrentSet;

use crate::{
    Cluster, ClusterSwitch, ShardHandle,
    members::{Members, SetTotal},
    reshard::{
        IdentifyBudget, ReshardError, ReshardErrorKind, ReshardProgress, ReshardSettings,
        SwitchoverEnd, SwitchoverOutcome,
    },
    shard_factory::ShardFactory,
    state::DesiredState,
    stream::{Change, ReshardRequest},
};
use gloaming_queue::QueueSettings;
use gloaming_shard::{ShardState, apply_session_start_limit};
use std::sync::Arc;
use tokio::sync::oneshot;

impl Cluster {
    /// Switches the running cluster to another number of shards, while events flow, and returns how that has ended.
    ///
    /// The handles to the cluster and its stream stay the same. Beside the shards that run, a set of `total` shards is
    /// started, made like those of the [builder](Self::builder), with the same queue, budgets of buffers and settings. The
    /// stream returns the events of both sets, each once and in the order of its guild. Once the events of all guilds come
    /// from both, the cluster [has](Self::shards) the new shards, and the old ones are closed. If the new ones are refused
    /// or are not ready in [time](crate::reshard::SwitchoverSettings::patience), they are closed, and the old ones go on: the
    /// [outcome](SwitchoverOutcome::end) says which. The [module](crate::reshard) has the method, and says what it relies on.
    ///
    /// The new shards need as many session starts as they are. Discord is asked how many are left, unless the
    /// [settings](ReshardSettings::budget) say so, before the first of them identifies.
    ///
    /// Take items from the stream meanwhile, which drives the switch. It takes as long as the new shards need to identify,
    /// and one or two intervals of heartbeats (41 s). [`resharding`](Self::resharding) and [`health`](Self::health) have the
    /// progress, and [`abort_reshard`](Self::abort_reshard) ends it. In the meantime:
    ///
    /// - Commands are sent by the old shards, and [`info`](Self::info) is of these. Items that are not events, and READY,
    ///   come from both sets.
    /// - Shards can't be [added](Self::add_shard) or [removed](Self::remove_shard).
    /// - [`down`](Self::down), [`down_resumable`](Self::down_resumable) and [`shutdown`](Self::shutdown) end both sets, and
    ///   the sessions of the old one are returned. Events that the new set has brought first are delivered again then.
    ///
    /// # Sessions and acknowledgements
    ///
    /// Until the end, the sessions to resume and the checkpoints in a [session
    /// store](crate::ClusterBuilder::session_store) are those of the old set, so that a process that is killed is followed by
    /// one with the old number. At the end, the checkpoints of the new set are saved at once, and those of the old one are
    /// removed after that. The next process needs the new total to resume them: store that of the [shards](Self::shards),
    /// since the [configuration](Self::config) is the one that the cluster was built with.
    ///
    /// An event that is taken as a [`Delivery`](gloaming_shard::Delivery) is acknowledged by its guard, as always. Of
    /// the second copy of an event, the session moves on once all events are acknowledged that were taken before, so that
    /// nothing counts as handled that is not. A state of the application [is not due](crate::Events::checkpoint_due)
    /// before the end.
    ///
    /// # When to switch
    ///
    /// [`ReshardTrigger`](crate::reshard::ReshardTrigger) decides, for example once a day:
    ///
    /// ```no_run
    /// use gloaming_cluster::{
    ///     Cluster,
    ///     reshard::{ReshardAdvice, ReshardSettings, ReshardTrigger},
    /// };
    ///
    /// # async fn example(
    /// #     cluster: Cluster,
    /// #     guilds_of_the_fullest_shard: usize,
    /// #     recommended: u32,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let shards = cluster.shards().len() as u32;
    /// let advice = ReshardTrigger::default().advice(shards, guilds_of_the_fullest_shard, recommended);
    /// if let Some(ReshardAdvice::Full { total, .. } | ReshardAdvice::Recommended { total }) = advice {
    ///     // Another task takes the events.
    ///     let outcome = cluster.reshard(total, ReshardSettings::default()).await?;
    ///     println!("{:?}", outcome.end);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if a switch is under way, if the cluster was [started](Self::start) from ready-made shards, is down, or still
    /// [awaits](Self::guilds_arrived) its guilds, if a shard [is stopped](ShardHandle::stop), if `total` is zero or that of the cluster, if the limits could not be
    /// requested, and as [`ClusterSwitch::validate`] does. No shard was started then.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before the limits are known, there is no switch. After that, it goes on.
    pub async fn reshard(
        &self,
        total: u32,
        settings: ReshardSettings,
    ) -> Result<SwitchoverOutcome, ReshardError> {
        let factory = self.factory().ok_or(ReshardErrorKind::NoConfiguration)?;
        if self.members().group().total != SetTotal::OfShards {
            return Err(ReshardErrorKind::ShardsMissing.into());
        }
        let running = RunningReshard::prepare(self)?;
        let current = self.shards().next().map(|shard| shard.id().total());
        if total == 0 || current == Some(total) {
            return Err(ReshardErrorKind::InvalidTotal { total }.into());
        }
        if !self.has_awaited_guilds() {
            return Err(ReshardErrorKind::Starting.into());
        }
        if let Some(shard) = self.stopped_shard() {
            return Err(ReshardErrorKind::ShardStopped { shard }.into());
        }
        let budget = budget(factory, total, settings).await?;
        let (new, items) = self.next_set(factory, total);
        ClusterSwitch::validate(self, &new, budget)?;
        let (reply, outcome) = oneshot::channel();
        let request = ReshardRequest {
            running,
            new,
            items,
            budget,
            settings: settings.switchover,
            reply,
        };
        let change = Change::Reshard(Box::new(request));
        let sent = self.members().send(change);
        sent.map_err(|_| ReshardErrorKind::ClusterDown)?;
        match outcome.await {
            Ok(outcome) => outcome,
            // The stream was dropped.
            Err(_) => Err(ReshardErrorKind::ClusterDown.into()),
        }
    }

    /// Returns a shard that is stopped until it is started again.
    fn stopped_shard(&self) -> Option<u32> {
        let is_stopped =
            |shard: &ShardHandle| matches!(*shard.slot.desired.borrow(), DesiredState::Stopped(_));
        let stopped = self.shards().find(is_stopped)?;
        Some(stopped.id().number())
    }

    /// Aborts the switch to another number of shards, if there is one that has not ended. The old shards go on.
    ///
    /// It returns at once. The stream has to be polled.
    pub fn abort_reshard(&self) {
        // A stream that has ended has no switch.
        _ = self.members().send(Change::AbortReshard);
    }

    /// Returns how far the switch to another number of shards is, or `None` if there is none, or if it has ended.
    #[must_use]
    pub fn resharding(&self) -> Option<ReshardProgress> {
        let new = self.current().next()?;
        let total = |members: &Members| members.shards().next().map_or(0, |it| it.id().total());
        let is_ready = |state| state == ShardState::Active;
        Some(ReshardProgress {
            from: total(&self.members()),
            to: total(&new),
            ready: new.shards().filter(|it| is_ready(it.state())).count(),
        })
    }
}

/// Returns how many session starts are left, and gives the default queue Discord's limits if they are requested.
async fn budget(
    factory: &ShardFactory,
    total: u32,
    settings: ReshardSettings,
) -> Result<IdentifyBudget, ReshardError> {
    let budget = match settings.budget {
        Some(budget) => budget,
        None => {
            let info = factory.gateway_info().await;
            let limit = info
                .map_err(ReshardError::gateway_info)?
                .session_start_limit;
            apply_session_start_limit(&limit, total, &factory.common);
            let reserve = QueueSettings::default_reserve(limit.total);
            IdentifyBudget::new(&limit, settings.reserve.unwrap_or(reserve))
        }
    };
    budget.check(total)?;
    Ok(budget)
}

/// A switch that is prepared or under way. Dropping it ends that, with the set that the cluster has then.
#[derive(Debug)]
pub(crate) struct RunningReshard {
    cluster: Cluster,
}

impl RunningReshard {
    fn prepare(cluster: &Cluster) -> Result<Self, ReshardErrorKind> {
        cluster.current().prepare()?;
        Ok(Self {
            cluster: cluster.clone(),
        })
    }

    pub(crate) const fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Both sets run from now on.
    pub(crate) fn begin(&self, new: &Cluster) -> Result<(), ReshardErrorKind> {
        let new = new.members();
        new.keep_shards()?;
        self.cluster.current().begin(Arc::clone(&new));
        // Checked after that: who brings the cluster down then knows of both sets.
        if self.cluster.members().is_closed() {
            for shard in new.closed() {
                shard.shutdown();
            }
            return Err(ReshardErrorKind::ClusterDown);
        }
        Ok(())
    }

    /// The switch has ended. The other set is not closed yet.
    pub(crate) fn finish(&self, end: SwitchoverEnd) {
        if end == SwitchoverEnd::Completed {
            let current = self.cluster.current();
            current.replace();
            if let Some(checkpoints) = self.cluster.checkpoints() {
                checkpoints.replace(current.members().shards().map(|shard| shard.slot));
            }
        }
    }
}

impl Drop for RunningReshard {
    fn drop(&mut self) {
        self.cluster.current().end();
    }
}
