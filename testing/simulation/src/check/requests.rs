//! Each request ends once, with its replies.

use crate::finding::{Check, Invariant, broken};
use gloaming_machine::requests::{RequestErrorKind, RequestId};
use std::collections::BTreeMap;

/// What a request asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wanted {
    /// Chunks of members, at least one.
    Members,
    /// One reply.
    Guild,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    wanted: Wanted,
    replies: u32,
}

/// The requests of a shard.
#[derive(Debug, Default)]
pub(crate) struct RequestGuard {
    next: u64,
    open: BTreeMap<RequestId, Open>,
}

impl RequestGuard {
    pub(crate) fn open(&mut self, wanted: Wanted) -> RequestId {
        let id = RequestId(self.next);
        self.next += 1;
        self.open.insert(id, Open { wanted, replies: 0 });
        id
    }

    /// Forgets a request. Returns whether it was open.
    pub(crate) fn drop_request(&mut self, id: RequestId) -> bool {
        self.open.remove(&id).is_some()
    }

    pub(crate) fn replied(&mut self, ids: &[RequestId]) -> Check {
        for id in ids {
            let Some(open) = self.open.get_mut(id) else {
                let detail = format!("{id:?} gets a reply, but is not open");
                return broken(Invariant::Requests, detail);
            };
            open.replies += 1;
            if open.wanted == Wanted::Guild && open.replies > 1 {
                let detail = format!("{id:?} gets {} replies for one guild", open.replies);
                return broken(Invariant::Requests, detail);
            }
        }
        Ok(())
    }

    pub(crate) fn ended(&mut self, id: RequestId, result: Result<(), RequestErrorKind>) -> Check {
        match (self.open.remove(&id), result) {
            (None, _) => broken(
                Invariant::Requests,
                format!("{id:?} ends with {result:?}, but is not open"),
            ),
            (Some(Open { replies: 0, .. }), Ok(())) => broken(
                Invariant::Requests,
                format!("{id:?} ends well without a reply"),
            ),
            (Some(_), _) => Ok(()),
        }
    }

    /// The shard has stopped.
    pub(crate) fn all_ended(&self) -> Check {
        if self.open.is_empty() {
            return Ok(());
        }
        broken(
            Invariant::Requests,
            format!("{} never ended", self.open.len()),
        )
    }

    /// The process died, and every caller with it.
    pub(crate) fn forget(&mut self) {
        self.open.clear();
    }
}
