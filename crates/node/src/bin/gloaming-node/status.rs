//! What orchestrators and people ask of a node.

use crate::{
    clock,
    stream_health::{StreamHealth, StreamReports},
};
use gloaming_cluster::{ClusterHealth, Liveness, Readiness};
use gloaming_coordinator::NodeStatus;
use gloaming_fleet::Fleet;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// How far the node is. Shared by the tasks that answer requests.
#[derive(Debug, Default)]
pub(crate) struct Status {
    fleet: OnceLock<Arc<Fleet>>,
    streams: OnceLock<Vec<(String, StreamHealth)>>,
    is_draining: AtomicBool,
    has_taken_shards: AtomicBool,
}

/// The answer to a probe.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    Yes,
    No(String),
}

/// Where a node is between its start and its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Phase {
    Starting,
    Running,
    Draining,
}

/// What `/health` shows. Nothing in it is secret.
#[derive(Debug, Serialize)]
struct Report {
    phase: Phase,
    node: Option<String>,
    /// The shards that this node runs.
    serving: Vec<u32>,
    /// The nodes of the fleet, by id, as this one knows them.
    fleet: BTreeMap<String, Member>,
    shards: Option<ClusterHealth>,
    /// The streams of the engine to which the node publishes, by name.
    streams: StreamReports,
}

#[derive(Debug, Default, Serialize)]
struct Member {
    status: &'static str,
    shards: Vec<u32>,
}

impl Status {
    pub(crate) fn set_running(&self, fleet: Arc<Fleet>, streams: Vec<(String, StreamHealth)>) {
        // They are set once.
        _ = self.streams.set(streams);
        _ = self.fleet.set(fleet);
    }

    pub(crate) fn set_draining(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Returns whether the node is a member of the fleet, and events flow from all shards that it runs.
    pub(crate) fn readiness(&self) -> Verdict {
        let Some(fleet) = self.fleet.get() else {
            return Verdict::No("the node is starting".to_owned());
        };
        if self.is_draining() {
            return Verdict::No("the node gives its shards away".to_owned());
        }
        if !self.has_taken_shards.load(Ordering::Relaxed) {
            if !fleet.takes_shards() {
                return Verdict::No("the node has not joined the fleet".to_owned());
            }
            // The shards go on if the engine is silent later.
            self.has_taken_shards.store(true, Ordering::Relaxed);
        }
        match fleet.cluster().health().readiness() {
            Readiness::Ready => Verdict::Yes,
            Readiness::NotReady(reason) => Verdict::No(reason.to_string()),
        }
    }

    /// Returns whether the process works, or a restart would help it.
    pub(crate) fn liveness(&self) -> Verdict {
        let health = self.fleet.get().map(|fleet| fleet.cluster().health());
        match health.as_ref().map(ClusterHealth::liveness) {
            None | Some(Liveness::Live) => Verdict::Yes,
            Some(Liveness::NotLive(reason)) => Verdict::No(reason.to_string()),
        }
    }

    /// Returns the number of shards that the node runs.
    pub(crate) fn serving(&self) -> usize {
        self.fleet.get().map_or(0, |fleet| fleet.serving().len())
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// Returns everything as JSON.
    pub(crate) fn report(&self) -> Vec<u8> {
        let fleet = self.fleet.get();
        let phase = match fleet {
            None => Phase::Starting,
            Some(_) if self.is_draining() => Phase::Draining,
            Some(_) => Phase::Running,
        };
        let report = Report {
            phase,
            node: fleet.map(|fleet| fleet.id().to_string()),
            serving: fleet.map_or_else(Vec::new, |fleet| fleet.serving()),
            fleet: fleet.map_or_else(BTreeMap::new, |fleet| members(fleet)),
            shards: fleet.map(|fleet| fleet.cluster().health()),
            streams: self.streams(),
        };
        serde_json::to_vec(&report).expect("it has texts and numbers only")
    }

    fn streams(&self) -> StreamReports {
        let (streams, now) = (self.streams.get().into_iter().flatten(), clock::now());
        let reports = streams.map(|(name, health)| (name.clone(), health.report(now)));
        reports.collect()
    }
}

fn members(fleet: &Fleet) -> BTreeMap<String, Member> {
    let view = fleet.view();
    let mut members = BTreeMap::<String, Member>::new();
    for record in view.nodes() {
        let status = match record.status {
            NodeStatus::Active => "active",
            NodeStatus::Draining => "draining",
            _ => "other",
        };
        let member = members.entry(record.lease.node.to_string()).or_default();
        member.status = status;
    }
    for lease in view.shards() {
        if let Some(member) = members.get_mut(lease.holder.node.as_str()) {
            member.shards.push(lease.shard.number());
        }
    }
    members
}
