//! Moves the time on, starts processes and kills them.

use super::{
    SECOND,
    bot::{BotOptions, KEYS, Sessions},
    clock::{Epoch, SharedClock},
    judge::{Judge, KilledWhile, Rules},
    line::Line,
    options::Options,
    process::{Kill, Process},
    report::{Counts, Report},
};
use crate::Result;
use gloaming_queue::{FileLedger, Ledger as _, QueueSettings};
use gloaming_test_support::Random;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    time::{Instant, SystemTime},
};
use tokio::time::sleep;

/// The longest step, in milliseconds: a process that waits for the daily limit looks for it each minute.
const LONGEST_STEP: u64 = 60 * SECOND;

/// The shortest step, in milliseconds.
const SHORTEST_STEP: u64 = 20;

/// When the first processes start. Later than the real time that their start takes.
const START: u64 = HOUR;

/// In milliseconds.
const HOUR: u64 = 60 * 60 * SECOND;

/// By how many milliseconds the wall clock of a process is ahead: mostly it is right.
const CLOCKS: [i64; 6] = [0, 0, 0, 0, HOUR as i64, -25 * (HOUR as i64)];

/// Runs a campaign.
pub(crate) async fn run(options: &Options) -> Result<Report> {
    let seed = options.seed;
    let name = format!("gloaming-crash-loop-{}-{seed}", process::id());
    let folder = Folder(env::temp_dir().join(name));
    fs::create_dir_all(&folder.0)?;
    let clock = SharedClock::create(&folder.0.join("clock"))?;
    let reserve = QueueSettings::default_reserve(options.limit);
    let rules = Rules {
        budget: (options.limit - reserve) as usize,
        keys: KEYS.get().into(),
    };
    let mut campaign = Campaign {
        options,
        folder: &folder.0,
        clock,
        epoch: Epoch::now()?,
        random: Random::new(seed),
        time: START,
        before: START,
        judge: Judge::new(rules),
        slots: Vec::new(),
        asked: Vec::new(),
        half_written: None,
        counts: Counts::default(),
    };
    let began = now();
    campaign.run().await?;
    let took = now().saturating_duration_since(began);
    campaign.check_ledger()?;
    let Campaign {
        judge,
        counts,
        time,
        ..
    } = campaign;
    let (figures, faults) = judge.finish();
    Ok(Report {
        options: options.clone(),
        budget: rules.budget,
        virtual_time: time - START,
        took,
        counts,
        figures,
        faults,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the duration of a campaign is printed"
)]
fn now() -> Instant {
    Instant::now()
}

/// A folder that is removed when it is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // A temporary folder may remain if it can't be removed.
        _ = fs::remove_dir_all(&self.0);
    }
}

struct Campaign<'a> {
    options: &'a Options,
    folder: &'a Path,
    clock: SharedClock,
    epoch: Epoch,
    random: Random,
    time: u64,
    /// The time of the step before.
    before: u64,
    judge: Judge,
    slots: Vec<Slot>,
    /// What processes asked the ledger for that were killed in this step.
    asked: Vec<Asked>,
    /// When the last half-written file was written.
    half_written: Option<SystemTime>,
    counts: Counts,
}

struct Asked {
    shard: u32,
    since: u64,
}

/// The place of a process, which runs or is started at a time.
enum Slot {
    Running(Box<Process>),
    Down { until: u64 },
}

impl Slot {
    /// Returns the next time at which something is due.
    fn due(&self, time: u64) -> Option<u64> {
        match self {
            Self::Down { until } => Some(*until),
            Self::Running(process) => {
                let due = match process.settled.due {
                    0 => None,
                    after => Some(time + after + 1),
                };
                let killed = process.kill.latest();
                Some(due.map_or(killed, |due| due.min(killed)))
            }
        }
    }
}

