//! What the driver does in numbers, for the recorder of the `metrics` facade.
//!
//! Handles are taken once: an event costs an index and an atomic addition or two.

mod labels;
mod series;

use self::{
    labels::PayloadType,
    series::{ByType, Family, Share, Source},
};
use crate::{
    ShardState,
    error::ReceiveMessageErrorKind,
    incoming::{UntypedEvent, UntypedReason},
    machine::{CommandOutcome, DisconnectCause, Lifecycle, RecoveryStep, SendKind},
    metrics as table,
};
use gloaming_protocol::{Payload, ShardId};
use gloaming_queue::QueueErrorKind;
use metrics::{Counter, Histogram};
use std::time::Instant;

/// The handles of one shard.
#[derive(Debug)]
pub(crate) struct ShardMetrics {
    source: Source,
    events: ByType,
    unknown_events: ByType,
    undecodable_events: ByType,
    duplicate_events: Counter,
    skipped_events: Counter,
    replayed_events: Counter,
    unexpected_payloads: Counter,
    received_bytes: Counter,
    inflated_bytes: Counter,
    inflater_capacity: Share,
    sent_payloads: Family<1>,
    sent_bytes: Counter,
    heartbeat_latency: Histogram,
    connects: Family<1>,
    disconnects: Family<1>,
    server_closes: Family<1>,
    identifies: Family<1>,
    resumes: Family<2>,
    recovery_steps_exhausted: Family<1>,
    sessions_lost: Counter,
    identify_wait: Histogram,
    permit_refusals: Family<1>,
    commands: Family<1>,
    commands_queued: Share,
    failures: Family<1>,
    states: Vec<(&'static str, Share)>,
    state: Option<ShardState>,
    attempt: Attempt,
    permit_requested: Option<Instant>,
}

/// What the shard sent to have a session, and has no answer to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Attempt {
    None,
    Identify,
    Resume(RecoveryStep),
}

impl ShardMetrics {
    /// Takes the recorder that is installed.
    pub(super) fn new(shard: ShardId) -> Self {
        let source = Source::new(shard);
        let counter = |metric| source.counter(&metric, &[]);
        let gauge = |metric| Share::new(source.gauge(&metric, &[]));
        Self {
            events: ByType::new(table::EVENTS),
            unknown_events: ByType::new(table::UNKNOWN_EVENTS),
            undecodable_events: ByType::new(table::UNDECODABLE_EVENTS),
            duplicate_events: counter(table::DUPLICATE_EVENTS),
            skipped_events: counter(table::SKIPPED_EVENTS),
            replayed_events: counter(table::REPLAYED_EVENTS),
            unexpected_payloads: counter(table::UNEXPECTED_PAYLOADS),
            received_bytes: counter(table::RECEIVED_BYTES),
            inflated_bytes: counter(table::INFLATED_BYTES),
            inflater_capacity: gauge(table::INFLATER_CAPACITY),
            sent_payloads: Family::new(table::SENT_PAYLOADS),
            sent_bytes: counter(table::SENT_BYTES),
            heartbeat_latency: source.histogram(&table::HEARTBEAT_LATENCY),
            connects: Family::new(table::CONNECTS),
            disconnects: Family::new(table::DISCONNECTS),
            server_closes: Family::new(table::SERVER_CLOSES),
            identifies: Family::new(table::IDENTIFIES),
            resumes: Family::new(table::RESUMES),
            recovery_steps_exhausted: Family::new(table::RECOVERY_STEPS_EXHAUSTED),
            sessions_lost: counter(table::SESSIONS_LOST),
            identify_wait: source.histogram(&table::IDENTIFY_WAIT),
            permit_refusals: Family::new(table::PERMIT_REFUSALS),
            commands: Family::new(table::COMMANDS),
            commands_queued: gauge(table::COMMANDS_QUEUED),
            failures: Family::new(table::FAILURES),
            states: Vec::new(),
            state: None,
            attempt: Attempt::None,
            permit_requested: None,
            source,
        }
    }

    /// A frame came.
    pub(super) fn frame_received(&self, bytes: usize) {
        self.received_bytes.increment(bytes as u64);
    }

    /// A frame completed a message.
    pub(super) fn message_decoded(&self, bytes: usize) {
        self.inflated_bytes.increment(bytes as u64);
    }

    pub(super) fn decoder_capacity(&mut self, capacity: usize) {
        self.inflater_capacity.set(capacity);
    }

    pub(super) fn payload_received(&mut self, payload: &Payload<'_>) {
        let of = PayloadType::of(payload.op(), payload.kind());
        self.events.count(&self.source, of);
    }

