use std::time::Duration;

use crate::control::Violation;

/// After a stall of this length, late heartbeats are attributed to the machine.
const STALL: Duration = Duration::from_secs(1);

/// Excuses the late heartbeats that a stalled machine causes.
#[derive(Debug, Default)]
pub(crate) struct Stalls {
    /// The longest stall since the last audit.
    current: Duration,
    /// The longest stall between the last two audits.
    previous: Duration,
    /// The number of violations that were checked.
    checked: usize,
    excused: u64,
}

impl Stalls {
    /// Adds a delay of this process or of the emulator.
    pub(crate) fn add(&mut self, delay: Duration) {
        self.current = self.current.max(delay);
    }

    /// Returns the number of violations that were checked.
    pub(crate) const fn checked(&self) -> u64 {
        self.checked as u64
    }

    /// Checks the violations that are new in the list.
    pub(crate) fn check(&mut self, violations: &[Violation]) {
        let new = violations.iter().skip(self.checked);
        if self.current.max(self.previous) >= STALL {
            let late = new.filter(|violation| violation.is_late_heartbeat());
            self.excused += late.count() as u64;
        }
        self.checked = violations.len();
    }

    /// Starts the next interval between two audits.
    pub(crate) const fn next_interval(&mut self) {
        self.previous = self.current;
        self.current = Duration::ZERO;
    }

    /// Returns the number of excused violations.
    pub(crate) const fn excused(&self) -> u64 {
        self.excused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(count: usize) -> Vec<Violation> {
        let late = Violation {
            rule: "P4".to_owned(),
            detail: "a heartbeat later than the interval".to_owned(),
            shard: None,
        };
        let other = Violation {
            rule: "P13".to_owned(),
            ..late.clone()
        };
        let mut violations = vec![late; count];
        violations.push(other);
        violations
    }

    #[test]
    fn late_heartbeats_after_a_stall_are_excused_once() {
        let mut stalls = Stalls::default();
        stalls.check(&violations(2));
        assert_eq!((stalls.checked(), stalls.excused()), (3, 0));

        stalls.add(STALL);
        stalls.check(&violations(2));
        assert_eq!(stalls.excused(), 0, "they were checked before the stall");
        let mut more = violations(2);
        more.extend(violations(1));
        stalls.next_interval();
        stalls.check(&more);
        assert_eq!((stalls.checked(), stalls.excused()), (5, 1));
    }

    #[test]
    fn stall_expires_after_two_intervals() {
        let mut stalls = Stalls::default();
        stalls.add(STALL);
        stalls.next_interval();
        stalls.next_interval();
        stalls.check(&violations(1));
        assert_eq!(stalls.excused(), 0);
    }
}
