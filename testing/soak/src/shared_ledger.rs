//! Processes that share a ledger, are killed again and again, and start with clocks that are wrong.
//!
//! The emulator, in the process that starts the others, counts the identifies of all of them: how many were too soon
//! after another one ([P11](gloaming::protocol::rules#p11)), and how many were beyond the daily limit
//! ([P12](gloaming::protocol::rules#p12)).

use std::{
    env, fmt, fs, io,
    num::NonZeroU16,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use gloaming::{
    Cluster, Intents, ShardScheme,
    queue::{ClockReading, FileLedger, InMemoryQueue, Ledger as _, QueueSettings, Timestamp},
};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use gloaming_test_support::Random;
use tokio::{
    process::{Child, Command},
    time::sleep,
};

use crate::clock;

const HOUR: i64 = 60 * 60 * 1000;

/// By how many milliseconds the wall clock of a process is ahead: right, 50 years behind, 25 hours behind, an hour
/// ahead.
const CLOCK_STEPS: [i64; 4] = [0, -50 * 365 * 24 * HOUR, -25 * HOUR, HOUR];

/// What is run.
#[derive(Clone, Debug)]
pub struct SharedLedgerPlan {
    /// For how long.
    pub duration: Duration,
    /// The number of processes at a time.
    pub processes: usize,
    /// The number of shards of each process. All processes have the same ones.
    pub shards: u32,
    /// How many of them may identify at a time.
    pub max_concurrency: u16,
    /// The number of identifies per day, for all processes.
    pub limit: u32,
    /// The shortest and the longest time until a process is killed, in milliseconds.
    pub lifetime: (u64, u64),
    /// The seed of the times and clocks.
    pub seed: u64,
}

/// Three processes of 16 shards with a limit of 40, for a minute.
impl Default for SharedLedgerPlan {
    fn default() -> Self {
        Self {
            duration: Duration::from_secs(60),
            processes: 3,
            shards: 16,
            max_concurrency: 8,
            limit: 40,
            lifetime: (200, 4000),
            seed: 0,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SharedLedgerReport {
    /// How often a process was started.
    pub starts: u32,
    /// The IDENTIFYs that the gateway received.
    pub identifies: u64,
    /// Those that were too soon after another one ([P11](gloaming::protocol::rules#p11)).
    pub too_soon: usize,
    /// Those beyond the daily limit ([P12](gloaming::protocol::rules#p12)).
    pub beyond_the_limit: usize,
    /// Other violations.
    pub others: Vec<String>,
    /// The identifies that the ledger counts at the end.
    pub recorded: usize,
}

impl SharedLedgerReport {
    /// Returns whether no rule was violated.
    #[must_use]
    pub const fn passed(&self) -> bool {
        self.too_soon == 0 && self.beyond_the_limit == 0 && self.others.is_empty()
    }
}

impl fmt::Display for SharedLedgerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} starts, {} identifies, {} recorded: P11 {}, P12 {}",
            self.starts, self.identifies, self.recorded, self.too_soon, self.beyond_the_limit
        )?;
        self.others
            .iter()
            .try_for_each(|other| write!(f, "\n{other}"))
    }
}

/// Runs the plan. `program` is the program `shared-ledger`.
///
/// # Errors
///
/// Returns an error if the emulator or a process can't be started.
pub async fn run_shared_ledger(
    program: &Path,
    plan: &SharedLedgerPlan,
) -> io::Result<SharedLedgerReport> {
    let folder = Folder::new(plan.seed)?;
    let ledger = folder.0.join("identifies.json");
    let emulator = Emulator::builder()
        .shards(plan.shards)
        .guilds(plan.shards)
        .max_concurrency(plan.max_concurrency.into())
        .session_starts(plan.limit, plan.limit)
        .events_per_second(0.0)
        .start()
        .await?;
    let mut random = Random::new(plan.seed);
    let mut starts = 0;
    let mut start = |random: &mut Random| {
        starts += 1;
        let child = spawn(
            program,
            plan,
            emulator.url(),
            &ledger,
            random.pick(&CLOCK_STEPS),
        )?;
        let (shortest, longest) = plan.lifetime;
        io::Result::Ok((clock::now() + random.millis(shortest, longest), child))
    };
    let until = clock::now() + plan.duration;
    let mut running = Vec::new();
    for _ in 0..plan.processes {
        running.push(start(&mut random)?);
    }
    while clock::now() < until {
        sleep(Duration::from_millis(5)).await;
        for (killed_at, child) in &mut running {
            if clock::now() >= *killed_at {
                child.kill().await?;
                (*killed_at, *child) = start(&mut random)?;
            }
        }
    }
    for (_, mut child) in running {
        child.kill().await?;
    }
    let state = FileLedger::new(&ledger).load().map_err(io::Error::other)?;
    let mut report = SharedLedgerReport {
        starts,
        identifies: emulator.stats().identifies,
        recorded: state.spent().len(),
        ..SharedLedgerReport::default()
    };
    for violation in emulator.violations() {
        match violation.rule {
            "P11" => report.too_soon += 1,
            "P12" => report.beyond_the_limit += 1,
            _ => report.others.push(violation.to_string()),
        }
    }
    emulator.shutdown().await;
    Ok(report)
}

fn spawn(
    program: &Path,
    plan: &SharedLedgerPlan,
    url: &str,
    ledger: &Path,
    step: i64,
) -> io::Result<Child> {
    Command::new(program)
        .arg("process")
        .args([url, &ledger.display().to_string(), &step.to_string()])
        .arg(plan.shards.to_string())
        .arg(plan.max_concurrency.to_string())
        .arg(plan.limit.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

/// Runs the shards of one process, until it is killed. `arguments` are those that [`run_shared_ledger`] passes.
///
/// # Errors
///
/// Returns an error if the arguments are not those, or if the ledger can't be used.
pub async fn run_process(arguments: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let [url, ledger, step, shards, max_concurrency, limit] = arguments else {
        return Err("the arguments of a process are six".into());
    };
    let (step, shards, limit) = (step.parse()?, shards.parse::<u32>()?, limit.parse()?);
    let settings = QueueSettings {
        max_concurrency: max_concurrency.parse::<NonZeroU16>()?,
        remaining: limit,
        total: limit,
        reserve: 0,
        ..QueueSettings::default()
    };
    let ledger = FileLedger::new(ledger).with_clock(move || stepped(ClockReading::now(), step));
    let queue = InMemoryQueue::with_ledger(settings, ledger)?;
    let (cluster, mut events) = Cluster::builder(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
        .shard_scheme(ShardScheme::try_from((.., shards))?)
        .gateway_url(url)
        .queue(queue)
        .build()
        .await?;
    cluster.up().await;
    while events.next().await.is_some() {}
    Ok(())
}

fn stepped(now: ClockReading, step: i64) -> ClockReading {
    let wall = now.wall.as_millis().saturating_add_signed(step);
    ClockReading {
        wall: Timestamp::from_millis(wall),
        ..now
    }
}

/// A folder that is removed when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(seed: u64) -> io::Result<Self> {
        let name = format!("gloaming-shared-ledger-{}-{seed}", std::process::id());
        let folder = env::temp_dir().join(name);
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A temporary folder may remain if it can't be removed.
        _ = fs::remove_dir_all(&self.0);
    }
}
