//! What receiving an event costs each library, in CPU time of its process.

use std::{
    env::consts::EXE_SUFFIX,
    fs::{self, File},
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde::Serialize;
use serde_json::Value;

use crate::{
    client::Client,
    cpu,
    emulator::{Emulator, TOKEN},
    folders::Folders,
    install::{self, Availability, venv_python},
    process::Process,
};

/// All documented intents.
const INTENTS: &str = "53608447";

/// The numbers of events of the two runs. The difference leaves out what starting costs.
const EVENTS: [u32; 2] = [10_000, 40_000];

/// Each library is measured this often.
const ROUNDS: usize = 5;

/// Interpreters take about 100 µs per event.
const TIMEOUT: Duration = Duration::from_secs(300);

/// A close code after which no library reconnects.
const FATAL_CLOSE: &str = "4014";

/// The libraries, each with the best compression that it has without optional packages.
const CONTENDERS: [Contender; 6] = [
    Contender::Firehose("gloaming-firehose", "gloaming"),
    Contender::Firehose("gloaming-bench-twilight-zlib", "twilight-gateway"),
    Contender::Library(Client::Serenity, "payload"),
    Contender::Library(Client::DiscordJsWs, "zlib-stream"),
    Contender::Library(Client::DiscordJs, "none"),
    Contender::Library(Client::DiscordPy, "zlib-stream"),
];

#[derive(Clone, Copy, Debug)]
enum Contender {
    /// A program of the benchmark that uses the library of the second name.
    Firehose(&'static str, &'static str),
    /// The program `cost` of a client, and the compression that it uses.
    Library(Client, &'static str),
}

/// What one library costs.
#[derive(Debug, Serialize)]
pub(crate) struct Cost {
    library: &'static str,
    version: String,
    compression: &'static str,
    /// The median of the rounds, the smallest and the largest.
    cpu_ns_per_event: [f64; 3],
}

/// Measures the libraries that are available in turns, and returns what each costs.
///
/// # Errors
///
/// A program fails, or does not end.
pub(crate) fn measure(folders: &Folders) -> Result<Vec<Cost>, String> {
    let mut available = Vec::new();
    for contender in CONTENDERS {
        match contender.set_up(folders)? {
            Availability::Available => available.push((contender, Vec::new(), String::new())),
            Availability::Unavailable(reason) => {
                println!("{} is skipped: {reason}", contender.name());
            }
        }
    }
    for round in 1..=ROUNDS {
        println!("round {round} of {ROUNDS}");
        for (contender, costs, version) in &mut available {
            let [few, many] = EVENTS.map(|events| contender.run(folders, events));
            let (few, many) = (few?, many?);
            let difference = many.cpu.saturating_sub(few.cpu).as_nanos() as f64;
            costs.push(difference / f64::from(EVENTS[1] - EVENTS[0]));
            *version = many.version;
        }
    }
    let costs = available
        .into_iter()
        .map(|(contender, mut costs, version)| {
            costs.sort_by(f64::total_cmp);
            Cost {
                library: contender.name(),
                version,
                compression: contender.compression(),
                cpu_ns_per_event: [costs[costs.len() / 2], costs[0], costs[costs.len() - 1]],
            }
        });
    Ok(costs.collect())
}

/// Returns a table, with the ratio to gloaming's cost.
pub(crate) fn table(costs: &[Cost]) -> String {
    let first = costs.first().map_or(1.0, |cost| cost.cpu_ns_per_event[0]);
    let lines = costs.iter().map(|cost| {
        let [median, min, max] = cost.cpu_ns_per_event.map(|ns| ns / 1000.0);
        format!(
            "{:17} {:8} {:12} {median:7.1} µs of CPU per event ({min:.1} to {max:.1}), {:5.1} times gloaming's\n",
            cost.library,
            cost.version,
            cost.compression,
            cost.cpu_ns_per_event[0] / first,
        )
    });
    lines.collect()
}

/// Writes the costs to a file.
pub(crate) fn write(costs: &[Cost], file: &Path) -> Result<(), String> {
    let text = serde_json::to_string_pretty(costs).map_err(|error| error.to_string())?;
    fs::write(file, text + "\n").map_err(|error| format!("{}: {error}", file.display()))
}

/// A run of one program.
struct Run {
    cpu: Duration,
    version: String,
}

impl Contender {
    const fn name(self) -> &'static str {
        match self {
            Self::Firehose(_, library) => library,
            Self::Library(client, _) => client.package(),
        }
    }

    const fn compression(self) -> &'static str {
        match self {
            Self::Firehose(..) => "zlib-stream",
            Self::Library(_, compression) => compression,
        }
    }

    fn set_up(self, folders: &Folders) -> Result<Availability, String> {
        match self {
            Self::Firehose(..) => Ok(Availability::Available),
            Self::Library(client, _) => install::set_up_for_cost(client, folders),
        }
    }

    /// Receives `events` events and the GUILD_CREATEs.
    fn run(self, folders: &Folders, events: u32) -> Result<Run, String> {
        let flood = events.to_string();
        let options = ["--quiet", "--seed", "7", "--flood", &flood];
        let close = ["--flood-close", FATAL_CLOSE];
        let emulator = Emulator::start(&folders.built, &[&options[..], &close].concat())?;
        let log = folders.log_of(&format!("cost-{}", self.name().replace('/', "-")));
        let mut command = self.command(folders, emulator.setting("ws")?, events);
        command
            .env("API", format!("{}/api", emulator.setting("rest")?))
            .env("GATEWAY", emulator.setting("ws")?)
            .env("TOKEN", TOKEN)
            .env("COMPRESSION", self.compression())
            .env("INTENTS", INTENTS)
            .env("SHARD_TOTAL", "1");
        let run = run(&mut command, &log)
            .map_err(|error| format!("{}: {error}; see {}", self.name(), log.display()))?;
        // Also counts READY and the GUILD_CREATEs.
        let dispatched = emulator.counter("dispatches")?;
        if dispatched < u64::from(events) {
            return Err(format!("{} was sent only {dispatched} events", self.name()));
        }
        Ok(run)
    }

    fn command(self, folders: &Folders, gateway: &str, events: u32) -> Command {
        let client = match self {
            Self::Firehose(program, _) => {
                let program = folders.built.join(format!("{program}{EXE_SUFFIX}"));
                let mut command = Command::new(program);
                command
                    .args(["--url", gateway, "--token", TOKEN, "--mode", "typed"])
                    .args(["--compress", "zlib", "--sent", &events.to_string()]);
                return command;
            }
            Self::Library(client, _) => client,
        };
        let work = folders.work(client);
        let mut command = match client {
            Client::Serenity => Command::new(install::cost_program(&work)),
            Client::DiscordPy => {
                let mut python = Command::new(venv_python(&work));
                python.arg("cost.py");
                python
            }
            _ => {
                let mut node = Command::new("node");
                node.arg("cost.mjs");
                node
            }
        };
        command.current_dir(work);
        command
    }
}

/// Runs a program to its end. It prints its library's version in a JSON object on a line of its own.
fn run(command: &mut Command, log: &Path) -> Result<Run, String> {
    let with_path = |error| format!("{}: {error}", log.display());
    let stdout = File::create(log).map_err(with_path)?;
    let mut stderr = stdout.try_clone().map_err(with_path)?;
    writeln!(stderr, "$ {}", command.get_program().display()).map_err(with_path)?;
    command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
    let before = cpu::of_ended_children()?;
    let status = Process::start(command)?.wait(TIMEOUT)?;
    let cpu = cpu::of_ended_children()?.saturating_sub(before);
    if !status.success() {
        return Err(format!("exited with {status}"));
    }
    let output = fs::read_to_string(log).map_err(with_path)?;
    let version = output.lines().find_map(|line| {
        let report: Value = serde_json::from_str(line).ok()?;
        Some(report["version"].as_str()?.to_owned())
    });
    Ok(Run {
        cpu,
        version: version.ok_or("no version was printed")?,
    })
}
