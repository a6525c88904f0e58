//! What a process takes of its machine.

use std::{fs, path::PathBuf};

use tokio::runtime::Handle;

/// What a process takes of its machine; `None` for what can't be read there.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// Resident memory now, in KiB.
    pub memory: Option<u64>,
    /// The most that it was, in KiB.
    pub peak: Option<u64>,
    /// Open file descriptors.
    pub descriptors: Option<u64>,
    /// Tasks of tokio's; of our own process only.
    pub tasks: Option<u64>,
}

impl Reading {
    /// Of this process. Within a runtime of tokio's.
    #[must_use]
    pub fn of_this() -> Self {
        let tasks = Handle::current().metrics().num_alive_tasks();
        let read = Self::at("self");
        Self {
            tasks: u64::try_from(tasks).ok(),
            // The directory itself is open while it is read.
            descriptors: read.descriptors.map(|open| open.saturating_sub(1)),
            ..read
        }
    }

    /// Of another process.
    #[must_use]
    pub fn of(process: u32) -> Self {
        Self::at(&process.to_string())
    }

    fn at(process: &str) -> Self {
        let process = PathBuf::from("/proc").join(process);
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        let descriptors = fs::read_dir(process.join("fd")).ok();
        Self {
            memory: kib(&status, "VmRSS:"),
            peak: kib(&status, "VmHWM:"),
            descriptors: descriptors.map(|open| open.count() as u64),
            tasks: None,
        }
    }
}

/// The value of a line as `VmRSS: 5632 kB`.
fn kib(status: &str, name: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    value.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_found_by_its_name() {
        let status = "Name:\tsoak\nVmHWM:\t   10240 kB\nVmRSS:\t    5632 kB\nThreads:\t3\n";
        assert_eq!(kib(status, "VmRSS:"), Some(5632));
        assert_eq!(kib(status, "VmHWM:"), Some(10240));
        assert_eq!(kib(status, "VmSwap:"), None);
        assert_eq!(kib("", "VmRSS:"), None);
    }

    #[test]
    fn a_process_that_is_not_there_has_no_readings() {
        assert_eq!(Reading::of(u32::MAX), Reading::default());
    }
}
