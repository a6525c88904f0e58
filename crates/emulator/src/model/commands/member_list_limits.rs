//! The rate limit of full member lists ([P25](gloaming_protocol::rules#p25)).

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use gloaming_protocol::limits::FULL_MEMBER_LIST_INTERVAL;

/// When the full member list of each guild was last requested ([P25](gloaming_protocol::rules#p25)).
#[derive(Debug, Default)]
pub(crate) struct MemberListLimits(BTreeMap<u64, Instant>);

impl MemberListLimits {
    /// Requests the full list of a guild. Fails with the time to wait if the last request was within 30 s.
    pub(super) fn request(&mut self, now: Instant, guild: u64) -> Result<(), Duration> {
        if let Some(last) = self.0.get(&guild) {
            let left = (*last + FULL_MEMBER_LIST_INTERVAL).saturating_duration_since(now);
            if !left.is_zero() {
                return Err(left);
            }
        }
        self.0.insert(guild, now);
        Ok(())
    }
}
