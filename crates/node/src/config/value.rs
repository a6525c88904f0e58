//! The values of settings. The errors say what to write instead.

use super::{CommandSource, EngineChoice, EventSink, HttpAddress, ShardCount};
use gloaming_protocol::{EventTypeFlags, Intents};
use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

/// The port is that of exporters of metrics.
pub(super) const DEFAULT_HTTP: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

pub(super) const DEFAULT_DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// Longer than any service manager waits by default.
const MAX_DRAIN_TIMEOUT: u64 = 600;

/// More than any bot has. Each shard has a state in each node.
const MAX_SHARDS: u32 = 100_000;

pub(super) fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

pub(super) fn name(text: &str) -> Result<String, String> {
    match text {
        "" => Err("write at least one letter".to_owned()),
        name => Ok(name.to_owned()),
    }
}

pub(super) fn intents(text: &str) -> Result<Intents, String> {
    if let Ok(bits) = text.parse::<u64>() {
        return Ok(Intents::from_bits_retain(bits));
    }
    let mut intents = Intents::empty();
    for name in names(text) {
        intents |= Intents::from_name(&name).ok_or_else(|| {
            format!("`{name}` is no intent; write names such as GUILDS, or their sum as a number")
        })?;
    }
    Ok(intents)
}

pub(super) fn event_types(text: &str) -> Result<EventTypeFlags, String> {
    let mut types = EventTypeFlags::empty();
    for name in names(text) {
        let flag = match &*name {
            "ALL" => Some(EventTypeFlags::all()),
            name => EventTypeFlags::from_name(name),
        };
        types |= flag.ok_or_else(|| {
            format!("`{name}` is no type of events; write names such as MESSAGE_CREATE, or `all`")
        })?;
    }
    match types.is_empty() {
        true => Err("write at least one type, or set `events` to `none`".to_owned()),
        false => Ok(types),
    }
}

pub(super) fn shards(text: &str) -> Result<ShardCount, String> {
    if text == "auto" {
        return Ok(ShardCount::Auto);
    }
    let count = text
        .parse()
        .ok()
        .filter(|count| (1..=MAX_SHARDS).contains(count));
    let count = count.and_then(NonZeroU32::new).map(ShardCount::Fixed);
    count.ok_or_else(|| {
        format!("`{text}` is no number of shards; write 1 to {MAX_SHARDS}, or `auto`")
    })
}

/// Which engine a text names.
pub(super) enum EngineText {
    Local(PathBuf),
    /// The addresses, which may have credentials.
    Nats(String),
    /// The address, which may have credentials.
    Redis(String),
}

pub(super) fn engine(text: &str) -> Result<EngineText, String> {
    match text.split_once(':') {
        Some(("local", path)) if !path.is_empty() => Ok(EngineText::Local(path.into())),
        Some(("nats" | "tls", address)) if address.starts_with("//") => {
            Ok(EngineText::Nats(text.to_owned()))
        }
        Some(("redis" | "rediss" | "valkey" | "valkeys", address)) if address.starts_with("//") => {
            Ok(EngineText::Redis(text.to_owned()))
        }
        // It may have a password.
        _ => Err(
            "this names no engine; write `local:` and the path of a folder, `nats://HOST:PORT`, or `redis://HOST:PORT`"
                .to_owned(),
        ),
    }
}

pub(super) fn replicas(text: &str) -> Result<u8, String> {
    let replicas = text
        .parse()
        .ok()
        .filter(|replicas| (1..=5).contains(replicas));
    replicas.ok_or_else(|| format!("`{text}` is no number of servers; write 1 to 5"))
}

pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    Ok(text.into())
}

pub(super) fn sink(text: &str, engine: &EngineChoice) -> Result<EventSink, String> {
    match (text, engine) {
        ("stdout", _) => Ok(EventSink::Stdout),
        ("none", _) => Ok(EventSink::None),
        ("nats", EngineChoice::Nats(_)) => Ok(EventSink::Nats),
        ("nats", _) => Err("events go to NATS only with an engine on NATS".to_owned()),
        _ => Err(format!(
            "events don't go to `{text}`; write `stdout`, `nats` or `none`"
        )),
    }
}

pub(super) fn commands(text: &str, engine: &EngineChoice) -> Result<CommandSource, String> {
    match (text, engine) {
        ("none", _) => Ok(CommandSource::None),
        ("nats", EngineChoice::Nats(_)) => Ok(CommandSource::Nats),
        ("nats", _) => Err("commands come by NATS only with an engine on NATS".to_owned()),
        _ => Err(format!(
            "commands don't come from `{text}`; write `nats` or `none`"
        )),
    }
}

pub(super) fn http(text: &str) -> Result<HttpAddress, String> {
    if text == "none" {
        return Ok(HttpAddress::None);
    }
    let address = text.parse().map(HttpAddress::Listen);
    address
        .map_err(|_| format!("`{text}` is no address; write one such as 0.0.0.0:9464, or `none`"))
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds| (1..=MAX_DRAIN_TIMEOUT).contains(seconds));
    let seconds = seconds.map(Duration::from_secs);
    seconds
        .ok_or_else(|| format!("`{text}` is no time; write 1 to {MAX_DRAIN_TIMEOUT}, in seconds"))
}

/// Names in any case, with commas or `|` between them.
fn names(text: &str) -> impl Iterator<Item = String> {
    let names = text.split([',', '|']).map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_ascii_uppercase)
}
