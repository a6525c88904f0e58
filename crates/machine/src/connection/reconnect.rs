//! From the end of one connection to the next
//! ([P15](gloaming_protocol::rules#p15)–[P19](gloaming_protocol::rules#p19)).

use super::{
    Connection,
    sending::PendingSends,
    state::{AfterClose, CloseIntent, ConnectionProgress, State},
};
use crate::{
    CommandOutcome, DisconnectCause, GapCause, Lifecycle, Output, RecoveryStep, Resumable, Session,
    Severity, StopReason,
    backoff::{Answer, MAX_RETRY_AFTER},
    command::Sendable,
    reader::Reader,
    recovery::ResumeServer,
};
use gloaming_protocol::{
    CloseCode, CloseFrame, Disposition, GatewayUrl, disposition_of, limits::INVALID_SESSION_WAIT,
};
use std::time::{Duration, Instant};

impl Connection {
    /// Opens a connection on the current step.
    pub(super) fn connect(&mut self, now: Instant) {
        let url = self.next_url();
        let step = self.recovery.step();
        self.recovery.trying(now);
        self.backoff.trying(now);
        self.state = State::Connecting {
            since: now,
            deadline: now + self.config.timeouts.connect,
        };
        self.event(Lifecycle::Connecting {
            step,
            attempt: self.backoff.attempts(),
        });
        self.outputs.push_back(Output::Connect { url, step });
    }

    fn next_url(&mut self) -> GatewayUrl {
        if self.recovery.step() == RecoveryStep::ResumeHost {
            let resume = self
                .session
                .as_ref()
                .and_then(Session::resume_url)
                .and_then(|url| GatewayUrl::new(url, self.config.compression).ok());
            if let Some(url) = resume {
                return url;
            }
            self.leave_resume_host();
        }
        self.config.main_url().clone()
    }

    pub(crate) fn connect_failed(
        &mut self,
        now: Instant,
        severity: Severity,
        retry_after: Option<Duration>,
    ) {
        if !matches!(self.state, State::Connecting { .. }) {
            return;
        }
        self.disconnected(DisconnectCause::ConnectFailed, None);
        match (severity, retry_after, self.recovery.step()) {
            // Also a resume host that asks to wait: the session may not last as long, and the main host knows it, too.
            (Severity::Permanent, _, RecoveryStep::ResumeHost)
            | (Severity::Transient, Some(_), RecoveryStep::ResumeHost) => {
                self.leave_resume_host();
                self.connect(now);
            }
            (Severity::Permanent, _, RecoveryStep::MainHost | RecoveryStep::Identify) => {
                self.stop(StopReason::Misconfigured);
            }
            (Severity::Transient, _, _) => {
                let least_wait = retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
                self.retry(
                    now,
                    ConnectionProgress::NotReached,
                    Answer::None,
                    least_wait,
                );
            }
        }
    }

    /// Ends the session, and begins another on a new connection.
    pub(crate) fn new_session(&mut self, now: Instant) {
        match &mut self.state {
            State::Stopped { .. }
            | State::Closing {
                after: AfterClose::Stop(_),
                ..
            } => {}
            State::Idle | State::Backoff { .. } => self.lose_session(),
            State::Closing {
                after: AfterClose::Reconnect { intent, .. },
                ..
            } => {
                *intent = CloseIntent::EndSession;
                self.lose_session_on_the_way();
            }
            State::Connecting { .. } => {
                self.lose_session();
                // It may be a resume host, which is not the host to identify on.
                self.outputs.push_back(Output::Disconnect { close: None });
                self.disconnected(DisconnectCause::Requested, None);
                self.connect(now);
            }
            _ => {
                self.lose_session_on_the_way();
                let after = AfterClose::Reconnect {
                    cause: DisconnectCause::Requested,
                    progress: self.progress(),
                    intent: CloseIntent::EndSession,
                };
                // This code ends the session at the server as well (P19).
                self.begin_close(now, CloseFrame::NORMAL, after);
            }
        }
    }

    /// Drops the session, of which payloads are under way. They continue its sequence.
    fn lose_session_on_the_way(&mut self) {
        let sequence = self.sequence();
        self.lose_session();
        self.early_sequence = sequence;
    }

    /// Closes an open connection with a close frame, to open another.
    pub(super) fn leave(&mut self, now: Instant, cause: DisconnectCause) {
        self.leave_after(now, cause, self.progress());
    }

    fn leave_after(&mut self, now: Instant, cause: DisconnectCause, progress: ConnectionProgress) {
        self.begin_close(
            now,
            CloseFrame::RESUME,
            AfterClose::Reconnect {
                cause,
                progress,
                intent: CloseIntent::KeepSession,
            },
        );
    }

    pub(super) fn begin_close(
        &mut self,
        now: Instant,
        frame: CloseFrame<'static>,
        after: AfterClose,
    ) {
        self.withdraw_permit();
        self.pending = PendingSends::default();
        self.state = State::Closing {
            deadline: now + self.config.timeouts.close,
            after,
            frame: Some(frame),
        };
    }

    /// Drops a connection that can't be used any more, without waiting for the server.
    pub(super) fn abandon(&mut self, now: Instant, cause: DisconnectCause) {
        if self.state.is_open() {
            // Not with 1000 or 1001, since the session is resumed (P7, P19).
            self.leave(now, cause);
        }
        if let State::Closing { frame, .. } = &mut self.state {
            let close = frame.take();
            self.outputs.push_back(Output::Disconnect { close });
            self.lost(now, Reader::CaughtUp);
        }
    }

