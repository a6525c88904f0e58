//! The examples of workers, in each language: they take the events that a node has published, and acknowledge them; and they send
//! commands by the node that owns a shard.
//!
//! `cargo xtask test` installs the packages that they need below `target/tools/nats-workers`.

use bytes::Bytes;
use gloaming_coordinator::{
    CommandReply, CommandStatus, Commands as _, Events, Fence, MessageId, PublishedEvent,
};
use gloaming_nats::{EventStream, NatsCommands, NatsConfig, NatsCoordinator, NatsEvents};
use gloaming_protocol::ShardId;
use gloaming_queue::QueueSettings;
use gloaming_test_support::nats::NatsServer;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const BOT: &str = "example";

/// Publishes three messages, runs the worker until it has handled them, and checks what it printed and that nothing is left.
async fn check(mut worker: Command) {
    let server = NatsServer::start();
    let config = NatsConfig::new(&server.address(), BOT).unwrap();
    let events = NatsEvents::connect(&config, EventStream::new());
    let events = events.await.unwrap();
    let contents = ["one", "two", "drei 🌒"];
    for (sequence, content) in (1..).zip(contents) {
        let payload = format!(r#"{{"id":"1","content":"{content}"}}"#);
        let event = PublishedEvent {
            shard: ShardId::new(3, 16),
            fence: Fence::new(7),
            id: MessageId {
                session: "d8c3b5".into(),
                sequence,
            },
            name: "MESSAGE_CREATE".into(),
            payload: Bytes::from(payload),
        };
        events.publish(event).await.unwrap();
    }

    worker
        .env("NATS_URL", server.address())
        .env("BOT", BOT)
        .env("EVENTS", "3");
    let ran = tokio::task::spawn_blocking(move || worker.output().unwrap());
    let output = ran.await.unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{errors}");
    let lines: Vec<_> = printed.lines().collect();
    let expected = (1..).zip(contents);
    let expected =
        expected.map(|(sequence, content)| format!("d8c3b5:{sequence} of shard 3: {content}"));
    assert_eq!(lines, expected.collect::<Vec<_>>());

    // What was acknowledged has left the stream.
    let client = async_nats::connect(server.address()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let stream = jetstream.get_stream("gloaming-example-events").await;
    assert_eq!(stream.unwrap().cached_info().state.messages, 0);
}

/// A guild of shard 2 of 16.
const GUILD: &str = "197038439483310086";

/// Lets a program send a command while no node runs, and while one does, and checks what it printed and what the node got.
async fn check_command(make: impl Fn() -> Command) {
    let server = NatsServer::start();
    let config = NatsConfig::new(&server.address(), BOT).unwrap();
    let engine = NatsCoordinator::connect(&config, QueueSettings::default());
    let agreement = br#"{"shards":16,"max_concurrency":1}"#;
    let agreed = engine.await.unwrap().agree(agreement.as_slice()).await;
    agreed.unwrap();
    let run = async || {
        let mut program = make();
        program
            .env("NATS_URL", server.address())
            .env("BOT", BOT)
            .env("GUILD", GUILD);
        let ran = tokio::task::spawn_blocking(move || program.output().unwrap());
        let output = ran.await.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(run().await.trim(), "no_owner");

    let commands = NatsCommands::connect(&config).await.unwrap();
    let shard = ShardId::new(2, 16);
    let mut requests = commands.serve(shard).await.unwrap();
    let owner = async {
        let incoming = requests.next().await.unwrap().unwrap();
        let request = incoming.request();
        assert_eq!(request.shard, shard, "the number of shards is in a header");
        let payload: serde_json::Value = serde_json::from_slice(&request.payload).unwrap();
        let expected = serde_json::json!({"op": 31, "d": {"guild_ids": [GUILD]}});
        assert_eq!(payload, expected);
        let status = CommandStatus::Sent;
        let fence = Fence::new(7);
        incoming.reply(CommandReply { status, fence }).await;
    };
    let (printed, ()) = tokio::join!(run(), owner);
    assert_eq!(printed.trim(), "sent");
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// Returns the folder in which the packages of a language are installed.
fn packages(language: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let folder = target.join("tools/nats-workers").join(language);
    assert!(
        folder.is_dir(),
        "{} does not exist: `cargo xtask test` installs what the workers need",
        folder.display()
    );
    folder
}

fn rust(name: &str) -> Command {
    // `cargo xtask test` builds it before, as `cargo test` does if it runs all tests of the package.
    let test = env::current_exe().unwrap();
    let debug = test.parent().unwrap().parent().unwrap();
    let program = format!("{name}{}", env::consts::EXE_SUFFIX);
    Command::new(debug.join("examples").join(program))
}

fn python(name: &str) -> Command {
    let mut python = Command::new(if cfg!(windows) { "python" } else { "python3" });
    python
        .arg(examples().join("python").join(format!("{name}.py")))
        .env("PYTHONPATH", packages("python"))
        .env("PYTHONIOENCODING", "utf-8");
    python
}

fn javascript(name: &str) -> Command {
    // Node looks for packages beside the program.
    let folder = packages("javascript");
    let name = format!("{name}.js");
    let program = folder.join(&name);
    fs::copy(examples().join("javascript").join(name), &program).unwrap();
    let mut node = Command::new("node");
    node.arg(program).current_dir(folder);
    node
}

#[tokio::test]
async fn worker_in_rust_acknowledges() {
    check(rust("worker")).await;
}

#[tokio::test]
async fn worker_in_python_acknowledges() {
    check(python("worker")).await;
}

#[tokio::test]
async fn worker_in_javascript_acknowledges() {
    check(javascript("worker")).await;
}

#[tokio::test]
async fn command_in_rust_is_sent() {
    check_command(|| rust("command")).await;
}

#[tokio::test]
async fn command_in_python_is_sent() {
    check_command(|| python("command")).await;
}

#[tokio::test]
async fn command_in_javascript_is_sent() {
    check_command(|| javascript("command")).await;
}
