//! What a thread and the process use, on Linux. Elsewhere, nothing is known, and nothing is compared.

use gloaming_test_support::proc_status::kib;
use std::{fs, time::Duration};

/// The unit of times in `/proc`, which is the same on all machines that Linux runs on today.
const TICKS_PER_SECOND: u64 = 100;

/// Returns the CPU time of this thread.
pub(crate) fn cpu_of_this_thread() -> Option<Duration> {
    cpu_time(&fs::read_to_string("/proc/thread-self/stat").ok()?)
}

/// Returns the resident memory of the process, in KiB.
pub(crate) fn memory() -> Option<u64> {
    kib(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

/// Returns the highest resident memory of the process since the last [`reset_peak`], in KiB.
pub(crate) fn peak_memory() -> Option<u64> {
    kib(&fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// Forgets the peak so far. Without the permission to do so, it is that of the whole process.
pub(crate) fn reset_peak() {
    _ = fs::write("/proc/self/clear_refs", "5");
}

/// The 14th and 15th value are those of the program and of the system. The second may contain blanks, in parentheses.
fn cpu_time(stat: &str) -> Option<Duration> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut values = rest.split_whitespace().skip(11);
    let user: u64 = values.next()?.parse().ok()?;
    let system: u64 = values.next()?.parse().ok()?;
    Some(Duration::from_millis(
        (user + system) * 1000 / TICKS_PER_SECOND,
    ))
}

#[cfg(test)]
mod tests {
    use super::cpu_time;
    use std::time::Duration;

    #[test]
    fn times_are_found_after_a_name_with_blanks() {
        let stat = "7 (a (b) c) R 1 2 3 4 5 6 7 8 9 10 120 30 0 0 20 0 1 0 5 6 7";
        assert_eq!(cpu_time(stat), Some(Duration::from_millis(1500)));
        assert_eq!(cpu_time("7 (a"), None);
    }
}
