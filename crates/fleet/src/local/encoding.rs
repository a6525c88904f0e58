//! Bytes of the log: numbers are little-endian, and texts and bytes have their length before them.

use gloaming_coordinator::{
    CoordinatorError, CoordinatorErrorKind, Fence, NodeId, NodeLease, NodeRecord, NodeStatus,
    ShardLease,
};
use gloaming_protocol::ShardId;
use std::time::Duration;

/// Returns the error of a log that is not as it was written.
pub(super) fn damaged(detail: impl Into<String>) -> CoordinatorError {
    CoordinatorError::with_source(CoordinatorErrorKind::Damaged, detail.into())
}

#[derive(Debug, Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn u128(&mut self, value: u128) {
        self.0.extend(value.to_le_bytes());
    }

    /// A bound of the caller keeps the length in 32 bits.
    pub(super) fn bytes(&mut self, value: &[u8]) {
        self.u32(u32::try_from(value.len()).unwrap_or(u32::MAX));
        self.0.extend(value);
    }

    pub(super) fn fence(&mut self, fence: Fence) {
        self.u64(fence.get());
    }

    /// In microseconds.
    pub(super) fn duration(&mut self, duration: Duration) {
        self.u64(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
    }

    pub(super) fn shard(&mut self, shard: ShardId) {
        self.u32(shard.number());
        self.u32(shard.total());
    }

    pub(super) fn node(&mut self, node: &NodeLease) {
        self.bytes(node.node.as_str().as_bytes());
        self.fence(node.fence);
    }

    pub(super) fn status(&mut self, status: NodeStatus) {
        self.u8(match status {
            NodeStatus::Draining => 1,
            _ => 0,
        });
    }

    pub(super) fn record(&mut self, record: &NodeRecord) {
        self.node(&record.lease);
        self.status(record.status);
    }

    pub(super) fn shard_lease(&mut self, lease: &ShardLease) {
        self.shard(lease.shard);
        self.node(&lease.holder);
        self.fence(lease.fence);
    }
}

/// `None` is the end of the bytes, or a value that can't be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn u128(&mut self) -> Option<u128> {
        self.array().map(u128::from_le_bytes)
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        self.take(length)
    }

    pub(super) fn fence(&mut self) -> Option<Fence> {
        self.u64().map(Fence::new)
    }

    pub(super) fn duration(&mut self) -> Option<Duration> {
        self.u64().map(Duration::from_micros)
    }

    pub(super) fn shard(&mut self) -> Option<ShardId> {
        let (number, total) = (self.u32()?, self.u32()?);
        ShardId::new_checked(number, total)
    }

    pub(super) fn node(&mut self) -> Option<NodeLease> {
        let node = std::str::from_utf8(self.bytes()?).ok()?;
        let node = NodeId::new(node).ok()?;
        let fence = self.fence()?;
        Some(NodeLease { node, fence })
    }

    pub(super) fn status(&mut self) -> Option<NodeStatus> {
        match self.u8()? {
            0 => Some(NodeStatus::Active),
            1 => Some(NodeStatus::Draining),
            _ => None,
        }
    }

    pub(super) fn record(&mut self) -> Option<NodeRecord> {
        let lease = self.node()?;
        let status = self.status()?;
        Some(NodeRecord { lease, status })
    }

    pub(super) fn shard_lease(&mut self) -> Option<ShardLease> {
        Some(ShardLease {
            shard: self.shard()?,
            holder: self.node()?,
            fence: self.fence()?,
        })
    }

    /// Reads a list with its length before it.
    pub(super) fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = self.u32()?;
        // The length is not trusted: each item takes at least a byte.
        (0..count).map(|_| item(self)).collect()
    }
}
