//! The examples of workers, in each language: they take the events that a node has published, and acknowledge them.
//!
//! `cargo xtask test` installs the packages that they need below `target/tools/nats-workers`.

use bytes::Bytes;
use gloaming_coordinator::{Events, Fence, MessageId, PublishedEvent};
use gloaming_nats::{EventStream, NatsConfig, NatsEvents};
use gloaming_protocol::ShardId;
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

#[tokio::test]
async fn worker_in_rust_acknowledges() {
    // `cargo xtask test` builds it before, as `cargo test` does if it runs all tests of the package.
    let test = env::current_exe().unwrap();
    let debug = test.parent().unwrap().parent().unwrap();
    let program = format!("worker{}", env::consts::EXE_SUFFIX);
    check(Command::new(debug.join("examples").join(program))).await;
}

#[tokio::test]
async fn worker_in_python_acknowledges() {
    let mut python = Command::new(if cfg!(windows) { "python" } else { "python3" });
    python
        .arg(examples().join("python/worker.py"))
        .env("PYTHONPATH", packages("python"))
        .env("PYTHONIOENCODING", "utf-8");
    check(python).await;
}

#[tokio::test]
async fn worker_in_javascript_acknowledges() {
    // Node looks for packages beside the program.
    let folder = packages("javascript");
    let program = folder.join("worker.js");
    fs::copy(examples().join("javascript/worker.js"), &program).unwrap();
    let mut node = Command::new("node");
    node.arg(program).current_dir(folder);
    check(node).await;
}
