//! The server's process.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use gloaming_bench::{Result, compression_name};
use serde::Deserialize;

use crate::{programs::Programs, rows::Traffic};

/// A server, which ends with this value.
#[derive(Debug)]
pub(crate) struct Replay {
    process: Child,
    output: BufReader<ChildStdout>,
    pub(crate) serving: Serving,
    /// The file with the certificate that clients trust.
    root: Option<PathBuf>,
}

/// What the server prints once clients can connect.
#[derive(Debug, Deserialize)]
pub(crate) struct Serving {
    url: String,
    guilds: u64,
    pub(crate) mean_inflated_bytes: u64,
    pub(crate) mean_wire_bytes: u64,
    root_certificate: Option<String>,
}

impl Replay {
    pub(crate) fn start(programs: &Programs, traffic: Traffic, events: u64) -> Result<Self> {
        let Traffic {
            mix,
            compression,
            is_encrypted,
        } = traffic;
        let mut process = Command::new(programs.replay())
            .args(["--mix", mix, "--compress", compression_name(compression)])
            .args(["--tls", if is_encrypted { "on" } else { "off" }])
            .args(["--events", &events.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = process.stdout.take().ok_or("the server has no output")?;
        let mut output = BufReader::new(output);
        output.read_line(&mut line)?;
        let serving = serde_json::from_str::<Serving>(&line)
            .map_err(|error| format!("the server has not started: {error}"));
        let mut replay = Self {
            serving: serving.inspect_err(|_| end(&mut process))?,
            process,
            output,
            root: None,
        };
        if let Some(certificate) = &replay.serving.root_certificate {
            let file = programs.file(&format!("gloaming-bench-root-{}.pem", replay.process.id()));
            fs::write(&file, certificate)?;
            replay.root = Some(file);
        }
        Ok(replay)
    }

    /// The file with the certificate to trust, if connections are encrypted.
    pub(crate) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// The URL where a client receives `events` dispatches, as many of them per second, and then a close frame.
    pub(crate) fn paced(&self, events: u64, per_second: u32) -> String {
        format!("{}/{events}/paced/{per_second}", self.serving.url)
    }

    /// The URL where a client receives `events` dispatches: `before` of them at once, the others per second once as many
    /// clients are there, and then nothing.
    pub(crate) fn steady(&self, events: u64, before: u64, per_second: u32, clients: u32) -> String {
        let url = &self.serving.url;
        format!("{url}/{events}/steady/{before}/{per_second}/{clients}")
    }

    /// Reads when each dispatch of a client at the [`paced`](Self::paced) URL was written. Waits for the last one.
    pub(crate) fn written_ns(&mut self) -> Result<Vec<u64>> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    /// The URL where a client receives `events` dispatches and then a close frame.
    pub(crate) fn then_close(&self, events: u64) -> String {
        format!("{}/{events}/close", self.serving.url)
    }

    /// The URL where a client receives `events` dispatches and then nothing.
    pub(crate) fn then_hold(&self, events: u64) -> String {
        format!("{}/{events}/hold", self.serving.url)
    }

    /// The number of GUILD_CREATEs before the dispatches.
    pub(crate) const fn guilds(&self) -> u64 {
        self.serving.guilds
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        end(&mut self.process);
        if let Some(root) = &self.root {
            // Another certificate is made for the next server.
            _ = fs::remove_file(root);
        }
    }
}

fn end(process: &mut Child) {
    // It may have ended by itself.
    _ = process.kill();
    _ = process.wait();
}
