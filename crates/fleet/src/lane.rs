//! The order of starts and stops of one shard. Without IO.

use gloaming_coordinator::{Fence, SessionSource, StopKind};
use gloaming_shard::Session;
use std::collections::VecDeque;

/// What a node wants of one shard. Each step begins when the one before has ended, since closing a shard takes time.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    pending: VecDeque<Step>,
    progress: Progress,
    /// The session that the shard had when this process stopped it.
    own: Option<Session>,
}

/// A step of a shard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    Start {
        fence: Fence,
        session: SessionSource,
    },
    Stop(StopKind),
}

/// What the shard does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Progress {
    #[default]
    Idle,
    Stopping(StopKind),
}

impl Lane {
    /// Adds a step.
    pub(crate) fn push(&mut self, step: Step) {
        let is_stopped_at_once = step == Step::Stop(StopKind::AtOnce);
        if is_stopped_at_once && matches!(self.pending.back(), Some(Step::Start { .. })) {
            // It does not run yet, and what it would have resumed is where it was.
            self.pending.pop_back();
            return;
        }
        self.pending.push_back(step);
    }

    /// Returns the next step, unless the shard is being stopped.
    pub(crate) fn next(&mut self) -> Option<Step> {
        if self.progress != Progress::Idle {
            return None;
        }
        let step = self.pending.pop_front()?;
        if let Step::Stop(kind) = step {
            self.progress = Progress::Stopping(kind);
        }
        Some(step)
    }

    /// Notes that the shard has stopped, and returns how it was to.
    pub(crate) fn stopped(&mut self, session: Option<Session>) -> Option<StopKind> {
        self.own = session;
        match std::mem::take(&mut self.progress) {
            Progress::Idle => None,
            Progress::Stopping(kind) => Some(kind),
        }
    }

    /// Returns the session that the shard had when this process stopped it.
    pub(crate) const fn own_session(&self) -> Option<&Session> {
        self.own.as_ref()
    }

    /// Returns whether the shard is neither being stopped, nor about to be started or stopped.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.progress == Progress::Idle && self.pending.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Step {
        Step::Start {
            fence: Fence::new(7),
            session: SessionSource::Own,
        }
    }

    #[test]
    fn shard_starts_again_once_it_has_stopped() {
        let mut lane = Lane::default();
        lane.push(Step::Stop(StopKind::AtOnce));
        lane.push(start());
        assert_eq!(lane.next(), Some(Step::Stop(StopKind::AtOnce)));
        assert_eq!(lane.next(), None);
        assert!(!lane.is_at_rest());
        let session = Session::new(4, "d8c3b5".to_owned());
        assert_eq!(lane.stopped(Some(session.clone())), Some(StopKind::AtOnce));
        assert_eq!(lane.next(), Some(start()));
        assert_eq!(lane.own_session(), Some(&session));
        assert!(lane.is_at_rest());
    }

    #[test]
    fn start_and_stop_that_wait_cancel_out() {
        let mut lane = Lane::default();
        lane.push(Step::Stop(StopKind::AtOnce));
        lane.next();
        for _ in 0..1000 {
            lane.push(start());
            lane.push(Step::Stop(StopKind::AtOnce));
        }
        lane.stopped(None);
        assert!(lane.is_at_rest());
        // A hand-over is answered in any case.
        lane.push(start());
        lane.push(Step::Stop(StopKind::HandOver));
        assert_eq!(lane.next(), Some(start()));
        assert_eq!(lane.next(), Some(Step::Stop(StopKind::HandOver)));
        assert_eq!(lane.stopped(None), Some(StopKind::HandOver));
    }
}
