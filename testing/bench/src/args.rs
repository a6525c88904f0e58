//! The command line of a measured program.

use std::{num::NonZero, str::FromStr, time::Duration};

use gloaming::{Intents, JsonParser, tls::TlsBackend};
use gloaming_emulator::DEFAULT_TOKEN;
use gloaming_protocol::{Compression, Inflater};

const HELP: &str = "\
  idle      many shards: the cost of keeping them
  parallel  every event, typed, of many shards at once, in the threads that --threads names

  --compress HOW   none, payload, zlib or zstd (none)
  --inflater NAME  what inflates streams: built-in, flate2 or libzstd (built-in; of gloaming only)
  --parser NAME    what parses typed events: serde or simd (serde; of gloaming only)
  --tls NAME       the TLS of wss:// URLs: rustls or native (rustls; of gloaming only)
  --sent N         all modes but idle and parallel: the number of events that the server sends, by which the cost is
                   divided
  --shards N       idle, parallel: the number of shards, in one process and without an identify queue (1)
  --events N       idle: the number of events that each shard receives before it is held (0);
                   parallel: the number of events after READY that each shard receives
  --threads HOW    parallel: one, or two, each for the tasks of all shards; or cluster, for two threads
                   of a cluster, whose events another thread takes (one)
  --hold S         idle: seconds to hold them after the last of these events (10)
  --timed on       all modes but idle: also record when each event arrives (off)
  --intents BITS   the intents, as a number (all)
  --token TOKEN    the bot's token (the emulator's)
  --help           show this help

All figures but memory are of a window, which opens at READY and closes at the server's close frame
(idle: opens once each shard has READY and its events, and closes --hold seconds later). It contains the
GUILD_CREATEs, but not READY. If the connection ends in any other way, the result is an error and not a
measurement.

  peer, version, build     what was measured; only build \"release\" is meaningful
  mode, compress, sent     as given
  events                   events received in the form of the mode
  errors                   events that did not match their type
  bytes, wire_bytes        bytes of all messages received, after and before inflating (null if the
                           client does not count them)
  user_s, sys_s, cpu_s     CPU seconds of this process: in user mode, in the kernel, and in total; on
                           Linux the total is exact, while the parts may be sampled
  wall_s                   seconds; if far above cpu_s, the server was the bottleneck
  ns_per_event             cpu_s in nanoseconds, divided by sent
  rss_peak_kib, rss_kib    resident memory: its peak (VmHWM), and at the end of the window (VmRSS)
  by_type                  events by name
  arrivals_ns              --timed: when each event arrived, on the monotonic clock of the machine
  ready_wall_s             idle: seconds from the first connection to the opening of the window
  rss_before_kib           idle: resident memory before the first shard
  rss_held_kib             idle: resident memory at the end of the window

Values that the operating system does not provide are null. In idle mode the server must allow all
identifies at once, as gloaming-emulator does with --max-concurrency N.";

/// What the command line asks for.
#[derive(Debug)]
pub enum Command {
    /// Print the help.
    Help,
    /// Measure.
    Run(Options),
}

/// The options of a measurement.
#[derive(Debug)]
pub struct Options {
    /// The server, without a query.
    pub url: String,
    /// The bot's token.
    pub token: String,
    /// The intents of the IDENTIFY.
    pub intents: Intents,
    /// What the client asks the server for.
    pub compression: Compression,
    /// What inflates zlib-stream, in clients that have a choice.
    pub inflater: Inflater,
    /// What parses typed events, in clients that have a choice.
    pub parser: JsonParser,
    /// What encrypts, in clients that have a choice.
    pub tls: TlsBackend,
    /// What to measure.
    pub mode: Mode,
    /// Whether to record when each event arrives.
    pub is_timed: bool,
}

/// What to measure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Receiving, until the server closes the connection.
    Receive {
        /// The form of the events.
        how: How,
        /// The number of events that the server sends.
        sent: NonZero<u64>,
    },
    /// Keeping shards.
    Idle {
        /// The number of shards.
        shards: NonZero<u32>,
        /// The number of events that each of them receives first.
        events: u64,
        /// How long they are held after that.
        hold: Duration,
    },
    /// Receiving with many shards at once, until each has its events.
    Parallel {
        /// The number of shards.
        shards: NonZero<u32>,
        /// The number of events that each of them receives after READY.
        events: u64,
        /// Where they receive.
        threads: Threads,
    },
}

