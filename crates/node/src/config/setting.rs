//! The table of settings.

/// A setting of the program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Setting {
    /// Its key in the file.
    pub key: &'static str,
    /// Its environment variable, which overrides the file.
    pub variable: &'static str,
    /// What it does, with its default, in lines for a terminal.
    pub help: &'static [&'static str],
}

/// All settings. `DISCORD_TOKEN` is not among them, since the token itself is never in the file.
pub const SETTINGS: &[Setting] = &[
    setting(
        "token_file",
        "GLOAMING_TOKEN_FILE",
        &["a file with the bot's token; otherwise DISCORD_TOKEN has it"],
    ),
    setting(
        "intents",
        "GLOAMING_INTENTS",
        &["names such as GUILDS,GUILD_MESSAGES, or their sum as a number (required)"],
    ),
    setting(
        "engine",
        "GLOAMING_ENGINE",
        &[
            "what the nodes share (required):",
            "  local:PATH        a folder, for processes of one machine",
            "  nats://HOST:PORT  NATS servers with JetStream, also tls:// and several with",
            "                    commas; USER:PASSWORD@ or TOKEN@ before a host",
            "  redis://HOST:PORT a Redis or Valkey server, also rediss://;",
            "                    USER:PASSWORD@ before the host",
        ],
    ),
    setting(
        "bot",
        "GLOAMING_BOT",
        &["what this bot is called on NATS or Redis; bots of one account differ (bot)"],
    ),
    setting(
        "nats_replicas",
        "GLOAMING_NATS_REPLICAS",
        &["on how many NATS servers the streams are kept that a node creates (1)"],
    ),
    setting(
        "nats_root_certificates",
        "GLOAMING_NATS_ROOT_CERTIFICATES",
        &["a PEM file with certificates for tls:// (those of the system)"],
    ),
    setting(
        "nats_client_certificate",
        "GLOAMING_NATS_CLIENT_CERTIFICATE",
        &["a PEM file with the certificate that the node presents to NATS"],
    ),
    setting(
        "nats_client_key",
        "GLOAMING_NATS_CLIENT_KEY",
        &["a PEM file with the key of that certificate"],
    ),
    setting(
        "nats_credentials_file",
        "GLOAMING_NATS_CREDENTIALS_FILE",
        &["a file with a JWT and a seed for NATS, as nsc writes it"],
    ),
    setting(
        "nats_nkey_file",
        "GLOAMING_NATS_NKEY_FILE",
        &["a file with the seed of an NKey for NATS"],
    ),
    setting(
        "nats_token_file",
        "GLOAMING_NATS_TOKEN_FILE",
        &["a file with a token for NATS"],
    ),
    setting(
        "nats_user",
        "GLOAMING_NATS_USER",
        &["the name of a user of NATS, with nats_password_file"],
    ),
    setting(
        "nats_password_file",
        "GLOAMING_NATS_PASSWORD_FILE",
        &["a file with the password of that user"],
    ),
    setting(
        "shards",
        "GLOAMING_SHARDS",
        &[
            "the bot's number of shards; `auto` for what Discord recommends when the",
            "first node starts (auto)",
        ],
    ),
    setting(
        "events",
        "GLOAMING_EVENTS",
        &[
            "where events go (stdout):",
            "  stdout  one line of JSON per event; the shards wait for its reader",
            "  nats    the bot's stream on NATS, from which workers take them",
            "  none    nowhere",
        ],
    ),
    setting(
        "event_types",
        "GLOAMING_EVENT_TYPES",
        &["which events go there, such as MESSAGE_CREATE,GUILD_CREATE (all)"],
    ),
    setting(
        "sinks",
        "GLOAMING_SINKS",
        &[
            "the streams on NATS, with commas between them, in place of `events` with",
            "event_types: a name, and settings such as types=MESSAGE_CREATE|GUILD_CREATE,",
            "retention=acknowledged or all_groups, max_mib=1024, overflow=wait or drop,",
            "order=pipelined or strict",
        ],
    ),
    setting(
        "commands",
        "GLOAMING_COMMANDS",
        &[
            "whose commands are sent, such as requests for guild members (nats with",
            "an engine on NATS, otherwise none):",
            "  nats    those that any process sends by NATS to the owner of the shard",
            "  none    nobody's",
        ],
    ),
    setting(
        "name",
        "GLOAMING_NAME",
        &["a name for people, a part of the node's id (the host's name)"],
    ),
    setting(
        "http",
        "GLOAMING_HTTP",
        &[
            "where /live, /ready, /health and /metrics are served, or `none`",
            "(127.0.0.1:9464)",
        ],
    ),
    setting(
        "drain_timeout",
        "GLOAMING_DRAIN_TIMEOUT",
        &["how many seconds giving the shards away may take at the end (20)"],
    ),
    setting(
        "gateway_url",
        "GLOAMING_GATEWAY_URL",
        &["another gateway than Discord's, such as gloaming-emulator"],
    ),
    setting(
        "api_url",
        "GLOAMING_API_URL",
        &["another API than Discord's"],
    ),
];

const fn setting(
    key: &'static str,
    variable: &'static str,
    help: &'static [&'static str],
) -> Setting {
    Setting {
        key,
        variable,
        help,
    }
}
