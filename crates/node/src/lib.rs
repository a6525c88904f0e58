//! The configuration of `gloaming-node`, a program that runs one Discord bot over many processes or machines.
//!
//! The program is what most want: `gloaming-node --help` explains it, and the [README] how to deploy it. This library is
//! for programs that write or check such a configuration.
//!
//! ```
//! use gloaming_node::{Config, EngineChoice, ShardCount};
//!
//! let file = r#"
//!     intents = ["GUILDS", "GUILD_MESSAGES"]
//!     engine = "local:/var/lib/bot/fleet"
//! "#;
//! let environment = |name: &str| (name == "DISCORD_TOKEN").then(|| "secret".to_owned());
//! let config = Config::load(Some(file), environment)?;
//! assert_eq!(config.shards, ShardCount::Auto);
//! assert_eq!(config.engine, EngineChoice::Local("/var/lib/bot/fleet".into()));
//! # Ok::<(), gloaming_node::ConfigError>(())
//! ```
//!
//! [README]: https://github.com/gloaming-rs/gloaming/tree/main/crates/node

#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;

pub use self::config::{
    CommandSource, Config, ConfigError, EngineChoice, EventSink, HttpAddress, NatsChoice,
    NatsCredentials, RedisChoice, SETTINGS, Setting, ShardCount, SinkChoice, SinkOrder,
    SinkOverflow, SinkRetention,
};
