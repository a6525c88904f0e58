//! The session store of a cluster that is built.

use super::{ClusterBuilder, Source, StoredSession};
use crate::{
    Checkpoint, CheckpointPolicy, SessionStore, StoreError, StoreErrorKind, StoreOwner,
    checkpoint_writer::LoadedStore,
};
use gloaming_protocol::Token;
use gloaming_shard::Shard;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::time::timeout;

/// How long a store may take to load.
const LOAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the sessions of the cluster are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionStoreSettings {
    store: Option<Arc<dyn SessionStore>>,
    policy: CheckpointPolicy,
}

impl ClusterBuilder {
    /// Sets where the sessions of the shards are kept, so that a process that follows one which was killed resumes them.
    /// Default: nowhere. Sessions then outlive the process only through
    /// [`Cluster::down_resumable`](crate::Cluster::down_resumable).
    ///
    /// [`build`](Self::build) loads the store, and each shard resumes the session that was saved for its number and total.
    /// While the cluster runs, it saves the sessions of the shards that have handled events since the last save, once per
    /// [interval](CheckpointPolicy::interval) in one batch, and once more in `down_resumable`. Each is as of the last event
    /// that counts as handled, so that a process that resumes it gets each event that was not: events of the last interval
    /// arrive twice after a crash. Their session id and sequence tell them apart.
    ///
    /// Saving delays neither shards nor the stream. A store that fails or does not answer within 10 s is logged at warn
    /// level once per minute, shows in [`Cluster::checkpoint_status`](crate::Cluster::checkpoint_status), and is tried again
    /// after a growing wait of up to a minute. A session that has ended for good is removed from it: one that
    /// Discord invalidates, and those that [`Cluster::down`](crate::Cluster::down) ends. Those of another total number of
    /// shards can't be resumed. They are removed once all shards of this cluster are saved.
    ///
    /// If a session is lost, no resume brings its events again. Those that were received and not handled yet are saved as an
    /// [unhandled loss](Checkpoint::unhandled_loss) until they are. If the process is killed before, the next one reports
    /// them: the first item of the shard is a [`Lifecycle::Gap`](gloaming_shard::Lifecycle::Gap) with the cause
    /// [`NotHandled`](gloaming_shard::machine::GapCause::NotHandled), whatever session is resumed.
    ///
    /// Sessions that are given by [`resume_sessions`](Self::resume_sessions) take precedence.
    ///
    /// ```no_run
    /// use gloaming_cluster::{Cluster, FileStore};
    /// use gloaming_protocol::Intents;
    ///
    /// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
    /// let store = FileStore::for_bot(&token)?;
    /// let (cluster, mut events) = Cluster::builder(token, Intents::GUILDS)
    ///     .session_store(store)
    ///     .build()
    ///     .await?;
    /// cluster.up().await;
    /// while let Some((shard, event)) = events.next().await {
    ///     println!("{shard}: {:?}", event.kind());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn session_store(mut self, store: impl SessionStore + 'static) -> Self {
        self.session_store.store = Some(Arc::new(store));
        self
    }

    /// Sets when and with what sessions are saved in the [store](Self::session_store). Default: once per second, without a
    /// state of the application.
    pub const fn checkpoint_policy(mut self, policy: CheckpointPolicy) -> Self {
        self.session_store.policy = policy;
        self
    }

    /// Lets the shards resume what was loaded. The sessions that the application gave precede.
    pub(super) fn resume_stored(&mut self, checkpoints: &[Checkpoint]) {
        let stored = checkpoints.iter().filter_map(|checkpoint| {
            Some(StoredSession {
                number: checkpoint.shard().number().into(),
                total: Some(checkpoint.shard().total()),
                session: checkpoint.session()?.clone(),
                source: Source::Loaded,
            })
        });
        self.sessions.extend(stored);
    }
}

impl SessionStoreSettings {
    /// Loads the store, if there is one.
    pub(super) async fn load(&self, token: &str) -> Result<Option<LoadedStore>, StoreError> {
        let Some(store) = self.store.clone() else {
            return Ok(None);
        };
        let owner = StoreOwner::of(&Token::new(token));
        let loaded = timeout(LOAD_TIMEOUT, store.load(owner)).await;
        let checkpoints = loaded.unwrap_or_else(|_| Err(StoreErrorKind::TimedOut.into()))?;
        Ok(Some(LoadedStore {
            store,
            owner,
            policy: self.policy,
            checkpoints,
            restored: BTreeMap::new(),
        }))
    }
}

/// Finds the states that belong to the sessions which the shards resume.
pub(super) fn restore(
    builder: &ClusterBuilder,
    mut store: LoadedStore,
    shards: &[Shard],
) -> LoadedStore {
    for shard in shards {
        let id = shard.id();
        let resumed = builder.sessions.iter().find(|stored| stored.is_for(id));
        if resumed.is_none_or(|stored| stored.source == Source::Given) {
            continue;
        }
        let checkpoint = store.checkpoints.iter().find(|it| it.shard() == id);
        if let Some(state) = checkpoint.and_then(Checkpoint::state) {
            store.restored.insert(id.number(), state.clone());
        }
    }
    store
}

/// Says that the number of shards has changed, so that sessions are not resumed.
pub(super) fn warn_about_outdated(checkpoints: &[Checkpoint], shards: &[Shard]) {
    let Some(total) = shards.first().map(|shard| shard.id().total()) else {
        return;
    };
    let of_another_total = |it: &&Checkpoint| it.shard().total() != total;
    let outdated = checkpoints.iter().filter(of_another_total).count();
    if outdated > 0 {
        tracing::warn!(
            outdated,
            total,
            "stored sessions are of shards of another total and are not resumed: those shards had other guilds"
        );
    }
}
