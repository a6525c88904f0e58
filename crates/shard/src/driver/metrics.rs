//! Records metrics of the driver to the recorder of the `metrics` facade.
//!
//! Handles are registered once, so that an event costs an index and one or two atomic additions.

mod labels;
mod series;

use self::{
    labels::PayloadType,
    series::{CounterFamily, GaugeShare, Registry, TypeCounters},
};
use crate::{
    ShardState,
    error::ReceiveMessageErrorKind,
    incoming::{UntypedEvent, UntypedReason},
    machine::{CommandOutcome, DisconnectCause, Lifecycle, RecoveryStep, SendKind},
    metrics as table,
};
use gloaming_protocol::{Payload, RepairReport, ShardId};
use gloaming_queue::QueueErrorKind;
use metrics::{Counter, Histogram};
use std::time::Instant;

/// The metrics of one shard.
#[derive(Debug)]
pub(crate) struct ShardMetrics {
    registry: Registry,
    events: TypeCounters,
    unknown_events: TypeCounters,
    undecodable_events: TypeCounters,
    repaired_events: TypeCounters,
    duplicate_events: Counter,
    skipped_events: Counter,
    replayed_events: Counter,
    unexpected_payloads: Counter,
    received_bytes: Counter,
    inflated_bytes: Counter,
    inflater_capacity: GaugeShare,
    sent_payloads: CounterFamily<1>,
    sent_bytes: Counter,
    heartbeat_latency: Histogram,
    connects: CounterFamily<1>,
    disconnects: CounterFamily<1>,
    server_closes: CounterFamily<1>,
    identifies: CounterFamily<1>,
    resumes: CounterFamily<2>,
    recovery_steps_exhausted: CounterFamily<1>,
    sessions_lost: Counter,
    identify_wait: Histogram,
    permit_refusals: CounterFamily<1>,
    commands: CounterFamily<1>,
    commands_queued: GaugeShare,
    failures: CounterFamily<1>,
    states: Vec<(&'static str, GaugeShare)>,
    state: Option<ShardState>,
    attempt: Attempt,
    permit_requested: Option<Instant>,
}

/// The IDENTIFY or RESUME that has no answer yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Attempt {
    None,
    Identify,
    Resume(RecoveryStep),
}

impl ShardMetrics {
    /// Registers with the installed recorder.
    pub(super) fn new(shard: ShardId) -> Self {
        let registry = Registry::new(shard);
        let counter = |metric| registry.counter(&metric, &[]);
        let gauge = |metric| GaugeShare::new(registry.gauge(&metric, &[]));
        Self {
            events: TypeCounters::new(table::EVENTS),
            unknown_events: TypeCounters::new(table::UNKNOWN_EVENTS),
            undecodable_events: TypeCounters::new(table::UNDECODABLE_EVENTS),
            repaired_events: TypeCounters::new(table::REPAIRED_EVENTS),
            duplicate_events: counter(table::DUPLICATE_EVENTS),
            skipped_events: counter(table::SKIPPED_EVENTS),
            replayed_events: counter(table::REPLAYED_EVENTS),
            unexpected_payloads: counter(table::UNEXPECTED_PAYLOADS),
            received_bytes: counter(table::RECEIVED_BYTES),
            inflated_bytes: counter(table::INFLATED_BYTES),
            inflater_capacity: gauge(table::INFLATER_CAPACITY),
            sent_payloads: CounterFamily::new(table::SENT_PAYLOADS),
            sent_bytes: counter(table::SENT_BYTES),
            heartbeat_latency: registry.histogram(&table::HEARTBEAT_LATENCY),
            connects: CounterFamily::new(table::CONNECTS),
            disconnects: CounterFamily::new(table::DISCONNECTS),
            server_closes: CounterFamily::new(table::SERVER_CLOSES),
            identifies: CounterFamily::new(table::IDENTIFIES),
            resumes: CounterFamily::new(table::RESUMES),
            recovery_steps_exhausted: CounterFamily::new(table::RECOVERY_STEPS_EXHAUSTED),
            sessions_lost: counter(table::SESSIONS_LOST),
            identify_wait: registry.histogram(&table::IDENTIFY_WAIT),
            permit_refusals: CounterFamily::new(table::PERMIT_REFUSALS),
            commands: CounterFamily::new(table::COMMANDS),
            commands_queued: gauge(table::COMMANDS_QUEUED),
            failures: CounterFamily::new(table::FAILURES),
            states: Vec::new(),
            state: None,
            attempt: Attempt::None,
            permit_requested: None,
            registry,
        }
    }