    /// Drops a connection on which RESUME brought neither RESUMED nor more events in time.
    pub(super) fn resume_timeout(&mut self, now: Instant, reader: Reader) {
        let cause = DisconnectCause::ResumeTimeout;
        let is_sent = !self.pending.has_session_message();
        // Otherwise the server has the session, was not asked, or answered what was not read.
        if self.progress() == ConnectionProgress::Reached && is_sent && reader == Reader::CaughtUp {
            self.leave_after(now, cause, ConnectionProgress::Unanswered);
        }
        self.abandon(now, cause);
    }

    /// Decides what follows the end of a connection.
    pub(super) fn ended(
        &mut self,
        now: Instant,
        progress: ConnectionProgress,
        cause: DisconnectCause,
        frame: Option<CloseFrame<'static>>,
    ) {
        if matches!(
            self.state,
            State::Idle | State::Backoff { .. } | State::Stopped { .. }
        ) {
            return;
        }
        let stopping = matches!(
            self.state,
            State::Closing {
                after: AfterClose::Stop(_),
                ..
            }
        );
        let code = frame.as_ref().map(|frame| frame.code);
        self.withdraw_permit();
        self.pending = PendingSends::default();
        self.disconnected(cause, frame);
        let invalid = DisconnectCause::SessionInvalid {
            resumable: Resumable::No,
        };
        let disposition = disposition_of(code);
        // Nothing that follows may resume it.
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
        let answer = match (progress, cause, code) {
            // Op 7 may come in place of HELLO (P3).
            (
                ConnectionProgress::Reached
                | ConnectionProgress::Identified
                | ConnectionProgress::Replayed
                | ConnectionProgress::Unanswered
                | ConnectionProgress::Unread
                | ConnectionProgress::Established,
                ..,
            )
            | (_, DisconnectCause::ReconnectRequested, _)
            | (_, _, Some(_)) => Answer::Came,
            (ConnectionProgress::NotReached, _, None) => Answer::None,
        };
        self.retry(now, progress, answer, least_wait);
    }

    fn retry(
        &mut self,
        now: Instant,
        progress: ConnectionProgress,
        answer: Answer,
        least_wait: Duration,
    ) {
        let backoff = self.backoff.ended(now, answer, &mut self.random);
        let least_wait = match progress {
            ConnectionProgress::Identified => {
                least_wait.max(self.backoff.identify_wasted(&mut self.random))
            }
            _ => least_wait,
        };
        let stepped = match progress {
            ConnectionProgress::Established | ConnectionProgress::Unread => None,
            ConnectionProgress::NotReached
            | ConnectionProgress::Reached
            | ConnectionProgress::Identified
            | ConnectionProgress::Unanswered
            | ConnectionProgress::Replayed => self.step_failed(now, progress),
        };
        let wait = match stepped {
            // The failures of the last host do not delay the next one.
            Some(RecoveryStep::MainHost) => least_wait,
            _ => backoff.max(least_wait),
        };
        self.event(Lifecycle::Retrying {
            after: wait,
            step: self.recovery.step(),
        });
        if wait.is_zero() {
            self.connect(now);
        } else {
            self.state = State::Backoff { until: now + wait };
        }
    }

    fn step_failed(&mut self, now: Instant, progress: ConnectionProgress) -> Option<RecoveryStep> {
        let from = self.recovery.step();
        let to = self.recovery.failed(now, progress, self.resume_server())?;
        self.event(Lifecycle::RecoveryStepExhausted { from, to });
        match to {
            RecoveryStep::ResumeHost => {}
            RecoveryStep::MainHost => self.forget_resume_host(),
            RecoveryStep::Identify => self.lose_session(),
        }
        Some(to)
    }

    /// Whether the session is resumed on the main URL's server in any case.
    fn resume_server(&self) -> ResumeServer {
        match self.session.as_ref().and_then(Session::resume_url) {
            Some(url) if self.config.main_url().has_server_of(url) => ResumeServer::Main,
            _ => ResumeServer::Other,
        }
    }

    fn leave_resume_host(&mut self) {
        let (from, to) = (self.recovery.step(), RecoveryStep::MainHost);
        self.recovery.move_to(to);
        self.event(Lifecycle::RecoveryStepExhausted { from, to });
        self.forget_resume_host();
    }

    /// Drops the URL of a host that was given up: neither the next recovery nor a process that is given the stored session
    /// is to try it again. READY of the next session names another. The main URL's server stays named: it is the one that
    /// is tried.
    fn forget_resume_host(&mut self) {
        if self.resume_server() == ResumeServer::Main {
            return;
        }
        let session = self.session.take();
        self.session = session.map(|session| session.take_resume_url().0);
    }

    /// Drops the session, and reports the events that are lost with it.
    pub(super) fn lose_session(&mut self) {
        if let Some(session) = self.session.take() {
            self.event(Lifecycle::Gap {
                session_id: session.id().into(),
                after: session.sequence(),
                cause: GapCause::SessionLost,
            });
        }
        self.guilds.stop();
        self.skipped = 0..0;
        self.early_sequence = None;
        self.recovery.move_to(RecoveryStep::Identify);
    }

    /// How far the connection has got.
    pub(super) fn progress(&self) -> ConnectionProgress {
        match self.state {
            State::Identifying { .. } if !self.pending.has_session_message() => {
                ConnectionProgress::Identified
            }
            _ => self.state.progress(),
        }
    }

    fn withdraw_permit(&mut self) {
        // While identifying, the permit is spent unless IDENTIFY still waits.
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
        self.guilds.stop();
        self.state = State::Stopped { reason };
        while let Some(command) = self.commands.pop(Sendable::All) {
            let outcome = CommandOutcome::Closed;
            let id = command.id;
            self.outputs.push_back(Output::Command { id, outcome });
        }
        self.event(Lifecycle::Stopped { reason });
    }
}
