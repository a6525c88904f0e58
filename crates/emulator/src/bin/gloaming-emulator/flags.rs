//! The options of the command line.

use std::{
    error::Error, fmt::Display, fs::File, io::BufReader, ops::RangeInclusive, str::FromStr,
    time::Duration,
};

use gloaming_emulator::{
    recording::{Playback, Recording},
    scenario::Scenario,
};
use twilight_model::gateway::Intents;

use crate::{
    options::{ClientLines, FloodClose, Options, Verdict},
    token_source::{self, TokenSource},
};

/// The most shards, guilds and members of a guild. No bot has nearly as many, so a larger number is a mistake.
const MAX_SHARDS: u32 = 100_000;
const MAX_GUILDS: u32 = 1_000_000;
const MAX_MEMBERS: u32 = 1_000_000;

/// The highest rate of generated events.
const MAX_EVENTS_PER_SECOND: f64 = 1_000_000.0;

/// The highest number that leaves room for the four ports after it.
const LAST_FIRST_PORT: u16 = u16::MAX - 4;

/// An option: its name, the name of its value (empty for a switch), its help text, and its effect.
pub(crate) struct Flag {
    pub(crate) name: &'static str,
    pub(crate) value: &'static str,
    pub(crate) help: &'static str,
    pub(crate) apply: fn(&mut Options, &str) -> Result<(), String>,
}

