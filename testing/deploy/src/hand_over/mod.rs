//! Shards move between processes, some of which are killed meanwhile.

mod attempt;
mod bot;
mod fleet;
mod line;
mod plan;
mod record;

pub(crate) use self::bot::BOT;
use self::{
    attempt::attempt,
    bot::BotOptions,
    fleet::{Fleet, Phase},
    plan::{Kill, Victim},
    record::{Counts, Findings, SharedRecord},
};
use crate::{Result, clock, failure::Faults, options::Options, process::PATIENCE};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Selector, Stats};
use gloaming_test_support::{Publisher, Random};
use serde_json::json;
use std::{
    collections::BTreeSet,
    env,
    fmt::{self, Display, Formatter},
    fs,
    path::{Path, PathBuf},
    process::{self, ExitCode},
    sync::Arc,
    time::Duration,
};
use tokio::time::timeout;

const SHARDS: u32 = 6;

/// From how many processes to how many.
const CASES: [(u32, u32); 3] = [(1, 1), (1, 3), (3, 1)];

/// For how long a session keeps its events, of those that its shard may have.
const REPLAYED: u64 = 60;

/// Runs a bot.
pub(crate) async fn bot(args: impl Iterator<Item = String>) -> Result<ExitCode> {
    bot::run(BotOptions::parse(args)?).await?;
    Ok(ExitCode::SUCCESS)
}

/// Runs all cases, and returns the number of faults.
pub(crate) async fn drill(options: &Options) -> Result<usize> {
    let mut faults = 0;
    for (from, to) in CASES {
        let report = run(options, from, to).await?;
        println!("{report}");
        faults += report.faults.len();
    }
    Ok(faults)
}

/// What a case has found.
#[derive(Debug)]
struct Report {
    case: (u32, u32),
    rounds: usize,
    /// One is planned that may come too late, since the process can end before.
    planned_kills: usize,
    kills: Vec<Kill>,
    findings: Findings,
    stats: Stats,
    took: Duration,
    faults: Faults,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (from, to) = self.case;
        let of_successors = self.kills.iter();
        let of_successors = of_successors.filter(|kill| kill.victim == Victim::Successor);
        write!(
            f,
            "hand-over {from}→{to}: rounds {}, kills {} of {} ({} of successors), events {}, missed {}, handled twice after \
             acknowledgement {}, handled again past the last ack {}, IDENTIFYs beyond the first start {}, RESUMEs {}, \
             rule violations {}, longest time without an event of a shard {} ms, faults {}, {:.1} s",
            self.rounds,
            self.kills.len(),
            self.planned_kills,
            of_successors.count(),
            self.findings.sent,
            self.findings.missed,
            self.findings.twice,
            self.findings.again,
            self.stats.identifies.saturating_sub(SHARDS.into()),
            self.stats.resumes,
            self.stats.violations,
            self.findings.silence.as_millis(),
            self.faults.len(),
            self.took.as_secs_f64(),
        )?;
        self.faults.fmt(f)
    }
}

async fn run(options: &Options, from: u32, to: u32) -> Result<Report> {
    let began = clock::now();
    let per_shard = options.rate / u64::from(SHARDS) + 1;
    let emulator = Emulator::builder()
        .token(DEFAULT_TOKEN)
        .shards(SHARDS)
        .guilds(SHARDS * 2)
        .max_concurrency(16)
        .replay_buffer(usize::try_from(per_shard * REPLAYED)? + 1_000)
        .session_lifetime(Duration::from_secs(60 * 60))
        .start()
        .await?;
    let emulator = Arc::new(emulator);
    let folder = Folder::new(from, to)?;
    let record = SharedRecord::default();
    let mut drill = HandOverDrill {
        fleet: Fleet::new(emulator.url(), SHARDS, &folder.0, record.clone()),
        random: Random::new(options.seed ^ u64::from(from << 8 | to)),
        kills: Vec::new(),
    };
    let old = groups(from);
    for shards in &old {
        drill.fleet.start(shards, Vec::new())?;
    }
    drill
        .fleet
        .wait_until("the first processes run", |fleet| {
            let mut members = fleet.members.values();
            members.all(|member| member.phase == Phase::Serving)
        })
        .await?;
    let publisher = publish(options.rate, Arc::clone(&emulator), record.clone());
    let plan = plan::kills(&mut drill.random, options.rounds, options.kills);
    for kill in plan {
        // The processes run for a while.
        let events = drill.random.below(options.rate / 2);
        let before = record.lock().counts().handled;
        wait_for(&record, |counts| counts.handled >= before + events).await?;
        drill.hand_over(&groups(to), kill).await?;
        if from != to {
            drill.hand_over(&old, None).await?;
        }
    }
    publisher.stop().await?;
    // If some are missing, the figures say so.
    _ = wait_for(&record, |counts| counts.handled == counts.sent).await;
    let states = drill.fleet.close().await?;
    let mut found = record.take();
    for shard in 0..SHARDS {
        let (counted, expected) = (states.get(&shard), found.expected(shard));
        if counted != Some(&expected) {
            found.fault(format!(
                "the state of shard {shard} is {counted:?}, and {expected:?} were sent"
            ));
        }
    }
    let stats = emulator.stats();
    let (findings, mut faults) = found.finish();
    if stats.identifies != u64::from(SHARDS) {
        faults.add(format!("{} IDENTIFYs", stats.identifies));
    }
    faults.extend(emulator.violations());
    Ok(Report {
        case: (from, to),
        rounds: options.rounds,
        planned_kills: options.kills,
        kills: drill.kills,
        findings,
        stats,
        took: clock::now().saturating_duration_since(began),
        faults,
    })
}