impl Campaign<'_> {
    async fn run(&mut self) -> Result<()> {
        for _ in 0..self.options.processes {
            self.slots.push(Slot::Down { until: START });
        }
        let starts = self.options.processes + self.options.restarts;
        let end = START + self.options.hours * HOUR;
        while self.counts.starts < starts || self.time < end {
            self.step().await?;
            let due = self.slots.iter().filter_map(|slot| slot.due(self.time));
            let next = due.min().unwrap_or(u64::MAX);
            self.before = self.time;
            self.time = next.clamp(self.time + SHORTEST_STEP, self.time + LONGEST_STEP);
        }
        // What the last ones do counts as well.
        self.step().await?;
        for number in 0..self.slots.len() {
            if matches!(self.slots[number], Slot::Running(_)) {
                self.kill(number).await?;
            }
        }
        Ok(())
    }

    /// Lets each process do what is due, and kills those whose time has come while they do it.
    async fn step(&mut self) -> Result<()> {
        self.clock.set(self.time)?;
        self.judge.at(self.time);
        for number in 0..self.slots.len() {
            match &mut self.slots[number] {
                Slot::Running(process) => process.advance(self.time).await?,
                Slot::Down { until } if *until <= self.time => self.start(number)?,
                Slot::Down { .. } => {}
            }
        }
        for number in 0..self.slots.len() {
            if let Slot::Running(process) = &self.slots[number]
                && process.kill.latest() <= self.time
            {
                sleep(process.kill.delay()).await;
                self.kill(number).await?;
            }
        }
        for number in 0..self.slots.len() {
            self.let_settle(number).await?;
        }
        // No process writes now.
        self.look_at_the_ledger()?;
        self.judge.step_ended();
        Ok(())
    }

    /// Looks what the processes that were killed in this step have left in the ledger.
    fn look_at_the_ledger(&mut self) -> Result<()> {
        let half_written = fs::metadata(self.folder.join("identifies.json.tmp"));
        let half_written = half_written.and_then(|file| file.modified()).ok();
        if half_written.is_some() && half_written != self.half_written {
            self.counts.half_written += 1;
        }
        self.half_written = half_written;
        let asked = std::mem::take(&mut self.asked);
        if asked.is_empty() {
            return Ok(());
        }
        let state = self.ledger().load()?;
        for Asked { shard, since } in asked {
            let since = self.epoch.wall + since.saturating_sub(SECOND);
            let recorded = state
                .spent()
                .rev()
                .take_while(|spent| spent.at.as_millis() > since);
            if recorded.filter(|spent| spent.shard == shard).count() > 0 {
                self.judge.recorded_in_vain();
            }
        }
        Ok(())
    }

    fn ledger(&self) -> FileLedger {
        FileLedger::new(self.folder.join("identifies.json"))
    }

    /// Reads what a process does until nothing is left to do.
    async fn let_settle(&mut self, number: usize) -> Result<()> {
        let id = number as u32;
        while let Slot::Running(process) = &mut self.slots[number] {
            let Some(line) = process.next().await? else {
                return Err(format!("process {number} ended by itself").into());
            };
            self.judge.line(id, &line);
            match line {
                Line::Granted { .. } => {
                    if let Kill::AtPermit(_, delay) = process.kill {
                        sleep(delay).await;
                        self.kill(number).await?;
                    }
                }
                Line::Settled(settled) if settled.time == self.time => {
                    process.settled = settled;
                    return Ok(());
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn start(&mut self, number: usize) -> Result<()> {
        let random = &mut self.random;
        let lifetime = self.options.hours * HOUR * u64::from(self.options.processes)
            / u64::from(self.options.restarts);
        let kill = Kill::draw(random, self.time, lifetime);
        let options = BotOptions {
            folder: self.folder.to_owned(),
            number: number as u32,
            processes: self.options.processes,
            shards: self.options.shards,
            limit: self.options.limit,
            ahead: random.pick(&CLOCKS),
            sessions: match random.once_in(10) {
                true => Sessions::Rejected,
                false => Sessions::Known,
            },
            epoch: self.epoch,
        };
        if random.once_in(3) {
            self.counts.without_sessions += 1;
            // There is none before the first save.
            _ = fs::remove_dir_all(options.store());
        } else if options.sessions == Sessions::Rejected {
            self.counts.rejected += 1;
        }
        self.counts.starts += 1;
        self.judge.started(number as u32);
        self.slots[number] = Slot::Running(Box::new(Process::start(options, kill)?));
        Ok(())
    }

    async fn kill(&mut self, number: usize) -> Result<()> {
        let pause = match self.random.once_in(4) {
            true => 0,
            false => self.random.below(20 * SECOND),
        };
        let down = Slot::Down {
            until: self.time + pause,
        };
        let Slot::Running(process) = std::mem::replace(&mut self.slots[number], down) else {
            return Ok(());
        };
        let id = number as u32;
        for line in process.kill().await? {
            self.judge.line(id, &line);
        }
        self.counts.kills += 1;
        let (killed_while, asked) = self.judge.killed(id);
        let since = self.before;
        self.asked
            .extend(asked.into_iter().map(|shard| Asked { shard, since }));
        match killed_while {
            KilledWhile::Starting => self.counts.while_starting += 1,
            KilledWhile::InLedger => self.counts.in_ledger += 1,
            KilledWhile::Other => {}
        }
        Ok(())
    }

    /// The file is whole after the last kill, and has each identify of the last day.
    fn check_ledger(&mut self) -> Result<()> {
        self.counts.recorded = self.ledger().load()?.spent().len();
        let permits = self.judge.permits_of_the_day();
        if self.counts.recorded < permits {
            let recorded = self.counts.recorded;
            self.judge.fault(format!(
                "the ledger has {recorded} of {permits} identifies of the last day"
            ));
        }
        Ok(())
    }
}
