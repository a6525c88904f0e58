//! What a fleet costs, and how long its shards are without an owner: figures of a run on paper.

use super::{
    plan::{Fault, FleetPlan},
    world::World,
};
use crate::finding::Finding;
use gloaming_coordinator::OnSilence;
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// Figures of one fleet, from its simulation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FleetFigures {
    /// The number of nodes.
    pub nodes: usize,
    /// The number of shards.
    pub shards: u32,
    /// The number of messages to the engine per second, while nothing happens.
    pub messages_per_second: f64,
    /// Of these, the renewals of leases.
    pub renewals_per_second: f64,
    /// The number of changes that the engine sends to all watches together when a node with its shards dies.
    pub changes_per_takeover: u64,
    /// The shortest, the median and the longest time from the death of a node until one of its shards was served again.
    pub takeover: [Duration; 3],
    /// The number of shards that were taken over.
    pub taken_over: usize,
    /// The number of IDENTIFYs beyond one per shard.
    pub further_identifies: u32,
}

/// Runs a fleet without traffic, in which one node after the other dies, and measures it.
///
/// # Errors
///
/// Returns the violation if there is one.
pub fn figures(nodes: usize, shards: u32, seed: u64) -> Result<FleetFigures, Finding> {
    let deaths = (nodes / 3).clamp(1, 10);
    let settled = Duration::from_secs(900);
    let quiet = Duration::from_secs(100);
    let from = settled + quiet;
    let apart = Duration::from_millis(60_250);
    let restart = Duration::from_secs(86_400);
    let faults = (0..deaths)
        .map(|node: usize| (from + apart * node as u32, Fault::Kill { node, restart }))
        .collect::<Vec<_>>();
    let until = from + apart * deaths as u32 + Duration::from_secs(40);
    let plan = FleetPlan {
        seed,
        shards,
        max_concurrency: 16,
        nodes,
        on_silence: OnSilence::KeepServing,
        latency: Duration::from_millis(20),
        lost: 0,
        engine_rate: 1_000_000,
        faults,
        until,
        event_interval: Duration::ZERO,
    };
    let mut world = World::new(plan, None);
    world.measure(settled, from, until)
}

impl World {
    fn measure(
        &mut self,
        settled: Duration,
        from: Duration,
        until: Duration,
    ) -> Result<FleetFigures, Finding> {
        self.is_scarce = false;
        self.run_to(settled)?;
        let (before, renewed) = (self.engine.received, self.engine.renewals);
        self.run_to(from)?;
        let quiet = (from - settled).as_secs_f64();
        let messages = (self.engine.received - before) as f64 / quiet;
        let renewals = (self.engine.renewals - renewed) as f64 / quiet;
        let watched = self.engine.watched;
        let identifies = self.discord.identifies;
        self.checks.gaps.clear();
        self.run_to(until)?;
        let deaths = self.plan.faults.len();
        let mut gaps = self.checks.gaps.clone();
        gaps.sort_unstable();
        let at = |index: usize| gaps.get(index).copied().unwrap_or_default();
        Ok(FleetFigures {
            nodes: self.plan.nodes,
            shards: self.plan.shards,
            messages_per_second: messages,
            renewals_per_second: renewals,
            changes_per_takeover: (self.engine.watched - watched) / deaths as u64,
            takeover: [at(0), at(gaps.len() / 2), at(gaps.len().saturating_sub(1))],
            taken_over: gaps.len(),
            further_identifies: self.discord.identifies - identifies,
        })
    }
}

impl Display for FleetFigures {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let [least, median, most] = self.takeover;
        writeln!(f, "{} nodes, {} shards:", self.nodes, self.shards)?;
        writeln!(
            f,
            "  messages to the engine: {:.1} per second, of which {:.1} renew leases",
            self.messages_per_second, self.renewals_per_second
        )?;
        writeln!(
            f,
            "  death of a node: {} changes to the watches of the others",
            self.changes_per_takeover
        )?;
        writeln!(
            f,
            "  {} shards taken over, served again after {:.1} s to {:.1} s (median {:.1} s), {} IDENTIFYs",
            self.taken_over,
            least.as_secs_f64(),
            most.as_secs_f64(),
            median.as_secs_f64(),
            self.further_identifies
        )
    }
}
