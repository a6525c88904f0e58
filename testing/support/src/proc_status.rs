//! `/proc/self/status` of Linux.

/// Returns the value in KiB of a line such as `VmRSS: 5632 kB`; `name` includes the colon.
#[must_use]
pub fn kib(status: &str, name: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    value.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::kib;

    #[test]
    fn memory_is_found_by_name() {
        let status = "Name:\tx\nVmHWM:\t   10240 kB\nVmRSS:\t    5632 kB\nThreads:\t3\n";
        assert_eq!(kib(status, "VmRSS:"), Some(5632));
        assert_eq!(kib(status, "VmHWM:"), Some(10240));
        assert_eq!(kib(status, "VmSwap:"), None);
        assert_eq!(kib("", "VmRSS:"), None);
    }
}
