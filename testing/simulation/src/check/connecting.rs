//! How connections are made: not too often, each step on its host, none given up early
//! ([P16](gloaming_protocol::rules#p16)).

use crate::finding::{Check, Invariant, broken};
use gloaming_machine::{RecoveryPolicy, RecoveryStep};
use gloaming_protocol::limits::INVALID_SESSION_WAIT;
use std::{collections::VecDeque, time::Duration};

/// Attempts in a minute, whatever the server does; as `BackoffPolicy` has it.
const MOST_PER_MINUTE: usize = 90;

/// Attempts in a minute with no HELLO among them: waits are at least 0, 0.5, 1, 2 .. 30 s, and for what
/// is closed, or sent away by op 7, from an eighth of that on.
const MOST_WITHOUT_HELLO: usize = 20;

const MINUTE: Duration = Duration::from_secs(60);

/// A shard's attempts to connect.
#[derive(Debug, Default)]
pub(crate) struct ConnectGuard {
    recent: VecDeque<Duration>,
    /// How many of them came after the last HELLO.
    without_hello: usize,
    step: Option<RecoveryStep>,
    tries: u32,
    reached: u32,
    main_since: Option<Duration>,
    /// The server said that the session is gone.
    told_gone: bool,
    /// By op 9, at that time.
    invalidated: Option<Duration>,
}

impl ConnectGuard {
    pub(crate) fn restart(&mut self) {
        *self = Self::default();
    }

    /// `host_is_resume`: which host the URL names.
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
        self.without_hello = attempts.min(self.without_hello + 1);
        if attempts > MOST_PER_MINUTE || self.without_hello > MOST_WITHOUT_HELLO {
            broken(
                Invariant::Attempts,
                format!("{attempts} attempts in a minute"),
            )?;
        }
        if let Some(since) = self.invalidated.take()
            && now < since + *INVALID_SESSION_WAIT.start()
        {
            broken(Invariant::Attempts, "at once after op 9 false")?;
        }
        if host_is_resume != (step == RecoveryStep::ResumeHost) {
            broken(
                Invariant::Recovery,
                format!("{step:?} is tried on another host"),
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
                broken(
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

    /// READY or RESUMED came.
    pub(crate) fn established(&mut self) {
        self.step = None;
        self.main_since = None;
        self.told_gone = false;
        self.invalidated = None;
    }

    /// The server closed with a code that ends the session.
    pub(crate) const fn told_gone(&mut self) {
        self.told_gone = true;
    }

    /// The server sent op 9 false.
    pub(crate) const fn invalidated(&mut self, now: Duration) {
        self.told_gone = true;
        self.invalidated = Some(now);
    }

    /// RESUME goes out.
    pub(crate) fn resumes(&self) -> Check {
        if self.told_gone {
            broken(Invariant::Obedience, "RESUME of a session that is gone")?;
        }
        Ok(())
    }

    /// The shard has stopped, and leaves a session to be resumed.
    pub(crate) fn leaves_session(&self) -> Check {
        if self.told_gone {
            broken(Invariant::Obedience, "a session is left that is gone")?;
        }
        Ok(())
    }

    /// The session is given up.
    pub(crate) fn gives_up(&self, now: Duration) -> Check {
        let bounds = RecoveryPolicy::default().main_host;
        let is_old = self
            .main_since
            .is_some_and(|since| now.saturating_sub(since) >= bounds.within);
        if self.told_gone || is_old || self.reached >= bounds.tries {
            return Ok(());
        }
        broken(
            Invariant::Keeping,
            format!(
                "after {} tries on {:?}, {} of them answered",
                self.tries, self.step, self.reached
            ),
        )
    }
}
