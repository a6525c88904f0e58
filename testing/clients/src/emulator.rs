//! The program `gloaming-emulator`, as somebody else would start it.

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

/// How long it may take to start.
const START: Duration = Duration::from_secs(30);

/// Runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Emulator {
    _process: Process,
    /// By what stands before each.
    urls: BTreeMap<String, String>,
}

/// A rule that was broken, in words, and how often.
pub(crate) type Broken = BTreeMap<(String, String), u64>;

impl Emulator {
    /// Starts the program in the folder `built` on ports that are free.
    pub(crate) fn start(built: &Path, options: &[&str]) -> Result<Self, String> {
        let program = built.join(format!("gloaming-emulator{EXE_SUFFIX}"));
        let mut command = Command::new(&program);
        command
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut process = Process::start(&mut command)?;
        let out = process.take_out();
        let (told, urls) = mpsc::channel();
        thread::spawn(move || told.send(out.map_or_else(BTreeMap::new, read_urls)));
        let urls = urls
            .recv_timeout(START)
            .map_err(|_| "the emulator does not say where it listens".to_owned())?;
        Ok(Self {
            _process: process,
            urls,
        })
    }

    /// What it printed under that name: `ws`, `rest` or `token`.
    pub(crate) fn told(&self, name: &str) -> Result<&str, String> {
        let told = self.urls.get(name).map(String::as_str);
        told.ok_or_else(|| format!("the emulator does not tell its `{name}`"))
    }

    /// What `/control/{resource}` has.
    pub(crate) fn look(&self, resource: &str) -> Result<Value, String> {
        http::ask(self.host()?, &format!("GET /control/{resource}"), None)
    }

    /// One of the counters.
    pub(crate) fn count(&self, counter: &str) -> Result<u64, String> {
        let stats = self.look("stats")?;
        stats[counter]
            .as_u64()
            .ok_or_else(|| format!("the emulator has no counter `{counter}`"))
    }

    /// Takes an action of scenarios immediately.
    pub(crate) fn act(&self, action: &Value) -> Result<(), String> {
        http::ask(self.host()?, "POST /control/action", Some(action)).map(drop)
    }

    /// A member says this; gives how many sessions it is for.
    pub(crate) fn say(&self, guild: &str, content: &str) -> Result<u64, String> {
        let said = json!({"guild": guild, "content": content});
        let heard = http::ask(self.host()?, "POST /control/say", Some(&said))?;
        Ok(heard["sessions"].as_u64().unwrap_or_default())
    }

    /// The rules that were broken so far.
    pub(crate) fn broken(&self) -> Result<Broken, String> {
        let mut broken = Broken::new();
        for violation in self.look("violations")?.as_array().into_iter().flatten() {
            let text = |key: &str| violation[key].as_str().unwrap_or_default().to_owned();
            *broken.entry((text("rule"), text("detail"))).or_default() += 1;
        }
        Ok(broken)
    }

    fn host(&self) -> Result<&str, String> {
        Ok(self.told("rest")?.trim_start_matches("http://"))
    }
}

/// `name value` in each line, until `ready`.
fn read_urls(out: impl std::io::Read) -> BTreeMap<String, String> {
    BufReader::new(out)
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
    fn what_it_prints_is_read_until_it_is_ready() {
        let out = "ws    ws://127.0.0.1:1\nrest  http://127.0.0.1:5\nready; interrupt\nws 2\n";
        let urls = read_urls(out.as_bytes());
        assert_eq!(urls["ws"], "ws://127.0.0.1:1");
        assert_eq!(urls["rest"], "http://127.0.0.1:5");
        assert_eq!(urls.len(), 2);
    }
}
