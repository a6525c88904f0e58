//! Child processes that do not outlive this program.

use std::{
    process::{Child, ChildStdout, Command, ExitStatus},
    time::Duration,
};

use crate::clock;

/// A child process that is killed on drop.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        let child = command.spawn();
        child
            .map(Self)
            .map_err(|error| format!("{}: {error}", command.get_program().display()))
    }

    /// Takes the standard output, if it is piped and was not taken before.
    pub(crate) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.0.stdout.take()
    }

    /// Waits until the process exits.
    pub(crate) fn wait(&mut self, timeout: Duration) -> Result<ExitStatus, String> {
        clock::poll_until(timeout, "exit of the process", || {
            self.0.try_wait().map_err(|error| error.to_string())
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only if the process has already exited.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
