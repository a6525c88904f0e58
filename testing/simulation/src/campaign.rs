//! Many seeds.

use crate::{Bug, Coverage, Finding, Plan, Tracing, run};
use std::{
    collections::BTreeMap,
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

/// What came of many seeds; the same for the same seeds, however many threads there were.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Campaign {
    /// Seeds run.
    pub seeds: u64,
    /// Virtual time, each shard counted for itself.
    pub shard_time: Duration,
    /// Events delivered.
    pub delivered: u64,
    /// Machines' steps.
    pub steps: u64,
    /// Faults planned.
    pub faults: u64,
    /// The seeds that failed, and how.
    pub findings: BTreeMap<u64, Finding>,
    /// Complaints of the gateway for which the network is to blame, by rule.
    pub excused: BTreeMap<&'static str, u64>,
    /// What was tried in which state.
    pub coverage: Coverage,
}

impl Campaign {
    /// Runs `seeds` on `threads` threads, one seed at a time on each.
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
                let part = worker.join().expect("a panic ends it all");
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
        for (rule, times) in other.excused {
            *self.excused.entry(rule).or_default() += times;
        }
        self.coverage.merge(&other.coverage);
    }
}

/// How a [`Bug`] was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Caught {
    /// The bug.
    pub bug: Bug,
    /// The seed and what was found, if it was found.
    pub by: Option<(u64, Finding)>,
    /// Seeds that it took.
    pub seeds: u64,
}

/// Looks for each bug, in up to `most` seeds from `first` on.
#[must_use]
pub fn hunt(first: u64, most: u64) -> Vec<Caught> {
    Bug::ALL
        .iter()
        .map(|bug| {
            let mut seeds = 0;
            let by = (first..first + most).find_map(|seed| {
                seeds += 1;
                let finding = run(&Plan::new(seed), Some(*bug), Tracing::Off).finding?;
                Some((seed, finding))
            });
            let bug = *bug;
            Caught { bug, by, seeds }
        })
        .collect()
}
