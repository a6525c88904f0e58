//! The task that does what a node decides.

use crate::{
    calls, clock,
    command_service::{COMMAND_WAIT, CommandServices},
    connector::GatedConnector,
    coordinator::Coordinator,
    engine_log::EngineLog,
    gate::{PermitEnd, ago},
    identify_reports::{ReportId, ReportOutcome},
    lane::{Lane, Step},
    queue::FleetQueue,
    shared_node::{Save, SharedNode},
    stored_position::StoredPosition,
};
use gloaming_cluster::{
    Checkpoint, Cluster, ExitReason, Health, RemovedShard, ShardChangeError, ShardChangeErrorKind,
    ShutdownMode,
};
use gloaming_coordinator::{
    Answer, CallId, CoordinatorError, LastCheckpoint, NodeInput, NodeOutput, Request,
    SessionSource, StopKind,
};
use gloaming_protocol::ShardId;
use gloaming_shard::{ConfigBuilder, Session, Shard};
use std::{
    collections::BTreeMap,
    convert::Infallible,
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    task::JoinSet,
    time::{sleep, sleep_until, timeout_at},
};

/// The time until a watch that has failed is started again.
const WATCH_RETRY: Duration = Duration::from_secs(1);

/// How often the driver looks for shards that do not run any more.
const EXIT_CHECK: Duration = Duration::from_secs(1);

/// Runs the node's shards in a cluster.
#[derive(Debug)]
pub(crate) struct Driver {
    pub(crate) node: Arc<SharedNode>,
    pub(crate) engine: Arc<dyn Coordinator>,
    pub(crate) cluster: Cluster,
    pub(crate) total: NonZeroU32,
    pub(crate) hand_over_deadline: Duration,
    pub(crate) log: Arc<EngineLog>,
    /// `None` if no commands are taken.
    pub(crate) commands: Option<CommandServices>,
}

/// What a task of the driver has done.
#[derive(Debug)]
enum Done {
    Call(CallId, Answer),
    Removed(u32, Result<RemovedShard, ShardChangeError>),
    Reported(ReportId, ReportOutcome),
    Saved,
}

/// Whether the node has left the fleet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Presence {
    Member,
    /// The application has ended the shards, so that other nodes are to have them.
    Leaving,
    Left,
}

impl Driver {
    /// Runs until the node has left the fleet.
    pub(crate) async fn run(mut self) {
        let mut lanes = BTreeMap::<u32, Lane>::new();
        let mut tasks = JoinSet::new();
        let (node, engine) = (Arc::clone(&self.node), Arc::clone(&self.engine));
        let watch = watch(node, engine, Arc::clone(&self.log));
        tasks.spawn(async move { match watch.await {} });
        let mut presence = Presence::Member;
        let mut next_check = clock::now() + EXIT_CHECK;
        loop {
            if next_check <= clock::now() {
                next_check = clock::now() + EXIT_CHECK;
                self.find_crashed();
            }
            for output in self.node.take_outputs() {
                match output {
                    NodeOutput::Drained => presence = Presence::Left,
                    output => self.handle(output, &mut lanes, &mut tasks),
                }
            }
            self.report_identifies(&mut tasks);
            if self.node.take_save() == Save::Now {
                // Without the wait that follows failed saves, so that another node would not begin long ago.
                let cluster = self.cluster.clone();
                tasks.spawn(async move {
                    cluster.save_checkpoints().await;
                    Done::Saved
                });
            }
            let is_at_rest = lanes.values().all(Lane::is_at_rest);
            if presence == Presence::Left && is_at_rest {
                break;
            }
            if presence == Presence::Member && self.cluster.is_down() {
                presence = Presence::Leaving;
                self.node.feed(NodeInput::Drain);
            }
            tokio::select! {
                () = self.node.changed() => {}
                () = sleep_until(self.next_wake().into()) => self.node.feed(NodeInput::Tick),
                Some(done) = tasks.join_next() => match done {
                    Ok(done) => self.handle_done(done, &mut lanes, &mut tasks),
                    // The call counts as failed at its deadline.
                    Err(error) => tracing::error!("a call of the coordinator's engine panicked: {error}"),
                },
            }
        }
        self.node.abandon();
        self.cluster.down_resumable().await;
    }

