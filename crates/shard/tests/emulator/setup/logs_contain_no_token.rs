//! No log (at trace level), error or `Debug` contains the token.

use crate::harness::{
    config_of, in_time, is_ready, is_resumed, start, until, until_end, variants_of,
};
use gloaming_emulator::{Emulator, Selector};
use gloaming_shard::{
    CloseFrame, ConfigBuilder, EventTypeFlags, Intents, Item, Shard, ShardId, StreamExt as _,
    machine::{Machine, MachineConfig, Output},
};
use std::{
    cell::RefCell,
    error::Error,
    fmt::{Debug, Write as _},
    io::{self, Write as _},
    sync::Once,
};
use tracing_subscriber::{
    Layer as _, filter::dynamic_filter_fn, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

const TOKEN: &str = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs";

thread_local! {
    /// The log of this thread, if it is captured. The emulator runs on another thread and is not captured.
    static LOGGED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

fn is_listening() -> bool {
    LOGGED.with_borrow(Option::is_some)
}

struct Capture;

impl io::Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.iter_mut().for_each(|logged| logged.extend(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl log::Log for Capture {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        is_listening()
    }

    fn log(&self, record: &log::Record<'_>) {
        // Formatting may log, too.
        let line = format!("log {}: {}\n", record.target(), record.args());
        _ = Self.write_all(line.as_bytes());
    }

    fn flush(&self) {}
}

/// Captures the log of this thread at trace level.
fn listen() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let layer = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(|| Capture)
            .with_filter(dynamic_filter_fn(|_, _| is_listening()));
        tracing_subscriber::registry().with(layer).init();
        log::set_boxed_logger(Box::new(Capture)).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
    LOGGED.set(Some(Vec::new()));
}

fn logged() -> String {
    let logged = LOGGED.take().expect("this thread captures its log");
    String::from_utf8(logged).expect("logs are text")
}

/// Adds the `Debug` output of a public value to the log.
fn show(what: impl Debug) {
    tracing::trace!("shown: {what:?} {what:#?}");
}

fn show_error(error: &(dyn Error + 'static)) {
    let mut text = String::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        write!(text, "{error} {error:?} ").unwrap();
        cause = error.source();
    }
    tracing::trace!("shown: {text}");
}

fn show_items(items: &[Item]) {
    for item in items {
        show(item);
        match item {
            Item::Failure(error) => show_error(error),
            Item::Undecodable(error) => show_error(error),
            _ => {}
        }
    }
}

fn show_shard(shard: &Shard) {
    show(shard);
    show(shard.config());
    show(ConfigBuilder::from(shard.config().clone()));
    show(shard.config().connector());
    show(shard.config().queue());
    show(shard.config().tls());
    show(shard.sender());
    show(shard.session());
    show(shard.latency());
    show(shard.ratelimiter());
    show(shard.state());
    show(shard.traffic());
}

/// Runs through IDENTIFY, commands, a lost connection, RESUME, op 9 and a close.
async fn run_session(emulator: &Emulator, config: ConfigBuilder) {
    show(&config);
    let mut shard = Shard::with_config(ShardId::ONE, config.build());
    show_shard(&shard);
    show(shard.next_event(EventTypeFlags::all()));
    show(shard.next_message());
    show_items(&until(&mut shard, is_ready).await);
    show_shard(&shard);
    show(shard.sender().submit(
        r#"{"op":3,"d":{"since":null,"activities":[],"status":"online","afk":false}}"#.to_owned(),
    ));
    emulator.request_heartbeat(Selector::All);
    emulator.drop_connections(Selector::All);
    show_items(&until(&mut shard, is_resumed).await);
    show_shard(&shard);

    let mut spawned = shard.spawn(EventTypeFlags::all(), 8);
    show(&spawned);
    emulator.reconnect(Selector::All);
    while let Some(item) = in_time("an item", spawned.next_item()).await {
        let resumed = is_resumed(&item);
        show_items(&[item]);
        if resumed {
            spawned.sender().close(CloseFrame::NORMAL).unwrap();
        }
    }
    let (items, task) = spawned.split();
    show(items);
    show(&task);
    show(task.join().await);
}

/// Runs through failures that involve the token.
async fn fail(emulator: &Emulator, config: ConfigBuilder) {
    let refused = config_of(emulator, TOKEN, Intents::from_bits_retain(1 << 40));
    let elsewhere = config.clone().gateway_url("ws://127.0.0.1:1");
    let nowhere = config.clone().gateway_url("ftp://127.0.0.1:1");
    let oversized = config.clone().large_threshold(7);
    for config in [refused, nowhere, oversized] {
        if let Err(error) = config.clone().try_build() {
            show_error(&error);
        }
        let mut shard = Shard::with_config(ShardId::ONE, config.build());
        show_items(&until_end(&mut shard).await);
        show_shard(&shard);
    }
    let mut shard = Shard::with_config(ShardId::ONE, elsewhere.build());
    show_items(&until(&mut shard, |item| matches!(item, Item::Failure(_))).await);
    show_shard(&shard);

    emulator.refuse_resume_host(Some(503));
    let mut shard = Shard::with_config(ShardId::ONE, config.build());
    until(&mut shard, is_ready).await;
    emulator.drop_connections(Selector::All);
    show_items(&until(&mut shard, is_resumed).await);
    emulator.refuse_resume_host(None);
}

/// Shows the state machine and its outputs.
fn show_machine(token: &str) {
    let token = gloaming_protocol::Token::new(token);
    show(&token);
    let identify = format!(r#"{{"op":2,"d":{{"token":"{}"}}}}"#, token.expose());
    let compression = gloaming_shard::Compression::None;
    let config = MachineConfig::new(token, identify, "ws://127.0.0.1", compression).unwrap();
    show(&config);
    let mut machine = Machine::new(config, None, 1);
    #[expect(clippy::disallowed_methods, reason = "any time will do")]
    let now = std::time::Instant::now();
    let hello = gloaming_shard::Payload::parse(r#"{"op":10,"d":{"heartbeat_interval":41250}}"#);
    let hello = hello.unwrap();
    for input in [
        gloaming_shard::machine::Input::Start,
        gloaming_shard::machine::Input::Connected,
        gloaming_shard::machine::Input::Payload(&hello),
        gloaming_shard::machine::Input::PermitGranted,
    ] {
        machine.handle_input(now, input);
        show(&machine);
        loop {
            let output = machine.poll_output();
            show(&output);
            if matches!(output, Output::Wait(_)) {
                break;
            }
        }
    }
}

#[test]
fn identify_resume_and_failure_do_not_log_the_token() {
    let elsewhere = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let builder = Emulator::builder().token(TOKEN).guilds(1);
    let emulator = elsewhere.block_on(elsewhere.spawn(start(builder))).unwrap();
    let here = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    listen();
    here.block_on(async {
        let config = config_of(&emulator, TOKEN, Intents::GUILDS);
        for (_, config) in variants_of(&emulator, &config) {
            run_session(&emulator, config.clone()).await;
            fail(&emulator, config).await;
        }
        let config = config_of(&emulator, "a.wrong.token", Intents::GUILDS);
        let mut shard = Shard::with_config(ShardId::ONE, config.build());
        show_items(&until_end(&mut shard).await);
    });
    show_machine(TOKEN);

    let logged = logged();
    for expected in [
        "TRACE",
        "ready",
        "resumed",
        "log tungstenite",
        "sending",
        "503",
        "shown: Shard",
    ] {
        assert!(logged.contains(expected), "{expected:?} was logged");
    }
    let hex: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
    for secret in [
        TOKEN,
        &hex,
        "a.wrong.token",
        TOKEN.split('.').next_back().unwrap(),
    ] {
        let line = logged.lines().find(|line| line.contains(secret));
        assert_eq!(line, None);
    }
    elsewhere.shutdown_background();
}