/// The threads in which many shards receive.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Threads {
    /// A current-thread runtime, with a task per shard.
    #[default]
    One,
    /// A runtime with two workers, with a task per shard.
    Two,
    /// A cluster with two threads of its own. The thread of the program takes the events.
    Cluster,
}

/// The form in which events are received.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum How {
    /// Every payload, owned.
    Raw,
    /// Every payload, without a copy.
    Borrowed,
    /// A few values of every event, through its view.
    Views,
    /// Typed MESSAGE_CREATE events; others are skipped.
    Filter,
    /// Every event, typed.
    Typed,
    /// Every event, typed, through a cluster of one shard in a thread of its own.
    Cluster,
    /// The same in the runtime of the program.
    ClusterCurrent,
    /// Frames are read and decompressed, and nothing else.
    Floor,
}

impl How {
    /// The name on the command line and in the report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Borrowed => "borrowed",
            Self::Views => "views",
            Self::Filter => "filter",
            Self::Typed => "typed",
            Self::Cluster => "cluster",
            Self::ClusterCurrent => "cluster-current",
            Self::Floor => "floor",
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::Raw => "every payload, owned",
            Self::Borrowed => "every payload, without a copy",
            Self::Views => "a few values of every event, read through its view",
            Self::Filter => "typed MESSAGE_CREATE events; others are skipped",
            Self::Typed => "every event, typed",
            Self::Cluster => {
                "every event, typed, through a cluster of one shard in a thread of its own"
            }
            Self::ClusterCurrent => "the same in the runtime of the program",
            Self::Floor => "frames are read and decompressed, and nothing else",
        }
    }
}

/// Returns the name of a compression on the command line and in the report.
#[must_use]
pub const fn compression_name(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "none",
        Compression::Payload => "payload",
        Compression::ZlibStream => "zlib",
        Compression::ZstdStream => "zstd",
    }
}

/// Returns the compression of a name on the command line.
#[must_use]
pub fn compression_of(name: &str) -> Option<Compression> {
    Compression::ALL
        .into_iter()
        .find(|compression| compression_name(*compression) == name)
}

pub(crate) fn help(program: &str, modes: &[How]) -> String {
    let mut help = format!(
        "Measures what receiving from a gateway costs, and prints one line of JSON.\n\n\
         Usage: {program} --url URL --mode MODE [OPTION...]\n\n  \
         --url URL        ws://HOST:PORT/ANY/PATH or wss://; the path is kept before the query\n\n\
         Modes:\n"
    );
    for how in modes {
        help.push_str(&format!("  {:9} {}\n", how.name(), how.meaning()));
    }
    help + HELP
}

/// Parses the arguments, without the program's name, of a program that has these modes and `idle`.
///
/// # Errors
///
/// Returns the mistake as a sentence.
pub fn parse(
    modes: &[How],
    arguments: impl IntoIterator<Item = String>,
) -> Result<Command, String> {
    let mut given = Given::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--help" || argument == "-h" {
            return Ok(Command::Help);
        }
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        let value_of = given
            .value_of(name)
            .ok_or_else(|| format!("unknown option {name}"))?;
        let value = value.or_else(|| arguments.next());
        *value_of = Some(value.ok_or_else(|| format!("{name} needs a value"))?);
    }
    given.options(modes).map(Command::Run)
}

/// The values as they were given.
#[derive(Default)]
struct Given {
    url: Option<String>,
    mode: Option<String>,
    compress: Option<String>,
    inflater: Option<String>,
    parser: Option<String>,
    tls: Option<String>,
    sent: Option<String>,
    shards: Option<String>,
    events: Option<String>,
    hold: Option<String>,
    threads: Option<String>,
    timed: Option<String>,
    intents: Option<String>,
    token: Option<String>,
}

