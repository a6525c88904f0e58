//! The command line.

use std::path::PathBuf;

/// The help.
pub(crate) const HELP: &str = "\
Measures what receiving costs, beside other clients.

Usage: gloaming-bench [OPTION...]

  --quick           fewer events and rounds
  --only TEXT       only rows whose name contains it
  --instructions    count instructions and allocations per event as well, with valgrind
  --no-cpu          do not measure CPU time
  --memory          measure the memory per shard, and the time until 1,000 shards are ready, as well
  --cores           measure the events per second on one core and on two as well
  --scale           count the instructions per event of 1 to 1,000 shards as well, with valgrind
  --paced           measure the delay of events that come at a steady rate as well
  --peers FILE      also show what other libraries cost, which `gloaming-clients --cost` has written
  --json FILE       write the figures
  --write FOLDER    write BENCHMARKS.md and the charts
  --check FILE      fail if gloaming's instructions or allocations are more than 3 % above those in this
                    file, which --json has written
  --help            show this help

Each client is a process of its own. The clients of a row take turns, so that all of them meet the same
conditions. CPU time is that of the client's process; the server's does not count.";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Run(Options),
}

/// What to measure, and where to write it.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) only: Option<String>,
    pub(crate) instructions: bool,
    pub(crate) without_cpu: bool,
    pub(crate) memory: bool,
    pub(crate) cores: bool,
    pub(crate) scale: bool,
    pub(crate) paced: bool,
    pub(crate) peers: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) write: Option<PathBuf>,
    pub(crate) check: Option<PathBuf>,
}

impl Options {
    /// The number of events of a measurement of CPU time.
    pub(crate) const fn events(&self) -> u64 {
        if self.quick { 10_000 } else { 60_000 }
    }

    /// How often each client is measured.
    pub(crate) const fn rounds(&self) -> u32 {
        if self.quick { 3 } else { 7 }
    }

    /// How often the delays of each client are measured, which vary more than CPU time.
    pub(crate) const fn paced_rounds(&self) -> u32 {
        if self.quick { 1 } else { 9 }
    }

    /// The number of events of a measurement of delays.
    pub(crate) const fn paced_events(&self) -> u64 {
        if self.quick { 2_000 } else { 5_000 }
    }

    pub(crate) fn selects(&self, row: &str) -> bool {
        self.only.as_deref().is_none_or(|only| row.contains(only))
    }
}

pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut options = Options::default();
    let mut arguments = arguments.into_iter();
    while let Some(name) = arguments.next() {
        let mut value = || {
            let value = arguments.next();
            value.ok_or_else(|| format!("{name} needs a value"))
        };
        match &*name {
            "--help" | "-h" => return Ok(Command::Help),
            "--quick" => options.quick = true,
            "--only" => options.only = Some(value()?),
            "--instructions" => options.instructions = true,
            "--no-cpu" => options.without_cpu = true,
            "--memory" => options.memory = true,
            "--cores" => options.cores = true,
            "--scale" => options.scale = true,
            "--paced" => options.paced = true,
            "--peers" => options.peers = Some(value()?.into()),
            "--json" => options.json = Some(value()?.into()),
            "--write" => options.write = Some(value()?.into()),
            "--check" => options.check = Some(value()?.into()),
            _ => return Err(format!("unknown option {name}")),
        }
    }
    Ok(Command::Run(options))
}
