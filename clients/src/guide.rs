//! The tests that the guide shows, run as a reader of the guide would.

use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::clock;

/// Each starts emulators, loses connections and waits for answers.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a test and fails as it does, with what it printed.
pub(crate) fn test(mut command: Command, log: &Path) -> Result<(), String> {
    let in_log = |error| format!("{}: {error}", log.display());
    let file = File::create(log).map_err(in_log)?;
    let errors = file.try_clone().map_err(in_log)?;
    let child = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let mut child = Ended(child);
    let status = clock::until(PATIENCE, "the end of the test", || {
        child.0.try_wait().map_err(|error| error.to_string())
    })?;
    if status.success() {
        return Ok(());
    }
    let printed = fs::read_to_string(log).map_err(in_log)?;
    Err(format!("it ended with {status}:\n{printed}"))
}

/// Ended with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Either it is gone already, or it is now.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
