//! Bugs that depend on what happened before.

use super::{Action, Frame, MachineUnderTest, with_data};
use crate::{bug::Bug, shard::RESUME_HOST};
use gloaming_machine::{
    DisconnectCause, Input, Lifecycle, Output, RecoveryStep, Resumable, SendKind, Session, Timeouts,
};
use gloaming_protocol::{CloseFrame, DispatchKind, OpCode, Payload, encode_heartbeat};
use std::time::{Duration, Instant};

const ACK: &str = r#"{"op":11,"d":null,"s":null,"t":null}"#;

/// The session id of a READY that can't be used, and one that can.
const NO_ID: &str = r#""session_id":"""#;
const AN_ID: &str = r#""session_id":"an-id""#;

/// The shortest wait after a connection that was answered and ended. The others are multiples of it by powers of two.
const SHORTEST_WAIT: Duration = Duration::from_millis(125);

const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What the bugs have to know of the machine's past.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The time at which the last attempt to connect began.
    attempted: Option<Instant>,
    /// Whether HELLO arrived on the last connection, so that a backoff follows its end.
    was_answered: bool,
    /// The number of heartbeats that wait for an ACK.
    unacknowledged: u32,
    /// Whether an ACK arrived that no heartbeat waited for.
    has_early_ack: bool,
    /// Whether the last heartbeat is taken to be acknowledged already.
    is_acknowledged_ahead: bool,
    /// The last sequence number on this connection, if it has no session.
    early_sequence: Option<u64>,
    /// The one of the connection before.
    kept_sequence: Option<u64>,
    /// The end of the machine's backoff, and the end of the one without jitter.
    backoff: Option<(Instant, Instant)>,
    /// The time at which RESUME was sent.
    resumed: Option<Instant>,
    /// Whether the connection is given up since the replay takes too long.
    gives_up_replay: bool,
    /// The highest sequence number of payloads that are no dispatches.
    stray_sequence: Option<u64>,
    /// The URL in READY, if the machine does not keep it.
    foreign_url: Option<String>,
    /// Whether the last input was READY in answer to RESUME.
    was_replaced: bool,
}

/// Removes the shard of a session, so that every shard resumes it.
pub(super) fn anonymous(session: &Session) -> Session {
    let anonymous = Session::new(session.sequence(), session.id().to_owned());
    match session.resume_url() {
        Some(url) => anonymous.with_resume_url(url.to_owned()),
        None => anonymous,
    }
}

