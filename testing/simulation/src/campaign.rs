//! Runs of many seeds.

use crate::{Bug, Coverage, Finding, Plan, Tracing, run};
use std::{
    collections::BTreeMap,
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

/// The combined results of many seeds. They do not depend on the number of threads.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Campaign {
    /// The number of seeds.
    pub seeds: u64,
    /// The sum of the virtual time of all shards.
    pub shard_time: Duration,
    /// The number of delivered events.
    pub delivered: u64,
    /// The number of steps of the machines.
    pub steps: u64,
    /// The number of planned faults.
    pub faults: u64,
    /// The findings, by seed.
    pub findings: BTreeMap<u64, Finding>,
    /// The number of rule violations that were caused by a fault, by rule.
    pub excused: BTreeMap<&'static str, u64>,
    /// The inputs and faults of each state.
    pub coverage: Coverage,
}

impl Campaign {
    /// Runs `seeds` on `threads` threads.
    #[must_use]
    pub fn run(seeds: Range<u64>, threads: usize) -> Self {
        let next = AtomicU64::new(seeds.start);
        let work = || {
            let mut part = Self::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end {
                    return part;
                }
                part.add_seed(seed);
            }
        };
        let mut whole = Self::default();
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
            for worker in workers {
                let part = worker.join().expect("a worker does not panic");
                whole.merge(part);
            }
        });
        whole
    }

    fn add_seed(&mut self, seed: u64) {
        let plan = Plan::new(seed);
        let run = run(&plan, None, Tracing::Off);
        self.merge(Self {
            seeds: 1,
            shard_time: run.elapsed * plan.shards,
            delivered: run.delivered,
            steps: run.steps,
            faults: plan.faults.len() as u64,
            findings: run
                .finding
                .into_iter()
                .map(|finding| (seed, finding))
                .collect(),
            excused: run.excused,
            coverage: run.coverage,
        });
    }

    fn merge(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.shard_time += other.shard_time;
        self.delivered += other.delivered;
        self.steps += other.steps;
        self.faults += other.faults;
        self.findings.extend(other.findings);
        for (rule, count) in other.excused {
            *self.excused.entry(rule).or_default() += count;
        }
        self.coverage.merge(&other.coverage);
    }
}

/// The result of the search for a [`Bug`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BugResult {
    /// The bug.
    pub bug: Bug,
    /// The seed that detected the bug, and its finding. `None` if no seed detected it.
    pub detected_by: Option<(u64, Finding)>,
    /// The number of seeds that were run.
    pub seeds: u64,
}

/// Runs each bug that `is_wanted` with up to `max_seeds` seeds from `first` on, until a seed detects it.
#[must_use]
pub fn find_bugs(first: u64, max_seeds: u64, is_wanted: impl Fn(Bug) -> bool) -> Vec<BugResult> {
    Bug::ALL
        .iter()
        .filter(|bug| is_wanted(**bug))
        .map(|bug| {
            let mut seeds = 0;
            let detected_by = (first..first + max_seeds).find_map(|seed| {
                seeds += 1;
                let finding = run(&Plan::new(seed), Some(*bug), Tracing::Off).finding?;
                Some((seed, finding))
            });
            let bug = *bug;
            BugResult {
                bug,
                detected_by,
                seeds,
            }
        })
        .collect()
}
