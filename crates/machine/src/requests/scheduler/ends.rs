//! How requests end, and what that releases.

use super::{
    super::{
        error::RequestErrorKind,
        id::{PendingId, RequestId},
        pacing::PacingKey,
        pending::{PendingRequest, Progress},
    },
    Caller, Output, RequestScheduler,
};
use crate::{CommandOutcome, reader::Reader};
use std::time::Instant;

impl RequestScheduler {
    pub(super) fn timeout(&mut self, now: Instant, reader: Reader) {
        let patience = self.patience(reader);
        let mut ended = Vec::new();
        for (id, request) in &self.pending {
            if let Some(since) = request
                .quiet_since()
                .map(|since| self.liveness.since(since))
                && since + patience <= now
            {
                let waited = now.duration_since(since);
                ended.push((*id, RequestErrorKind::Silent { waited }));
            }
            if request.expires().is_some_and(|expires| expires <= now) {
                let outcome = CommandOutcome::Expired;
                ended.push((*id, RequestErrorKind::NotSent(outcome)));
            }
        }
        for (id, kind) in ended {
            self.end(now, id, Err(kind));
        }
    }

    pub(super) fn forget(&mut self, now: Instant, request_id: RequestId) {
        if let Some(caller) = self.callers.remove(&request_id) {
            self.remove_caller(now, request_id, &caller);
        }
    }

    /// Ends a pending payload for all of its callers.
    pub(super) fn end(
        &mut self,
        now: Instant,
        id: PendingId,
        result: Result<(), RequestErrorKind>,
    ) {
        let Some(request) = self.pending.remove(&id) else {
            return;
        };
        self.release(now, id, &request);
        for request_id in request.callers {
            let Some(caller) = self.callers.get_mut(&request_id) else {
                continue;
            };
            caller.pending.retain(|pending| *pending != id);
            if result.is_err() || caller.pending.is_empty() {
                self.finish(now, request_id, result);
            }
        }
    }

    /// Ends the request of one caller.
    pub(super) fn finish(
        &mut self,
        now: Instant,
        request_id: RequestId,
        result: Result<(), RequestErrorKind>,
    ) {
        if let Some(caller) = self.callers.remove(&request_id) {
            self.remove_caller(now, request_id, &caller);
            self.outputs.push_back(Output::Ended { request_id, result });
        }
    }

    /// Removes a caller from its pending payloads, and the payloads that have no other caller.
    fn remove_caller(&mut self, now: Instant, request_id: RequestId, caller: &Caller) {
        for id in &caller.pending {
            let Some(request) = self.pending.get_mut(id) else {
                continue;
            };
            request.callers.retain(|caller| *caller != request_id);
            if request.callers.is_empty()
                && let Some(request) = self.pending.remove(id)
            {
                self.release(now, *id, &request);
            }
        }
    }

    /// Releases what a removed payload held.
    fn release(&mut self, now: Instant, id: PendingId, request: &PendingRequest) {
        let key = request.payload.pacing_key();
        match (request.progress, key) {
            (Progress::Queued { .. }, _) => {
                self.queued -= 1;
                self.outputs.push_back(Output::Withdraw(id.command()));
                if let Some(key) = key {
                    self.pacing.release(key);
                }
            }
            // Its reply may still arrive, and must not be taken for a reply to the next request.
            (Progress::Sent { .. }, Some(key @ PacingKey::ChannelInfo(_))) => {
                self.pacing.hold(key, now + self.policy.silence);
            }
            // The key of a full list may belong to the next request already.
            (Progress::Answered { .. }, Some(key @ PacingKey::ChannelInfo(_))) => {
                self.pacing.release(key)
            }
            _ => {}
        }
    }
}
