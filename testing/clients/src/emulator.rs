//! A `gloaming-emulator` process.

use std::{
    collections::BTreeMap,
    env::consts::EXE_SUFFIX,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{http, process::Process};

const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A token in the form of Discord's, which hikari requires: it begins with the id of a user in base64.
pub(crate) const TOKEN: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4.gloaming.emulator";

/// A `gloaming-emulator` process, and a client of its control API. The process is killed on drop.
#[derive(Debug)]
pub(crate) struct Emulator {
    _process: Process,
    /// The values that the emulator printed at its start, by name.
    settings: BTreeMap<String, String>,
}

/// How often each rule was violated, by the rule and the detail of the violation.
pub(crate) type Findings = BTreeMap<(String, String), u64>;

impl Emulator {
    /// Starts the program in the folder `built` on free ports.
    pub(crate) fn start(built: &Path, options: &[&str]) -> Result<Self, String> {
        let program = built.join(format!("gloaming-emulator{EXE_SUFFIX}"));
        let mut command = Command::new(&program);
        command
            .args(options)
            .env("GLOAMING_EMULATOR_TOKEN", TOKEN)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut process = Process::start(&mut command)?;
        let stdout = process.take_stdout();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(stdout.map_or_else(BTreeMap::new, read_settings)));
        let settings = receiver
            .recv_timeout(START_TIMEOUT)
            .map_err(|_| "the emulator did not print its URLs".to_owned())?;
        Ok(Self {
            _process: process,
            settings,
        })
    }

    /// Returns the value that the emulator printed with this name: `ws` or `rest`.
    pub(crate) fn setting(&self, name: &str) -> Result<&str, String> {
        let value = self.settings.get(name).map(String::as_str);
        value.ok_or_else(|| format!("the emulator did not print its `{name}`"))
    }

    /// Returns the response to `GET /control/{resource}`.
    pub(crate) fn get(&self, resource: &str) -> Result<Value, String> {
        http::request(self.host()?, &format!("GET /control/{resource}"), None)
    }

    /// Returns the value of a counter.
    pub(crate) fn counter(&self, name: &str) -> Result<u64, String> {
        let stats = self.get("stats")?;
        stats[name]
            .as_u64()
            .ok_or_else(|| format!("the emulator has no counter `{name}`"))
    }

    /// Performs a scenario's action immediately.
    pub(crate) fn perform(&self, action: &Value) -> Result<(), String> {
        http::request(self.host()?, "POST /control/action", Some(action)).map(drop)
    }

    /// Sends a message of a member. Returns the number of sessions that the event was dispatched to.
    pub(crate) fn say(&self, guild: &str, content: &str) -> Result<u64, String> {
        let message = json!({"guild": guild, "content": content});
        let response = http::request(self.host()?, "POST /control/say", Some(&message))?;
        Ok(response["sessions"].as_u64().unwrap_or_default())
    }

    /// Uses a slash command as a member.
    pub(crate) fn use_command(&self, command: &Value) -> Result<(), String> {
        http::request(self.host()?, "POST /control/command", Some(command)).map(drop)
    }

    /// Returns the `violations` or the `notes` so far.
    pub(crate) fn findings(&self, resource: &str) -> Result<Findings, String> {
        let mut findings = Findings::new();
        for finding in self.get(resource)?.as_array().into_iter().flatten() {
            let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            *findings.entry((text("rule"), text("detail"))).or_default() += 1;
        }
        Ok(findings)
    }

    fn host(&self) -> Result<&str, String> {
        Ok(self.setting("rest")?.trim_start_matches("http://"))
    }
}

/// Reads lines of the form `name value` up to the line that begins with `ready`.
fn read_settings(stdout: impl std::io::Read) -> BTreeMap<String, String> {
    BufReader::new(stdout)
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.starts_with("ready"))
        .filter_map(|line| {
            let (name, value) = line.split_once(' ')?;
            Some((name.to_owned(), value.trim().to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_until_the_emulator_is_ready() {
        let stdout = "ws    ws://127.0.0.1:1\nrest  http://127.0.0.1:5\nready; interrupt\nws 2\n";
        let settings = read_settings(stdout.as_bytes());
        assert_eq!(settings["ws"], "ws://127.0.0.1:1");
        assert_eq!(settings["rest"], "http://127.0.0.1:5");
        assert_eq!(settings.len(), 2);
    }
}
