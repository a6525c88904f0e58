//! Leases: a hash of the nodes, whose leases have an end, and one of the shards, whose leases do not.

use crate::{
    coordinator::{RedisCoordinator, Shared},
    error::RedisError,
    record::{fence, shard_lease, status_text},
    reply,
    script::{ACQUIRE, JOIN, LEAVE, RELEASE, RENEW},
    watch::RedisWatch,
};
use gloaming_coordinator::{
    AcquireOutcome, CoordinatorError, Fence, JoinRequest, LeaseWatch, Leases, NodeLease,
    NodeStatus, RenewOutcome, ShardLease,
};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use redis::Value;
use std::sync::Arc;

impl Shared {
    async fn join(&self, request: JoinRequest) -> Result<NodeLease, RedisError> {
        let JoinRequest {
            node,
            status,
            ttl,
            above,
        } = request;
        let ttl = u64::try_from(ttl.as_millis())
            .unwrap_or(u64::MAX)
            .min(MAX_TTL);
        let arguments = [
            node.as_str().to_owned(),
            status_text(status).to_owned(),
            ttl.to_string(),
            above.to_string(),
        ];
        let answer = self.link.run(&JOIN, &self.keys.leases, &arguments).await?;
        match reply::text(&answer).and_then(fence) {
            Some(fence) => Ok(NodeLease { node, fence }),
            None => Err(self.damaged(&self.keys.leases[3])),
        }
    }

    async fn renew(
        &self,
        lease: NodeLease,
        status: NodeStatus,
    ) -> Result<RenewOutcome, RedisError> {
        let arguments = [
            lease.node.as_str().to_owned(),
            lease.fence.to_string(),
            status_text(status).to_owned(),
        ];
        let answer = self.link.run(&RENEW, &self.keys.leases, &arguments).await?;
        match reply::text(&answer) {
            Some("renewed") => Ok(RenewOutcome::Renewed),
            Some("ended") => Ok(RenewOutcome::Ended),
            _ => Err(self.damaged(&self.keys.leases[0])),
        }
    }

    async fn leave(&self, lease: NodeLease) -> Result<(), RedisError> {
        let arguments = [lease.node.as_str().to_owned(), lease.fence.to_string()];
        self.link.run(&LEAVE, &self.keys.leases, &arguments).await?;
        Ok(())
    }

    async fn acquire(
        &self,
        shard: ShardId,
        node: NodeLease,
        above: Fence,
    ) -> Result<AcquireOutcome, RedisError> {
        let number = shard.number().to_string();
        let arguments = [
            number.clone(),
            shard.total().to_string(),
            node.node.as_str().to_owned(),
            node.fence.to_string(),
            above.to_string(),
        ];
        let answer = self
            .link
            .run(&ACQUIRE, &self.keys.leases, &arguments)
            .await?;
        let outcome = acquire_outcome(&answer, &number, |fence| ShardLease {
            shard,
            holder: node,
            fence,
        });
        outcome.ok_or_else(|| self.damaged(&self.keys.leases[1]))
    }

    async fn release(&self, lease: ShardLease) -> Result<(), RedisError> {
        let arguments = [
            lease.shard.number().to_string(),
            lease.shard.total().to_string(),
            lease.fence.to_string(),
            lease.holder.node.as_str().to_owned(),
            lease.holder.fence.to_string(),
        ];
        self.link
            .run(&RELEASE, &self.keys.leases, &arguments)
            .await?;
        Ok(())
    }
}

/// A year, in milliseconds. Longer leases would not be exact in the scripts.
const MAX_TTL: u64 = 365 * 24 * 3_600_000;

/// Reads the answer of the script `acquire`. `None` if it can't be read.
fn acquire_outcome(
    answer: &Value,
    number: &str,
    granted: impl FnOnce(Fence) -> ShardLease,
) -> Option<AcquireOutcome> {
    let parts = reply::list(answer)?.iter().map(reply::text);
    let parts: Option<Vec<_>> = parts.collect();
    match parts?[..] {
        ["node-ended"] => Some(AcquireOutcome::NodeEnded),
        ["granted", given] => Some(AcquireOutcome::Granted(granted(fence(given)?))),
        ["held", total, held, node, node_fence] => {
            let lease = shard_lease(number, [total, held, node, node_fence])?;
            Some(AcquireOutcome::Held(lease))
        }
        _ => None,
    }
}

impl Leases for RedisCoordinator {
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
            let watch: Box<dyn LeaseWatch> = Box::new(RedisWatch::start(&shared).await?);
            Ok(watch)
        })
    }
}
