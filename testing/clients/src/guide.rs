//! The tests that the guide shows, run as a reader of the guide would.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::process::Process;

/// Each starts emulators, loses connections and waits for answers.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a test and fails as it does, with what it printed.
pub(crate) fn test(mut command: Command, log: &Path) -> Result<(), String> {
    let in_log = |error| format!("{}: {error}", log.display());
    let file = File::create(log).map_err(in_log)?;
    let errors = file.try_clone().map_err(in_log)?;
    command.stdin(Stdio::null()).stdout(file).stderr(errors);
    let status = Process::start(&mut command)?.end(PATIENCE)?;
    if status.success() {
        return Ok(());
    }
    let printed = fs::read_to_string(log).map_err(in_log)?;
    Err(format!("it ended with {status}:\n{printed}"))
}