    fn next_wake(&self) -> Instant {
        let due = self.node.with_reports(|reports| reports.next_due());
        let wake = self.node.wake_at();
        due.map_or(wake, |due| due.min(wake))
    }

    /// Tells the node which shards the cluster has given up. One that Discord refuses is not among them: Discord would refuse
    /// it on other nodes, too.
    fn find_crashed(&self) {
        for (shard, info) in self.cluster.info() {
            if info.health() == Health::Exited(ExitReason::Crashed) {
                self.node.feed(NodeInput::Failed { shard });
            }
        }
    }

    fn handle(
        &mut self,
        output: NodeOutput,
        lanes: &mut BTreeMap<u32, Lane>,
        tasks: &mut JoinSet<Done>,
    ) {
        match output {
            NodeOutput::Call {
                call,
                request,
                deadline,
            } => self.call(tasks, call, request, deadline),
            NodeOutput::Start {
                shard,
                fence,
                session,
            } => {
                let step = Step::Start { fence, session };
                lanes.entry(shard).or_default().push(step);
                self.advance(shard, lanes, tasks);
            }
            NodeOutput::Stop {
                shard,
                kind,
                reason,
            } => {
                tracing::info!(shard, ?kind, ?reason, "the node gives a shard up");
                lanes.entry(shard).or_default().push(Step::Stop(kind));
                self.advance(shard, lanes, tasks);
            }
            // The store asks for the fence of each write.
            NodeOutput::Refence { shard, fence } => {
                tracing::info!(shard, %fence, "the node has the lease of a running shard again");
            }
            _ => {}
        }
    }

    fn handle_done(
        &mut self,
        done: Done,
        lanes: &mut BTreeMap<u32, Lane>,
        tasks: &mut JoinSet<Done>,
    ) {
        match done {
            Done::Call(call, answer) => self.node.feed(NodeInput::Answer { call, answer }),
            Done::Removed(shard, removed) => {
                self.removed(shard, removed, lanes);
                self.advance(shard, lanes, tasks);
            }
            Done::Reported(id, outcome) => {
                let now = clock::now();
                self.node
                    .with_reports(|reports| reports.answered(now, id, outcome));
            }
            Done::Saved => {}
        }
    }

    /// Takes the steps of a shard that can be taken.
    fn advance(&mut self, shard: u32, lanes: &mut BTreeMap<u32, Lane>, tasks: &mut JoinSet<Done>) {
        let lane = lanes.entry(shard).or_default();
        while let Some(step) = lane.next() {
            match step {
                Step::Start { fence, session } => {
                    tracing::info!(shard, %fence, "the node takes a shard");
                    self.start(shard, &session, lane.own_session());
                }
                Step::Stop(kind) => {
                    let cluster = self.cluster.clone();
                    let commands = self.commands.as_mut();
                    let closing = commands.map(|commands| commands.stop(shard, kind));
                    let deadline = match kind {
                        StopKind::HandOver => self.hand_over_deadline,
                        StopKind::AtOnce => Duration::ZERO,
                    };
                    tasks.spawn(async move {
                        // No request is to arrive after another node has the shard.
                        if let (Some(closing), StopKind::HandOver) = (closing, kind) {
                            closing.await;
                        }
                        let mode = ShutdownMode::Resumable;
                        let removed = cluster.remove_shard(shard, mode, deadline).await;
                        Done::Removed(shard, removed)
                    });
                }
            }
        }
    }

    fn start(&mut self, shard: u32, source: &SessionSource, own: Option<&Session>) {
        let id = ShardId::new(shard, self.total.get());
        let stored = match source {
            SessionSource::Stored(stored) => match StoredPosition::decode(id, &stored.body) {
                Ok(StoredPosition::At(checkpoint)) => Some(checkpoint),
                // One that can't be read was refused before.
                Ok(StoredPosition::Ended) | Err(_) => None,
            },
            SessionSource::Own | SessionSource::Nothing => None,
        };
        let session = match source {
            SessionSource::Own => own.cloned(),
            _ => stored.as_ref().and_then(Checkpoint::session).cloned(),
        };
        match self.add(id, session, stored.as_ref()) {
            Ok(()) => {
                if let Some(commands) = &mut self.commands {
                    commands.start(id);
                }
            }
            // Seen by `is_down`.
            Err(error) if error.kind() == ShardChangeErrorKind::ClusterDown => {}
            Err(error) => {
                tracing::error!(
                    shard,
                    "the node can't run a shard: {error}; another node tries"
                );
                self.node.feed(NodeInput::Failed { shard });
            }
        }
    }