impl MachineUnderTest {
    /// Records an input, and applies the bug to it. Returns `None` if the machine does not get the input.
    pub(super) fn alter_input_by_past<'a>(
        &mut self,
        bug: Bug,
        now: Instant,
        input: Input<'a>,
    ) -> Option<Input<'a>> {
        self.memory.was_replaced = false;
        match &input {
            Input::Connected => {
                let kept_sequence = self.memory.early_sequence.or(self.memory.kept_sequence);
                self.memory = Memory {
                    attempted: self.memory.attempted,
                    stray_sequence: self.memory.stray_sequence,
                    foreign_url: self.memory.foreign_url.take(),
                    kept_sequence,
                    ..Memory::default()
                };
            }
            Input::Payload(payload) => {
                self.remember_payload(payload);
                if bug == Bug::UnusableReadyAccepted && payload.text().contains(NO_ID) {
                    let text = payload.text().replace(NO_ID, AN_ID);
                    let payload = Payload::parse(&text).expect("the text is a payload");
                    self.machine.handle_input(now, Input::Payload(&payload));
                    return None;
                }
            }
            // Payloads that are under way continue the sequence.
            Input::NewSession if self.is_connected() => {
                let session = self.machine.session();
                self.memory.early_sequence = session.map(Session::sequence);
            }
            Input::Timeout if bug == Bug::BackoffUnjittered => {
                let waits = self.machine.state_name() == "backing off";
                if waits
                    && let Some((machine, unjittered)) = self.memory.backoff
                    && (machine..unjittered).contains(&now)
                {
                    return None;
                }
            }
            Input::Timeout
                if bug == Bug::ReplayNotAwaited
                    && self.replay_ends().is_some_and(|end| end <= now) =>
            {
                self.memory.gives_up_replay = true;
                let close = Some(CloseFrame::RESUME);
                self.added_actions.push_back(Action::Disconnect { close });
                return Some(Input::Lost);
            }
            _ => {}
        }
        Some(input)
    }

    fn remember_payload(&mut self, payload: &Payload<'_>) {
        let memory = &mut self.memory;
        match (payload.op(), payload.kind()) {
            (OpCode::HeartbeatAck, _) if payload.sequence().is_some() => {
                memory.stray_sequence = payload.sequence();
            }
            (OpCode::HeartbeatAck, _) if memory.unacknowledged == 0 => memory.has_early_ack = true,
            (OpCode::HeartbeatAck, _) => memory.unacknowledged = 0,
            (OpCode::Dispatch, Some(DispatchKind::Ready)) => {
                memory.was_replaced = self.machine.state_name() == "resuming";
                memory.early_sequence = None;
                memory.kept_sequence = None;
                memory.stray_sequence = None;
                memory.foreign_url = serde_json::from_str(payload.data())
                    .ok()
                    .and_then(|data: serde_json::Value| {
                        Some(data["resume_gateway_url"].as_str()?.to_owned())
                    })
                    .filter(|url| url != RESUME_HOST);
            }
            (OpCode::Dispatch, _) if self.machine.session().is_none() => {
                memory.early_sequence = memory.early_sequence.max(payload.sequence());
            }
            _ => {}
        }
    }

    /// Records an action, and applies the bug to it. Returns `None` if the action is dropped.
    pub(super) fn alter_action_by_past(&mut self, bug: Bug, action: Action) -> Option<Action> {
        match (bug, action) {
            (bug, Action::Connect { url, step }) => {
                self.memory.attempted = self.now;
                self.memory.was_answered = false;
                self.memory.backoff = None;
                let url = match (bug, step, &self.memory.foreign_url) {
                    (Bug::ForeignUrlTrusted, RecoveryStep::MainHost, Some(url)) => url.clone(),
                    _ => url,
                };
                Some(Action::Connect { url, step })
            }
            (_, Action::Event(event)) => self.alter_event_by_past(bug, event).map(Action::Event),
            (Bug::BackoffUnjittered, Action::Wait(Some(at))) => {
                Some(Action::Wait(Some(match self.memory.backoff {
                    Some((machine, unjittered)) if machine == at => unjittered,
                    _ => at,
                })))
            }
            (Bug::NoBackoffAfterAnswer, Action::Wait(Some(at))) if self.memory.was_answered => {
                self.skip_backoff(at)
            }
            (Bug::ReplayNotAwaited, Action::Wait(Some(at))) => {
                let end = self.replay_ends().unwrap_or(at);
                Some(Action::Wait(Some(at.min(end))))
            }
            (_, action) => Some(action),
        }
    }

    fn alter_event_by_past(&mut self, bug: Bug, event: Lifecycle) -> Option<Lifecycle> {
        match (bug, &event) {
            (Bug::ReplacedSessionNotReported, Lifecycle::Gap { .. })
                if self.memory.was_replaced =>
            {
                return None;
            }
            (Bug::BackoffUnjittered, Lifecycle::Retrying { after, step }) if !after.is_zero() => {
                let after = self.without_jitter(*after);
                return Some(Lifecycle::Retrying { after, step: *step });
            }
            (Bug::FirstHeartbeatAtOnce, Lifecycle::Hello { .. }) => {
                let sequence = self.machine.session().map(Session::sequence);
                self.added_frames.push_back(Frame::Message {
                    kind: SendKind::Heartbeat,
                    text: encode_heartbeat(sequence),
                });
            }
            (_, Lifecycle::Hello { .. }) => self.memory.was_answered = true,
            (_, Lifecycle::Resumed { .. } | Lifecycle::Ready { .. }) => self.memory.resumed = None,
            // The wait after it is not a backoff.
            (
                _,
                Lifecycle::Disconnected {
                    cause:
                        DisconnectCause::SessionInvalid {
                            resumable: Resumable::No,
                        },
                    ..
                },
            ) => self.memory.was_answered = false,
            (_, Lifecycle::Disconnected { frame, .. }) if self.memory.gives_up_replay => {
                self.memory.gives_up_replay = false;
                return Some(Lifecycle::Disconnected {
                    cause: DisconnectCause::ResumeTimeout,
                    frame: frame.clone(),
                });
            }
            _ => {}
        }
        Some(event)
    }

    /// Records a frame, and applies the bug to it.
    pub(super) fn alter_frame_by_past(&mut self, bug: Bug, kind: SendKind, text: String) -> String {
        match kind {
            SendKind::Resume => self.memory.resumed = self.now,
            SendKind::Heartbeat if self.memory.has_early_ack => {
                self.memory.has_early_ack = false;
                self.memory.is_acknowledged_ahead = true;
            }
            SendKind::Heartbeat => self.memory.unacknowledged += 1,
            SendKind::Identify | SendKind::Command => {}
        }
        if bug == Bug::StraySequenceKept
            && let Some(stray) = self.memory.stray_sequence
        {
            return match kind {
                SendKind::Heartbeat => with_data(&text, |d| *d = stray.into()),
                SendKind::Resume => with_data(&text, |d| d["seq"] = stray.into()),
                SendKind::Identify | SendKind::Command => text,
            };
        }
        match (bug, kind, self.memory.kept_sequence) {
            (Bug::EarlySequenceKept, SendKind::Heartbeat, Some(kept)) => with_data(&text, |d| {
                if d.is_null() {
                    *d = kept.into();
                }
            }),
            _ => text,
        }
    }

    /// Feeds what the bug adds after a frame that the machine sent.
    pub(super) fn after_frame(&mut self, bug: Bug, now: Instant) {
        match bug {
            Bug::AckCountsAhead if self.memory.is_acknowledged_ahead => {
                self.memory.is_acknowledged_ahead = false;
                let payload = Payload::parse(ACK).expect("the text is a payload");
                self.machine.handle_input(now, Input::Payload(&payload));
                // The server sent no such payload: nobody gets it.
                while !matches!(self.machine.poll_output(), Output::Wait(_)) {}
            }
            // A blocked socket is taken to have written its frames.
            Bug::StallNotCounted => self.machine.handle_input(now, Input::Flushed),
            _ => {}
        }
    }

    /// Returns a wait as long as its bound, counted as the machine does from the start of the attempt before.
    fn without_jitter(&mut self, after: Duration) -> Duration {
        let (Some(now), Some(attempted)) = (self.now, self.memory.attempted) else {
            return after;
        };
        let took = now - attempted;
        let mut bound = SHORTEST_WAIT;
        while bound < after + took && bound < LONGEST_WAIT {
            bound *= 2;
        }
        let unjittered = bound.min(LONGEST_WAIT).saturating_sub(took).max(after);
        self.memory.backoff = Some((now + after, now + unjittered));
        unjittered
    }

    fn is_connected(&self) -> bool {
        !matches!(
            self.machine.state_name(),
            "idle" | "connecting" | "backing off" | "stopped"
        )
    }

    /// Returns the time at which RESUMED is not awaited any more, if only RESUME counts.
    fn replay_ends(&self) -> Option<Instant> {
        let resumed = self.memory.resumed?;
        let is_replaying = self.machine.state_name() == "resuming";
        is_replaying.then(|| resumed + Timeouts::default().resumed)
    }
}
