//! Stands in for `meters.rs` where the feature `metrics` is off.

use crate::{
    ShardState,
    error::ReceiveMessageErrorKind,
    incoming::Odd,
    machine::{CommandOutcome, Lifecycle, SendKind},
};
use gloaming_protocol::{Payload, ShardId};
use gloaming_queue::QueueErrorKind;
use std::time::Instant;

#[derive(Debug)]
pub(crate) struct Meters;

impl Meters {
    pub(super) const fn new(_: ShardId) -> Self {
        Self
    }

    pub(super) const fn received(&self, _: usize) {}
    pub(super) const fn inflated(&self, _: usize) {}
    pub(super) const fn inflater(&mut self, _: usize) {}
    pub(super) const fn payload(&mut self, _: &Payload<'_>) {}
    pub(super) const fn odd(&mut self, _: Odd) {}
    pub(super) const fn sent(&mut self, _: SendKind, _: usize) {}
    pub(super) const fn permit_asked(&mut self, _: Instant) {}
    pub(super) const fn permit_withdrawn(&mut self) {}
    pub(super) const fn permit_granted(&mut self, _: Instant) {}
    pub(super) const fn permit_refused(&mut self, _: &QueueErrorKind) {}
    pub(super) const fn command(&mut self, _: CommandOutcome) {}
    pub(super) const fn commands_resolved(&mut self, _: CommandOutcome, _: usize) {}
    pub(super) const fn failure(&mut self, _: &ReceiveMessageErrorKind) {}
    pub(super) const fn standing(&mut self, _: ShardState, _: usize) {}
    pub(super) const fn lifecycle(&mut self, _: &Lifecycle) {}
}
