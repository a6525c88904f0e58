//! The server's process.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use gloaming_bench::{Result, compression_name};
use gloaming_protocol::Compression;
use serde::Deserialize;

use crate::programs::Programs;

/// A server, which ends with this value.
#[derive(Debug)]
pub(crate) struct Replay {
    process: Child,
    output: BufReader<ChildStdout>,
    pub(crate) serving: Serving,
}

/// What the server prints once clients can connect.
#[derive(Debug, Deserialize)]
pub(crate) struct Serving {
    url: String,
    guilds: u64,
    pub(crate) mean_inflated_bytes: u64,
    pub(crate) mean_wire_bytes: u64,
}

impl Replay {
    pub(crate) fn start(
        programs: &Programs,
        mix: &str,
        compression: Compression,
        events: u64,
    ) -> Result<Self> {
        let mut process = Command::new(programs.replay())
            .args(["--mix", mix, "--compress", compression_name(compression)])
            .args(["--events", &events.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = process.stdout.take().ok_or("the server has no output")?;
        let mut output = BufReader::new(output);
        output.read_line(&mut line)?;
        let serving = serde_json::from_str(&line)
            .map_err(|error| format!("the server has not started: {error}"));
        Ok(Self {
            serving: serving.inspect_err(|_| end(&mut process))?,
            process,
            output,
        })
    }

    /// The URL where a client receives `events` dispatches, as many of them per second, and then a close frame.
    pub(crate) fn paced(&self, events: u64, per_second: u32) -> String {
        format!("{}/{events}/paced/{per_second}", self.serving.url)
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
    }
}

fn end(process: &mut Child) {
    // It may have ended by itself.
    _ = process.kill();
    _ = process.wait();
}