/// All options that configure the emulator.
pub(crate) const FLAGS: &[Flag] = &[
    Flag {
        name: "--token",
        value: "TOKEN",
        help: "token of the bot; lists of processes show it, so give a secret one in a file",
        apply: |options, value| {
            options.token_source.set(TokenSource::CommandLine)?;
            options.settings.token = token_source::parse(value)?;
            Ok(())
        },
    },
    Flag {
        name: "--token-file",
        value: "FILE",
        help: "read the token of the bot from the file",
        apply: |options, value| {
            options.token_source.set(TokenSource::File)?;
            options.settings.token = token_source::read(value)?;
            Ok(())
        },
    },
    Flag {
        name: "--shards",
        value: "N",
        help: "recommended shard count (1)",
        apply: |options, value| set_in(&mut options.settings.shards, value, 1..=MAX_SHARDS),
    },
    Flag {
        name: "--guilds",
        value: "N",
        help: "guilds of the bot (8)",
        apply: |options, value| set_in(&mut options.settings.guilds, value, 0..=MAX_GUILDS),
    },
    Flag {
        name: "--members",
        value: "N",
        help: "members of each guild (50)",
        apply: |options, value| set_in(&mut options.settings.members, value, 1..=MAX_MEMBERS),
    },
    Flag {
        name: "--private-channels",
        value: "N",
        help: "channels of each guild that the bot can't view, up to 50 (0)",
        apply: |options, value| set_in(&mut options.settings.private_channels, value, 0..=50),
    },
    Flag {
        name: "--seed",
        value: "N",
        help: "seed of all random data (0)",
        apply: |options, value| set(&mut options.settings.seed, value),
    },
    Flag {
        name: "--events-per-second",
        value: "RATE",
        help: "generated events per second over all guilds (0)",
        apply: |options, value| {
            set_in(
                &mut options.settings.events_per_second,
                value,
                0.0..=MAX_EVENTS_PER_SECOND,
            )
        },
    },
    Flag {
        name: "--speed",
        value: "N",
        help: "factor of the speed of time, 1 to 1000 (1)",
        apply: |options, value| set_in(&mut options.settings.speed, value, 1..=1000),
    },
    Flag {
        name: "--max-concurrency",
        value: "N",
        help: "concurrent identifies per interval (1)",
        apply: |options, value| set_in(&mut options.settings.max_concurrency, value, 1..=u32::MAX),
    },
    Flag {
        name: "--session-starts",
        value: "TOTAL[:REMAINING]",
        help: "session starts per day, and the remaining ones (1000)",
        apply: |options, value| {
            let (total, left) = value.split_once(':').unwrap_or((value, value));
            let (total_starts, remaining) = (
                &mut options.settings.session_starts_total,
                &mut options.settings.session_starts_remaining,
            );
            set(total_starts, total)?;
            set_in(remaining, left, 0..=*total_starts)
        },
    },
    Flag {
        name: "--replay-buffer",
        value: "N",
        help: "dispatches kept per session (75 per guild, 100 to 3500)",
        apply: |options, value| set_some(&mut options.settings.replay_buffer, value),
    },
    Flag {
        name: "--heartbeat-interval",
        value: "TIME",
        help: "heartbeat interval in HELLO (41250ms)",
        apply: |options, value| {
            set_time(&mut options.settings.heartbeat_interval, value)?;
            if options.settings.heartbeat_interval.is_zero() {
                return Err("a heartbeat needs an interval".to_owned());
            }
            Ok(())
        },
    },
    Flag {
        name: "--heartbeat-grace",
        value: "TIME",
        help: "how late a heartbeat may arrive (half the interval, at least 5s)",
        apply: |options, value| {
            set_time(
                options.settings.heartbeat_grace.get_or_insert_default(),
                value,
            )
        },
    },
    Flag {
        name: "--identify-interval",
        value: "TIME",
        help: "interval of identifies in a bucket (5s)",
        apply: |options, value| set_time(&mut options.settings.identify_interval, value),
    },
    Flag {
        name: "--interaction-deadline",
        value: "TIME",
        help: "how late the initial response to an interaction may be (no limit; Discord: 3s)",
        apply: |options, value| {
            let mut deadline = std::time::Duration::ZERO;
            set_time(&mut deadline, value)?;
            options.settings.interaction_deadline = Some(deadline);
            Ok(())
        },
    },
    Flag {
        name: "--session-lifetime",
        value: "TIME",
        help: "how long a session without a connection can be resumed (3m)",
        apply: |options, value| set_time(&mut options.settings.session_lifetime, value),
    },
    Flag {
        name: "--allowed-intents",
        value: "BITS",
        help: "intents enabled for the bot, as a number (all)",
        apply: |options, value| {
            let mut bits: u64 = 0;
            set(&mut bits, value)?;
            options.settings.allowed_intents = Intents::from_bits_truncate(bits);
            Ok(())
        },
    },
    Flag {
        name: "--undocumented-intents",
        value: "BITS",
        help: "intents without documentation that are accepted, as a number (none)",
        apply: |options, value| set(&mut options.settings.undocumented_intents, value),
    },
    Flag {
        name: "--required-shard-multiple",
        value: "N",
        help: "required divisor of the shard count (1)",
        apply: |options, value| {
            set_in(
                &mut options.settings.required_shard_multiple,
                value,
                1..=u32::MAX,
            )
        },
    },
    Flag {
        name: "--max-guilds-per-shard",
        value: "N",
        help: "maximum number of guilds per shard (2500)",
        apply: |options, value| {
            set_in(
                &mut options.settings.max_guilds_per_shard,
                value,
                1..=u32::MAX,
            )
        },
    },
    Flag {
        name: "--tls",
        value: "",
        help: "announce the wss URL over REST instead of the ws URL",
        apply: |options, _| {
            options.settings.tls = true;
            Ok(())
        },
    },
    Flag {
        name: "--compression-level",
        value: "0-9",
        help: "level of zlib compression (6)",
        apply: |options, value| set_in(&mut options.settings.compression_level, value, 0..=9),
    },
    Flag {
        name: "--zstd-level",
        value: "1-22",
        help: "level of zstd compression (3)",
        apply: |options, value| set_in(&mut options.settings.zstd_level, value, 1..=22),
    },
    Flag {
        name: "--send-queue-bytes",
        value: "N",
        help: "size of the send queue of a connection (16777216)",
        apply: |options, value| {
            set_in(
                &mut options.settings.send_queue_bytes,
                value,
                1..=usize::MAX,
            )
        },
    },
    Flag {
        name: "--first-port",
        value: "PORT",
        help: "first of five ports: ws, wss, resume ws, resume wss, REST (any free ports)",
        apply: |options, value| {
            let port = options.settings.first_port.get_or_insert_default();
            set_in(port, value, 1..=LAST_FIRST_PORT)
        },
    },
    Flag {
        name: "--allow-host",
        value: "HOST",
        help: "accept requests for this host, as for localhost; may be repeated",
        apply: |options, value| {
            if value.is_empty() || value.contains('/') || has_port(value) {
                return Err(format!("{value:?} is not a host without scheme and port"));
            }
            options.settings.allowed_hosts.push(value.to_owned());
            Ok(())
        },
    },
    Flag {
        name: "--allow-origin",
        value: "ORIGIN",
        help: "accept requests of web pages of this origin; may be repeated",
        apply: |options, value| {
            if !value.contains("://") && value != "null" {
                return Err(format!(
                    "{value:?} is not an origin such as http://localhost:3000"
                ));
            }
            options.settings.allowed_origins.push(value.to_owned());
            Ok(())
        },
    },
    Flag {
        name: "--flood",
        value: "N",
        help: "send N events after the GUILD_CREATEs as fast as the client reads, then a close frame",
        apply: |options, value| set_some(&mut options.flood_events, value),
    },
    Flag {
        name: "--flood-close",
        value: "CODE",
        help: "code of that close frame, or `none` for no close frame (1000)",
        apply: |options, value| {
            if value == "none" {
                options.flood_close = FloodClose::Never;
                return Ok(());
            }
            let mut code = 0;
            set(&mut code, value)?;
            options.flood_close = FloodClose::Code(code);
            Ok(())
        },
    },
    Flag {
        name: "--scenario",
        value: "NAME|FILE",
        help: "play a bundled scenario or a TOML file; may be repeated",
        apply: |options, value| {
            let scenario = if value.ends_with(".toml") {
                let text = std::fs::read_to_string(value)
                    .map_err(|error| format!("can't read {value}: {error}"))?;
                Scenario::parse(value, &text)
            } else {
                Scenario::named(value)
            };
            let scenario = scenario.map_err(|error| error.to_string())?;
            options.settings.scenarios.push(scenario);
            Ok(())
        },
    },
    Flag {
        name: "--replay",
        value: "FILE",
        help: "play a recording instead of generated guilds and events",
        apply: |options, value| {
            let file = File::open(value).map_err(|error| format!("can't read {value}: {error}"))?;
            let recording =
                Recording::read(BufReader::new(file)).map_err(|error| match error.source() {
                    Some(source) => format!("recording {value}, {error}: {source}"),
                    None => format!("recording {value}, {error}"),
                })?;
            options.settings.recording = Some(recording);
            Ok(())
        },
    },
    Flag {
        name: "--loop",
        value: "",
        help: "repeat the recording",
        apply: |options, _| {
            options.settings.playback = Playback::Loop;
            Ok(())
        },
    },
    Flag {
        name: "--record",
        value: "FILE",
        help: "record the sent events to the file, without secrets",
        apply: |options, value| {
            options.record = Some(value.into());
            Ok(())
        },
    },
    Flag {
        name: "--report",
        value: "FILE",
        help: "write counters, violations and notes to the file at the end, as JSON; - for standard output",
        apply: |options, value| {
            options.report = Some(value.into());
            Ok(())
        },
    },
    Flag {
        name: "--strict",
        value: "",
        help: "exit with code 3 if a client broke a rule or deviated from the documentation",
        apply: |options, _| {
            options.verdict = Verdict::Strict;
            Ok(())
        },
    },
    Flag {
        name: "--quiet",
        value: "",
        help: "print no lines for clients that come and go",
        apply: |options, _| {
            options.client_lines = ClientLines::Omitted;
            Ok(())
        },
    },
    Flag {
        name: "--root-out",
        value: "FILE",
        help: "write the root certificate to the file, as PEM",
        apply: |options, value| {
            options.root_out = Some(value.into());
            Ok(())
        },
    },
];

