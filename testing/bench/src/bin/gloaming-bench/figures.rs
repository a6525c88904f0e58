//! What was measured.

use serde::{Deserialize, Serialize};

use crate::{
    cores::Throughput, flood::Left, options::Options, paced::Delay, peers::Peer, rows::Row,
    valgrind::Counts,
};

/// The largest excess over committed counts, as a part of them.
const TOLERANCE: f64 = 0.03;

/// All figures of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) rounds: u32,
    pub(crate) events: u64,
    pub(crate) traffic: Vec<Traffic>,
    pub(crate) rows: Vec<Compared>,
    pub(crate) memory: Vec<Held>,
    pub(crate) left: Vec<Left>,
    pub(crate) startup: Option<Startup>,
    pub(crate) scale: Vec<Scaled>,
    pub(crate) throughput: Vec<Throughput>,
    pub(crate) delays: Vec<Delay>,
    pub(crate) peers: Vec<Peer>,
}

/// The traffic of rows.
#[derive(Debug, Serialize)]
pub(crate) struct Traffic {
    pub(crate) mix: &'static str,
    pub(crate) compression: &'static str,
    pub(crate) mean_inflated_bytes: u64,
    pub(crate) mean_wire_bytes: u64,
}

/// A row's figures.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    pub(crate) row: &'static str,
    pub(crate) target: Option<f64>,
    pub(crate) reference: Measured,
    pub(crate) gloaming: Measured,
    pub(crate) floor: Measured,
}

/// What an event costs a client.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Measured {
    pub(crate) version: String,
    pub(crate) cpu_ns: Option<Spread>,
    #[serde(flatten)]
    pub(crate) counts: Option<Counts>,
}

/// The memory of a shard.
#[derive(Debug, Serialize)]
pub(crate) struct Held {
    pub(crate) row: &'static str,
    pub(crate) target_kib: Option<f64>,
    pub(crate) reference_kib: f64,
    pub(crate) gloaming_kib: f64,
}

/// The time until many shards are ready.
#[derive(Debug, Serialize)]
pub(crate) struct Startup {
    pub(crate) row: &'static str,
    pub(crate) reference_s: Spread,
    pub(crate) gloaming_s: Spread,
}

/// What an event costs with a number of shards.
#[derive(Debug, Serialize)]
pub(crate) struct Scaled {
    pub(crate) shards: u32,
    pub(crate) instructions: f64,
}

/// Several measurements of the same.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// # Panics
    ///
    /// Panics if there are no measurements.
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self {
            median: values[values.len() / 2],
            min: values[0],
            max: values[values.len() - 1],
        }
    }
}

impl Figures {
    pub(crate) const fn new(options: &Options) -> Self {
        Self {
            rounds: options.rounds(),
            events: options.events(),
            traffic: Vec::new(),
            rows: Vec::new(),
            memory: Vec::new(),
            left: Vec::new(),
            startup: None,
            scale: Vec::new(),
            throughput: Vec::new(),
            delays: Vec::new(),
            peers: Vec::new(),
        }
    }

    pub(crate) fn add(
        &mut self,
        row: &Row,
        reference: Measured,
        gloaming: Measured,
        floor: Measured,
    ) {
        self.rows.push(Compared {
            row: row.name,
            target: row.target,
            reference,
            gloaming,
            floor,
        });
    }

    /// Returns a line for each count of gloaming's that is above the expected one by more than the tolerance.
    pub(crate) fn deviations(&self, expected: &Expected) -> Vec<String> {
        let mut deviations = Vec::new();
        for row in &self.rows {
            let Some(now) = row.gloaming.counts else {
                continue;
            };
            let Some(before) = expected.of(row.row) else {
                deviations.push(format!("{}: there is no figure to compare with", row.row));
                continue;
            };
            for (what, now, before) in [
                ("instructions", now.instructions, before.instructions),
                ("allocations", now.allocations, before.allocations),
            ] {
                if now > before * (1.0 + TOLERANCE) + 0.01 {
                    deviations.push(format!(
                        "{}: {now} {what} per event, which is more than 3 % above {before}",
                        row.row
                    ));
                }
            }
        }
        deviations
    }
}

impl Compared {
    /// gloaming's CPU time as a part of the reference's.
    pub(crate) fn cpu_ratio(&self) -> Option<f64> {
        Some(self.gloaming.cpu_ns?.median / self.reference.cpu_ns?.median)
    }

    /// gloaming's instructions as a part of the reference's.
    pub(crate) fn instructions_ratio(&self) -> Option<f64> {
        Some(self.gloaming.counts?.instructions / self.reference.counts?.instructions)
    }

    /// The ratio that is compared with the target: of instructions, which repeat exactly, if they were counted.
    pub(crate) fn ratio(&self) -> Option<f64> {
        self.instructions_ratio().or_else(|| self.cpu_ratio())
    }
}

/// Figures of an earlier run.
#[derive(Debug, Deserialize)]
pub(crate) struct Expected {
    rows: Vec<ExpectedRow>,
}

#[derive(Debug, Deserialize)]
struct ExpectedRow {
    row: String,
    gloaming: Counts,
}

impl Expected {
    fn of(&self, name: &str) -> Option<Counts> {
        let row = self.rows.iter().find(|row| row.row == name)?;
        Some(row.gloaming)
    }
}
