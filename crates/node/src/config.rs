//! What a node is configured with.

mod error;
mod nats_choice;
mod nats_settings;
mod read;
mod redis_choice;
mod setting;
mod sinks;
mod token_source;
mod value;

pub use self::{
    error::ConfigError,
    nats_choice::{NatsChoice, NatsCredentials},
    redis_choice::RedisChoice,
    setting::{SETTINGS, Setting},
    sinks::{SinkChoice, SinkOrder, SinkOverflow, SinkRetention},
};

use self::{read::Values, value::EngineText};
use gloaming_protocol::{EventTypeFlags, Intents, Token};
use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

/// The configuration of a node. All nodes of a bot have the same, except for their [`name`](Self::name) and their
/// [`http`](Self::http).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The token of the bot. It comes from the environment or a file of its own, and never from the command line.
    pub token: Token,
    /// The intents of IDENTIFY.
    pub intents: Intents,
    /// The total number of the bot's shards.
    pub shards: ShardCount,
    /// What the nodes share.
    pub engine: EngineChoice,
    /// Where events go.
    pub events: EventSink,
    /// Which events go there. Default: all.
    pub event_types: EventTypeFlags,
    /// The streams on NATS to which events go. Empty unless they go there. Default: `events`, with [these](Self::event_types).
    pub sinks: Vec<SinkChoice>,
    /// Whose commands are sent. Default: those that come by NATS, if the engine is NATS.
    pub commands: CommandSource,
    /// A name for people, which becomes a part of the id of the node. `None` for the name of the host.
    pub name: Option<String>,
    /// Where health and metrics are served.
    pub http: HttpAddress,
    /// The URL of the gateway, instead of Discord's.
    pub gateway_url: Option<String>,
    /// The URL of the API, instead of Discord's.
    pub api_url: Option<String>,
    /// How long giving the shards to other nodes may take when the program is to end. Default: 20 s.
    pub drain_timeout: Duration,
}

/// The total number of shards.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ShardCount {
    /// What Discord recommended (`GET /gateway/bot`) when the first node of the fleet started.
    Auto,
    /// This many.
    Fixed(NonZeroU32),
}

/// The engine that the nodes of a fleet share.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EngineChoice {
    /// Files in this folder, for processes of one machine. Written `local:PATH`.
    Local(PathBuf),
    /// NATS servers, for any number of machines. Written as an address that begins with `nats://` or `tls://`, or several with
    /// commas between them.
    Nats(NatsChoice),
    /// A Redis or Valkey server, for any number of machines. Written as an address that begins with `redis://` or `rediss://`.
    Redis(RedisChoice),
}

/// Where events go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EventSink {
    /// One line of JSON per event to the standard output. While nobody reads it, the shards stop reading, too.
    Stdout,
    /// To the stream of the bot on NATS, from which workers take them. The engine has to be NATS, too.
    Nats,
    /// Nowhere: each event is handled as soon as it arrives.
    None,
}

/// Whose commands for the gateway the node sends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CommandSource {
    /// Those that any process sends by NATS to the owner of the shard. The engine has to be NATS, too.
    Nats,
    /// Nobody's.
    None,
}

/// Where health and metrics are served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HttpAddress {
    /// At this address. A port of 0 is one that is free, and is logged.
    Listen(SocketAddr),
    /// They are not.
    None,
}

impl Config {
    /// Reads a configuration from the text of a TOML file, if there is one, and from environment variables, which override
    /// the file. [`SETTINGS`] lists both.
    ///
    /// A file with the token is read if one is named.
    ///
    /// # Errors
    ///
    /// Fails if a setting is missing, unknown or invalid. The error names it, and where it was set.
    pub fn load(
        file: Option<&str>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let values = Values::read(file, environment)?;
        let name = values.get("name", value::name)?;
        let engine = engine(&values)?;
        let sink = |text: &str| value::sink(text, &engine);
        let events = values.get("events", sink)?.unwrap_or(EventSink::Stdout);
        let source = |text: &str| value::commands(text, &engine);
        let commands = values.get("commands", source)?.unwrap_or(match engine {
            EngineChoice::Nats(_) => CommandSource::Nats,
            EngineChoice::Local(_) | EngineChoice::Redis(_) => CommandSource::None,
        });
        let event_types = values
            .get("event_types", value::event_types)?
            .unwrap_or(EventTypeFlags::all());
        let sinks = sinks(&values, events, event_types)?;
        Ok(Self {
            token: token_source::read(&values)?,
            intents: values.require("intents", value::intents)?,
            shards: values
                .get("shards", value::shards)?
                .unwrap_or(ShardCount::Auto),
            engine,
            events,
            event_types,
            sinks,
            commands,
            name,
            http: values
                .get("http", value::http)?
                .unwrap_or(HttpAddress::Listen(value::DEFAULT_HTTP)),
            gateway_url: values.get("gateway_url", value::text)?,
            api_url: values.get("api_url", value::text)?,
            drain_timeout: values
                .get("drain_timeout", value::seconds)?
                .unwrap_or(value::DEFAULT_DRAIN_TIMEOUT),
        })
    }
}

/// Returns the streams on NATS, which are named only if events go there.
fn sinks(
    values: &Values,
    events: EventSink,
    event_types: EventTypeFlags,
) -> Result<Vec<SinkChoice>, ConfigError> {
    match (values.get("sinks", sinks::read)?, events) {
        (Some(sinks), EventSink::Nats) => Ok(sinks),
        (None, EventSink::Nats) => Ok(vec![SinkChoice::new(sinks::DEFAULT, event_types)]),
        (None, _) => Ok(Vec::new()),
        (Some(_), _) => Err(ConfigError::new(
            "`sinks`",
            "there are streams only with `events` set to `nats`",
        )),
    }
}

fn engine(values: &Values) -> Result<EngineChoice, ConfigError> {
    Ok(match values.require("engine", value::engine)? {
        EngineText::Local(path) => EngineChoice::Local(path),
        EngineText::Nats(servers) => {
            let mut nats = NatsChoice::new(servers);
            if let Some(bot) = values.get("bot", value::name)? {
                nats.bot = bot;
            }
            if let Some(replicas) = values.get("nats_replicas", value::replicas)? {
                nats.replicas = replicas;
            }
            nats.root_certificates = values.get("nats_root_certificates", value::path)?;
            nats.client_certificate = nats_settings::client_certificate(values)?;
            nats.credentials = nats_settings::credentials(values)?;
            EngineChoice::Nats(nats)
        }
        EngineText::Redis(server) => {
            let mut redis = RedisChoice::new(server);
            if let Some(bot) = values.get("bot", value::name)? {
                redis.bot = bot;
            }
            EngineChoice::Redis(redis)
        }
    })
}

#[cfg(test)]
mod tests;
