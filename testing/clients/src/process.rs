//! Programs that end with the program that started them.

use std::{
    process::{Child, ChildStdout, Command, ExitStatus},
    time::Duration,
};

use crate::clock;

/// A program that runs, until it is dropped.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        let child = command.spawn();
        child
            .map(Self)
            .map_err(|error| format!("{}: {error}", command.get_program().display()))
    }

    /// What it prints, if that was asked for; the first time.
    pub(crate) fn take_out(&mut self) -> Option<ChildStdout> {
        self.0.stdout.take()
    }

    /// Waits until it has ended by itself.
    pub(crate) fn end(&mut self, wait: Duration) -> Result<ExitStatus, String> {
        clock::until(wait, "its end", || {
            self.0.try_wait().map_err(|error| error.to_string())
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Either it is gone already, or it is now.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