impl Given {
    fn value_of(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "--url" => &mut self.url,
            "--mode" => &mut self.mode,
            "--compress" => &mut self.compress,
            "--inflater" => &mut self.inflater,
            "--parser" => &mut self.parser,
            "--tls" => &mut self.tls,
            "--sent" => &mut self.sent,
            "--shards" => &mut self.shards,
            "--events" => &mut self.events,
            "--hold" => &mut self.hold,
            "--threads" => &mut self.threads,
            "--timed" => &mut self.timed,
            "--intents" => &mut self.intents,
            "--token" => &mut self.token,
            _ => return None,
        })
    }

    fn options(self, modes: &[How]) -> Result<Options, String> {
        Ok(Options {
            mode: self.mode(modes)?,
            compression: self.compression()?,
            inflater: self.inflater()?,
            parser: match self.parser.as_deref() {
                None | Some("serde") => JsonParser::Serde,
                Some("simd") => JsonParser::Simd,
                Some(other) => {
                    return Err(format!("--parser: {other:?} is neither serde nor simd"));
                }
            },
            tls: match self.tls.as_deref() {
                None | Some("rustls") => TlsBackend::RustlsNativeRoots,
                Some("native") => TlsBackend::NativeTls,
                Some(other) => {
                    return Err(format!("--tls: {other:?} is neither rustls nor native"));
                }
            },
            is_timed: match self.timed.as_deref() {
                None | Some("off") => false,
                Some("on") => true,
                Some(other) => return Err(format!("--timed: {other:?} is neither on nor off")),
            },
            intents: match &self.intents {
                Some(bits) => Intents::from_bits_retain(number("--intents", bits)?),
                None => Intents::all(),
            },
            token: self.token.unwrap_or_else(|| DEFAULT_TOKEN.to_owned()),
            url: self.url.ok_or("--url is missing")?,
        })
    }

    fn mode(&self, modes: &[How]) -> Result<Mode, String> {
        let name = self.mode.as_deref().ok_or("--mode is missing")?;
        match name {
            "idle" => return self.idle(),
            "parallel" => return self.parallel(),
            _ => {}
        }
        let how = modes
            .iter()
            .copied()
            .find(|how| how.name() == name)
            .ok_or_else(|| format!("--mode: {name:?} is not a mode"))?;
        let sent = self.sent.as_deref();
        let sent = sent.ok_or(
            "--sent is missing: the cost is divided by the number of events that the server sends",
        )?;
        Ok(Mode::Receive {
            how,
            sent: number("--sent", sent)?,
        })
    }

    fn idle(&self) -> Result<Mode, String> {
        let hold: f64 = number("--hold", self.hold.as_deref().unwrap_or("10"))?;
        Ok(Mode::Idle {
            shards: number("--shards", self.shards.as_deref().unwrap_or("1"))?,
            events: number("--events", self.events.as_deref().unwrap_or("0"))?,
            hold: Duration::try_from_secs_f64(hold).map_err(|error| format!("--hold: {error}"))?,
        })
    }

    fn parallel(&self) -> Result<Mode, String> {
        Ok(Mode::Parallel {
            shards: number("--shards", self.shards.as_deref().unwrap_or("1"))?,
            events: number("--events", self.events.as_deref().unwrap_or("0"))?,
            threads: match self.threads.as_deref() {
                None | Some("one") => Threads::One,
                Some("two") => Threads::Two,
                Some("cluster") => Threads::Cluster,
                Some(other) => {
                    return Err(format!("--threads: {other:?} is not one, two or cluster"));
                }
            },
        })
    }

    fn compression(&self) -> Result<Compression, String> {
        let name = self.compress.as_deref().unwrap_or("none");
        compression_of(name).ok_or_else(|| format!("--compress: {name:?} is not a compression"))
    }

    fn inflater(&self) -> Result<Inflater, String> {
        let Some(name) = self.inflater.as_deref() else {
            return Ok(Inflater::default());
        };
        Inflater::ALL
            .into_iter()
            .find(|inflater| inflater.to_string() == name)
            .ok_or_else(|| format!("--inflater: {name:?} is not an inflater"))
    }
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value
        .parse()
        .map_err(|_| format!("{name}: {value:?} is not a number in range"))
}
