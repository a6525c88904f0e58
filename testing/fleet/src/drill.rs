//! A run: the gateway, three nodes, and what is done with them.

use crate::{
    Result, clock,
    commands::{CommandRecord, Commanders},
    engine::Engine,
    fleet::Fleet,
    folder::Folder,
    line::NUMBERED,
    node::Program,
    options::{EventsChoice, Logs, Options, Scenario},
    record::SharedRecord,
    report::{Counted, Report},
    scenarios,
    usage::CpuTimes,
    watcher::Watcher,
    workers::Workers,
};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Selector};
use gloaming_test_support::Publisher;
use serde_json::json;
use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};
use tokio::time::sleep;

const NODES: usize = 3;

/// For how long a session keeps its events, of those that its shard may have: longer than any node is gone.
const REPLAYED: u64 = 90;

/// How long no event may be handled until those that are missing count as lost.
const LAST_EVENTS: Duration = Duration::from_secs(30);

const POLL: Duration = Duration::from_millis(50);

/// What the scenarios act on.
pub(crate) struct World {
    // The nodes end before the engine.
    pub(crate) fleet: Fleet,
    pub(crate) engine: Engine,
    pub(crate) watcher: Watcher,
    pub(crate) shards: u32,
    emulator: Arc<Emulator>,
    record: SharedRecord,
    /// The violations that were reported before.
    violations: usize,
    workers: Option<Workers>,
    commands: CommandRecord,
}

