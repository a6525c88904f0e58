//! What each payload means to the connection.

use super::{
    Connection,
    eventless_frames::FrameRate,
    heartbeat::Heartbeat,
    state::{AfterClose, CloseIntent, PermitRequest, State},
};
use crate::guild_arrivals::Change;
use crate::{CommandOutcome, DisconnectCause, Lifecycle, Output, RecoveryStep, Resumable, Session};
use gloaming_protocol::{DispatchKind, OpCode, Payload, limits::MAX_SESSION_ID_BYTES};
use serde::Deserialize;
use std::{
    mem,
    ops::RangeInclusive,
    time::{Duration, Instant},
};

/// Heartbeat intervals that are accepted: a shorter one breaks the send limit
/// ([P22](gloaming_protocol::rules#p22)), a longer one does not keep a connection alive.
const INTERVALS: RangeInclusive<Duration> = Duration::from_millis(500)..=Duration::from_secs(3_600);

#[derive(Deserialize)]
struct HelloData {
    heartbeat_interval: f64,
}

/// The part of READY that RESUME needs ([P14](gloaming_protocol::rules#p14)).
#[derive(Deserialize)]
struct ReadyData {
    session_id: String,
    #[serde(default)]
    resume_gateway_url: Option<String>,
}

impl ReadyData {
    /// Whether RESUME can name the session: Discord's ids are a few letters and digits.
    fn has_usable_id(&self) -> bool {
        let id = self.session_id.as_bytes();
        (1..=MAX_SESSION_ID_BYTES).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
    }
}

/// Whether a dispatch continues the session's sequence ([P32](gloaming_protocol::rules#p32)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SequenceCheck {
    Next,
    Duplicate,
}

/// Whether a payload is handed to the consumer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Delivery {
    Deliver,
    Withhold,
}

impl Connection {
    /// The last non-null `s` of a dispatch ([P5](gloaming_protocol::rules#p5), [P32](gloaming_protocol::rules#p32)).
    pub(super) fn sequence(&self) -> Option<u64> {
        self.session
            .as_ref()
            .map(Session::sequence)
            .or(self.early_sequence)
    }

    pub(crate) fn handle_payload(&mut self, now: Instant, payload: &Payload<'_>) -> Delivery {
        if !self.state.is_open() && !matches!(self.state, State::Closing { .. }) {
            self.unexpected(payload);
            return Delivery::Withhold;
        }
        if payload.op() == OpCode::Dispatch {
            return self.dispatch(now, payload);
        }
        self.outputs.deliver();
        if self.count_eventless(now) == FrameRate::Flood {
            self.flooded(now);
            return Delivery::Deliver;
        }
        // Its `s` is null (P32): another value says nothing about the session.
        match payload.op() {
            OpCode::Hello => self.hello(now, payload),
            OpCode::Heartbeat => self.pending.requested_heartbeat(),
            OpCode::HeartbeatAck => self.heartbeat_acknowledged(now, payload),
            OpCode::Reconnect if self.state.is_open() => {
                self.leave(now, DisconnectCause::ReconnectRequested);
            }
            OpCode::InvalidSession => self.invalid_session(now, payload),
            // The connection is closing already.
            OpCode::Reconnect => {}
            _ => self.unexpected(payload),
        }
        Delivery::Deliver
    }

    /// Delivers a payload if it is a plain event with the next sequence of the session: all but a few payloads are. It
    /// changes nothing but the sequence. Does nothing with others.
    #[inline]
    pub(crate) fn deliver_next_event(&mut self, payload: &Payload<'_>) -> Delivery {
        if self.is_plain_event(payload)
            && let Some(session) = &mut self.session
            && let Some(sequence) = payload.sequence()
            && sequence.checked_sub(1) == Some(session.sequence())
        {
            session.set_sequence(sequence);
            self.outputs.deliver();
            return Delivery::Deliver;
        }
        Delivery::Withhold
    }

    /// Whether a payload is an event of an established session, which changes no deadline.
    #[inline]
    pub(crate) fn is_plain_event(&self, payload: &Payload<'_>) -> bool {
        matches!(self.state, State::Active { .. })
            && payload.op() == OpCode::Dispatch
            && !matches!(
                payload.kind(),
                Some(DispatchKind::Ready | DispatchKind::Resumed)
            )
            && !self.guilds.is_awaited()
    }