/// Sends numbered events to one shard after the other.
fn publish(rate: u64, emulator: Arc<Emulator>, record: SharedRecord) -> Publisher {
    Publisher::start(rate, move |number| {
        let shard = u32::try_from(number % u64::from(SHARDS)).unwrap_or_default();
        record.lock().sent(shard);
        let data = json!({"guild_id": "1", "channel_id": number.to_string()});
        let sessions = emulator.dispatch(Selector::Shard(shard), "WEBHOOKS_UPDATE", data);
        if sessions != 1 {
            let fault = format!("event {number} was sent to {sessions} sessions");
            record.lock().fault(fault);
        }
    })
}

/// Waits until the numbers of events meet a condition. Fails if no event is sent or handled for a long time.
async fn wait_for(record: &SharedRecord, condition: impl Fn(Counts) -> bool) -> Result<()> {
    let mut counts = record.lock().watch_counts();
    while !condition(*counts.borrow_and_update()) {
        let changed = timeout(PATIENCE, counts.changed()).await;
        changed.map_err(|_| "no event is handled")??;
    }
    Ok(())
}

struct HandOverDrill {
    fleet: Fleet,
    random: Random,
    /// Those that happened.
    kills: Vec<Kill>,
}

impl HandOverDrill {
    /// Moves all shards to new processes, of which each has one of these sets in the end.
    async fn hand_over(&mut self, sets: &[BTreeSet<u32>], mut kill: Option<Kill>) -> Result<()> {
        let oldest = self.fleet.record.lock().process_count();
        let deadline = clock::now() + PATIENCE;
        let is_with_kill = kill.is_some();
        while clock::now() < deadline {
            let has_taken = |shards: &&BTreeSet<u32>| {
                let mut new = self.fleet.members.range(oldest..);
                // One that follows a killed process has not taken them.
                new.any(|(_, it)| it.shards == **shards && it.has_taken)
            };
            let wanted: Vec<_> = sets.iter().filter(|it| !has_taken(it)).cloned().collect();
            if wanted.is_empty() {
                return Ok(());
            }
            let outcome = attempt(&mut self.fleet, &wanted, kill.take()).await?;
            let mut record = self.fleet.record.lock();
            // A predecessor may be killed while it is asked.
            if outcome.killed.is_none() {
                let failures = outcome.failures.into_iter();
                failures.for_each(|failure| record.fault(failure));
            }
            // A process takes its shards back once it has saved what it was about to give.
            if outcome.unavailable > 0 && !is_with_kill {
                record.fault("a process did not run its shards");
            }
            drop(record);
            self.kills.extend(outcome.killed);
        }
        Err("the shards do not get to new processes".into())
    }
}

/// The shards of each of so many processes.
fn groups(processes: u32) -> Vec<BTreeSet<u32>> {
    let each = SHARDS / processes;
    let groups = (0..processes).map(|process| process * each..(process + 1) * each);
    groups.map(BTreeSet::from_iter).collect()
}

/// A folder for sockets and stores, which is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(from: u32, to: u32) -> Result<Self> {
        let name = format!("gloaming-deploy-{}-{from}-{to}", process::id());
        let folder = Self(env::temp_dir().join(name));
        folder.remove();
        fs::create_dir_all(&folder.0)?;
        Ok(folder)
    }

    fn remove(&self) {
        let folder: &Path = &self.0;
        _ = fs::remove_dir_all(folder);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.remove();
    }
}
