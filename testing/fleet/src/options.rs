//! The command line.

use crate::Result;
use std::{path::PathBuf, str::FromStr, time::Duration};

pub(crate) const HELP: &str =
    "Kills, stops, replaces and multiplies the nodes of a fleet while events arrive

Options:
  --node FILE   the program of a node (gloaming-node beside this program)
  --engine E    local, or nats or redis, whose server this starts (local)
  --only S      kill, stop, deploy or scale; with a server also partition, restart or
                rollback (all)
  --events E    stdout, or nats, from which workers take them (that of the engine)
  --rate N      how many events the gateway sends per second (5000)
  --shards N    the number of shards (16)
  --stop N      for how many seconds a node is stopped (60)
  --quick       500 events/s, and a stop of 15 s
  --keep        keeps the folder with the logs of the nodes";

/// More would not fit into the memory of the emulator's sessions.
const MAX_RATE: u64 = 50_000;

/// What is done with the nodes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scenario {
    /// SIGKILL of a node.
    Kill,
    /// SIGSTOP of a node, and SIGCONT later.
    Stop,
    /// Each node is replaced, one after the other.
    Deploy,
    /// From 3 nodes to 5, and to 2.
    Scale,
    /// The network between a node and the server of the engine is cut.
    Partition,
    /// The server of the engine is killed, and started again.
    Restart,
    /// The server of the engine comes back without its last seconds.
    Rollback,
}

/// What the nodes share.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EngineChoice {
    Local,
    Nats,
    Redis,
}

impl EngineChoice {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Nats => "nats",
            Self::Redis => "redis",
        }
    }

    /// Returns what can be done with such a fleet.
    const fn scenarios(self) -> &'static [Scenario] {
        match self {
            Self::Local => &Scenario::OF_NODES,
            Self::Nats | Self::Redis => &Scenario::ALL,
        }
    }
}

/// How events reach those who handle them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EventsChoice {
    /// By the standard output of the nodes.
    Stdout,
    /// By the stream of the bot, and workers that acknowledge them.
    Nats,
}

impl EventsChoice {
    /// The name in the configuration of a node.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Nats => "nats",
        }
    }
}

impl FromStr for EventsChoice {
    type Err = ();

    fn from_str(name: &str) -> std::result::Result<Self, ()> {
        let found = [Self::Stdout, Self::Nats].into_iter();
        found.into_iter().find(|it| it.name() == name).ok_or(())
    }
}

impl FromStr for EngineChoice {
    type Err = ();

    fn from_str(name: &str) -> std::result::Result<Self, ()> {
        let found = [Self::Local, Self::Nats, Self::Redis].into_iter();
        found.into_iter().find(|it| it.name() == name).ok_or(())
    }
}

impl Scenario {
    const OF_NODES: [Self; 4] = [Self::Kill, Self::Stop, Self::Deploy, Self::Scale];

    const ALL: [Self; 7] = [
        Self::Kill,
        Self::Stop,
        Self::Deploy,
        Self::Scale,
        Self::Partition,
        Self::Restart,
        Self::Rollback,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Stop => "stop",
            Self::Deploy => "deploy",
            Self::Scale => "scale",
            Self::Partition => "partition",
            Self::Restart => "restart",
            Self::Rollback => "rollback",
        }
    }
}

impl FromStr for Scenario {
    type Err = ();

    fn from_str(name: &str) -> std::result::Result<Self, ()> {
        let found = Self::ALL.into_iter().find(|it| it.name() == name);
        found.ok_or(())
    }
}

/// What becomes of the folder with the logs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Logs {
    /// They are kept if a promise was broken.
    OnFailure,
    Kept,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Options {
    pub(crate) node: Option<PathBuf>,
    pub(crate) engine: EngineChoice,
    pub(crate) events: EventsChoice,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) rate: u64,
    pub(crate) shards: u32,
    pub(crate) stop: Duration,
    pub(crate) logs: Logs,
}

