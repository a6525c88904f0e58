//! Shards that could not run in this process.

use super::{Node, NodeStopReason, Serving, ShardState, StopKind};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How long a node does not take a shard after it could not run it for the first time.
const FIRST: Duration = Duration::from_secs(30);

/// The longest time. Each one is twice as long as the one before.
const LONGEST: Duration = Duration::from_secs(3600);

/// Shards that this process could not run, by number. Another node can take them meanwhile; if none can run them, each tries
/// less and less often.
#[derive(Clone, Debug, Default)]
pub(super) struct Setbacks(BTreeMap<u32, Setback>);

#[derive(Clone, Copy, Debug)]
struct Setback {
    wait: Duration,
    until: Instant,
}

impl Setbacks {
    /// Notes that a shard that ran since `since` can't run any more.
    fn note(&mut self, now: Instant, shard: u32, since: Instant) {
        let before = self.0.get(&shard);
        // One that has run for long has recovered from what was before.
        let is_again = before.is_some_and(|_| now < since + LONGEST);
        let doubled = before.map(|before| (before.wait * 2).min(LONGEST));
        let wait = doubled.filter(|_| is_again).unwrap_or(FIRST);
        let until = now + wait;
        self.0.insert(shard, Setback { wait, until });
    }

    /// Returns whether this node has to leave a shard to the others.
    pub(super) fn holds(&self, now: Instant, shard: u32) -> bool {
        self.0
            .get(&shard)
            .is_some_and(|setback| now < setback.until)
    }
}

impl Node {
    pub(super) fn handle_failed(&mut self, now: Instant, shard: u32) {
        // What is being stopped, or may be another node's, is not kept anyway.
        let Some(ShardState::Serving(serving)) = self.shards.get(&shard) else {
            return;
        };
        let serving: Serving = serving.clone();
        self.setbacks.note(now, shard, serving.since);
        self.shards.insert(shard, ShardState::Stopping(serving));
        self.stop(shard, StopKind::HandOver, NodeStopReason::Failed);
        self.has_changed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gloaming_test_support::start_of_time;

    #[test]
    fn waits_double_until_the_shard_has_run_for_long() {
        let (start, mut setbacks) = (start_of_time(), Setbacks::default());
        let mut now = start;
        for seconds in [30, 60, 120, 240, 480, 960, 1920, 3600, 3600] {
            setbacks.note(now, 3, now);
            let wait = Duration::from_secs(seconds);
            assert!(setbacks.holds(now + wait - Duration::from_millis(1), 3));
            assert!(!setbacks.holds(now + wait, 3));
            now += wait;
        }
        assert!(!setbacks.holds(start, 4));
        setbacks.note(now + LONGEST, 3, now);
        assert!(!setbacks.holds(now + LONGEST + FIRST, 3));
    }
}
