//! Time and memory of this process, as the operating system reports them.

use std::{
    fs,
    time::{Duration, Instant},
};

/// CPU time of the process.
#[derive(Clone, Copy, Debug)]
pub struct Cpu {
    /// In user mode.
    pub user: Duration,
    /// In the kernel.
    pub system: Duration,
}

impl Cpu {
    #[cfg(unix)]
    fn used() -> Option<Self> {
        use nix::sys::{
            resource::{UsageWho, getrusage},
            time::TimeVal,
        };

        fn duration(time: TimeVal) -> Option<Duration> {
            let seconds = Duration::from_secs(time.tv_sec().try_into().ok()?);
            Some(seconds + Duration::from_micros(time.tv_usec().try_into().ok()?))
        }

        let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
        Some(Self {
            user: duration(usage.user_time())?,
            system: duration(usage.system_time())?,
        })
    }

    #[cfg(not(unix))]
    const fn used() -> Option<Self> {
        None
    }
}

/// The time span of a measurement, since it was opened.
#[derive(Debug)]
pub struct Window {
    opened: Instant,
    cpu: Option<Cpu>,
}

/// The cost of a closed window.
#[derive(Debug)]
pub struct Cost {
    /// The time that passed.
    pub wall: Duration,
    /// The CPU time of the process.
    pub cpu: Option<Cpu>,
    /// The memory at its end.
    pub memory: Memory,
}

impl Window {
    /// Opens the window now.
    #[must_use]
    pub fn open() -> Self {
        Self {
            opened: now(),
            cpu: Cpu::used(),
        }
    }

    /// Closes the window now.
    #[must_use]
    pub fn close(self) -> Cost {
        let cpu = Cpu::used();
        let closed = now();
        Cost {
            wall: closed - self.opened,
            cpu: self.cpu.zip(cpu).map(|(before, after)| Cpu {
                user: after.user.saturating_sub(before.user),
                system: after.system.saturating_sub(before.system),
            }),
            memory: Memory::used(),
        }
    }
}

/// Resident memory in KiB, if the operating system reports it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// The peak since the start of the process.
    pub peak_kib: Option<u64>,
    /// At this moment.
    pub now_kib: Option<u64>,
}

impl Memory {
    /// Reads `/proc` of Linux. On other systems all values are `None`.
    #[must_use]
    pub fn used() -> Self {
        fs::read_to_string("/proc/self/status")
            .map(|status| Self::parse(&status))
            .unwrap_or_default()
    }

    fn parse(status: &str) -> Self {
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix("kB")?.trim().parse().ok()
        };
        Self {
            peak_kib: field("VmHWM:"),
            now_kib: field("VmRSS:"),
        }
    }
}

/// Returns the time in nanoseconds on a clock that all processes of the machine share; `None` if there is none.
#[cfg(unix)]
#[must_use]
pub fn shared_clock_ns() -> Option<u64> {
    use nix::{
        sys::time::TimeValLike as _,
        time::{ClockId, clock_gettime},
    };

    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).ok()?;
    u64::try_from(time.num_nanoseconds()).ok()
}

/// Returns the time in nanoseconds on a clock that all processes of the machine share; `None` if there is none.
#[cfg(not(unix))]
#[must_use]
pub const fn shared_clock_ns() -> Option<u64> {
    None
}

/// Returns the current time.
#[expect(clippy::disallowed_methods, reason = "a program that measures time")]
pub fn now() -> Instant {
    Instant::now()
}
