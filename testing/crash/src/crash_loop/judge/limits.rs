//! Discord's limits, over all identifies of a run.

use super::Identify;
use crate::crash_loop::DAY;
use std::collections::BTreeMap;

/// Returns the most of them in any 24 h.
pub(super) fn most_in_a_day(identifies: &[Identify]) -> usize {
    let mut times: Vec<u64> = identifies.iter().map(|identify| identify.time).collect();
    times.sort_unstable();
    let mut first = 0;
    let counts = times.iter().enumerate().map(|(last, time)| {
        while times[first] + DAY <= *time {
            first += 1;
        }
        last + 1 - first
    });
    counts.max().unwrap_or(0)
}

/// Returns the shortest time between two of one rate-limit key. `None` if no key was used twice.
pub(super) fn closest(identifies: &[Identify], keys: u32) -> Option<u64> {
    let mut by_key = BTreeMap::<u32, Vec<u64>>::new();
    for identify in identifies {
        let times = by_key.entry(identify.shard % keys).or_default();
        times.push(identify.time);
    }
    let shortest = by_key.values_mut().filter_map(|times| {
        times.sort_unstable();
        times.windows(2).map(|pair| pair[1] - pair[0]).min()
    });
    shortest.min()
}
