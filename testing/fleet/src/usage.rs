//! What processes use of the machine, on Linux.

use gloaming_test_support::proc_status;
use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    fs,
    time::Duration,
};

/// Ticks of the kernel's clock per second, in `/proc`.
const TICKS: f64 = 100.0;

/// The CPU time of processes at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct CpuTimes(BTreeMap<u32, f64>);

/// What a process has used.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Usage {
    pub(crate) name: String,
    /// Seconds of CPU time.
    cpu: f64,
    /// In thousandths of one CPU.
    share: f64,
    /// Resident memory in KiB: now, and at most.
    memory: (u64, u64),
}

impl CpuTimes {
    pub(crate) fn of(processes: &[(String, u32)]) -> Self {
        let ids = processes.iter().map(|(_, id)| *id);
        Self(ids.filter_map(|id| Some((id, cpu(id)?))).collect())
    }

    /// Returns what processes have used since, or since they have started.
    pub(crate) fn usage(&self, processes: &[(String, u32)], since: Duration) -> Vec<Usage> {
        let of = |(name, id): &(String, u32)| {
            let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
            let memory = |name| proc_status::kib(&status, name);
            let before = self.0.get(id).copied().unwrap_or_default();
            let cpu = cpu(*id)? - before;
            Some(Usage {
                name: name.clone(),
                cpu,
                share: cpu / since.as_secs_f64().max(0.001),
                memory: (memory("VmRSS:")?, memory("VmHWM:")?),
            })
        };
        processes.iter().filter_map(of).collect()
    }
}

impl Display for Usage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (now, most) = self.memory;
        write!(
            f,
            "{}: CPU {:.2} s ({:.0} % of one), memory {:.1} MiB (at most {:.1})",
            self.name,
            self.cpu,
            self.share * 100.0,
            now as f64 / 1024.0,
            most as f64 / 1024.0,
        )
    }
}

/// Returns the seconds of CPU time that a process has used.
fn cpu(id: u32) -> Option<f64> {
    read_cpu(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
}

/// Reads the line of `/proc/ID/stat`. The name of the program in it may have any characters.
fn read_cpu(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    let (user, system) = (ticks()?, ticks()?);
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_that_of_the_program_and_of_the_kernel_for_it() {
        let stat = "17 (a) b) S 1 17 17 0 -1 4194560 2312 0 0 0 250 75 0 0 20 0 5 0 1 2 3";
        assert_eq!(read_cpu(stat), Some(3.25));
        assert_eq!(read_cpu("17 (a) S 1"), None);
        assert_eq!(read_cpu(""), None);
    }

    #[test]
    fn usage_is_one_line() {
        let usage = Usage {
            name: "node 3".to_owned(),
            cpu: 1.5,
            share: 0.25,
            memory: (10_240, 20_480),
        };
        assert_eq!(
            usage.to_string(),
            "node 3: CPU 1.50 s (25 % of one), memory 10.0 MiB (at most 20.0)"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn own_process_has_a_usage() {
        let own = [("own".to_owned(), std::process::id())];
        let usage = CpuTimes::of(&own).usage(&own, Duration::from_secs(1));
        assert_eq!(usage.len(), 1);
        assert!(usage[0].memory.0 > 0);
    }
}
