//! What is to be written to a ledger.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::oneshot;

use crate::{
    ledger::{LedgerAnswer, LedgerEntry, LedgerError, LedgerVerdict, RecordedIdentify},
    settings::QueueSettings,
};

/// The answer of the ledger, for all requests of one batch.
pub(in crate::in_memory) struct LedgerView {
    /// The number of the batch. A later batch knows more.
    pub(in crate::in_memory) batch: u64,
    pub(in crate::in_memory) answer: LedgerAnswer,
}

/// The verdict for one identify.
#[derive(Clone)]
pub(in crate::in_memory) struct Answered {
    pub(in crate::in_memory) verdict: LedgerVerdict,
    pub(in crate::in_memory) view: Arc<LedgerView>,
}

/// A request to the ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Request {
    Record(LedgerEntry),
    Spend(RecordedIdentify, QueueSettings),
    /// Asks for the state of the ledger.
    Look(QueueSettings),
    /// Writes down that time has passed.
    PassTime,
}

pub(super) type Reply = oneshot::Sender<Result<Answered, Arc<LedgerError>>>;

pub(super) struct Pending {
    pub(super) request: Request,
    /// Receives the result. `None` for an entry written in the background.
    pub(super) reply: Option<Reply>,
}

impl Pending {
    /// Returns whether an `acquire` waits for the entry.
    fn is_awaited(&self) -> bool {
        self.reply.as_ref().is_some_and(|reply| !reply.is_closed())
    }

    const fn is_limit(&self) -> bool {
        matches!(
            self.request,
            Request::Record(LedgerEntry::LimitReported(_) | LedgerEntry::LimitAssumed(_))
        )
    }
}

/// The requests that are not written yet.
#[derive(Default)]
pub(super) struct PendingRequests(VecDeque<Pending>);

impl PendingRequests {
    /// Adds a request, and removes what it makes needless: while a write hangs, shards request permits again and again.
    pub(super) fn add(&mut self, added: Pending) {
        match added.request {
            Request::Record(LedgerEntry::Returned(identify)) => {
                let unwritten = self.0.iter().position(|pending| {
                    matches!(pending.request, Request::Spend(spent, _) if spent == identify)
                        && !pending.is_awaited()
                });
                if let Some(index) = unwritten {
                    self.0.remove(index);
                    return;
                }
            }
            Request::Record(LedgerEntry::LimitReported(_)) => {
                self.0.retain(|pending| !pending.is_limit());
            }
            Request::PassTime | Request::Look(_) => {
                self.0.retain(|pending| {
                    let is_same = matches!(pending.request, Request::PassTime | Request::Look(_));
                    !is_same || pending.is_awaited()
                });
            }
            Request::Record(_) | Request::Spend(..) => {}
        }
        self.0.push_back(added);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all requests. A limit is written before the rest, so that an identify counts in addition to it.
    pub(super) fn take(&mut self) -> Vec<Pending> {
        let mut batch = self.0.drain(..).collect::<Vec<_>>();
        batch.sort_by_key(|pending| !pending.is_limit());
        batch
    }

    /// Removes the requests that an `acquire` waits for, which then fail.
    pub(super) fn fail_awaited(&mut self) {
        self.0.retain(|pending| pending.reply.is_none());
    }
}

#[cfg(test)]
mod tests {
    use super::{Pending, PendingRequests, Request};
    use crate::{
        ledger::{LedgerEntry, LimitSnapshot, RecordedIdentify},
        settings::QueueSettings,
        timestamp::Timestamp,
    };
    use tokio::sync::oneshot::{self, error::TryRecvError};

    const AT: Timestamp = Timestamp::from_millis(1_750_000_000_000);
    const IDENTIFY: RecordedIdentify = RecordedIdentify { shard: 3, at: AT };

    fn spend() -> Request {
        Request::Spend(IDENTIFY, QueueSettings::default())
    }

    const fn in_background(request: Request) -> Pending {
        Pending {
            request,
            reply: None,
        }
    }

    fn taken(mut pending: PendingRequests) -> Vec<Request> {
        let taken = pending.take();
        assert!(pending.is_empty());
        taken.into_iter().map(|pending| pending.request).collect()
    }

    #[test]
    fn returned_identify_removes_one_that_nobody_waits_for() {
        let returned = Request::Record(LedgerEntry::Returned(IDENTIFY));
        let mut pending = PendingRequests::default();
        let (sender, receiver) = oneshot::channel();
        pending.add(Pending {
            request: spend(),
            reply: Some(sender),
        });
        // Another shard with the same number waits for this entry, and would never be granted its permit.
        pending.add(in_background(returned));
        assert_eq!(pending.0.len(), 2);
        drop(receiver);
        pending.add(in_background(returned));
        assert_eq!(taken(pending), [returned]);
    }

    #[test]
    fn reported_limit_replaces_an_earlier_one_and_is_written_first() {
        let limit = |remaining| {
            Request::Record(LedgerEntry::LimitReported(LimitSnapshot {
                at: AT,
                remaining,
                total: 1000,
                resets_at: AT,
            }))
        };
        let mut pending = PendingRequests::default();
        for request in [limit(2), spend(), limit(1)] {
            pending.add(in_background(request));
        }
        assert_eq!(taken(pending), [limit(1), spend()]);
    }

    #[test]
    fn several_looks_are_one() {
        let mut pending = PendingRequests::default();
        let look = Request::Look(QueueSettings::default());
        for request in [Request::PassTime, look, spend(), Request::PassTime] {
            pending.add(in_background(request));
        }
        assert_eq!(taken(pending), [spend(), Request::PassTime]);
    }

    #[test]
    fn awaited_requests_fail_and_others_remain() {
        let mut pending = PendingRequests::default();
        let (sender, mut receiver) = oneshot::channel();
        pending.add(Pending {
            request: spend(),
            reply: Some(sender),
        });
        pending.add(in_background(Request::PassTime));
        pending.fail_awaited();
        assert!(matches!(receiver.try_recv(), Err(TryRecvError::Closed)));
        assert_eq!(taken(pending), [Request::PassTime]);
    }
}
