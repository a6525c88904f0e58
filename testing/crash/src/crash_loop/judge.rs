//! What the processes may do, by the lines that they write. It knows the limits of Discord, and nothing of the queue.

mod limits;

use self::limits::{closest, most_in_a_day};
use super::{
    DAY, SECOND,
    line::{Line, Settled},
};
use std::collections::BTreeMap;

/// What Discord requires between two identifies of one rate-limit key ([P11](gloaming_protocol::rules#p11)), in
/// milliseconds.
const SPACING: u64 = 5 * SECOND;

/// For how long a permit of a killed process may count at most: a day from the last moment at which IDENTIFY may have
/// been sent, a minute after the grant, and a margin.
const COUNTED: u64 = DAY + 70 * SECOND;

/// How long a process that waits for the daily limit may take to be granted a permit once there is one: it looks each
/// minute, and a killed process may hold the rate-limit key for a minute.
const OPENS_WITHIN: u64 = 180 * SECOND;

/// A RESUME waits for nothing.
const RESUMES_WITHIN: u64 = SECOND;

/// The limits of the bot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// How many identifies a day may have: Discord's limit without the reserve.
    pub(super) budget: usize,
    /// The number of rate-limit keys.
    pub(super) keys: u32,
}

/// A permit or an IDENTIFY.
#[derive(Clone, Copy, Debug)]
struct Identify {
    shard: u32,
    time: u64,
}

#[derive(Debug)]
pub(super) struct Judge {
    rules: Rules,
    time: u64,
    /// The time of the step before.
    before: u64,
    permits: Vec<Identify>,
    identifies: Vec<Identify>,
    /// When the ledger recorded identifies of processes that were killed before they had the permit.
    unused: Vec<u64>,
    processes: BTreeMap<u32, Process>,
    /// Since when a permit is certainly left of the day.
    open_since: Option<u64>,
    figures: Figures,
    faults: Vec<String>,
}

/// One run of a process.
#[derive(Debug)]
struct Process {
    started: u64,
    has_settled: bool,
    is_in_ledger: bool,
    /// Shards for which the ledger was asked, without an answer yet.
    asked: Vec<u32>,
    /// Permits with which no shard has identified yet.
    granted: Vec<Identify>,
    /// Since when it waits for the daily limit.
    waits_since: Option<u64>,
}

/// What a process did when it was killed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KilledWhile {
    Starting,
    /// The ledger was being read or written.
    InLedger,
    Other,
}

/// What was seen. Times are in milliseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    pub(super) permits: usize,
    pub(super) identifies: usize,
    /// The identifies that the ledger recorded for processes that were killed before they had the permit.
    pub(super) unused: usize,
    pub(super) most_in_a_day: usize,
    /// `None` if no key was used twice.
    pub(super) closest: Option<u64>,
    /// How often the ledger refused an identify that the queue of the process allowed.
    pub(super) refused_by_ledger: u32,
    /// How often a process began to wait for the daily limit.
    pub(super) refused: u32,
    /// The longest wait for it that a queue has named.
    pub(super) longest_named: u64,
    /// How often a process that waited for it was granted a permit, and identified.
    pub(super) opened: u32,
    /// The longest time to that from when the process waited and an earlier identify was a day old.
    pub(super) latest_opening: u64,
    pub(super) resumes: u32,
    pub(super) resumes_at_zero: u32,
    pub(super) slowest_resume: u64,
    pub(super) ledger_errors: u32,
}

