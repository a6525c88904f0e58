//! From the end of one connection to the next (P15–P19).

use super::{
    CommandOutcome, DisconnectCause, Lifecycle, Machine, Output, Resumable, Rung, Severity,
    StopReason,
    backoff::Answer,
    sending::Owed,
    state::{Ending, Standing, State},
};
use crate::Session;
use gloaming_protocol::{
    CloseCode, CloseFrame, Disposition, disposition_of, gateway_url, limits::INVALID_SESSION_WAIT,
};
use std::time::{Duration, Instant};

/// The rung on which a session is sought first.
pub(super) fn first_rung(session: Option<&Session>) -> Rung {
    match session {
        Some(session) if session.resume_url().is_some() => Rung::ResumeHost,
        Some(_) => Rung::MainHost,
        None => Rung::Identify,
    }
}

impl Machine {
    /// Opens a connection on the current rung.
    pub(super) fn connect(&mut self, now: Instant) {
        let url = self.next_url();
        let rung = self.ladder.rung();
        self.ladder.trying(now);
        self.backoff.trying(now);
        self.state = State::Connecting {
            deadline: now + self.config.timeouts.connect,
        };
        self.event(Lifecycle::Connecting {
            rung,
            attempt: self.backoff.attempts(),
        });
        self.outputs.push_back(Output::Connect { url, rung });
    }

    fn next_url(&mut self) -> String {
        if self.ladder.rung() == Rung::ResumeHost {
            let resume = self
                .session
                .as_ref()
                .and_then(Session::resume_url)
                .and_then(|url| gateway_url(url, self.config.compression).ok());
            if let Some(url) = resume {
                return url;
            }
            self.step_down(Rung::MainHost);
        }
        self.config.main_url().to_owned()
    }

    pub(super) fn connect_failed(&mut self, now: Instant, severity: Severity) {
        if !matches!(self.state, State::Connecting { .. }) {
            return;
        }
        match (severity, self.ladder.rung()) {
            (Severity::Transient, _) => self.ended(now, DisconnectCause::ConnectFailed, None),
            (Severity::Permanent, Rung::ResumeHost) => {
                self.disconnected(DisconnectCause::ConnectFailed, None);
                self.step_down(Rung::MainHost);
                self.connect(now);
            }
            (Severity::Permanent, Rung::MainHost | Rung::Identify) => {
                self.disconnected(DisconnectCause::ConnectFailed, None);
                self.stop(StopReason::Misconfigured);
            }
        }
    }

    /// Leaves an open connection in good order, to make another.
    pub(super) fn leave(&mut self, now: Instant, cause: DisconnectCause) {
        let standing = self.state.standing();
        self.begin_close(
            now,
            CloseFrame::RESUME,
            Ending::Reconnect { cause, standing },
        );
    }

    pub(super) fn begin_close(&mut self, now: Instant, frame: CloseFrame<'static>, ending: Ending) {
        self.withdraw_permit();
        self.owed = Owed::default();
        self.state = State::Closing {
            deadline: now + self.config.timeouts.close,
            ending,
        };
        self.outputs.push_back(Output::Close(frame));
    }

    /// Leaves a connection that is no good any more, without waiting for the other side.
    pub(super) fn abandon(&mut self, now: Instant, cause: DisconnectCause) {
        if self.state.is_open() {
            // Not with 1000 or 1001: the session is to be resumed (P7, P19).
            self.leave(now, cause);
        }
        if matches!(self.state, State::Closing { .. }) {
            self.outputs.push_back(Output::Disconnect);
            self.lost(now);
        }
    }

