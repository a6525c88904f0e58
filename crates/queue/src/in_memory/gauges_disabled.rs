//! Replaces `gauges.rs` if the feature `metrics` is disabled.

#[derive(Debug)]
pub(super) struct Gauges;

impl Gauges {
    pub(super) const fn new() -> Self {
        Self
    }

    pub(super) const fn set_waiting(&self, _: usize) {}

    pub(super) const fn set_remaining(&self, _: u32) {}
}
