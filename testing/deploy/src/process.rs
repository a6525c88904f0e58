//! A bot in a process of its own.

use crate::Result;
use std::{
    env,
    ffi::OsStr,
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, Command},
    time::timeout,
};

/// How long a bot may make no progress.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What a process writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Output<'a> {
    Line(&'a str),
    /// It has ended.
    End,
}

/// A process, which is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    stdin: ChildStdin,
}

impl Process {
    /// Starts this program again, with arguments that make it a bot. What it writes is passed on in a task.
    pub(crate) fn start(
        args: impl IntoIterator<Item = impl AsRef<OsStr>>,
        mut written: impl FnMut(Output<'_>) + Send + 'static,
    ) -> Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().ok_or("a bot has no input")?;
        let stdout = child.stdout.take().ok_or("a bot has no output")?;
        tokio::spawn(async move {
            let mut lines = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                written(Output::Line(&line));
            }
            written(Output::End);
        });
        Ok(Self { child, stdin })
    }

    /// Sends a line. A process that has ended does not get it.
    pub(crate) async fn tell(&mut self, line: &str) {
        // Small enough for the pipe, so that this does not wait.
        _ = self.stdin.write_all(format!("{line}\n").as_bytes()).await;
    }

    /// Sends SIGKILL, unless the process has ended.
    pub(crate) fn kill(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(_) => Ok(()),
            None => Ok(self.child.start_kill()?),
        }
    }

    /// Waits for the end of the process.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus> {
        let status = timeout(PATIENCE, self.child.wait()).await;
        Ok(status.map_err(|_| "a bot does not end")??)
    }
}