pub(crate) async fn run(options: &Options) -> Result<ExitCode> {
    let mut folder = Folder::new()?;
    if options.logs == Logs::Kept {
        folder.keep();
    }
    let ended = play(options, &folder).await;
    if !matches!(ended, Ok(0)) {
        folder.keep();
        println!("the logs of the nodes are in {}", folder.path().display());
    }
    Ok(match ended? {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Plays all scenarios, and returns the number of faults.
async fn play(options: &Options, folder: &Folder) -> Result<usize> {
    let mut world = World::start(options, folder.path()).await?;
    let mut faults = 0;
    for scenario in &options.scenarios {
        let report = world.play(options, *scenario).await?;
        println!("{report}");
        faults += report.faults().len();
    }
    world.fleet.end().await?;
    Ok(faults)
}

impl World {
    async fn start(options: &Options, folder: &Path) -> Result<Self> {
        let began = clock::now();
        let per_shard = options.rate / u64::from(options.shards) + 1;
        let emulator = Emulator::builder()
            .token(DEFAULT_TOKEN)
            .shards(options.shards)
            .guilds(options.shards * 2)
            .max_concurrency(16)
            .replay_buffer(usize::try_from(per_shard * REPLAYED)? + 1_000)
            .session_lifetime(Duration::from_secs(60 * 60))
            .start()
            .await?;
        let engine = Engine::start(options.engine, folder)?;
        let program = Program {
            path: program(options)?,
            events: options.events.name(),
            gateway_url: emulator.url().to_owned(),
            api_url: emulator.rest_url().to_owned(),
            token: DEFAULT_TOKEN.to_owned(),
            logs: folder.to_owned(),
        };
        let record = SharedRecord::default();
        let emulator = Arc::new(emulator);
        let mut world = Self {
            fleet: Fleet::new(program, record.clone()),
            engine,
            watcher: Watcher::start(Arc::clone(&emulator)),
            shards: options.shards,
            emulator,
            record,
            violations: 0,
            workers: None,
            commands: CommandRecord::default(),
        };
        if let (EventsChoice::Nats, Some(server)) = (options.events, world.engine.server()) {
            let workers = Workers::start(&server, world.shards, &world.record, &world.commands);
            world.workers = Some(workers.await?);
        }
        for _ in 0..NODES {
            world.fleet.start(&world.engine).await?;
        }
        world.fleet.settled(options.shards, 1).await?;
        let identifies = world.emulator.stats().identifies;
        println!(
            "start: engine {}, events {}, {NODES} nodes, {} shards, {} events/s, IDENTIFYs {identifies}, {:.1} s",
            options.engine.name(),
            options.events.name(),
            options.shards,
            options.rate,
            clock::now().saturating_duration_since(began).as_secs_f64(),
        );
        if identifies != u64::from(options.shards) {
            return Err("not each shard identified once".into());
        }
        Ok(world)
    }

    async fn play(&mut self, options: &Options, scenario: Scenario) -> Result<Report> {
        // So that no move of the scenario before is under way in one that must not disconnect anything.
        let least = match scenario {
            Scenario::Restart | Scenario::Rollback => {
                self.shards as usize / self.fleet.numbers().len().max(1)
            }
            _ => 0,
        };
        self.fleet.settled(self.shards, least).await?;
        let began = clock::now();
        let before = self.emulator.stats();
        self.watcher.take();
        let cpu = CpuTimes::of(&self.processes());
        let publisher = self.publish(options.rate);
        let commanders = match (self.engine.server(), &self.workers) {
            (Some(server), Some(_)) => {
                let starting = Commanders::start(&server, &self.emulator, &self.commands);
                Some(starting.await?)
            }
            _ => None,
        };
        let actions = scenarios::play(self, options, scenario).await?;
        if let Some(commanders) = commanders {
            commanders.stop().await?;
        }
        publisher.stop().await?;
        self.all_handled().await;
        let mut violations = self.emulator.violations();
        let new = violations.split_off(self.violations);
        self.violations += new.len();
        let (of_limits, others): (Vec<_>, Vec<_>) = new
            .into_iter()
            .partition(|it| matches!(it.rule, "P11" | "P12"));
        let took = clock::now().saturating_duration_since(began);
        Ok(Report {
            scenario,
            events: options.events,
            actions,
            findings: self.record.take().finish(),
            counted: Counted::between(&before, &self.emulator.stats()),
            watched: self.watcher.take(),
            limit_violations: of_limits.len(),
            other_violations: others.iter().map(ToString::to_string).collect(),
            commands: self.commands.take(),
            usage: cpu.usage(&self.processes(), took),
            took,
        })
    }

    /// Returns the names and ids of the nodes' processes, and of the server.
    fn processes(&self) -> Vec<(String, u32)> {
        let mut processes = self.fleet.processes();
        processes.extend(self.engine.process());
        processes
    }

    /// Sends numbered events to one shard after the other.
    fn publish(&self, rate: u64) -> Publisher {
        let (emulator, record, shards) =
            (Arc::clone(&self.emulator), self.record.clone(), self.shards);
        Publisher::start(rate, move |count| {
            let shard = u32::try_from(count % u64::from(shards)).unwrap_or_default();
            let number = record.lock().sent(clock::now(), shard);
            let data = json!({"guild_id": "1", "channel_id": number.to_string()});
            let sessions = emulator.dispatch(Selector::Shard(shard), NUMBERED, data);
            if sessions != 1 {
                let fault = format!("event {number} was sent to {sessions} sessions");
                record.lock().fault(fault);
            }
        })
    }

    /// Waits until all events were handled, or no more of them are.
    async fn all_handled(&self) {
        let mut deadline = clock::now() + LAST_EVENTS;
        let mut last = 0;
        loop {
            let (sent, handled) = self.record.lock().counts();
            if handled > last {
                (last, deadline) = (handled, clock::now() + LAST_EVENTS);
            }
            if handled == sent as u64 || deadline <= clock::now() {
                return;
            }
            sleep(POLL).await;
        }
    }
}

/// Returns the path of the program of a node, which is built beside this one.
fn program(options: &Options) -> Result<PathBuf> {
    if let Some(path) = &options.node {
        return Ok(path.clone());
    }
    let path = env::current_exe()?.with_file_name("gloaming-node");
    match path.exists() {
        true => Ok(path),
        false => Err(format!(
            "{} is missing; build gloaming-node, or name it with --node",
            path.display()
        )
        .into()),
    }
}
