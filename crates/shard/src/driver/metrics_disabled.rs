//! Replaces `metrics.rs` if the feature `metrics` is disabled.

use crate::{
    ShardState,
    error::ReceiveMessageErrorKind,
    incoming::UntypedEvent,
    machine::{CommandOutcome, Lifecycle, SendKind},
};
use gloaming_protocol::{Payload, RepairReport, ShardId};
use gloaming_queue::QueueErrorKind;
use std::time::Instant;

#[derive(Debug)]
pub(crate) struct ShardMetrics;

impl ShardMetrics {
    pub(super) const fn new(_: ShardId) -> Self {
        Self
    }

    pub(super) const fn frame_received(&self, _: usize) {}
    pub(super) const fn message_decoded(&self, _: usize) {}
    pub(super) const fn decoder_capacity(&mut self, _: usize) {}
    pub(super) const fn payload_received(&mut self, _: &Payload<'_>) {}
    pub(super) const fn untyped_delivered(&mut self, _: UntypedEvent) {}
    pub(super) const fn repaired(&mut self, _: &RepairReport) {}
    pub(super) const fn payload_sent(&mut self, _: SendKind, _: usize) {}
    pub(super) const fn permit_requested(&mut self, _: Instant) {}
    pub(super) const fn permit_withdrawn(&mut self) {}
    pub(super) const fn permit_granted(&mut self, _: Instant) {}
    pub(super) const fn permit_refused(&mut self, _: QueueErrorKind) {}
    pub(super) const fn command_resolved(&mut self, _: CommandOutcome) {}
    pub(super) const fn commands_resolved(&mut self, _: CommandOutcome, _: usize) {}
    pub(super) const fn failure(&mut self, _: &ReceiveMessageErrorKind) {}
    pub(super) const fn set_state(&mut self, _: ShardState, _: usize) {}
    pub(super) const fn lifecycle(&mut self, _: &Lifecycle) {}
}
