//! Leases on a bucket: one key per node, which ends by itself, and one per shard, which does not.

use crate::{
    bucket::{Bucket, Content, Entry, NewValue, WriteOutcome},
    coordinator::{NatsCoordinator, Shared},
    error::NatsError,
    record::{NodeTerm, ShardRecord, node_key, shard_key},
    server_time::ServerTime,
    watch::NatsWatch,
};
use gloaming_coordinator::{
    AcquireOutcome, CoordinatorError, Fence, JoinRequest, LeaseWatch, Leases, NodeId, NodeLease,
    NodeRecord, NodeStatus, RenewOutcome, ShardLease,
};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::try_join;

/// The revisions of the nodes' keys that this process has written, so that a renewal is one message.
///
/// A revision that is out of date costs a read and nothing else: the server refuses the write. One from before an interruption of
/// the connection is not used, since a server that was killed may have a key again whose time was over.
#[derive(Debug, Default)]
pub(crate) struct KnownTerms(Mutex<HashMap<NodeLease, (u64, KnownTerm)>>);

#[derive(Clone, Copy, Debug)]
struct KnownTerm {
    revision: u64,
    ttl: Duration,
}

impl KnownTerms {
    /// Returns what is known, if there were this many interruptions of the connection before it was written.
    fn term(&self, interruptions: u64, lease: &NodeLease) -> Option<KnownTerm> {
        let terms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (then, term) = terms.get(lease)?;
        (*then == interruptions).then_some(*term)
    }

    /// Keeps one lease per node: the others have ended.
    fn insert(&self, interruptions: u64, lease: &NodeLease, term: KnownTerm) {
        let mut terms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        terms.retain(|known, _| known.node != lease.node);
        terms.insert(lease.clone(), (interruptions, term));
    }

    fn remove(&self, lease: &NodeLease) {
        let mut terms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        terms.remove(lease);
    }
}

/// Returns the fence of an acquisition: the time of the server in microseconds, or one more than what is known.
///
/// So fences rise also if the server has lost its last seconds and nobody knows the lost ones: the time has passed.
fn next_fence(now: ServerTime, known: Fence) -> Fence {
    Fence::new(now.as_micros()).max(known.next())
}

impl Shared {
    async fn join(&self, request: JoinRequest) -> Result<NodeLease, NatsError> {
        let JoinRequest {
            node,
            status,
            ttl,
            above,
        } = request;
        let key = node_key(&node);
        let interruptions = self.api().link().interruptions();
        loop {
            let (entry, now) = try_join!(
                self.leases.read(&key),
                self.api().server_time(self.leases.stream())
            )?;
            // A value that can't be read is no lease of this node.
            let known = node_of_entry(&self.leases, &node, &entry).ok().flatten();
            let known = known.map_or(Fence::NONE, |term| term.record.lease.fence);
            let lease = NodeLease {
                node: node.clone(),
                fence: next_fence(now, known.max(above)),
            };
            let record = NodeRecord {
                lease: lease.clone(),
                status,
            };
            let value = NewValue::new(NodeTerm { record, ttl }.encode()).with_ttl(ttl);
            let written = self.leases.write(&key, entry.revision, value).await?;
            if let WriteOutcome::Written { revision } = written {
                let term = KnownTerm { revision, ttl };
                self.terms.insert(interruptions, &lease, term);
                return Ok(lease);
            }
        }
    }

    async fn renew(&self, lease: NodeLease, status: NodeStatus) -> Result<RenewOutcome, NatsError> {
        let key = node_key(&lease.node);
        let interruptions = self.api().link().interruptions();
        let mut known = self.terms.term(interruptions, &lease);
        loop {
            let term = match known.take() {
                Some(term) => term,
                None => match self.alive_term(&lease).await? {
                    Some(term) => term,
                    None => {
                        self.terms.remove(&lease);
                        return Ok(RenewOutcome::Ended);
                    }
                },
            };
            let KnownTerm { revision, ttl } = term;
            let record = NodeRecord {
                lease: lease.clone(),
                status,
            };
            let value = NewValue::new(NodeTerm { record, ttl }.encode()).with_ttl(ttl);
            let written = self.leases.write(&key, revision, value).await?;
            if let WriteOutcome::Written { revision } = written {
                let term = KnownTerm { revision, ttl };
                self.terms.insert(interruptions, &lease, term);
                return Ok(RenewOutcome::Renewed);
            }
        }
    }

