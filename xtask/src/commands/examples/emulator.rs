//! The bundled emulator, as a process.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{
    http,
    process::{Process, built, deadline, now},
};

/// The interval at which conditions are checked.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// An emulator that runs until it is dropped, or its [verdict](Self::verdict) is asked for.
pub(super) struct Emulator {
    process: Process,
    pub(super) ws_url: String,
    pub(super) wss_url: String,
    pub(super) token: String,
    /// The host and port of the REST API, beside which is the control API.
    pub(super) rest: String,
    /// The root certificate, for `wss_url`.
    pub(super) root: PathBuf,
}

impl Emulator {
    /// Starts an emulator with these options, separated by spaces.
    pub(super) fn start(options: &str, folder: &Path) -> anyhow::Result<Self> {
        let root = folder.join("root.pem");
        let mut command = Command::new(built("gloaming-emulator"));
        command
            .args(options.split_whitespace())
            .args(["--strict", "--quiet", "--root-out"])
            .arg(&root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let process = Process::start(command)?;
        let mut announced = Vec::new();
        let deadline = deadline();
        loop {
            let line = process.next_line(deadline)?;
            let line = line.context("the emulator did not start")?;
            if line.starts_with("ready") {
                break;
            }
            announced.push(line);
        }
        let value = |name: &str| {
            announced
                .iter()
                .filter_map(|line| line.split_once(' '))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.trim().to_owned())
                .with_context(|| format!("the emulator did not print its {name}"))
        };
        Ok(Self {
            ws_url: value("ws")?,
            wss_url: value("wss")?,
            token: value("token")?,
            rest: value("rest")?.trim_start_matches("http://").to_owned(),
            process,
            root,
        })
    }

    /// Makes a member write a message in the guild with this index, once a shard is there to get it.
    pub(super) fn say(&self, guild: usize, content: &str) -> anyhow::Result<()> {
        let guilds = self.control("GET", "guilds", &Value::Null)?;
        let guild = &guilds[guild];
        self.until("a shard gets the message", || {
            let body = json!({"guild": guild, "content": content});
            Ok(self.control("POST", "say", &body)?["sessions"] == 1)
        })
    }

    /// Sends an event to the shards that it is for.
    pub(super) fn event(&self, name: &str, data: Value) -> anyhow::Result<()> {
        let body = json!({"name": name, "data": data});
        self.control("POST", "event", &body).map(drop)
    }

    /// Performs an action of a scenario.
    pub(super) fn action(&self, action: &Value) -> anyhow::Result<()> {
        self.control("POST", "action", action).map(drop)
    }

    /// Returns a counter.
    pub(super) fn count(&self, name: &str) -> anyhow::Result<u64> {
        let stats = self.control("GET", "stats", &Value::Null)?;
        stats[name]
            .as_u64()
            .with_context(|| format!("the emulator does not count {name}"))
    }

    /// Checks a condition until it holds.
    pub(super) fn until(
        &self,
        what: &str,
        mut condition: impl FnMut() -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let deadline = deadline();
        while !condition()? {
            if now() > deadline {
                bail!("it did not happen that {what}");
            }
            thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    /// Ends the emulator. Fails if a rule of the gateway was broken.
    pub(super) fn verdict(mut self) -> anyhow::Result<()> {
        self.process.interrupt()?;
        let deadline = deadline();
        let mut summary = Vec::new();
        while let Some(line) = self.process.next_line(deadline)? {
            summary.push(line);
        }
        let status = self.process.status()?;
        // It ends with another code if a rule was broken.
        if !status.success() {
            bail!("the emulator ended with {status}:\n{}", summary.join("\n"));
        }
        fs::remove_file(&self.root)?;
        Ok(())
    }

    fn control(&self, method: &str, resource: &str, body: &Value) -> anyhow::Result<Value> {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let response = http::request(&self.rest, method, &format!("/control/{resource}"), &body)?;
        Ok(serde_json::from_str(&response)?)
    }
}