    /// An event was handed over for which there is no value of a type.
    pub(super) fn untyped_delivered(&mut self, event: UntypedEvent) {
        let events = match event.reason {
            UntypedReason::Unknown => &mut self.unknown_events,
            UntypedReason::Undecodable => &mut self.undecodable_events,
        };
        events.count(&self.source, PayloadType::of(event.op, event.kind));
    }

    /// A message was handed to the socket.
    pub(super) fn payload_sent(&mut self, kind: SendKind, bytes: usize) {
        let kind = labels::sent(kind);
        self.sent_payloads.count(&self.source, [kind], 1);
        self.sent_bytes.increment(bytes as u64);
    }

    pub(super) const fn permit_requested(&mut self, now: Instant) {
        self.permit_requested = Some(now);
    }

    pub(super) const fn permit_withdrawn(&mut self) {
        self.permit_requested = None;
    }

    pub(super) fn permit_granted(&mut self, now: Instant) {
        if let Some(asked) = self.permit_requested.take() {
            let wait = now.saturating_duration_since(asked);
            self.identify_wait.record(wait);
        }
    }

    pub(super) fn permit_refused(&mut self, kind: QueueErrorKind) {
        self.permit_requested = None;
        let reason = labels::refusal(kind);
        self.permit_refusals.count(&self.source, [reason], 1);
    }

    pub(super) fn command_resolved(&mut self, outcome: CommandOutcome) {
        self.commands_resolved(outcome, 1);
    }

    pub(super) fn commands_resolved(&mut self, outcome: CommandOutcome, count: usize) {
        if count > 0 {
            let outcome = labels::outcome(outcome);
            self.commands.count(&self.source, [outcome], count as u64);
        }
    }

    pub(super) fn failure(&mut self, kind: &ReceiveMessageErrorKind) {
        let kind = labels::failure(kind);
        self.failures.count(&self.source, [kind], 1);
    }

    /// How the shard stands, now that there is nothing more to do.
    pub(super) fn set_state(&mut self, state: ShardState, commands: usize) {
        self.commands_queued.set(commands);
        if self.state == Some(state) {
            return;
        }
        self.state = Some(state);
        let name = labels::state(state);
        if self.states.iter().all(|(known, _)| *known != name) {
            let gauge = self.source.gauge(&table::SHARD_STATE, &[name]);
            self.states.push((name, Share::new(gauge)));
        }
        for (known, share) in &mut self.states {
            share.set(usize::from(*known == name));
        }
    }

    pub(super) fn lifecycle(&mut self, event: &Lifecycle) {
        match event {
            Lifecycle::Connecting { step, .. } => {
                let step = labels::step(*step);
                self.connects.count(&self.source, [step], 1);
            }
            Lifecycle::Identifying => self.attempt = Attempt::Identify,
            Lifecycle::Resuming { step, .. } => self.attempt = Attempt::Resume(*step),
            Lifecycle::Ready { .. } => self.attempt_ended("succeeded"),
            Lifecycle::Resumed { replayed } => {
                self.attempt_ended("succeeded");
                self.replayed_events.increment(*replayed);
            }
            Lifecycle::HeartbeatAcknowledged {
                latency: Some(latency),
            } => self.heartbeat_latency.record(*latency),
            Lifecycle::Disconnected { cause, frame } => {
                self.disconnected(*cause);
                if let Some(frame) = frame {
                    let code = labels::code(frame.code);
                    self.server_closes.count(&self.source, [code], 1);
                }
            }
            Lifecycle::RecoveryStepExhausted { from, .. } => {
                let step = labels::step(*from);
                self.recovery_steps_exhausted.count(&self.source, [step], 1);
            }
            Lifecycle::Gap { .. } => self.sessions_lost.increment(1),
            Lifecycle::Skipped { after, until } => self
                .skipped_events
                .increment(until.saturating_sub(*after).saturating_sub(1)),
            Lifecycle::Duplicate { .. } => self.duplicate_events.increment(1),
            Lifecycle::Unexpected { .. } => self.unexpected_payloads.increment(1),
            // No series counts the others.
            _ => {}
        }
    }

    fn disconnected(&mut self, cause: DisconnectCause) {
        self.attempt_ended(labels::result(cause));
        let cause = labels::cause(cause);
        self.disconnects.count(&self.source, [cause], 1);
    }

    fn attempt_ended(&mut self, result: &'static str) {
        match std::mem::replace(&mut self.attempt, Attempt::None) {
            Attempt::None => {}
            Attempt::Identify => self.identifies.count(&self.source, [result], 1),
            Attempt::Resume(step) => {
                let step = labels::step(step);
                self.resumes.count(&self.source, [step, result], 1);
            }
        }
    }
}