    async fn leave(&self, lease: NodeLease) -> Result<(), NatsError> {
        let key = node_key(&lease.node);
        while let Some(term) = self.alive_term(&lease).await? {
            let deleted = self.leases.delete(&key, term.revision).await?;
            if let WriteOutcome::Written { .. } = deleted {
                break;
            }
        }
        self.terms.remove(&lease);
        Ok(())
    }

    async fn acquire(
        &self,
        shard: ShardId,
        node: NodeLease,
        above: Fence,
    ) -> Result<AcquireOutcome, NatsError> {
        let key = shard_key(shard.number());
        loop {
            let (entry, own, now) = try_join!(
                self.leases.read(&key),
                self.term(&node),
                self.api().server_time(self.leases.stream())
            )?;
            if own.is_none_or(|own| own.is_over(now)) {
                return Ok(AcquireOutcome::NodeEnded);
            }
            let known = shard_of_entry(&self.leases, shard.number(), &entry)?;
            // A lease that has ended stays ended, since its node joins again with another fence. So this holds also when the
            // shard is written a moment later.
            if let Some(ShardRecord::Acquired(lease)) = &known
                && lease.holder != node
                && self
                    .term(&lease.holder)
                    .await?
                    .is_some_and(|term| !term.is_over(now))
            {
                return Ok(AcquireOutcome::Held(lease.clone()));
            }
            let known = known.map_or(Fence::NONE, |record| record.fence());
            let lease = ShardLease {
                shard,
                holder: node.clone(),
                fence: next_fence(now, known.max(above)),
            };
            let value = NewValue::new(ShardRecord::Acquired(lease.clone()).encode(shard));
            let written = self.leases.write(&key, entry.revision, value).await?;
            if let WriteOutcome::Written { .. } = written {
                return Ok(AcquireOutcome::Granted(lease));
            }
        }
    }

    async fn release(&self, lease: ShardLease) -> Result<(), NatsError> {
        let number = lease.shard.number();
        let key = shard_key(number);
        loop {
            let entry = self.leases.read(&key).await?;
            match shard_of_entry(&self.leases, number, &entry)? {
                Some(ShardRecord::Acquired(held)) if held == lease => {}
                _ => return Ok(()),
            }
            let fence = lease.fence;
            let value = NewValue::new(ShardRecord::Released { fence }.encode(lease.shard));
            let written = self.leases.write(&key, entry.revision, value).await?;
            if let WriteOutcome::Written { .. } = written {
                return Ok(());
            }
        }
    }

    /// Reads the key of a node, if it has this lease and its time is not over.
    async fn alive_term(&self, lease: &NodeLease) -> Result<Option<KnownTerm>, NatsError> {
        let (term, now) = try_join!(
            self.term(lease),
            self.api().server_time(self.leases.stream())
        )?;
        let term = term.filter(|term| !term.is_over(now));
        Ok(term.map(|term| term.known))
    }

    /// Reads the key of a node, if it has this lease.
    async fn term(&self, lease: &NodeLease) -> Result<Option<StoredTerm>, NatsError> {
        let entry = self.leases.read(&node_key(&lease.node)).await?;
        let term = node_of_entry(&self.leases, &lease.node, &entry)?;
        let term = term.filter(|term| term.record.lease == *lease);
        Ok(term.map(|term| StoredTerm {
            known: KnownTerm {
                revision: entry.revision,
                ttl: term.ttl,
            },
            time: entry.time,
        }))
    }
}

/// A lease as the server has it.
#[derive(Clone, Copy, Debug)]
struct StoredTerm {
    known: KnownTerm,
    time: Option<ServerTime>,
}

