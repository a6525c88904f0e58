//! A program that gets the events.

use crate::Result;
use std::{process::Stdio, time::Duration};
use tokio::{
    process::{Child, ChildStdin, Command},
    time::timeout,
};

/// How long a worker may go on after its input has ended.
const LAST_EVENTS: Duration = Duration::from_secs(5);

/// A worker, which is killed if the node is dropped before it has ended.
#[derive(Debug)]
pub(crate) struct Worker(Child);

impl Worker {
    /// Starts a worker, and returns its input. What it writes goes where the node's output goes.
    pub(crate) fn start(command: &[String]) -> Result<(Self, ChildStdin)> {
        let (program, arguments) = command.split_first().ok_or("a worker has no name")?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .kill_on_drop(true);
        // A Ctrl-C of the terminal is for the node, which ends the worker's input when it has left the fleet.
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn();
        let unusable = |error| format!("the worker `{program}` can't be started: {error}");
        let mut child = child.map_err(unusable)?;
        let input = child.stdin.take().ok_or("the worker has no input")?;
        Ok((Self(child), input))
    }

    /// Waits for the end of a worker whose input has ended.
    pub(crate) async fn ended(mut self) -> Result<()> {
        let Ok(status) = timeout(LAST_EVENTS, self.0.wait()).await else {
            return Err("the worker did not end with its input, and was killed".into());
        };
        let status = status?;
        match status.success() {
            true => Ok(()),
            false => Err(format!("the worker failed: {status}").into()),
        }
    }
}