    fn dispatch(&mut self, now: Instant, payload: &Payload<'_>) -> Delivery {
        // Nothing belongs before HELLO (P3).
        if matches!(self.state, State::AwaitHello { .. })
            && self.count_eventless(now) == FrameRate::Flood
        {
            self.flooded(now);
            return Delivery::Withhold;
        }
        match payload.kind() {
            Some(DispatchKind::Ready) => {
                self.ready(now, payload);
                return Delivery::Deliver;
            }
            Some(DispatchKind::Resumed) => {
                self.resumed(payload);
                return Delivery::Deliver;
            }
            _ => {}
        }
        let check = payload
            .sequence()
            .map_or(SequenceCheck::Next, |sequence| self.follow(sequence));
        match check {
            SequenceCheck::Next => self.outputs.deliver(),
            SequenceCheck::Duplicate => {
                let sequence = payload.sequence().unwrap_or_default();
                self.event(Lifecycle::Duplicate { sequence });
                if self.count_eventless(now) == FrameRate::Flood {
                    self.flooded(now);
                }
                return Delivery::Withhold;
            }
        }
        if self.guilds.is_awaited() {
            self.guild_event(now, payload);
        }
        if let State::Resuming {
            progressed,
            deadline,
            replayed,
            ..
        } = &mut self.state
        {
            *replayed += 1;
            *progressed = now;
            *deadline = now + self.config.timeouts.resumed;
        }
        Delivery::Deliver
    }

    fn guild_event(&mut self, now: Instant, payload: &Payload<'_>) {
        let change = match payload.kind() {
            Some(DispatchKind::GuildCreate) => Change::Created,
            Some(DispatchKind::GuildDelete) => Change::Deleted,
            _ => return,
        };
        let patience = self.config.timeouts.guilds;
        let arrived = self.guilds.handle(now, payload, patience, change);
        self.guilds_arrived(arrived);
    }

    fn hello(&mut self, now: Instant, payload: &Payload<'_>) {
        let State::AwaitHello { since, .. } = self.state else {
            return self.unexpected(payload);
        };
        let interval = payload
            .decode_data::<HelloData>()
            .ok()
            .filter(|hello| hello.heartbeat_interval.is_finite())
            .filter(|hello| (0.0..1e9).contains(&hello.heartbeat_interval))
            .map(|hello| Duration::from_secs_f64(hello.heartbeat_interval / 1_000.0))
            .filter(|interval| INTERVALS.contains(interval));
        let Some(interval) = interval else {
            return self.abandon(now, DisconnectCause::Unreadable);
        };
        self.event(Lifecycle::Hello { interval });
        self.window.set_heartbeat_interval(interval);
        let heartbeat = Heartbeat::new(now, since, interval, &mut self.random);
        match (self.recovery.step(), &self.session) {
            (step @ (RecoveryStep::ResumeHost | RecoveryStep::MainHost), Some(session)) => {
                let sequence = session.sequence();
                self.state = State::Resuming {
                    heartbeat,
                    progressed: now,
                    deadline: now + self.config.timeouts.resumed,
                    replayed: 0,
                };
                self.pending.resume();
                self.event(Lifecycle::Resuming { step, sequence });
            }
            _ => {
                self.state = State::AwaitPermit {
                    heartbeat,
                    permit: PermitRequest::new(now, self.config.timeouts.permit_report),
                };
                self.outputs.push_back(Output::RequestPermit);
                self.event(Lifecycle::AwaitingPermit);
            }
        }
    }

    fn invalid_session(&mut self, now: Instant, payload: &Payload<'_>) {
        // Anything but `false` is resumed: a refused RESUME costs a round trip, a dropped session costs its events.
        let resumable = if payload.data().trim() == "false" {
            Resumable::No
        } else {
            Resumable::Yes
        };
        let reason = DisconnectCause::SessionInvalid { resumable };
        if self.state.is_open() {
            self.leave(now, reason);
        } else if resumable == Resumable::No
            && let State::Closing { after, .. } = &mut self.state
        {
            // It crossed our close frame, and still applies to the session.
            match after {
                AfterClose::Reconnect { cause, .. } => *cause = reason,
                AfterClose::Stop(_) => self.lose_session(),
            }
        }
    }

    fn heartbeat_acknowledged(&mut self, now: Instant, payload: &Payload<'_>) {
        match self.state.heartbeat_mut() {
            Some(heartbeat) => {
                let latency = heartbeat.acknowledge(now);
                self.event(Lifecycle::HeartbeatAcknowledged { latency });
            }
            None => self.unexpected(payload),
        }
    }

