//! What can be said on the command line.

use gloaming::{Compression, Config, ConfigBuilder, Intents, emulator, queue::UnlimitedQueue};
use std::{num::NonZero, str::FromStr, time::Duration};

const HELP: &str = "\
Measures what receiving from a gateway costs, and prints one line of JSON.

Usage: firehose --url URL --mode MODE [OPTION...]

  --url URL        ws://HOST:PORT/ANY/PATH; the path stays before the query
  --mode MODE      raw       every payload, owned
                   borrowed  every payload, without a copy
                   filter    typed MESSAGE_CREATEs, everything else skipped
                   typed     every event, typed
                   idle      no events, but many shards: what keeping them takes
  --compress HOW   none, payload, zlib or zstd (none)
  --sent N         all modes but idle: events that the server sends; cost is billed on these
  --shards N       idle: how many shards, in one process and with no identify queue (1)
  --hold S         idle: seconds to hold them from the last READY on (10)
  --intents BITS   what to ask for, as a number (all)
  --token TOKEN    the bot's token (the emulator's)
  --help           this

The window, from which all figures but memory are, opens at READY and closes at the server's
close frame (idle: opens at the last READY, closes --hold seconds later). READY is not in it,
GUILD_CREATEs are. A connection that ends in any other way makes no figures but an error.

  peer, version, build     what was measured; only build \"release\" means anything
  mode, compress, sent     as given
  events                   events handed over: those that the mode asks for
  errors                   events that did not fit their type
  bytes, wire_bytes        of all messages received, after and before inflating
  user_s, sys_s, cpu_s     CPU seconds of this process, in user mode, in the kernel, together; on
                           Linux the sum is exact, while the split may be sampled
  wall_s                   seconds; far over cpu_s, the server is what was measured
  ns_per_event             cpu_s in nanoseconds, divided by sent
  rss_peak_kib, rss_kib    memory: the most ever (VmHWM), and at the window's end (VmRSS)
  by_type                  events by name
  ready_wall_s             idle: seconds from the first connection to the last READY
  rss_before_kib           idle: memory before the first shard was made
  rss_held_kib             idle: memory at the window's end

What can't be known on a system is null. In idle mode the server must take all identifies at
once: gloaming-emulator does with --max-concurrency N.";

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Run(Options),
}

/// How to do it.
#[derive(Debug)]
pub(crate) struct Options {
    url: String,
    token: String,
    intents: Intents,
    pub(crate) compression: Compression,
    pub(crate) mode: Mode,
}

/// What to measure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    Receive {
        how: How,
        sent: NonZero<u64>,
    },
    Idle {
        shards: NonZero<u32>,
        hold: Duration,
    },
}

/// In which form events are taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum How {
    Raw,
    Borrowed,
    Filter,
    Typed,
}

impl How {
    const ALL: [Self; 4] = [Self::Raw, Self::Borrowed, Self::Filter, Self::Typed];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Borrowed => "borrowed",
            Self::Filter => "filter",
            Self::Typed => "typed",
        }
    }
}

pub(crate) const fn compression_name(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "none",
        Compression::Payload => "payload",
        Compression::ZlibStream => "zlib",
        Compression::ZstdStream => "zstd",
    }
}

impl Options {
    /// A configuration that connects where the options say, as soon as it is asked to.
    pub(crate) fn config(&self) -> Config {
        ConfigBuilder::new(self.token.clone(), self.intents)
            .gateway_url(&self.url)
            .compression(self.compression)
            .queue(UnlimitedQueue)
            .build()
    }
}

pub(crate) const fn help() -> &'static str {
    HELP
}

/// Reads the command line, less the program's name.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
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
        let slot = given
            .slot(name)
            .ok_or_else(|| format!("unknown option {name}"))?;
        let value = value.or_else(|| arguments.next());
        *slot = Some(value.ok_or_else(|| format!("{name} needs a value"))?);
    }
    given.options().map(Command::Run)
}

/// Values as they were given.
#[derive(Default)]
struct Given {
    url: Option<String>,
    mode: Option<String>,
    compress: Option<String>,
    sent: Option<String>,
    shards: Option<String>,
    hold: Option<String>,
    intents: Option<String>,
    token: Option<String>,
}

impl Given {
    fn slot(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "--url" => &mut self.url,
            "--mode" => &mut self.mode,
            "--compress" => &mut self.compress,
            "--sent" => &mut self.sent,
            "--shards" => &mut self.shards,
            "--hold" => &mut self.hold,
            "--intents" => &mut self.intents,
            "--token" => &mut self.token,
            _ => return None,
        })
    }

    fn options(self) -> Result<Options, String> {
        Ok(Options {
            mode: self.mode()?,
            compression: self.compression()?,
            intents: match &self.intents {
                Some(bits) => Intents::from_bits_retain(number("--intents", bits)?),
                None => Intents::all(),
            },
            token: self
                .token
                .unwrap_or_else(|| emulator::DEFAULT_TOKEN.to_owned()),
            url: self.url.ok_or("--url is missing")?,
        })
    }

    fn mode(&self) -> Result<Mode, String> {
        let name = self.mode.as_deref().ok_or("--mode is missing")?;
        if name == "idle" {
            return self.idle();
        }
        let how = How::ALL
            .into_iter()
            .find(|how| how.name() == name)
            .ok_or_else(|| format!("--mode: {name:?} is no mode"))?;
        let sent = self.sent.as_deref();
        let sent = sent.ok_or("--sent is missing: cost is billed on what the server sends")?;
        Ok(Mode::Receive {
            how,
            sent: number("--sent", sent)?,
        })
    }

    fn idle(&self) -> Result<Mode, String> {
        let hold: f64 = number("--hold", self.hold.as_deref().unwrap_or("10"))?;
        Ok(Mode::Idle {
            shards: number("--shards", self.shards.as_deref().unwrap_or("1"))?,
            hold: Duration::try_from_secs_f64(hold).map_err(|error| format!("--hold: {error}"))?,
        })
    }

    fn compression(&self) -> Result<Compression, String> {
        let name = self.compress.as_deref().unwrap_or("none");
        Compression::ALL
            .into_iter()
            .find(|compression| compression_name(*compression) == name)
            .ok_or_else(|| format!("--compress: {name:?} is no compression"))
    }
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value
        .parse()
        .map_err(|_| format!("{name}: {value:?} is not a number that fits"))
}
