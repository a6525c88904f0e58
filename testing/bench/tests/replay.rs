//! The server's traffic, as the client and the floor receive it.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use gloaming_bench::shared_clock_ns;
use serde_json::Value;

const EVENTS: u64 = 1_500;

struct Replay {
    process: Child,
    output: BufReader<ChildStdout>,
    line: Value,
}

impl Replay {
    fn start(arguments: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_gloaming-replay"))
            .args(["--events", &EVENTS.to_string()])
            // These may have another number of events.
            .args(arguments.split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server can be started");
        let output = process.stdout.take().expect("the output is piped");
        let mut replay = Self {
            process,
            output: BufReader::new(output),
            line: Value::Null,
        };
        replay.line = replay.next_line();
        replay
    }

    fn next_line(&mut self) -> Value {
        let mut line = String::new();
        let read = self.output.read_line(&mut line);
        read.expect("the server prints a line");
        serde_json::from_str(&line).expect("the line is JSON")
    }

    fn url(&self) -> &str {
        self.line["url"].as_str().expect("the URL is text")
    }

    fn guilds(&self) -> u64 {
        self.line["guilds"].as_u64().expect("it is a number")
    }

    /// Receives `events` events with a client.
    fn receive(&self, program: &str, mode: &str, compress: &str, events: u64) -> Value {
        let url = format!("{}/{events}/close", self.url());
        let output = Command::new(program)
            .args(["--url", &url, "--mode", mode, "--compress", compress])
            .args(["--sent", &events.max(1).to_string()])
            .output()
            .expect("the client can be started");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{mode}, {compress}: {errors}");
        serde_json::from_slice(&output.stdout).expect("the line is JSON")
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

const FIREHOSE: &str = env!("CARGO_BIN_EXE_gloaming-firehose");
const FLOOR: &str = env!("CARGO_BIN_EXE_gloaming-floor");

#[test]
fn every_client_receives_all_of_it_with_every_compression() {
    for compress in ["none", "payload", "zlib", "zstd"] {
        let replay = Replay::start(&format!("--mix large-bot --compress {compress}"));
        let expected = EVENTS + replay.guilds();
        let typed = replay.receive(FIREHOSE, "typed", compress, EVENTS);
        assert_eq!(
            (&typed["events"], &typed["errors"]),
            (&expected.into(), &0.into())
        );
        let raw = replay.receive(FIREHOSE, "raw", compress, EVENTS);
        assert_eq!(raw["by_type"], typed["by_type"]);
        let floor = replay.receive(FLOOR, "floor", compress, EVENTS);
        assert_eq!(floor["events"], expected);
        assert_eq!(floor["bytes"], raw["bytes"]);
        assert_eq!(floor["wire_bytes"], raw["wire_bytes"]);
    }
}

#[test]
fn client_chooses_the_number_of_events() {
    let replay = Replay::start("--mix small-bot");
    for events in [0, 1, 100] {
        let raw = replay.receive(FIREHOSE, "raw", "none", events);
        assert_eq!(raw["events"], replay.guilds() + events);
    }
}

#[test]
fn shards_are_held_once_they_have_their_events() {
    let replay = Replay::start("--mix small-bot --compress zlib");
    let url = format!("{}/50/hold", replay.url());
    let events = (replay.guilds() + 50).to_string();
    let output = Command::new(FIREHOSE)
        .args(["--url", &url, "--mode", "idle", "--compress", "zlib"])
        .args(["--shards", "3", "--events", &events, "--hold", "0"])
        .output()
        .expect("the client can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let line: Value = serde_json::from_slice(&output.stdout).expect("the line is JSON");
    assert_eq!(line["shards"], 3);
    assert_eq!(line["events"], 0, "all of them came before the window");
}

#[test]
fn two_of_five_events_of_a_large_bot_are_presences() {
    let replay = Replay::start("--mix large-bot");
    let raw = replay.receive(FIREHOSE, "raw", "none", EVENTS);
    let presences = raw["by_type"]["PRESENCE_UPDATE"].as_u64().unwrap_or(0) as f64;
    let part = presences / EVENTS as f64;
    assert!((0.35..0.45).contains(&part), "{part}");

    let replay = Replay::start("--mix no-presences");
    let raw = replay.receive(FIREHOSE, "raw", "none", EVENTS);
    assert_eq!(raw["by_type"]["PRESENCE_UPDATE"], Value::Null);
}

#[test]
fn mistakes_on_the_command_line_are_named() {
    for arguments in [
        "",
        "--mix large-bot",
        "--mix tiny-bot --events 1",
        "--events",
        "--size 1",
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_gloaming-replay"))
            .args(arguments.split_whitespace())
            .output()
            .expect("the server can be started");
        assert!(!output.status.success(), "{arguments}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("usage: "),
            "{arguments}"
        );
    }
}

#[test]
fn paced_events_are_written_at_a_rate_and_arrive_after_that() {
    let mut replay = Replay::start("--mix small-bot --compress zlib");
    let url = format!("{}/100/paced/500", replay.url());
    let before = shared_clock_ns().expect("a clock that processes share");
    let output = Command::new(FIREHOSE)
        .args(["--url", &url, "--mode", "typed", "--compress", "zlib"])
        .args(["--sent", "100", "--timed", "on"])
        .output()
        .expect("the client can be started");
    assert!(output.status.success());
    let report: Value = serde_json::from_slice(&output.stdout).expect("the line is JSON");
    let arrived = times(&report["arrivals_ns"]);
    let written = times(&replay.next_line());
    let guilds = usize::try_from(replay.guilds()).expect("there are few");
    assert_eq!((arrived.len(), written.len()), (100 + guilds, 100));
    for (written, arrived) in written.iter().zip(&arrived[guilds..]) {
        assert!(written < arrived, "{written} {arrived}");
    }
    // Each is written at its time or later, also the first.
    let took = written[99] - before;
    assert!(took >= 99 * 2_000_000, "{took} ns");
}

fn times(value: &Value) -> Vec<u64> {
    let numbers = value.as_array().expect("an array");
    numbers.iter().filter_map(Value::as_u64).collect()
}

#[test]
fn encrypted_events_are_received_by_clients_that_trust_the_certificate() {
    for compress in ["none", "zlib"] {
        let replay = Replay::start(&format!("--mix large-bot --compress {compress} --tls on"));
        let url = format!("{}/{EVENTS}/close", replay.url());
        assert!(url.starts_with("wss://"), "{url}");
        let certificate = replay.line["root_certificate"].as_str().expect("a text");
        let root = std::env::temp_dir().join(format!("replay-{}.pem", replay.process.id()));
        std::fs::write(&root, certificate).expect("the folder can be written");
        let receive = |tls: &str| {
            let mut command = Command::new(FIREHOSE);
            command
                .args(["--url", &url, "--mode", "typed", "--compress", compress])
                .args(["--sent", &EVENTS.to_string(), "--tls", tls]);
            command
        };
        for tls in ["rustls", "native"] {
            let output = receive(tls).env("SSL_CERT_FILE", &root).output();
            let output = output.expect("the client can be started");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{tls}, {compress}: {errors}");
            let line: Value = serde_json::from_slice(&output.stdout).expect("the line is JSON");
            assert_eq!(line["events"], EVENTS + replay.guilds());
        }
        let output = receive("rustls").output().expect("it can be started");
        assert!(!output.status.success(), "nothing says that it is trusted");
        std::fs::remove_file(&root).expect("it was written");
    }
}

#[test]
fn guilds_of_a_startup_have_many_sizes() {
    let replay = Replay::start("--mix startup --events 20");
    assert_eq!(replay.guilds(), 0);
    let typed = replay.receive(FIREHOSE, "typed", "none", 20);
    assert_eq!(
        (&typed["errors"], &typed["by_type"]["GUILD_CREATE"]),
        (&0.into(), &20.into())
    );
    let replay = Replay::start("--mix large-guilds --events 4 --compress zlib");
    let typed = replay.receive(FIREHOSE, "typed", "zlib", 4);
    assert_eq!(typed["errors"], 0);
    let bytes = typed["bytes"].as_u64().expect("a number") / 4;
    assert!((1 << 20..(1 << 20) + 2048).contains(&bytes), "{bytes}");
}

#[test]
fn shards_receive_in_parallel_until_each_has_its_events() {
    let replay = Replay::start("--mix small-bot --compress zlib");
    let url = format!("{}/50/hold", replay.url());
    let events = 50 + replay.guilds();
    for threads in ["one", "two", "cluster"] {
        let output = Command::new(FIREHOSE)
            .args(["--url", &url, "--mode", "parallel", "--compress", "zlib"])
            .args(["--shards", "3", "--events", &events.to_string()])
            .args(["--threads", threads])
            .output()
            .expect("the client can be started");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{threads}: {errors}");
        let line: Value = serde_json::from_slice(&output.stdout).expect("the line is JSON");
        assert_eq!(line["by_type"]["READY"], 3, "{threads}");
        assert_eq!(line["events"], 3 * (events + 1), "{threads}");
        assert_eq!(line["sent"], 3 * events, "{threads}");
    }
}

#[test]
fn steady_events_arrive_once_all_clients_are_there() {
    let replay = Replay::start("--mix small-bot --compress zlib");
    let url = format!("{}/20/steady/5/1000/2", replay.url());
    let events = (replay.guilds() + 20).to_string();
    let output = Command::new(FIREHOSE)
        .args(["--url", &url, "--mode", "idle", "--compress", "zlib"])
        .args(["--shards", "2", "--events", &events, "--hold", "0"])
        .output()
        .expect("the client can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}