    fn ready(&mut self, now: Instant, payload: &Payload<'_>) {
        self.outputs.deliver();
        let ready = payload.decode_data::<ReadyData>().ok();
        let Some(ready) = ready.filter(ReadyData::has_usable_id) else {
            return self.abandon(now, DisconnectCause::UnusableReady);
        };
        let heartbeat = match mem::replace(&mut self.state, State::Idle) {
            // READY in place of RESUMED also starts a new session.
            State::Identifying { heartbeat, .. }
            | State::Resuming { heartbeat, .. }
            | State::Active { heartbeat, .. } => Some(heartbeat),
            // It crossed our close frame. The session is resumed on the next connection, unless the frame ends it.
            State::Closing {
                deadline,
                after,
                frame,
            } => {
                self.state = State::Closing {
                    deadline,
                    after,
                    frame,
                };
                if after.intent() == CloseIntent::EndSession {
                    self.early_sequence = payload.sequence();
                    return self.unexpected(payload);
                }
                None
            }
            other => {
                self.state = other;
                return self.unexpected(payload);
            }
        };
        self.lose_session();
        let mut session = Session::new(payload.sequence().unwrap_or(0), ready.session_id);
        let mut refused = None;
        if let Some(url) = ready.resume_gateway_url {
            let (with_url, added) = self.config.add_resume_url(session, url);
            session = with_url;
            refused = added.err();
        }
        if let Some(shard) = self.config.shard {
            session = session.with_shard(shard);
        }
        let session_id = session.id().into();
        self.session = Some(session);
        self.backoff.session_began();
        for id in self.commands.take_replaced() {
            let outcome = CommandOutcome::SessionReplaced;
            self.outputs.push_back(Output::Command { id, outcome });
        }
        match heartbeat {
            Some(heartbeat) => self.established(heartbeat),
            None => self
                .recovery
                .move_to(RecoveryStep::first_for(self.session.as_ref())),
        }
        self.event(Lifecycle::Ready { session_id });
        if let Some(error) = refused {
            self.event(Lifecycle::ResumeUrlRefused { error });
        }
        if self.config.receives_guilds() {
            let patience = self.config.timeouts.guilds;
            let arrived = self.guilds.start(now, payload, patience);
            self.guilds_arrived(arrived);
        }
    }

    fn resumed(&mut self, payload: &Payload<'_>) {
        self.outputs.deliver();
        if let Some(sequence) = payload.sequence() {
            self.follow(sequence);
        }
        match mem::replace(&mut self.state, State::Idle) {
            State::Resuming {
                heartbeat,
                replayed,
                ..
            } => {
                self.established(heartbeat);
                self.event(Lifecycle::Resumed { replayed });
            }
            // It crossed our close frame. The replayed events still count.
            closing @ State::Closing { .. } => self.state = closing,
            other => {
                self.state = other;
                self.unexpected(payload);
            }
        }
    }

    fn established(&mut self, heartbeat: Heartbeat) {
        self.state = State::Active { heartbeat };
        self.recovery
            .move_to(RecoveryStep::first_for(self.session.as_ref()));
    }

    /// Checks a sequence against the last one, reports skipped sequences, and advances.
    fn follow(&mut self, sequence: u64) -> SequenceCheck {
        let Some(after) = self.sequence() else {
            self.advance(sequence);
            return SequenceCheck::Next;
        };
        if sequence <= after {
            // A sequence that was skipped before arrives late.
            return match self.skipped.contains(&sequence) {
                true => SequenceCheck::Next,
                false => SequenceCheck::Duplicate,
            };
        }
        if sequence > after + 1 {
            self.skipped = after + 1..sequence;
            self.event(Lifecycle::Skipped {
                after,
                until: sequence,
            });
        }
        self.advance(sequence);
        SequenceCheck::Next
    }

    /// Advances the sequence, which never decreases within a session.
    fn advance(&mut self, sequence: u64) {
        match &mut self.session {
            Some(session) => session.set_sequence(session.sequence().max(sequence)),
            None => self.early_sequence = self.early_sequence.max(Some(sequence)),
        }
    }

    fn unexpected(&mut self, payload: &Payload<'_>) {
        self.event(Lifecycle::Unexpected {
            op: payload.op(),
            state: self.state.name(),
        });
    }
}