impl Judge {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            time: 0,
            before: 0,
            permits: Vec::new(),
            identifies: Vec::new(),
            unused: Vec::new(),
            processes: BTreeMap::new(),
            open_since: None,
            figures: Figures::default(),
            faults: Vec::new(),
        }
    }

    /// The virtual time moves on.
    pub(super) fn at(&mut self, time: u64) {
        self.before = self.time;
        self.time = time;
    }

    pub(super) fn started(&mut self, process: u32) {
        let started = Process {
            started: self.time,
            has_settled: false,
            is_in_ledger: false,
            asked: Vec::new(),
            granted: Vec::new(),
            waits_since: None,
        };
        self.processes.insert(process, started);
    }

    /// A process has written a line.
    pub(super) fn line(&mut self, number: u32, line: &Line) {
        let Some(process) = self.processes.get_mut(&number) else {
            return self.fault(format!("process {number} does not run and writes {line}"));
        };
        match line {
            Line::LedgerBegins => process.is_in_ledger = true,
            Line::LedgerEnds => process.is_in_ledger = false,
            Line::Asks { shard } => process.asked.push(*shard),
            Line::Refused { shard } => {
                remove(&mut process.asked, *shard);
                self.figures.refused_by_ledger += 1;
            }
            Line::Granted { shard, time } => {
                if !remove(&mut process.asked, *shard) {
                    self.fault(format!("shard {shard} has a permit without the ledger"));
                }
                self.granted(
                    number,
                    Identify {
                        shard: *shard,
                        time: *time,
                    },
                );
            }
            Line::Identified { shard, time } => {
                let index = process
                    .granted
                    .iter()
                    .position(|permit| permit.shard == *shard);
                if index
                    .map(|index| process.granted.swap_remove(index))
                    .is_none()
                {
                    self.fault(format!("shard {shard} identified without a permit"));
                }
                self.check_time(*time);
                self.identifies.push(Identify {
                    shard: *shard,
                    time: *time,
                });
            }
            Line::Resumed { shard, time, left } => {
                let after = time.saturating_sub(process.started);
                self.figures.resumes += 1;
                self.figures.resumes_at_zero += u32::from(*left == 0);
                self.figures.slowest_resume = self.figures.slowest_resume.max(after);
                if after > RESUMES_WITHIN {
                    self.fault(format!("shard {shard} waited {after} ms to resume"));
                }
                self.check_time(*time);
            }
            Line::Settled(settled) => {
                process.has_settled = true;
                // One of this moment may be on its way.
                let unused = (process.granted.iter()).position(|permit| permit.time < settled.time);
                if let Some(permit) = unused.map(|index| process.granted.swap_remove(index)) {
                    let shard = permit.shard;
                    self.fault(format!("shard {shard} did not use its permit"));
                }
                self.settled(number, settled);
            }
            Line::Failed { text } => {
                self.figures.ledger_errors += 1;
                self.fault(format!("process {number}: {text}"));
            }
        }
    }

    /// Returns what the process was doing, and the shards for which it had asked the ledger without an answer. All its lines
    /// have been read.
    pub(super) fn killed(&mut self, number: u32) -> (KilledWhile, Vec<u32>) {
        let Some(process) = self.processes.remove(&number) else {
            return (KilledWhile::Other, Vec::new());
        };
        let killed_while = match (process.is_in_ledger, process.has_settled) {
            (true, _) => KilledWhile::InLedger,
            (false, false) => KilledWhile::Starting,
            (false, true) => KilledWhile::Other,
        };
        (killed_while, process.asked)
    }

    /// The ledger has recorded an identify of a process that was killed before it had the permit.
    pub(super) fn recorded_in_vain(&mut self) {
        self.unused.push(self.time);
        self.open_since = None;
    }

    /// All processes have settled: one that waits for the daily limit must not wait for longer than it has to.
    pub(super) fn step_ended(&mut self) {
        let time = self.time;
        if !self.is_open() {
            self.open_since = None;
            return;
        }
        let open_since = *self.open_since.get_or_insert(time);
        let waits = self
            .processes
            .iter()
            .filter_map(|(number, process)| Some((*number, process.waits_since?)));
        let late = waits
            .map(|(number, since)| (number, time - since.max(open_since)))
            .find(|(_, late)| *late > OPENS_WITHIN);
        if let Some((number, late)) = late {
            self.fault(format!(
                "process {number} waits for the daily limit, which has had room for {late} ms"
            ));
            // Once for each time.
            self.open_since = Some(time);
        }
    }

    /// Returns the number of permits that were granted in the last 24 h.
    pub(super) fn permits_of_the_day(&self) -> usize {
        let permits = self.permits.iter().rev();
        let of_the_day = permits.take_while(|permit| self.time < permit.time + DAY);
        of_the_day.count()
    }

    /// Returns the figures, and everything that must not have happened.
    pub(super) fn finish(mut self) -> (Figures, Vec<String>) {
        let figures = Figures {
            permits: self.permits.len(),
            identifies: self.identifies.len(),
            unused: self.unused.len(),
            most_in_a_day: most_in_a_day(&self.permits),
            // Each IDENTIFY has a permit.
            closest: [&self.permits, &self.identifies]
                .into_iter()
                .filter_map(|list| closest(list, self.rules.keys))
                .min(),
            ..self.figures.clone()
        };
        let most = figures.most_in_a_day.max(most_in_a_day(&self.identifies));
        if most > self.rules.budget {
            let budget = self.rules.budget;
            self.fault(format!("{most} identifies within 24 h, of {budget}"));
        }
        if let Some(closest) = figures.closest.filter(|closest| *closest < SPACING) {
            self.fault(format!("two identifies of a key within {closest} ms"));
        }
        for (count, what) in [
            (figures.refused, "no process waited for the daily limit"),
            (figures.opened, "no process was granted a permit after that"),
            (
                figures.resumes_at_zero,
                "no session was resumed while no permit was left",
            ),
        ] {
            if count == 0 {
                self.fault(format!("the run shows little: {what}"));
            }
        }
        (figures, self.faults)
    }

    pub(super) fn fault(&mut self, fault: String) {
        let time = self.time;
        self.faults.push(format!("at {time} ms: {fault}"));
    }

    fn granted(&mut self, number: u32, permit: Identify) {
        self.check_time(permit.time);
        let opens = self.opens();
        self.permits.push(permit);
        self.open_since = None;
        let Some(process) = self.processes.get_mut(&number) else {
            return;
        };
        process.granted.push(permit);
        if let Some(waits_since) = process.waits_since.take() {
            self.figures.opened += 1;
            let late = permit.time.saturating_sub(opens.max(waits_since));
            self.figures.latest_opening = self.figures.latest_opening.max(late);
        }
    }

    fn settled(&mut self, number: u32, settled: &Settled) {
        let time = self.time;
        let Some(process) = self.processes.get_mut(&number) else {
            return;
        };
        if settled.refused == 0 {
            process.waits_since = None;
            return;
        }
        if process.waits_since.is_none() {
            process.waits_since = Some(time);
            self.figures.refused += 1;
        }
        self.figures.longest_named = self.figures.longest_named.max(settled.opens);
        if settled.opens > COUNTED {
            let opens = settled.opens;
            self.fault(format!("the daily limit opens in {opens} ms, over a day"));
        }
    }

    /// Returns when the first of the identifies that fill a day is a day old, or was. 0 if they do not fill one.
    fn opens(&self) -> u64 {
        let permits = self.permits.iter().map(|permit| permit.time);
        let mut times: Vec<u64> = permits.chain(self.unused.iter().copied()).collect();
        times.sort_unstable();
        let fills = times.len().checked_sub(self.rules.budget);
        fills.map_or(0, |first| times[first] + DAY)
    }

    /// Returns whether a permit is certainly left of the day.
    fn is_open(&self) -> bool {
        let counts = |time: u64| self.time < time + COUNTED;
        let permits = self.permits.iter().rev();
        let permits = permits.take_while(|permit| counts(permit.time)).count();
        let unused = self.unused.iter().rev();
        let unused = unused.take_while(|time| counts(**time)).count();
        permits + unused < self.rules.budget
    }

    /// What a process does after a step, it does at one of the two times.
    fn check_time(&mut self, time: u64) {
        if !(self.before..=self.time).contains(&time) {
            self.fault(format!("a process reports the time {time} ms"));
        }
    }
}

/// Removes one of these shards. Returns whether it was there.
fn remove(shards: &mut Vec<u32>, shard: u32) -> bool {
    let index = shards.iter().position(|other| *other == shard);
    index.map(|index| shards.swap_remove(index)).is_some()
}

#[cfg(test)]
mod tests;