    /// Counts a received frame.
    pub(super) fn frame_received(&self, bytes: usize) {
        self.received_bytes.increment(bytes as u64);
    }

    /// Counts a decompressed message.
    pub(super) fn message_decoded(&self, bytes: usize) {
        self.inflated_bytes.increment(bytes as u64);
    }

    pub(super) fn decoder_capacity(&mut self, capacity: usize) {
        self.inflater_capacity.set(capacity);
    }

    pub(super) fn payload_received(&mut self, payload: &Payload<'_>) {
        let payload_type = PayloadType::of(payload.op(), payload.kind());
        self.events.count(&self.registry, payload_type);
    }

    /// Counts a delivered event without a type.
    pub(super) fn untyped_delivered(&mut self, event: UntypedEvent) {
        let events = match event.reason {
            UntypedReason::Unknown => &mut self.unknown_events,
            UntypedReason::Undecodable => &mut self.undecodable_events,
        };
        events.count(&self.registry, PayloadType::of(event.op, event.kind));
    }

    /// Counts a delivered event that was repaired.
    pub(super) fn repaired(&mut self, report: &RepairReport) {
        let payload_type = PayloadType::of(report.payload().op(), report.event_kind());
        self.repaired_events.count(&self.registry, payload_type);
    }

    /// Counts a payload that was handed to the transport.
    pub(super) fn payload_sent(&mut self, kind: SendKind, bytes: usize) {
        let kind = labels::payload_kind(kind);
        self.sent_payloads.count(&self.registry, [kind], 1);
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
        let reason = labels::refusal_reason(kind);
        self.permit_refusals.count(&self.registry, [reason], 1);
    }

    pub(super) fn command_resolved(&mut self, outcome: CommandOutcome) {
        self.commands_resolved(outcome, 1);
    }

    pub(super) fn commands_resolved(&mut self, outcome: CommandOutcome, count: usize) {
        if count > 0 {
            let outcome = labels::outcome(outcome);
            self.commands.count(&self.registry, [outcome], count as u64);
        }
    }

    pub(super) fn failure(&mut self, kind: &ReceiveMessageErrorKind) {
        let kind = labels::failure_kind(kind);
        self.failures.count(&self.registry, [kind], 1);
    }

    /// Sets the gauges of the state and of the queued commands.
    pub(super) fn set_state(&mut self, state: ShardState, commands: usize) {
        self.commands_queued.set(commands);
        if self.state == Some(state) {
            return;
        }
        self.state = Some(state);
        let name = labels::state(state);
        if self.states.iter().all(|(known, _)| *known != name) {
            let gauge = self.registry.gauge(&table::SHARD_STATE, &[name]);
            self.states.push((name, GaugeShare::new(gauge)));
        }
        for (known, gauge) in &mut self.states {
            gauge.set(usize::from(*known == name));
        }
    }

    pub(super) fn lifecycle(&mut self, event: &Lifecycle) {
        match event {
            Lifecycle::Connecting { step, .. } => {
                let step = labels::step(*step);
                self.connects.count(&self.registry, [step], 1);
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
            Lifecycle::Disconnected { cause, .. } => {
                self.disconnected(*cause);
                if let Some(frame) = event.server_close() {
                    let code = labels::close_code(frame.code);
                    self.server_closes.count(&self.registry, [code], 1);
                }
            }
            Lifecycle::RecoveryStepExhausted { from, .. } => {
                let step = labels::step(*from);
                self.recovery_steps_exhausted
                    .count(&self.registry, [step], 1);
            }
            Lifecycle::Gap { .. } => self.sessions_lost.increment(1),
            Lifecycle::Skipped { after, until } => self
                .skipped_events
                .increment(until.saturating_sub(*after).saturating_sub(1)),
            Lifecycle::Duplicate { .. } => self.duplicate_events.increment(1),
            Lifecycle::Unexpected { .. } => self.unexpected_payloads.increment(1),
            // Not counted.
            _ => {}
        }
    }

    fn disconnected(&mut self, cause: DisconnectCause) {
        self.attempt_ended(labels::result(cause));
        let cause = cause.name();
        self.disconnects.count(&self.registry, [cause], 1);
    }

    fn attempt_ended(&mut self, result: &'static str) {
        match std::mem::replace(&mut self.attempt, Attempt::None) {
            Attempt::None => {}
            Attempt::Identify => self.identifies.count(&self.registry, [result], 1),
            Attempt::Resume(step) => {
                let step = labels::step(step);
                self.resumes.count(&self.registry, [step, result], 1);
            }
        }
    }
}
