//! Checks the rate of connection attempts, and the steps of the recovery ([P16](gloaming_protocol::rules#p16)).

use crate::finding::{Check, Invariant, violated};
use gloaming_machine::{RecoveryPolicy, RecoveryStep};
use gloaming_protocol::limits::INVALID_SESSION_WAIT;
use std::{collections::VecDeque, time::Duration};

/// The maximum number of attempts per minute that `BackoffPolicy` allows.
const MAX_PER_MINUTE: usize = 90;

/// The maximum number of attempts per minute on which no session is established: one for each `stable`, and those until
/// the waits have grown.
const MAX_WITHOUT_SESSION: usize = 50;

/// The number of waits that are compared.
const COMPARED_WAITS: usize = 32;

/// The maximum number of attempts per minute without HELLO. The waits are at least 0, 0.5, 1, 2 .. 30 s, or an
/// eighth of that after a close frame or op 7.
const MAX_WITHOUT_HELLO: usize = 20;

const MINUTE: Duration = Duration::from_secs(60);

/// The connection attempts of a shard.
#[derive(Debug, Default)]
pub(crate) struct ConnectChecker {
    recent: VecDeque<Duration>,
    /// The number of attempts since the last HELLO.
    without_hello: usize,
    /// The number of attempts since a session was last established.
    without_session: usize,
    /// The time at which the last attempt began.
    attempted: Duration,
    /// The last waits, counted from the start of the attempts before them.
    waits: VecDeque<Duration>,
    step: Option<RecoveryStep>,
    tries: u32,
    reached: u32,
    main_since: Option<Duration>,
    /// Whether the server ended the session, or the user gave it up.
    session_ended: bool,
    /// The time of the last op 9 false.
    invalidated: Option<Duration>,
    /// The end of the time that a host asked to wait, and whether it is the resume host.
    limited: Option<(Duration, bool)>,
    /// The time at which a host last asked to wait.
    limited_at: Option<Duration>,
}

impl ConnectChecker {
    pub(crate) fn restart(&mut self) {
        *self = Self::default();
    }

    /// Checks an attempt. `host_is_resume` is true if the URL has the resume host.
    pub(crate) fn attempt(
        &mut self,
        now: Duration,
        step: RecoveryStep,
        host_is_resume: bool,
    ) -> Check {
        while self.recent.front().is_some_and(|at| *at + MINUTE <= now) {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        let attempts = self.recent.len();
        self.attempted = now;
        self.without_hello = attempts.min(self.without_hello + 1);
        self.without_session = attempts.min(self.without_session + 1);
        if attempts > MAX_PER_MINUTE
            || self.without_hello > MAX_WITHOUT_HELLO
            || self.without_session > MAX_WITHOUT_SESSION
        {
            violated(
                Invariant::Attempts,
                format!("{attempts} attempts within a minute"),
            )?;
        }
        if let Some(since) = self.invalidated.take()
            && now < since + *INVALID_SESSION_WAIT.start()
        {
            violated(Invariant::Attempts, "immediately after op 9 false")?;
        }
        if let Some((until, is_resume)) = self.limited
            && is_resume == host_is_resume
            && now < until
        {
            let wait = until - now;
            violated(
                Invariant::Attempts,
                format!("{wait:?} before the end of Retry-After"),
            )?;
        }
        if host_is_resume != (step == RecoveryStep::ResumeHost) {
            violated(
                Invariant::Recovery,
                format!("{step:?} is tried on the wrong host"),
            )?;
        }
        if self.step != Some(step) {
            self.step = Some(step);
            self.tries = 0;
            self.reached = 0;
        }
        self.tries += 1;
        match step {
            RecoveryStep::ResumeHost
                if self.tries > RecoveryPolicy::default().resume_host.tries =>
            {
                violated(
                    Invariant::Recovery,
                    format!("try {} on the resume host", self.tries),
                )
            }
            RecoveryStep::MainHost => {
                self.main_since.get_or_insert(now);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(crate) const fn hello(&mut self) {
        self.reached += 1;
        self.without_hello = 0;
    }

    /// A connection ended whose answer to RESUME was not read, which is no try.
    pub(crate) const fn answer_was_not_read(&mut self) {
        self.tries = self.tries.saturating_sub(1);
        self.reached = self.reached.saturating_sub(1);
    }

    /// Returns the time at which the last attempt began.
    pub(crate) const fn attempted(&self) -> Duration {
        self.attempted
    }

    /// Checks that the wait before the next attempt is random. It is counted from the start of the last one.
    pub(crate) fn retrying(&mut self, now: Duration, after: Duration) -> Check {
        // The time that a host asks to wait is a number of seconds.
        if after.is_zero() || self.limited_at == Some(now) {
            return Ok(());
        }
        let wait = now - self.attempted + after;
        if self.waits.contains(&wait) {
            violated(
                Invariant::Attempts,
                format!("two waits of {wait:?} are not random"),
            )?;
        }
        self.waits.push_back(wait);
        if self.waits.len() > COMPARED_WAITS {
            self.waits.pop_front();
        }
        Ok(())
    }

    /// Resets the recovery after READY or RESUMED.
    pub(crate) fn established(&mut self) {
        self.without_session = 0;
        self.step = None;
        self.main_since = None;
        self.session_ended = false;
        self.invalidated = None;
        self.limited = None;
    }

    /// Records that a host refused a connection, and asked to wait until this time.
    pub(crate) const fn asked_to_wait(
        &mut self,
        now: Duration,
        until: Duration,
        host_is_resume: bool,
    ) {
        self.limited_at = Some(now);
        self.limited = Some((until, host_is_resume));
    }

    /// Records that the server ended the session, or that the user gave it up.
    pub(crate) const fn session_ended(&mut self) {
        self.session_ended = true;
    }

    /// Records op 9 false.
    pub(crate) const fn invalidated(&mut self, now: Duration) {
        self.session_ended = true;
        self.invalidated = Some(now);
    }

    /// Checks a RESUME.
    pub(crate) fn check_resume(&self) -> Check {
        if self.session_ended {
            violated(
                Invariant::ServerRequests,
                "RESUME of a session that has ended",
            )?;
        }
        Ok(())
    }

    /// Checks the session of a stopped shard.
    pub(crate) fn check_kept_session(&self) -> Check {
        if self.session_ended {
            violated(
                Invariant::ServerRequests,
                "the shard keeps a session that has ended",
            )?;
        }
        Ok(())
    }

    /// Checks that the session may be given up.
    pub(crate) fn session_given_up(&self, now: Duration) -> Check {
        let bounds = RecoveryPolicy::default().main_host;
        let is_old = self
            .main_since
            .is_some_and(|since| now.saturating_sub(since) >= bounds.within);
        // While the host can't be reached, IDENTIFY can't be sent either.
        let is_old = is_old && self.reached > 0;
        if self.session_ended || is_old || self.reached >= bounds.tries {
            return Ok(());
        }
        violated(
            Invariant::SessionKept,
            format!(
                "the session is given up after {} tries on {:?}, of which {} got HELLO",
                self.tries, self.step, self.reached
            ),
        )
    }
}
