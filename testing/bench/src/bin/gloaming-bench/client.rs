//! One run of a client.

use std::process::{Command, Output};

use gloaming_bench::{Result, compression_name};
use gloaming_protocol::Compression;
use serde::Deserialize;

use crate::{programs::Programs, rows::Client};

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
    #[serde(default)]
    pub(crate) arrivals_ns: Vec<u64>,
}

/// A client and the traffic that it asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) programs: &'a Programs,
    pub(crate) client: Client,
    pub(crate) compression: Compression,
}

impl Run<'_> {
    /// The command that receives `sent` events from `url`.
    pub(crate) fn receive(&self, url: &str, sent: u64) -> Vec<String> {
        let mut command = self.command(url, self.client.mode);
        command.extend(["--sent".to_owned(), sent.to_string()]);
        command
    }

    /// The same command, which also records when each event arrives.
    pub(crate) fn receive_timed(&self, url: &str, sent: u64) -> Vec<String> {
        let mut command = self.receive(url, sent);
        command.extend(["--timed", "on"].map(str::to_owned));
        command
    }

    /// The command that holds shards for as many seconds, once each has READY and received as many events.
    pub(crate) fn hold(&self, url: &str, shards: u32, events: u64, seconds: u64) -> Vec<String> {
        let mut command = self.command(url, "idle");
        for (name, value) in [
            ("--shards", u64::from(shards)),
            ("--events", events),
            ("--hold", seconds),
        ] {
            command.extend([name.to_owned(), value.to_string()]);
        }
        command
    }

    fn command(&self, url: &str, mode: &str) -> Vec<String> {
        let program = self
            .programs
            .client(self.client.program, self.compression)
            .display()
            .to_string();
        let compression = compression_name(self.compression);
        let arguments = ["--url", url, "--mode", mode, "--compress", compression];
        let inflater = self.client.inflater.into_iter();
        let inflater = inflater.flat_map(|inflater| ["--inflater", inflater]);
        std::iter::once(program)
            .chain(arguments.into_iter().chain(inflater).map(str::to_owned))
            .collect()
    }
}

/// Runs a command until it ends, and returns what it printed.
pub(crate) fn output(command: &[String]) -> Result<Output> {
    let (program, arguments) = command.split_first().ok_or("there is no command")?;
    let output = Command::new(program).args(arguments).output()?;
    if output.status.success() {
        return Ok(output);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}` has failed: {errors}", command.join(" ")).into())
}

/// Runs a client, and returns its report.
pub(crate) fn report(command: &[String]) -> Result<Report> {
    let report: Report = serde_json::from_slice(&output(command)?.stdout)?;
    if report.build != "release" {
        return Err("the clients are not compiled for release".into());
    }
    if report.errors > 0 {
        let errors = report.errors;
        return Err(format!("`{}`: {errors} events have errors", command.join(" ")).into());
    }
    Ok(report)
}