fn has_port(host: &str) -> bool {
    host.contains(':') && !(host.starts_with('[') && host.ends_with(']'))
}

/// Sets a number that must be in a range.
fn set_in<T: FromStr + PartialOrd + Display>(
    field: &mut T,
    value: &str,
    range: RangeInclusive<T>,
) -> Result<(), String> {
    set(field, value)?;
    if range.contains(field) {
        return Ok(());
    }
    let (first, last) = range.into_inner();
    Err(format!("{field} is not in the range {first} to {last}"))
}

fn set<T: FromStr>(field: &mut T, value: &str) -> Result<(), String> {
    *field = value
        .parse()
        .map_err(|_| format!("{value:?} is not a number, or is out of range"))?;
    Ok(())
}

fn set_some<T: FromStr + Default>(field: &mut Option<T>, value: &str) -> Result<(), String> {
    set(field.get_or_insert_default(), value)
}

fn set_time(field: &mut Duration, value: &str) -> Result<(), String> {
    let unit_at = value
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(value.len());
    let (number, unit) = value.split_at(unit_at);
    let mut count: u32 = 0;
    set(&mut count, number)?;
    let unit = match unit {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        "h" => Duration::from_secs(60 * 60),
        _ => return Err(format!("{value:?} needs a unit: ms, s, m or h")),
    };
    *field = unit * count;
    Ok(())
}