impl StoredTerm {
    /// Returns whether the lease has ended, although the server still has it: a server that was killed may have messages again
    /// that it had removed.
    fn is_over(&self, now: ServerTime) -> bool {
        self.time
            .is_some_and(|time| time.is_over(self.known.ttl, now))
    }
}

fn node_of_entry(
    bucket: &Bucket,
    node: &NodeId,
    entry: &Entry,
) -> Result<Option<NodeTerm>, NatsError> {
    let Content::Present { value, .. } = &entry.content else {
        return Ok(None);
    };
    match NodeTerm::decode(node, value) {
        Some(term) => Ok(Some(term)),
        None => Err(bucket.damaged(&node_key(node))),
    }
}

fn shard_of_entry(
    bucket: &Bucket,
    number: u32,
    entry: &Entry,
) -> Result<Option<ShardRecord>, NatsError> {
    let Content::Present { value, .. } = &entry.content else {
        return Ok(None);
    };
    match ShardRecord::decode(number, value) {
        Some(record) => Ok(Some(record)),
        None => Err(bucket.damaged(&shard_key(number))),
    }
}

impl NatsCoordinator {
    /// Makes a call, for a bounded time.
    pub(crate) fn call<'a, T: Send + 'a>(
        &'a self,
        call: impl Future<Output = Result<T, NatsError>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, CoordinatorError>> {
        Box::pin(async move { Ok(self.shared.api().bounded(call).await?) })
    }
}

impl Leases for NatsCoordinator {
    fn join(&self, request: JoinRequest) -> BoxFuture<'_, Result<NodeLease, CoordinatorError>> {
        self.call(self.shared.join(request))
    }

    fn renew(
        &self,
        lease: NodeLease,
        status: NodeStatus,
    ) -> BoxFuture<'_, Result<RenewOutcome, CoordinatorError>> {
        self.call(self.shared.renew(lease, status))
    }

    fn leave(&self, lease: NodeLease) -> BoxFuture<'_, Result<(), CoordinatorError>> {
        self.call(self.shared.leave(lease))
    }

    fn acquire(
        &self,
        shard: ShardId,
        node: NodeLease,
        above: Fence,
    ) -> BoxFuture<'_, Result<AcquireOutcome, CoordinatorError>> {
        self.call(self.shared.acquire(shard, node, above))
    }

    fn release(&self, lease: ShardLease) -> BoxFuture<'_, Result<(), CoordinatorError>> {
        self.call(self.shared.release(lease))
    }

    fn watch(&self) -> BoxFuture<'_, Result<Box<dyn LeaseWatch>, CoordinatorError>> {
        let shared = Arc::clone(&self.shared);
        self.call(async move {
            let watch: Box<dyn LeaseWatch> =
                Box::new(NatsWatch::start(shared.leases.clone()).await?);
            Ok(watch)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> ServerTime {
        ServerTime::parse(text).unwrap()
    }

    #[test]
    fn revision_from_before_an_interruption_is_not_used() {
        let known = KnownTerms::default();
        let lease = |fence| NodeLease {
            node: NodeId::new("a").unwrap(),
            fence: Fence::new(fence),
        };
        let term = KnownTerm {
            revision: 7,
            ttl: Duration::from_secs(9),
        };
        known.insert(3, &lease(1), term);
        assert!(known.term(3, &lease(1)).is_some());
        assert!(known.term(4, &lease(1)).is_none());
        known.insert(4, &lease(2), term);
        assert!(
            known.term(4, &lease(1)).is_none(),
            "the node has joined again"
        );
        assert!(known.term(4, &lease(2)).is_some());
    }

    #[test]
    fn fences_rise_with_the_time_and_above_what_is_known() {
        let (early, late) = (
            at("2026-11-30T10:00:00Z"),
            at("2026-11-30T10:00:00.000001Z"),
        );
        let first = next_fence(early, Fence::NONE);
        assert_eq!(first.get(), early.as_micros());
        // The server has forgotten the first acquisition.
        assert!(next_fence(late, Fence::NONE) > first);
        // Its clock was set back.
        assert_eq!(next_fence(early, first), first.next());
        let known = Fence::new(u64::MAX - 1);
        assert_eq!(next_fence(late, known), known.next());
    }
}