impl Options {
    /// Returns `None` if help is asked for.
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let mut options = Self {
            node: None,
            engine: EngineChoice::Local,
            events: EventsChoice::Stdout,
            scenarios: Vec::new(),
            rate: 5_000,
            shards: 16,
            stop: Duration::from_secs(60),
            logs: Logs::OnFailure,
        };
        let mut events = None;
        while let Some(name) = args.next() {
            let mut value = || args.next();
            match name.as_str() {
                "-h" | "--help" => return Ok(None),
                "--quick" => {
                    options.rate = 500;
                    options.stop = Duration::from_secs(15);
                }
                "--keep" => options.logs = Logs::Kept,
                "--node" => options.node = Some(parsed(&name, value())?),
                "--engine" => options.engine = parsed(&name, value())?,
                "--events" => events = Some(parsed(&name, value())?),
                "--only" => options.scenarios = vec![parsed(&name, value())?],
                "--rate" => options.rate = parsed(&name, value())?,
                "--shards" => options.shards = parsed(&name, value())?,
                "--stop" => options.stop = Duration::from_secs(parsed(&name, value())?),
                _ => return Err(format!("unknown option `{name}`").into()),
            }
        }
        options.events = events.unwrap_or(match options.engine {
            EngineChoice::Local | EngineChoice::Redis => EventsChoice::Stdout,
            EngineChoice::Nats => EventsChoice::Nats,
        });
        if options.events == EventsChoice::Nats && options.engine != EngineChoice::Nats {
            return Err("--events nats needs --engine nats".into());
        }
        let possible = options.engine.scenarios();
        if options.scenarios.is_empty() {
            options.scenarios = possible.to_vec();
        }
        if let Some(other) = options.scenarios.iter().find(|it| !possible.contains(it)) {
            let (scenario, engine) = (other.name(), options.engine.name());
            return Err(format!("there is no scenario {scenario} with --engine {engine}").into());
        }
        if !(1..=MAX_RATE).contains(&options.rate) {
            return Err(format!("--rate must be from 1 to {MAX_RATE}").into());
        }
        if !(5..=256).contains(&options.shards) {
            return Err("--shards must be from 5 to 256, so that each of 5 nodes has one".into());
        }
        if !(10..=3600).contains(&options.stop.as_secs()) {
            return Err("--stop must be from 10 to 3600, so that the others notice it".into());
        }
        Ok(Some(options))
    }
}

fn parsed<T: FromStr>(name: &str, value: Option<String>) -> Result<T> {
    let value = value.ok_or_else(|| format!("{name} needs a value"))?;
    let parsed = value.parse();
    parsed.map_err(|_| format!("`{value}` is no value for {name}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Option<Options>> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_have_defaults() {
        let options = read("").unwrap().unwrap();
        assert_eq!(options.scenarios, Scenario::OF_NODES);
        let nats = read("--engine nats").unwrap().unwrap();
        assert_eq!(nats.scenarios, Scenario::ALL);
        assert_eq!(nats.events, EventsChoice::Nats);
        let piped = read("--events stdout --engine nats").unwrap().unwrap();
        assert_eq!(piped.events, EventsChoice::Stdout);
        let redis = read("--engine redis").unwrap().unwrap();
        assert_eq!(redis.scenarios, Scenario::ALL);
        assert_eq!(redis.events, EventsChoice::Stdout);
        assert_eq!((options.rate, options.shards), (5_000, 16));
        let options = read("--quick --only stop --rate 9").unwrap().unwrap();
        assert_eq!(options.scenarios, [Scenario::Stop]);
        assert_eq!((options.rate, options.stop.as_secs()), (9, 15));
        assert_eq!(read("--help").unwrap(), None);
    }

    #[test]
    fn invalid_options_are_reported() {
        for (line, expected) in [
            ("--rate 0", "--rate must be from 1 to 50000"),
            ("--shards 4", "--shards must be from 5"),
            ("--stop 5", "--stop must be from 10"),
            ("--only sleep", "`sleep` is no value for --only"),
            ("--engine files", "`files` is no value for --engine"),
            (
                "--only restart",
                "there is no scenario restart with --engine local",
            ),
            ("--events nats", "--events nats needs --engine nats"),
            ("--node", "--node needs a value"),
            ("--speed 3", "unknown option `--speed`"),
        ] {
            let error = read(line).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
