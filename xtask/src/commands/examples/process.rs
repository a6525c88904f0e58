//! Processes and their output.

use std::{
    env::consts::EXE_SUFFIX,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, ExitStatus},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::workspace;

/// The deadline of each step of a script. Most take milliseconds, but shards may have to wait for seconds until they
/// may identify.
pub(super) const STEP_TIMEOUT: Duration = Duration::from_secs(60);

/// Returns the path of a program that cargo has built.
pub(super) fn built(name: &str) -> PathBuf {
    workspace::target()
        .join("debug")
        .join(format!("{name}{EXE_SUFFIX}"))
}

/// A process whose output is read line by line. Dropping it kills it.
pub(super) struct Process {
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    /// Starts a command whose standard output, and standard error if it is piped, are read.
    pub(super) fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command.spawn().with_context(|| {
            let program = command.get_program().to_string_lossy().into_owned();
            format!("{program} can't be started")
        })?;
        let (sender, lines) = mpsc::channel();
        if let Some(output) = child.stdout.take() {
            read(output, sender.clone());
        }
        if let Some(output) = child.stderr.take() {
            read(output, sender);
        }
        Ok(Self { child, lines })
    }

    /// Returns the next line, or `None` once the output has ended.
    pub(super) fn next_line(&self, deadline: Instant) -> anyhow::Result<Option<String>> {
        let wait = deadline.saturating_duration_since(now());
        match self.lines.recv_timeout(wait) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => {
                bail!(
                    "there is no further output after {} s",
                    STEP_TIMEOUT.as_secs()
                )
            }
        }
    }

    /// Interrupts the process, as ctrl-c does.
    pub(super) fn interrupt(&self) -> anyhow::Result<()> {
        self.signal("INT")
    }

    /// Asks the process to end, as service managers do.
    pub(super) fn terminate(&self) -> anyhow::Result<()> {
        self.signal("TERM")
    }

    fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.child.id();
        let status = Command::new("kill")
            .args(["-s", name, &id.to_string()])
            .status()
            .context("`kill` can't be run")?;
        if !status.success() {
            bail!("SIG{name} can't be sent to process {id}");
        }
        Ok(())
    }

    /// Returns the exit status, once the output has ended.
    pub(super) fn status(&mut self) -> anyhow::Result<ExitStatus> {
        Ok(self.child.wait()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail if the process has ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn read(output: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                return;
            }
        }
    });
}

/// Returns the time at which a step that starts now has to be done.
pub(super) fn deadline() -> Instant {
    now() + STEP_TIMEOUT
}

#[expect(
    clippy::disallowed_methods,
    reason = "waiting for another process needs a deadline"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}
