//! The configuration, from files and variables.

use super::*;
use std::{env, fs, process};

const MINIMAL: &str = "intents = 513\nengine = \"local:/var/lib/bot\"";

fn load(file: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(Some(file), |name| {
        let found = variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

const TOKEN: (&str, &str) = ("DISCORD_TOKEN", "secret");

#[test]
fn settings_that_are_left_out_have_defaults() {
    let config = load(MINIMAL, &[TOKEN]).unwrap();
    assert_eq!(config.token.expose(), "secret");
    assert_eq!(config.intents, Intents::GUILDS | Intents::GUILD_MESSAGES);
    assert_eq!(config.shards, ShardCount::Auto);
    assert_eq!(config.engine, EngineChoice::Local("/var/lib/bot".into()));
    assert_eq!(config.events, EventSink::Stdout);
    assert!(config.event_types.is_all());
    let address = "127.0.0.1:9464".parse().unwrap();
    assert_eq!(config.http, HttpAddress::Listen(address));
    assert_eq!(config.drain_timeout, Duration::from_secs(20));
    assert_eq!(
        (config.name, config.gateway_url, config.api_url),
        (None, None, None)
    );
}

#[test]
fn file_can_have_every_setting() {
    let file = r#"
        intents = ["GUILDS", "message_content"]
        engine = "local:fleet"
        shards = 16
        events = "none"
        event_types = ["MESSAGE_CREATE", "GUILD_CREATE"]
        name = "bot-0"
        http = "0.0.0.0:80"
        gateway_url = "ws://127.0.0.1:1"
        api_url = "http://127.0.0.1:2"
        drain_timeout = 7
    "#;
    let config = load(file, &[TOKEN]).unwrap();
    assert_eq!(config.intents, Intents::GUILDS | Intents::MESSAGE_CONTENT);
    assert_eq!(
        config.shards,
        ShardCount::Fixed(NonZeroU32::new(16).unwrap())
    );
    assert_eq!(config.events, EventSink::None);
    let types = EventTypeFlags::MESSAGE_CREATE | EventTypeFlags::GUILD_CREATE;
    assert_eq!(config.event_types, types);
    assert_eq!(config.name.as_deref(), Some("bot-0"));
    assert_eq!(config.gateway_url.as_deref(), Some("ws://127.0.0.1:1"));
    assert_eq!(config.api_url.as_deref(), Some("http://127.0.0.1:2"));
    assert_eq!(config.drain_timeout, Duration::from_secs(7));
}

#[test]
fn streams_take_the_place_of_the_default_one() {
    let nats = "intents = 513\nengine = \"nats://host\"\nevents = \"nats\"\n";
    let sinks = |lines: &str| load(&format!("{nats}{lines}"), &[TOKEN]).unwrap().sinks;
    let default = sinks("event_types = \"MESSAGE_CREATE\"");
    assert_eq!(default.len(), 1);
    assert_eq!(default[0].name, "events");
    assert_eq!(default[0].event_types, EventTypeFlags::MESSAGE_CREATE);
    let two = sinks("sinks = [\"events types=MESSAGE_CREATE\", \"audit overflow=drop\"]");
    assert_eq!(two[1].overflow, SinkOverflow::Drop);
    assert!(load(MINIMAL, &[TOKEN]).unwrap().sinks.is_empty());
    let error = load(&format!("{MINIMAL}\nsinks = \"audit\""), &[TOKEN]).unwrap_err();
    assert!(error.to_string().contains("only with `events`"), "{error}");
}

#[test]
fn commands_come_by_nats_unless_they_are_switched_off() {
    assert_eq!(
        load(MINIMAL, &[TOKEN]).unwrap().commands,
        CommandSource::None
    );
    let nats = "intents = 513\nengine = \"nats://host\"";
    assert_eq!(load(nats, &[TOKEN]).unwrap().commands, CommandSource::Nats);
    let none = [TOKEN, ("GLOAMING_COMMANDS", "none")];
    assert_eq!(load(nats, &none).unwrap().commands, CommandSource::None);
}

#[test]
fn variables_override_the_file_unless_they_are_empty() {
    let variables = [
        TOKEN,
        ("GLOAMING_SHARDS", "4"),
        ("GLOAMING_ENGINE", ""),
        ("GLOAMING_INTENTS", "GUILDS | GUILD_MEMBERS"),
    ];
    let file = format!("{MINIMAL}\nshards = 16");
    let config = load(&file, &variables).unwrap();
    assert_eq!(
        config.shards,
        ShardCount::Fixed(NonZeroU32::new(4).unwrap())
    );
    assert_eq!(config.engine, EngineChoice::Local("/var/lib/bot".into()));
    assert_eq!(config.intents, Intents::GUILDS | Intents::GUILD_MEMBERS);
}

#[test]
fn variables_suffice_without_a_file() {
    let variable = |name: &str| match name {
        "DISCORD_TOKEN" => Some("secret".to_owned()),
        "GLOAMING_INTENTS" => Some("0".to_owned()),
        "GLOAMING_ENGINE" => Some("local:x".to_owned()),
        _ => None,
    };
    assert_eq!(
        Config::load(None, variable).unwrap().intents,
        Intents::empty()
    );
}

#[test]
fn token_of_a_file_is_read_without_white_space_around_it() {
    let path = env::temp_dir().join(format!("gloaming-node-token-{}", process::id()));
    fs::write(&path, "Bot secret.of.a.file\n").unwrap();
    let file = format!("{MINIMAL}\ntoken_file = {:?}", path.to_str().unwrap());
    let config = load(&file, &[]).unwrap();
    assert_eq!(
        config.token.expose(),
        Token::new("secret.of.a.file").expose()
    );
    fs::write(&path, "two words").unwrap();
    let error = load(&file, &[]).unwrap_err().to_string();
    assert!(
        error.contains("a blank") && !error.contains("two"),
        "{error}"
    );
    fs::remove_file(&path).unwrap();
    let error = load(&file, &[]).unwrap_err().to_string();
    assert!(error.starts_with(path.to_str().unwrap()), "{error}");
}

#[test]
fn errors_name_the_setting_and_what_to_write() {
    let with = |line: &str| format!("{MINIMAL}\n{line}");
    for (file, variables, expected) in [
        (
            with("commands = \"nats\""),
            &[TOKEN][..],
            "only with an engine on NATS",
        ),
        (
            with("commands = \"all\""),
            &[TOKEN][..],
            "write `nats` or `none`",
        ),
        (MINIMAL.to_owned(), &[][..], "the token: set DISCORD_TOKEN"),
        (
            with("token = \"x\""),
            &[TOKEN],
            "the token is not part of the configuration",
        ),
        (
            with("shard = 3"),
            &[TOKEN],
            "`shard` in the file: there is no such setting",
        ),
        (with("shards = 0"), &[TOKEN], "`0` is no number of shards"),
        (
            with("shards = 1.5"),
            &[TOKEN],
            "write a text, a whole number",
        ),
        (with("shards ="), &[TOKEN], "line 3: it is not TOML"),
        (
            with("events = \"file\""),
            &[TOKEN],
            "events don't go to `file`",
        ),
        (
            with("events = \"nats\""),
            &[TOKEN],
            "only with an engine on NATS",
        ),
        (with("event_types = \"\""), &[TOKEN], "at least one type"),
        (
            with("event_types = \"NONSENSE\""),
            &[TOKEN],
            "`NONSENSE` is no type",
        ),
        (
            with("http = \"localhost\""),
            &[TOKEN],
            "`localhost` is no address",
        ),
        (with("drain_timeout = 0"), &[TOKEN], "`0` is no time"),
        (with("name = \"\""), &[TOKEN], "at least one letter"),
        (
            "engine = \"local:x\"".to_owned(),
            &[TOKEN],
            "or the variable GLOAMING_INTENTS",
        ),
        (
            "intents = \"GUILD\"\nengine = \"local:x\"".to_owned(),
            &[TOKEN],
            "`GUILD` is no intent",
        ),
        (
            MINIMAL.to_owned(),
            &[TOKEN, ("GLOAMING_ENGINE", "local:")],
            "GLOAMING_ENGINE: this names no engine",
        ),
    ] {
        let error = load(&file, variables).unwrap_err().to_string();
        assert!(error.contains(expected), "{file}: {error}");
    }
}

#[test]
fn engine_on_nats_has_settings_of_its_own() {
    let engine = |lines: &str| {
        let file = format!("intents = 0\nengine = \"nats://bot:p4ss@a:4222,nats://b\"\n{lines}");
        load(&file, &[TOKEN]).map(|config| config.engine)
    };
    let EngineChoice::Nats(nats) = engine("").unwrap() else {
        panic!("it is NATS");
    };
    assert_eq!(nats.servers(), "nats://bot:p4ss@a:4222,nats://b");
    assert_eq!((&*nats.bot, nats.replicas), ("bot", 1));
    assert!(!format!("{nats:?}").contains("p4ss"), "{nats:?}");
    let lines = "bot = \"music\"\nnats_replicas = 3\nnats_root_certificates = \"/ca.pem\"";
    let EngineChoice::Nats(nats) = engine(lines).unwrap() else {
        panic!("it is NATS");
    };
    assert_eq!((&*nats.bot, nats.replicas), ("music", 3));
    assert_eq!(nats.root_certificates, Some("/ca.pem".into()));
    let file = "intents = 0\nengine = \"tls://a\"\nevents = \"nats\"";
    let config = load(file, &[TOKEN]).unwrap();
    assert_eq!(config.events, EventSink::Nats);
    let error = engine("nats_replicas = 6").unwrap_err().to_string();
    assert!(error.contains("write 1 to 5"), "{error}");
    let file = "intents = 0\nengine = \"natz://bot:p4ss@a\"";
    let error = load(file, &[TOKEN]).unwrap_err().to_string();
    assert!(
        error.contains("no engine") && !error.contains("p4ss"),
        "{error}"
    );
}

#[test]
fn node_authenticates_to_nats_in_one_way() {
    let choice = |lines: &str| {
        let file = format!("intents = 0\nengine = \"tls://a\"\n{lines}");
        match load(&file, &[TOKEN]).map(|config| config.engine) {
            Ok(EngineChoice::Nats(nats)) => Ok(nats),
            Ok(other) => panic!("it is NATS: {other:?}"),
            Err(error) => Err(error.to_string()),
        }
    };
    assert_eq!(choice("").unwrap().credentials, None);
    for (lines, expected) in [
        (
            "nats_credentials_file = \"/a\"",
            NatsCredentials::File("/a".into()),
        ),
        (
            "nats_nkey_file = \"/a\"",
            NatsCredentials::NkeyFile("/a".into()),
        ),
        (
            "nats_token_file = \"/a\"",
            NatsCredentials::TokenFile("/a".into()),
        ),
        (
            "nats_user = \"u\"\nnats_password_file = \"/a\"",
            NatsCredentials::User {
                user: "u".to_owned(),
                password_file: "/a".into(),
            },
        ),
    ] {
        assert_eq!(choice(lines).unwrap().credentials, Some(expected));
    }
    let certificate = "nats_client_certificate = \"/c\"\nnats_client_key = \"/k\"";
    let certificate = choice(certificate).unwrap().client_certificate;
    assert_eq!(certificate, Some(("/c".into(), "/k".into())));
    for (lines, expected) in [
        ("nats_client_key = \"/k\"", "`nats_client_certificate`"),
        ("nats_user = \"u\"", "`nats_password_file`"),
        (
            "nats_nkey_file = \"/a\"\nnats_token_file = \"/b\"",
            "set one of",
        ),
    ] {
        let error = choice(lines).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn neither_errors_nor_debug_texts_show_the_token() {
    let token = ("DISCORD_TOKEN", "very secret");
    let error = load(MINIMAL, &[token]).unwrap_err();
    assert_eq!(error.place(), "DISCORD_TOKEN");
    assert!(!format!("{error} {error:?}").contains("very"), "{error:?}");
    let misplaced = "very = secret token";
    let error = load(misplaced, &[TOKEN]).unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
    let config = load(MINIMAL, &[TOKEN]).unwrap();
    assert!(!format!("{config:?}").contains("secret"), "{config:?}");
}

#[test]
fn engine_on_redis_has_a_name_and_no_commands() {
    let file = "intents = 0\nengine = \"rediss://:p4ss@a:6379/2\"\nbot = \"music\"";
    let config = load(file, &[TOKEN]).unwrap();
    let EngineChoice::Redis(redis) = &config.engine else {
        panic!("it is Redis");
    };
    assert_eq!(
        (redis.server(), &*redis.bot),
        ("rediss://:p4ss@a:6379/2", "music")
    );
    assert!(!format!("{config:?}").contains("p4ss"), "{config:?}");
    assert_eq!(config.commands, CommandSource::None);
    let error = load(&format!("{file}\nevents = \"nats\""), &[TOKEN]).unwrap_err();
    assert!(
        error.to_string().contains("only with an engine on NATS"),
        "{error}"
    );
}
