use std::{fs, path::PathBuf};

use gloaming_test_support::proc_status::kib;
use tokio::runtime::Handle;

/// The resources that a process uses; `None` for those that can't be read on this system.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ResourceUsage {
    /// Resident memory, in KiB.
    pub memory: Option<u64>,
    /// Peak resident memory, in KiB.
    pub peak_memory: Option<u64>,
    /// Open file descriptors.
    pub descriptors: Option<u64>,
    /// Tasks of tokio, for this process only.
    pub tasks: Option<u64>,
}

impl ResourceUsage {
    /// Reads the usage of this process.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    #[must_use]
    pub fn of_this_process() -> Self {
        let tasks = Handle::current().metrics().num_alive_tasks();
        let usage = Self::read("self");
        Self {
            tasks: u64::try_from(tasks).ok(),
            // The directory itself is open while it is read.
            descriptors: usage.descriptors.map(|open| open.saturating_sub(1)),
            ..usage
        }
    }

    /// Reads the usage of another process.
    #[must_use]
    pub fn of_process(id: u32) -> Self {
        Self::read(&id.to_string())
    }

    fn read(process: &str) -> Self {
        let process = PathBuf::from("/proc").join(process);
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        let descriptors = fs::read_dir(process.join("fd")).ok();
        Self {
            memory: kib(&status, "VmRSS:"),
            peak_memory: kib(&status, "VmHWM:"),
            descriptors: descriptors.map(|open| open.count() as u64),
            tasks: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_process_has_no_usage() {
        assert_eq!(
            ResourceUsage::of_process(u32::MAX),
            ResourceUsage::default()
        );
    }
}
