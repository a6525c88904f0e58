//! The only place where the ledgers read the clocks of the machine.

use std::{
    fs,
    hash::{BuildHasher as _, RandomState},
    sync::LazyLock,
    time::{Instant, SystemTime},
};

use crate::{
    clock_reading::{BootId, BootTime, ClockReading},
    timestamp::Timestamp,
};

impl ClockReading {
    /// Reads the clocks of this machine.
    ///
    /// On Linux, the boot and the time since then are those of `/proc/sys/kernel/random/boot_id` and
    /// `/proc/uptime`. Elsewhere, or if a container has an uptime of its own, each process counts from its own
    /// start, so that only readings of one process are compared exactly.
    ///
    /// In a runtime of tokio whose time is paused, the paused time is added to both clocks.
    ///
    /// Reads a file in memory, which takes microseconds.
    #[must_use]
    pub fn now() -> Self {
        let paused = PausedTime::now();
        let (wall, instant) = read();
        let boot = boot_of_the_machine().unwrap_or_else(|| boot_of_the_process(instant));
        Self {
            wall: Timestamp::from_millis(paused.add_to(wall.as_millis())),
            boot: Some(BootTime {
                uptime: paused.add_to(boot.uptime),
                ..boot
            }),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "ledgers read the clocks for the parts that take the time as an argument"
)]
fn read() -> (Timestamp, Instant) {
    (SystemTime::now().into(), Instant::now())
}

/// By how much the time of tokio differs from that of the system, in milliseconds. It does only in tests.
struct PausedTime {
    ahead: u64,
    behind: u64,
}

impl PausedTime {
    #[cfg(feature = "tokio")]
    #[expect(clippy::disallowed_methods, reason = "tests pause the time of tokio")]
    fn now() -> Self {
        let before = read().1;
        let tokio = tokio::time::Instant::now().into_std();
        let after = read().1;
        let millis = |later: Instant, earlier| {
            let by = later.saturating_duration_since(earlier);
            u64::try_from(by.as_millis()).unwrap_or(u64::MAX)
        };
        // Time that is not paused is in between, however long this takes.
        Self {
            ahead: millis(tokio, after),
            behind: millis(before, tokio),
        }
    }

    #[cfg(not(feature = "tokio"))]
    const fn now() -> Self {
        Self {
            ahead: 0,
            behind: 0,
        }
    }

    const fn add_to(&self, millis: u64) -> u64 {
        millis
            .saturating_add(self.ahead)
            .saturating_sub(self.behind)
    }
}

/// Returns the time since the machine booted, unless this process may see another one than others do.
fn boot_of_the_machine() -> Option<BootTime> {
    static ID: LazyLock<Option<BootId>> = LazyLock::new(|| {
        let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let namespace = fs::read_link("/proc/self/ns/time").ok();
        let namespace = namespace.as_ref().and_then(|link| link.to_str());
        boot_id(&id, &mounts, namespace)
    });
    let id = (*ID)?;
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    let uptime = parse_uptime(&uptime)?;
    Some(BootTime { id, uptime })
}

/// Returns the id of the boot, made unique for a time namespace of its own, or `None` if the uptime is that of a
/// container: lxcfs mounts a file over `/proc/uptime`.
fn boot_id(id: &str, mounts: &str, namespace: Option<&str>) -> Option<BootId> {
    /// The inode of the namespace that all processes share unless they are started in another one.
    const INITIAL_NAMESPACE: u128 = 4_026_531_834;

    let has_own_uptime = mounts
        .lines()
        .filter_map(|mount| mount.split(' ').nth(4))
        .any(|point| point == "/proc/uptime");
    if has_own_uptime {
        return None;
    }
    let namespace = namespace.and_then(|link| {
        let number = link.strip_prefix("time:[")?.strip_suffix(']')?;
        number.parse::<u128>().ok()
    });
    let offset = match namespace {
        None | Some(INITIAL_NAMESPACE) => 0,
        Some(other) => other,
    };
    let id = u128::from_str_radix(&id.trim().replace('-', ""), 16).ok()?;
    Some(BootId::new(id ^ offset))
}

/// Parses `/proc/uptime`: seconds with two decimals.
fn parse_uptime(text: &str) -> Option<u64> {
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    if hundredths.len() != 2 {
        return None;
    }
    let seconds = seconds.parse::<u64>().ok()?.checked_mul(1000)?;
    seconds.checked_add(hundredths.parse::<u64>().ok()? * 10)
}

/// Returns the time since this process first read the clock, as a boot of its own.
fn boot_of_the_process(now: Instant) -> BootTime {
    static START: LazyLock<(BootId, Instant)> = LazyLock::new(|| {
        let random = RandomState::new().hash_one(0);
        (BootId::new(u128::from(random)), read().1)
    });
    let (id, start) = *START;
    let uptime = now.saturating_duration_since(start).as_millis();
    BootTime {
        id,
        uptime: u64::try_from(uptime).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::{boot_id, boot_of_the_machine, boot_of_the_process, parse_uptime, read};
    use crate::clock_reading::{BootId, ClockReading};
    use std::{fs, time::Duration};

    const ID: &str = "00000000-0000-0000-0000-0000000000ff\n";

    #[test]
    fn readings_of_one_process_are_of_one_boot() {
        let earlier = ClockReading::now().boot.unwrap();
        let later = ClockReading::now().boot.unwrap();
        assert!(later.since(&earlier).is_some(), "{earlier:?} {later:?}");
        let now = read().1;
        let boot = boot_of_the_process(now);
        let later = boot_of_the_process(now + Duration::from_secs(3));
        let elapsed = later.since(&boot).unwrap();
        assert!(elapsed >= Duration::from_millis(2999), "{elapsed:?}");
    }

    /// Elsewhere than on Linux, and in a container with an uptime of its own, there is none.
    #[test]
    fn readings_of_all_processes_are_of_the_boot_that_the_system_names() {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let namespace = fs::read_link("/proc/self/ns/time").unwrap_or_default();
        let named = boot_id(
            &read("/proc/sys/kernel/random/boot_id"),
            &read("/proc/self/mountinfo"),
            namespace.to_str(),
        );
        assert_eq!(boot_of_the_machine().map(|boot| boot.id), named);
    }

    #[test]
    fn uptime_is_read_in_hundredths() {
        assert_eq!(parse_uptime("12.34 5.67\n"), Some(12_340));
        assert_eq!(parse_uptime("4000000.05 1.00"), Some(4_000_000_050));
        for text in [
            "",
            "12",
            "12.3 4.5",
            "-1.00 0.00",
            "18446744073709551615.99",
        ] {
            assert_eq!(parse_uptime(text), None, "{text}");
        }
    }

    #[test]
    fn container_with_an_uptime_of_its_own_has_no_boot() {
        let mounts = "22 28 0:20 / /proc rw,nosuid - proc proc rw\n";
        assert_eq!(boot_id(ID, mounts, None), Some(BootId::new(0xff)));
        let lxcfs = "99 22 0:50 /proc/uptime /proc/uptime rw - fuse.lxcfs lxcfs rw\n";
        assert_eq!(boot_id(ID, &format!("{mounts}{lxcfs}"), None), None);
        assert_eq!(boot_id("", mounts, None), None);
    }

    #[test]
    fn time_namespace_of_its_own_is_another_boot() {
        let of = |namespace| boot_id(ID, "", Some(namespace));
        assert_eq!(of("time:[4026531834]"), Some(BootId::new(0xff)));
        assert_eq!(of("time:[257]"), Some(BootId::new(0x1fe)));
        assert_eq!(of("unreadable"), Some(BootId::new(0xff)));
    }
}
