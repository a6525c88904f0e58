//! The CPU time of child processes.

use std::time::Duration;

/// Returns the CPU time of the child processes that have ended, in user mode and in the kernel.
///
/// # Errors
///
/// The operating system does not tell.
#[cfg(unix)]
pub(crate) fn of_ended_children() -> Result<Duration, String> {
    use nix::sys::{
        resource::{UsageWho, getrusage},
        time::TimeValLike as _,
    };

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(micros.try_into().unwrap_or_default()))
}

#[cfg(not(unix))]
pub(crate) fn of_ended_children() -> Result<Duration, String> {
    Err("the CPU time of processes is measured on Unix only".to_owned())
}
