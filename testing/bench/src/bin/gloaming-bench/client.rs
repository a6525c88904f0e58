//! One run of a client.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use gloaming_bench::{Result, compression_name};
use gloaming_protocol::Compression;
use serde::Deserialize;

use crate::{
    programs::Programs,
    replay::Replay,
    rows::{Client, Program, Tls},
};

/// The fields of a client's report that are used.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) version: String,
    pub(crate) build: String,
    pub(crate) events: u64,
    pub(crate) errors: u64,
    pub(crate) ns_per_event: Option<f64>,
    pub(crate) rss_held_kib: Option<u64>,
    pub(crate) ready_wall_s: Option<f64>,
    pub(crate) wall_s: f64,
    #[serde(default)]
    pub(crate) arrivals_ns: Vec<u64>,
}

/// A client and the traffic that it asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) programs: &'a Programs,
    pub(crate) client: Client,
    pub(crate) compression: Compression,
    pub(crate) replay: &'a Replay,
}

/// A program, its arguments, the certificate that it trusts, and how it allocates.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    pub(crate) words: Vec<String>,
    root: Option<PathBuf>,
    allocator: Allocator,
}

/// How the C library on Linux allocates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Allocator {
    /// As it does by itself: what has the size of a block that was freed before is a part of the heap, of which only the
    /// end is returned to the system.
    Default,
    /// Blocks of at least 32 KiB are returned to the system when they are freed.
    ReturnsLargeBlocks,
}

impl Invocation {
    /// The same program, run by another one.
    pub(crate) fn run_by(&self, words: impl IntoIterator<Item = String>) -> Self {
        let words = words.into_iter().chain(self.words.iter().cloned());
        Self {
            words: words.collect(),
            root: self.root.clone(),
            allocator: self.allocator,
        }
    }

    /// The same program with another allocator.
    pub(crate) fn allocating(self, allocator: Allocator) -> Self {
        Self { allocator, ..self }
    }

    fn with(mut self, options: impl IntoIterator<Item = (&'static str, u64)>) -> Self {
        for (name, value) in options {
            self.words.extend([name.to_owned(), value.to_string()]);
        }
        self
    }
}

impl Run<'_> {
    /// The command that receives `sent` events from `url`.
    pub(crate) fn receive(&self, url: &str, sent: u64) -> Invocation {
        self.command(url, self.client.mode).with([("--sent", sent)])
    }

    /// The same command, which also records when each event arrives.
    pub(crate) fn receive_timed(&self, url: &str, sent: u64) -> Invocation {
        let mut command = self.receive(url, sent);
        command.words.extend(["--timed", "on"].map(str::to_owned));
        command
    }

    /// The command that holds shards for as many seconds, once each has READY and received as many events.
    pub(crate) fn hold(&self, url: &str, shards: u32, events: u64, seconds: u64) -> Invocation {
        self.command(url, "idle").with([
            ("--shards", shards.into()),
            ("--events", events),
            ("--hold", seconds),
        ])
    }

    /// The command that receives as many events with each of the shards.
    pub(crate) fn parallel(
        &self,
        url: &str,
        shards: u32,
        events: u64,
        threads: &str,
    ) -> Invocation {
        let mut command = self
            .command(url, "parallel")
            .with([("--shards", shards.into()), ("--events", events)]);
        command
            .words
            .extend(["--threads", threads].map(str::to_owned));
        command
    }

    fn command(&self, url: &str, mode: &str) -> Invocation {
        let Client {
            program,
            inflater,
            parser,
            tls,
            ..
        } = self.client;
        let path = self.programs.client(self.client, self.compression);
        let compression = compression_name(self.compression);
        let mut words = vec![path.display().to_string()];
        words.extend(["--url", url, "--mode", mode, "--compress", compression].map(str::to_owned));
        // twilight-gateway chooses the others when it is compiled.
        if program == Program::Gloaming {
            let tls = (tls == Tls::Native).then_some("native");
            for (name, value) in [
                ("--inflater", inflater),
                ("--parser", parser),
                ("--tls", tls),
            ] {
                words.extend(
                    value
                        .into_iter()
                        .flat_map(|value| [name, value])
                        .map(str::to_owned),
                );
            }
        }
        Invocation {
            words,
            root: self.replay.root().map(Into::into),
            allocator: Allocator::Default,
        }
    }
}

/// Runs a command until it ends, and returns what it printed.
pub(crate) fn output(command: &Invocation) -> Result<Output> {
    let (program, arguments) = command.words.split_first().ok_or("there is no command")?;
    let mut process = Command::new(program);
    process.args(arguments);
    if let Some(root) = &command.root {
        // Both rustls with the roots of the system and OpenSSL trust what is in this file, and nothing else.
        process.env("SSL_CERT_FILE", root);
        process.env_remove("SSL_CERT_DIR");
    }
    if command.allocator == Allocator::ReturnsLargeBlocks {
        process.env("MALLOC_MMAP_THRESHOLD_", "32768");
    }
    let output = process.output()?;
    if output.status.success() {
        return Ok(output);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}` has failed: {errors}", command.words.join(" ")).into())
}

/// Runs a client, and returns its report.
pub(crate) fn report(command: &Invocation) -> Result<Report> {
    let report: Report = serde_json::from_slice(&output(command)?.stdout)?;
    if report.build != "release" {
        return Err("the clients are not compiled for release".into());
    }
    if report.errors > 0 {
        let errors = report.errors;
        let command = command.words.join(" ");
        return Err(format!("`{command}`: {errors} events have errors").into());
    }
    Ok(report)
}
