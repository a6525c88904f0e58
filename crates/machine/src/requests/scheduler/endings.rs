//! How requests end, and what that gives up.

use super::{
    super::{
        ask::{Ask, Stage},
        error::RequestErrorKind,
        turns::Turn,
    },
    AskId, Caller, HandleId, Output, Scheduler,
};
use crate::machine::CommandOutcome;
use std::time::Instant;

impl Scheduler {
    pub(super) fn timeout(&mut self, now: Instant) {
        let patience = self.patience();
        let mut over = Vec::new();
        for (id, ask) in &self.asks {
            if let Some(since) = ask.quiet_since().map(|since| self.hearing.since(since))
                && since + patience <= now
            {
                let waited = now.duration_since(since);
                over.push((*id, RequestErrorKind::Silent { waited }));
            }
            if ask.expires().is_some_and(|expires| expires <= now) {
                let outcome = CommandOutcome::Expired;
                over.push((*id, RequestErrorKind::NotSent(outcome)));
            }
        }
        for (id, kind) in over {
            self.end(now, id, Err(kind));
        }
    }

    pub(super) fn forget(&mut self, now: Instant, handle: HandleId) {
        self.outputs.retain(|output| match output {
            Output::State { handle: named, .. } | Output::Finish { handle: named, .. } => {
                *named != handle
            }
            _ => true,
        });
        if let Some(caller) = self.callers.remove(&handle) {
            self.leave(now, handle, &caller);
        }
    }

    /// The ask is over for everybody.
    pub(super) fn end(&mut self, now: Instant, id: AskId, end: Result<(), RequestErrorKind>) {
        let Some(ask) = self.asks.remove(&id) else {
            return;
        };
        self.settle(now, id, &ask);
        for handle in ask.callers {
            let Some(caller) = self.callers.get_mut(&handle) else {
                continue;
            };
            caller.asks.retain(|asked| *asked != id);
            if end.is_err() || caller.asks.is_empty() {
                self.finish(now, handle, end);
            }
        }
    }

    /// The request is over for one caller.
    pub(super) fn finish(
        &mut self,
        now: Instant,
        handle: HandleId,
        end: Result<(), RequestErrorKind>,
    ) {
        if let Some(caller) = self.callers.remove(&handle) {
            self.leave(now, handle, &caller);
            self.outputs.push_back(Output::Finish { handle, end });
        }
    }

    /// Gives up what nobody else asks.
    fn leave(&mut self, now: Instant, handle: HandleId, caller: &Caller) {
        for id in &caller.asks {
            let Some(ask) = self.asks.get_mut(id) else {
                continue;
            };
            ask.callers.retain(|asking| *asking != handle);
            if ask.callers.is_empty()
                && let Some(ask) = self.asks.remove(id)
            {
                self.settle(now, *id, &ask);
            }
        }
    }

    /// Puts in order what an ask that is gone has left behind.
    fn settle(&mut self, now: Instant, id: AskId, ask: &Ask) {
        let turn = ask.body.turn();
        match (ask.stage, turn) {
            (Stage::InLane { .. }, _) => {
                self.in_lane -= 1;
                self.outputs.push_back(Output::Withdraw(id.command()));
                if let Some(turn) = turn {
                    self.turns.release(turn);
                }
            }
            // Its answer may still come, and is not the next one's.
            (Stage::Sent { .. }, Some(turn @ Turn::ChannelInfo(_))) => {
                self.turns.hold(turn, now + self.policy.silence);
            }
            // The turn of a full list may be the next one's already.
            (Stage::Answered { .. }, Some(turn @ Turn::ChannelInfo(_))) => self.turns.release(turn),
            _ => {}
        }
    }
}