    /// The connection is gone: decides what comes next.
    pub(super) fn ended(
        &mut self,
        now: Instant,
        cause: DisconnectCause,
        frame: Option<CloseFrame<'static>>,
    ) {
        if matches!(
            self.state,
            State::Idle | State::Backoff { .. } | State::Stopped { .. }
        ) {
            return;
        }
        let standing = self.state.standing();
        let stopping = matches!(
            self.state,
            State::Closing {
                ending: Ending::Stop(_),
                ..
            }
        );
        let code = frame.as_ref().map(|frame| frame.code);
        self.withdraw_permit();
        self.owed = Owed::default();
        self.disconnected(cause, frame);
        let invalid = DisconnectCause::SessionInvalid {
            resumable: Resumable::No,
        };
        let disposition = disposition_of(code);
        // Whatever comes next, nobody may take it for one to resume.
        if cause == invalid || disposition == Disposition::Reidentify {
            self.lose_session();
        }
        if stopping {
            return self.stop(StopReason::Requested);
        }
        if disposition == Disposition::Fatal {
            let refusal = code.and_then(CloseCode::from_number);
            return self.stop(refusal.map_or(StopReason::Misconfigured, StopReason::Refused));
        }
        let least_wait = if cause == invalid {
            self.random.within(INVALID_SESSION_WAIT)
        } else {
            Duration::ZERO
        };
        let answer = match (standing, cause, code) {
            // Op 7 may come in place of HELLO (P3).
            (Standing::Reached | Standing::Replayed | Standing::Established, ..)
            | (_, DisconnectCause::ReconnectRequested, _)
            | (_, _, Some(_)) => Answer::Came,
            (Standing::Unreached, _, None) => Answer::None,
        };
        self.retry(now, standing, answer, least_wait);
    }

    fn retry(&mut self, now: Instant, standing: Standing, answer: Answer, least_wait: Duration) {
        let backoff = self.backoff.ended(now, answer, &mut self.random);
        let stepped = match standing {
            Standing::Established => None,
            Standing::Unreached | Standing::Reached | Standing::Replayed => {
                self.rung_failed(now, standing)
            }
        };
        let wait = match stepped {
            // Another host: no reason to let it wait for the sins of the last one.
            Some(Rung::MainHost) => least_wait,
            _ => backoff.max(least_wait),
        };
        self.event(Lifecycle::Retrying {
            after: wait,
            rung: self.ladder.rung(),
        });
        if wait.is_zero() {
            self.connect(now);
        } else {
            self.state = State::Backoff { until: now + wait };
        }
    }

    fn rung_failed(&mut self, now: Instant, standing: Standing) -> Option<Rung> {
        let from = self.ladder.rung();
        let to = self.ladder.failed(now, standing)?;
        self.event(Lifecycle::RungExhausted { from, to });
        if to == Rung::Identify {
            self.lose_session();
        }
        Some(to)
    }

    fn step_down(&mut self, to: Rung) {
        let from = self.ladder.rung();
        self.ladder.move_to(to);
        self.event(Lifecycle::RungExhausted { from, to });
    }

    /// Gives the session up, and says which events are lost with it.
    pub(super) fn lose_session(&mut self) {
        if let Some(session) = self.session.take() {
            self.event(Lifecycle::Gap {
                session_id: session.id().into(),
                after: session.sequence(),
            });
        }
        self.hole = 0..0;
        self.early_sequence = None;
        self.ladder.move_to(Rung::Identify);
    }

    fn withdraw_permit(&mut self) {
        // Once identifying, the permit is spent or about to be; the driver gives it back if the
        // connection ends before the frame was written.
        if matches!(
            self.state,
            State::AwaitPermit { .. } | State::Identifying { .. }
        ) {
            self.outputs.push_back(Output::CancelPermit);
        }
    }

    fn disconnected(&mut self, cause: DisconnectCause, frame: Option<CloseFrame<'static>>) {
        self.event(Lifecycle::Disconnected { cause, frame });
    }

    pub(super) fn stop(&mut self, reason: StopReason) {
        self.withdraw_permit();
        self.state = State::Stopped { reason };
        while let Some(command) = self.commands.pop() {
            let outcome = CommandOutcome::Closed;
            let id = command.id;
            self.outputs.push_back(Output::Command { id, outcome });
        }
        self.event(Lifecycle::Stopped { reason });
    }
}
