//! Checks that each request is resolved once, with its replies.

use crate::finding::{Check, Invariant, violated};
use gloaming_machine::requests::{RequestErrorKind, RequestId};
use std::collections::BTreeMap;

/// The kind of reply that a request expects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ExpectedReply {
    /// At least one chunk of members.
    Members,
    /// One reply for a guild.
    Guild,
}

#[derive(Clone, Copy, Debug)]
struct PendingRequest {
    expected: ExpectedReply,
    replies: u32,
}

/// The requests of a shard.
#[derive(Debug, Default)]
pub(crate) struct RequestChecker {
    next: u64,
    pending: BTreeMap<RequestId, PendingRequest>,
}

impl RequestChecker {
    pub(crate) fn open(&mut self, expected: ExpectedReply) -> RequestId {
        let id = RequestId(self.next);
        self.next += 1;
        self.pending.insert(
            id,
            PendingRequest {
                expected,
                replies: 0,
            },
        );
        id
    }

    /// Removes a request that the user drops. Returns whether it was pending.
    pub(crate) fn drop_request(&mut self, id: RequestId) -> bool {
        self.pending.remove(&id).is_some()
    }

    pub(crate) fn reply_received(&mut self, ids: &[RequestId]) -> Check {
        for id in ids {
            let Some(request) = self.pending.get_mut(id) else {
                let detail = format!("{id:?} gets a reply, but is not pending");
                return violated(Invariant::Requests, detail);
            };
            request.replies += 1;
            if request.expected == ExpectedReply::Guild && request.replies > 1 {
                let detail = format!("{id:?} gets {} replies for one guild", request.replies);
                return violated(Invariant::Requests, detail);
            }
        }
        Ok(())
    }

    pub(crate) fn resolved(
        &mut self,
        id: RequestId,
        result: Result<(), RequestErrorKind>,
    ) -> Check {
        match (self.pending.remove(&id), result) {
            (None, _) => violated(
                Invariant::Requests,
                format!("{id:?} is resolved with {result:?}, but is not pending"),
            ),
            (Some(PendingRequest { replies: 0, .. }), Ok(())) => violated(
                Invariant::Requests,
                format!("{id:?} succeeds without a reply"),
            ),
            (Some(_), _) => Ok(()),
        }
    }

    /// Checks that no request is pending after the shard has stopped.
    pub(crate) fn check_all_resolved(&self) -> Check {
        if self.pending.is_empty() {
            return Ok(());
        }
        violated(
            Invariant::Requests,
            format!("{} requests were never resolved", self.pending.len()),
        )
    }

    /// Discards the pending requests after a crash.
    pub(crate) fn clear(&mut self) {
        self.pending.clear();
    }
}