    fn add(
        &self,
        id: ShardId,
        session: Option<Session>,
        stored: Option<&Checkpoint>,
    ) -> Result<(), ShardChangeError> {
        let config = self.cluster.shard_config(id, session)?;
        let gate = self.node.open_gate(id.number());
        let node = || Arc::clone(&self.node);
        let connector = GatedConnector::new(config.connector(), node(), Arc::clone(&gate));
        let queue = FleetQueue::new(
            config.clone(),
            Arc::clone(&self.engine),
            node(),
            gate,
            Arc::clone(&self.log),
        );
        let mut timeouts = config.timeouts();
        if self.commands.is_some() {
            // Those who ask wait for no longer.
            timeouts.command = timeouts.command.min(COMMAND_WAIT);
        }
        let config = ConfigBuilder::from(config)
            .connector(connector)
            .queue(queue)
            .timeouts(timeouts)
            .build();
        let shard = Shard::with_config(id, config);
        match stored {
            Some(stored) => self.cluster.add_restored_shard(shard, stored)?,
            None => self.cluster.add_ready_shard(shard)?,
        };
        Ok(())
    }

    /// Takes notice that a shard was removed from the cluster.
    fn removed(
        &self,
        shard: u32,
        removed: Result<RemovedShard, ShardChangeError>,
        lanes: &mut BTreeMap<u32, Lane>,
    ) {
        let (session, checkpoint) = match removed {
            Ok(removed) => {
                let saved = removed.saved.is_none_or(|status| status.failures() == 0);
                let checkpoint = match saved {
                    true => LastCheckpoint::Stored,
                    false => LastCheckpoint::Failed,
                };
                (removed.session, checkpoint)
            }
            Err(error) => {
                // It was not started, so that what is stored is where it was.
                tracing::debug!(shard, "a shard is not in the cluster: {error}");
                (None, LastCheckpoint::Stored)
            }
        };
        let kind = lanes.entry(shard).or_default().stopped(session);
        if kind == Some(StopKind::HandOver) {
            self.node.feed(NodeInput::Stopped { shard, checkpoint });
        }
    }

    fn call(&self, tasks: &mut JoinSet<Done>, call: CallId, request: Request, deadline: Instant) {
        let (engine, log) = (Arc::clone(&self.engine), Arc::clone(&self.log));
        tasks.spawn(async move {
            let answer = calls::answer(&*engine, request, &log);
            let answer = timeout_at(deadline.into(), answer).await;
            Done::Call(call, answer.unwrap_or(Answer::Failed))
        });
    }

    /// Tells the fleet's budget what became of permits.
    fn report_identifies(&self, tasks: &mut JoinSet<Done>) {
        let now = clock::now();
        while let Some((id, end)) = self.node.with_reports(|reports| reports.next(now)) {
            let engine = Arc::clone(&self.engine);
            tasks.spawn(async move {
                let report = async {
                    match end {
                        PermitEnd::Sent(permit, at) => {
                            engine.sent(permit, ago(clock::now(), at)).await
                        }
                        PermitEnd::Unused(permit) => engine.give_back(permit).await,
                    }
                };
                let outcome = match calls::engine_time(report).await {
                    Ok(()) => ReportOutcome::Known,
                    Err(_) => ReportOutcome::Unknown,
                };
                Done::Reported(id, outcome)
            });
        }
    }
}

/// Tells the node of the changes of the leases, for as long as it is polled.
async fn watch(
    node: Arc<SharedNode>,
    engine: Arc<dyn Coordinator>,
    log: Arc<EngineLog>,
) -> Infallible {
    loop {
        let watching = async {
            let mut watch = engine.watch().await?;
            loop {
                let change = watch.next().await?;
                node.feed(NodeInput::Change(change));
            }
        };
        let ended: Result<Infallible, CoordinatorError> = watching.await;
        match ended {
            Ok(never) => match never {},
            Err(error) => log.failed(&error),
        }
        sleep(WATCH_RETRY).await;
    }
}
