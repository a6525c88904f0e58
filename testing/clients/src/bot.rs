//! A running client program, and the reports that it prints.

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

/// A line that a client program prints.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Report {
    /// The program started.
    Start { version: String },
    /// The library reported READY of a shard, or of all.
    Ready { guilds: usize },
    /// The library delivered a message. Its content is absent without the intent for it.
    Message { content: Option<String> },
    /// The library delivered the requested list of members.
    Members { count: usize },
    /// The library delivered a reaction.
    Reaction { emoji: String },
    /// The library reported an error.
    Error { message: String },
}

/// A client program. The process is killed on drop.
#[derive(Debug)]
pub(crate) struct Bot {
    process: Process,
    lines: Receiver<String>,
    reports: Vec<Report>,
    log: PathBuf,
}

impl Bot {
    /// Starts the program. Its output is also written to `log`.
    pub(crate) fn start(mut command: Command, log: &Path) -> Result<Self, String> {
        let with_path = |error| format!("{}: {error}", log.display());
        let mut file = File::create(log).map_err(with_path)?;
        let stderr = file.try_clone().map_err(with_path)?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr);
        let mut process = Process::start(&mut command)?;
        let (sender, lines) = mpsc::channel();
        if let Some(stdout) = process.take_stdout() {
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    // The checks need the line even if it can't be logged.
                    let _ = writeln!(file, "{line}");
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        Ok(Self {
            process,
            lines,
            reports: Vec::new(),
            log: log.to_owned(),
        })
    }

    /// Returns the reports so far.
    pub(crate) fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// Returns the contents of the messages that were reported so far.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &str> {
        self.reports.iter().filter_map(|report| match report {
            Report::Message { content } => content.as_deref(),
            _ => None,
        })
    }

    /// Reads reports until `condition` holds.
    ///
    /// # Errors
    ///
    /// The program exits first, or `timeout` elapses. The error names `what` was waited for.
    pub(crate) fn wait_for(
        &mut self,
        timeout: Duration,
        what: &str,
        mut condition: impl FnMut(&Self) -> bool,
    ) -> Result<(), String> {
        let deadline = Deadline::after(timeout);
        while !condition(self) {
            match self.lines.recv_timeout(deadline.remaining()) {
                Ok(line) => self.add_line(&line),
                Err(RecvTimeoutError::Timeout) => {
                    let seconds = timeout.as_secs();
                    return Err(self.failure(format!("no {what} within {seconds} s")));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.failure(format!("the client exited before {what}")));
                }
            }
        }
        Ok(())
    }

    /// Waits until the program exits, and reads its last reports.
    ///
    /// # Errors
    ///
    /// The program does not exit within `timeout`, or exits with a failure.
    pub(crate) fn wait_for_exit(&mut self, timeout: Duration) -> Result<(), String> {
        let status = self.process.wait(timeout);
        // The thread that reads the output may not have sent the last lines yet.
        let deadline = Deadline::after(timeout);
        while let Ok(line) = self.lines.recv_timeout(deadline.remaining()) {
            self.add_line(&line);
        }
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(self.failure(format!("the client exited with {status}"))),
            Err(error) => Err(self.failure(error)),
        }
    }

    /// Returns an error message that includes the errors that the client reported.
    pub(crate) fn failure(&self, mut reason: String) -> String {
        for report in &self.reports {
            if let Report::Error { message } = report {
                reason.push_str("; the client reported the error: ");
                reason.push_str(message);
            }
        }
        format!("{reason} (output: {})", self.log.display())
    }

    /// Adds the report of a line. Libraries also print lines that are not reports.
    fn add_line(&mut self, line: &str) {
        if let Ok(report) = serde_json::from_str(line) {
            self.reports.push(report);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_parsed_as_reports() {
        for (line, report) in [
            (
                r#"{"type":"ready","guilds":5}"#,
                Report::Ready { guilds: 5 },
            ),
            (
                r#"{"type":"message","content":"hi"}"#,
                Report::Message {
                    content: Some("hi".to_owned()),
                },
            ),
            (
                r#"{"type":"message","content":null}"#,
                Report::Message { content: None },
            ),
        ] {
            assert_eq!(serde_json::from_str::<Report>(line).unwrap(), report);
        }
    }

    #[cfg(unix)]
    #[test]
    fn failure_includes_the_errors_that_the_client_reported() {
        let log = std::env::temp_dir().join(format!("gloaming-error-{}.log", std::process::id()));
        let mut command = Command::new("sh");
        command.args([
            "-c",
            r#"echo '{"type":"error","message":"invalid token"}'; exit 3"#,
        ]);
        let mut bot = Bot::start(command, &log).unwrap();
        let timeout = Duration::from_secs(20);
        let error = bot.wait_for(timeout, "READY", |_| false).unwrap_err();
        assert!(
            error.starts_with(
                "the client exited before READY; the client reported the error: invalid token"
            ),
            "{error}"
        );
        let error = bot.wait_for_exit(timeout).unwrap_err();
        assert!(error.contains("exit status: 3"), "{error}");
        std::fs::remove_file(&log).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn line_that_is_not_json_is_only_logged() {
        let log = std::env::temp_dir().join(format!("gloaming-text-{}.log", std::process::id()));
        let mut command = Command::new("sh");
        command.args([
            "-c",
            r#"echo reconnecting; echo '{"type":"ready","guilds":3}'"#,
        ]);
        let mut bot = Bot::start(command, &log).unwrap();
        bot.wait_for_exit(Duration::from_secs(20)).unwrap();
        assert_eq!(bot.reports(), [Report::Ready { guilds: 3 }]);
        let output = std::fs::read_to_string(&log).unwrap();
        assert!(output.contains("reconnecting"), "{output}");
        std::fs::remove_file(&log).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn wait_for_a_silent_client_times_out() {
        let log = std::env::temp_dir().join(format!("gloaming-silent-{}.log", std::process::id()));
        let mut command = Command::new("sleep");
        command.arg("60");
        let mut bot = Bot::start(command, &log).unwrap();
        let error = bot
            .wait_for(Duration::ZERO, "READY", |_| false)
            .unwrap_err();
        assert!(error.starts_with("no READY within 0 s"), "{error}");
        assert!(bot.wait_for_exit(Duration::ZERO).is_err());
        std::fs::remove_file(&log).unwrap();
    }
}
