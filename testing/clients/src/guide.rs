//! Runs the tests of the emulator's guide.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::process::Process;

/// A test starts several emulators, one after another, and reconnects the bot.
const TEST_TIMEOUT: Duration = Duration::from_secs(120);

/// Runs a test, with its output in `log`.
///
/// # Errors
///
/// The test fails. The error contains its output.
pub(crate) fn run_test(mut command: Command, log: &Path) -> Result<(), String> {
    let with_path = |error| format!("{}: {error}", log.display());
    let stdout = File::create(log).map_err(with_path)?;
    let stderr = stdout.try_clone().map_err(with_path)?;
    command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
    let status = Process::start(&mut command)?.wait(TEST_TIMEOUT)?;
    if status.success() {
        return Ok(());
    }
    let output = fs::read_to_string(log).map_err(with_path)?;
    Err(format!("exited with {status}:\n{output}"))
}
