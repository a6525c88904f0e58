//! A client's program, and what it tells.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use serde::Deserialize;

use crate::{clock::Deadline, process::Process};

/// What a program tells in a line.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(tag = "seen", rename_all = "lowercase")]
pub(crate) enum Told {
    /// It begins.
    Start { version: String, runtime: String },
    /// READY, as the library tells it.
    Ready { guilds: usize },
    /// RESUMED, as the library tells it.
    Resumed,
    /// Any dispatch, READY and RESUMED included.
    Event(Event),
    /// Something that the library calls an error.
    Trouble { what: String },
}

/// What matters of a dispatch.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) sequence: u64,
    pub(crate) id: Option<String>,
    pub(crate) content: Option<String>,
}

/// A client that runs, until it is dropped.
#[derive(Debug)]
pub(crate) struct Bot {
    process: Process,
    lines: Receiver<String>,
    told: Vec<Told>,
    log: PathBuf,
}

impl Bot {
    /// Starts it; everything that it prints goes to `log` too.
    pub(crate) fn start(mut command: Command, log: &Path) -> Result<Self, String> {
        let in_log = |error| format!("{}: {error}", log.display());
        let mut file = File::create(log).map_err(in_log)?;
        let errors = file.try_clone().map_err(in_log)?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors);
        let mut process = Process::start(&mut command)?;
        let (line_told, lines) = mpsc::channel();
        if let Some(out) = process.take_out() {
            thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    // What can't be logged is still told.
                    let _ = writeln!(file, "{line}");
                    if line_told.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        Ok(Self {
            process,
            lines,
            told: Vec::new(),
            log: log.to_owned(),
        })
    }

    /// All that it told so far.
    pub(crate) fn told(&self) -> &[Told] {
        &self.told
    }

    /// The events that it told so far.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.told.iter().filter_map(|told| match told {
            Told::Event(event) => Some(event),
            _ => None,
        })
    }

    /// How often it told of a message with these words.
    pub(crate) fn heard(&self, content: &str) -> usize {
        self.events()
            .filter(|event| {
                event.name == "MESSAGE_CREATE" && event.content.as_deref() == Some(content)
            })
            .count()
    }

    /// Listens until what it told is `enough`.
    pub(crate) fn listen(
        &mut self,
        wait: Duration,
        what: &str,
        mut enough: impl FnMut(&Self) -> bool,
    ) -> Result<(), String> {
        let deadline = Deadline::after(wait);
        while !enough(self) {
            match self.lines.recv_timeout(deadline.left()) {
                Ok(line) => self.keep(&line),
                Err(RecvTimeoutError::Timeout) => {
                    let seconds = wait.as_secs();
                    return Err(self.blame(format!("{what} did not come within {seconds} s")));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.blame(format!("it ended before {what} came")));
                }
            }
        }
        Ok(())
    }

    /// Waits until it has ended by itself, and well.
    pub(crate) fn end(&mut self, wait: Duration) -> Result<(), String> {
        let status = self.process.end(wait);
        // What it said last, which may still be on the way.
        let deadline = Deadline::after(wait);
        while let Ok(line) = self.lines.recv_timeout(deadline.left()) {
            self.keep(&line);
        }
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(self.blame(format!("it ended with {status}"))),
            Err(reason) => Err(self.blame(reason)),
        }
    }

    /// A reason to fail, with what the client itself said about it.
    pub(crate) fn blame(&self, mut reason: String) -> String {
        for told in &self.told {
            if let Told::Trouble { what } = told {
                reason.push_str("; it told of ");
                reason.push_str(what);
            }
        }
        format!("{reason} (all that it said is in {})", self.log.display())
    }

    /// Whatever is no telling is only in the log.
    fn keep(&mut self, line: &str) {
        if let Ok(told) = serde_json::from_str(line) {
            self.told.push(told);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_tell_is_understood() {
        for (line, told) in [
            (r#"{"seen":"ready","guilds":5}"#, Told::Ready { guilds: 5 }),
            (r#"{"seen":"resumed"}"#, Told::Resumed),
            (
                r#"{"seen":"event","name":"RESUMED","sequence":9}"#,
                Told::Event(Event {
                    name: "RESUMED".to_owned(),
                    sequence: 9,
                    id: None,
                    content: None,
                }),
            ),
        ] {
            assert_eq!(serde_json::from_str::<Told>(line).unwrap(), told);
        }
        assert!(serde_json::from_str::<Told>("Attempting a reconnect").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn one_that_fails_is_blamed_with_its_own_words() {
        let log = std::env::temp_dir().join(format!("gloaming-bot-{}.log", std::process::id()));
        let mut command = Command::new("sh");
        command.args([
            "-c",
            r#"echo '{"seen":"trouble","what":"no luck"}'; echo not for us; exit 3"#,
        ]);
        let mut bot = Bot::start(command, &log).unwrap();
        let wait = Duration::from_secs(20);
        let ended = bot.listen(wait, "READY", |_| false).unwrap_err();
        assert!(ended.starts_with("it ended before READY came; it told of no luck"));
        assert_eq!(bot.told().len(), 1);
        let failed = bot.end(wait).unwrap_err();
        assert!(failed.contains("exit status: 3"), "{failed}");
        let printed = std::fs::read_to_string(&log).unwrap();
        assert!(printed.contains("not for us"), "{printed}");
        std::fs::remove_file(&log).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn one_that_says_nothing_is_not_waited_for_for_ever() {
        let log = std::env::temp_dir().join(format!("gloaming-mute-{}.log", std::process::id()));
        let mut command = Command::new("sleep");
        command.arg("60");
        let mut bot = Bot::start(command, &log).unwrap();
        let late = bot.listen(Duration::ZERO, "READY", |_| false).unwrap_err();
        assert!(late.starts_with("READY did not come within 0 s"), "{late}");
        assert!(bot.end(Duration::ZERO).is_err());
        std::fs::remove_file(&log).unwrap();
    }
}
