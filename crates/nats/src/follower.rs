//! What a consumer of the leases has sent, without IO.

use crate::{
    bucket::Content,
    record::{LeaseKey, NodeTerm},
    replica::LeaseReplica,
    server_time::ServerTime,
};
use gloaming_coordinator::LeaseChange;
use std::collections::VecDeque;

/// Makes changes of the messages of one consumer: first a snapshot of the last message of each key, then what follows.
#[derive(Debug)]
pub(crate) struct Follower {
    /// The time of the server when the consumer was started.
    started: ServerTime,
    /// The number of messages that the consumer has sent.
    received: u64,
    /// Where the last one is in the stream.
    position: u64,
    replica: LeaseReplica,
    ready: VecDeque<LeaseChange>,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
    /// The leases as of the start are still on their way.
    Collecting,
    Following,
}

/// Why the messages of a consumer can't be trusted any more. Another one starts from the beginning.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Doubt {
    /// The connection was lost.
    Interrupted,
    /// The server has lost the consumer, or its machine hangs.
    Silent,
    /// Messages are missing.
    Gap,
    /// The stream has fewer messages than before.
    RolledBack,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reading {
    Read,
    /// No node writes such a key or value. It is skipped.
    Unreadable,
}

/// Where a message is, as the subject for its acknowledgement says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Position {
    stream: u64,
    consumer: u64,
    /// When the server stored it.
    time: ServerTime,
    /// How many messages follow that the consumer has not sent yet.
    pending: u64,
}

impl Follower {
    /// Makes one for a consumer that was started at this time of the server.
    pub(crate) fn new(started: ServerTime) -> Self {
        Self {
            started,
            received: 0,
            position: 0,
            replica: LeaseReplica::default(),
            ready: VecDeque::new(),
            progress: Progress::Collecting,
        }
    }

    /// Returns the next change, if it is known.
    pub(crate) fn next(&mut self) -> Option<LeaseChange> {
        self.ready.pop_front()
    }

    /// Takes notice that the server has nothing more to send. `sent` is the number of messages that the consumer has sent, and
    /// `position` where the last of them is.
    pub(crate) fn idle(&mut self, sent: Option<u64>, position: Option<u64>) -> Result<(), Doubt> {
        if sent.is_some_and(|sent| sent > self.received) {
            return Err(Doubt::Gap);
        }
        if position.is_some_and(|position| position < self.position) {
            return Err(Doubt::RolledBack);
        }
        self.follow();
        Ok(())
    }

    /// Takes notice of a message.
    pub(crate) fn message(
        &mut self,
        position: Position,
        key: &str,
        content: &Content,
    ) -> Result<Reading, Doubt> {
        if position.consumer != self.received + 1 {
            return Err(Doubt::Gap);
        }
        if position.stream <= self.position {
            return Err(Doubt::RolledBack);
        }
        self.received = position.consumer;
        self.position = position.stream;
        let content = match self.has_ended(key, position.time, content) {
            true => &Content::Absent,
            false => content,
        };
        let reading = match self.replica.apply(key, content) {
            Ok(Some(change)) if self.progress == Progress::Following => {
                self.ready.push_back(change);
                Reading::Read
            }
            Ok(_) => Reading::Read,
            Err(_) => Reading::Unreadable,
        };
        if position.pending == 0 {
            self.follow();
        }
        Ok(reading)
    }

    /// Returns whether this is the lease of a node whose time was over when the consumer was started. A server that was killed
    /// may have messages again that it had removed, and keep them for a while.
    fn has_ended(&self, key: &str, time: ServerTime, content: &Content) -> bool {
        match (LeaseKey::parse(key), content) {
            (Some(LeaseKey::Node(node)), Content::Present { value, .. }) => {
                let term = NodeTerm::decode(&node, value);
                term.is_some_and(|term| time.is_over(term.ttl, self.started))
            }
            _ => false,
        }
    }

    /// Begins to yield changes, after a snapshot of what is known.
    fn follow(&mut self) {
        if self.progress == Progress::Collecting {
            self.progress = Progress::Following;
            let snapshot = LeaseChange::Snapshot(self.replica.view().clone());
            self.ready.push_back(snapshot);
        }
    }
}

impl Position {
    /// Reads `$JS.ACK.<stream>.<consumer>.<delivered>.<stream position>.<consumer position>.<time>.<pending>`, or the same with a
    /// domain and an account after `ACK`.
    pub(crate) fn parse(subject: &str) -> Option<Self> {
        let parts: Vec<_> = subject.strip_prefix("$JS.ACK.")?.split('.').collect();
        let numbers = match parts.len() {
            7 => &parts[3..7],
            9.. => &parts[5..9],
            _ => return None,
        };
        let number = |index: usize| numbers[index].parse().ok();
        Some(Self {
            stream: number(0)?,
            consumer: number(1)?,
            time: ServerTime::from_nanos(number(2)?),
            pending: number(3)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ShardRecord;
    use async_nats::HeaderMap;
    use gloaming_coordinator::{
        Fence, FleetView, NodeId, NodeLease, NodeRecord, NodeStatus, ShardLease,
    };
    use gloaming_protocol::ShardId;
    use std::time::Duration;

    const NOW_NANOS: u64 = 1_796_036_069_887_627_223;
    const NOW: ServerTime = ServerTime::from_nanos(NOW_NANOS);

    const fn at(stream: u64, consumer: u64, pending: u64) -> Position {
        Position {
            stream,
            consumer,
            time: NOW,
            pending,
        }
    }

    fn acquired(fence: u64) -> (ShardLease, Content) {
        let lease = ShardLease {
            shard: ShardId::new(3, 16),
            holder: NodeLease {
                node: NodeId::new("a").unwrap(),
                fence: Fence::new(1),
            },
            fence: Fence::new(fence),
        };
        let record = ShardRecord::Acquired(lease.clone());
        let content = Content::Present {
            headers: HeaderMap::new(),
            value: record.encode(lease.shard).into(),
        };
        (lease, content)
    }

    #[test]
    fn snapshot_comes_when_the_consumer_has_sent_what_there_was() {
        let mut follower = Follower::new(NOW);
        let (first, content) = acquired(5);
        let read = follower.message(at(40, 1, 1), "shard.3", &content);
        assert_eq!((read, follower.next()), (Ok(Reading::Read), None));
        let read = follower.message(at(41, 2, 0), "node.b", &Content::Absent);
        assert_eq!(read, Ok(Reading::Read));
        let snapshot = LeaseChange::Snapshot(FleetView::new([], [first]));
        assert_eq!(follower.next(), Some(snapshot));
        let (second, content) = acquired(6);
        let read = follower.message(at(50, 3, 0), "shard.3", &content);
        assert_eq!(read, Ok(Reading::Read));
        assert_eq!(follower.next(), Some(LeaseChange::Acquired(second)));
        assert_eq!(
            (follower.idle(Some(3), Some(50)), follower.next()),
            (Ok(()), None)
        );
    }

    #[test]
    fn nothing_to_send_is_a_snapshot_of_nothing() {
        let mut follower = Follower::new(NOW);
        assert_eq!(follower.idle(Some(0), Some(0)), Ok(()));
        let empty = LeaseChange::Snapshot(FleetView::default());
        assert_eq!((follower.next(), follower.next()), (Some(empty), None));
    }

    #[test]
    fn lease_whose_time_was_over_at_the_start_is_none() {
        let record = NodeRecord {
            lease: acquired(5).0.holder,
            status: NodeStatus::Active,
        };
        let term = NodeTerm {
            record: record.clone(),
            ttl: Duration::from_secs(9),
        };
        let content = Content::Present {
            headers: HeaderMap::new(),
            value: term.encode().into(),
        };
        for (age, nodes) in [(8, vec![record]), (9, Vec::new())] {
            let mut follower = Follower::new(NOW);
            let position = Position {
                time: ServerTime::from_nanos(NOW_NANOS - age * 1_000_000_000),
                ..at(40, 1, 0)
            };
            let read = follower.message(position, "node.a", &content);
            assert_eq!(read, Ok(Reading::Read));
            let snapshot = LeaseChange::Snapshot(FleetView::new(nodes, []));
            assert_eq!(follower.next(), Some(snapshot), "{age} s");
        }
    }

    #[test]
    fn missing_messages_and_lost_ones_are_noticed() {
        let follower = || {
            let mut follower = Follower::new(NOW);
            let read = follower.message(at(40, 1, 0), "node.b", &Content::Absent);
            assert_eq!(read, Ok(Reading::Read));
            follower
        };
        let message = |position| follower().message(position, "node.b", &Content::Absent);
        assert_eq!(message(at(41, 3, 0)), Err(Doubt::Gap));
        assert_eq!(message(at(40, 2, 0)), Err(Doubt::RolledBack));
        assert_eq!(message(at(12, 2, 0)), Err(Doubt::RolledBack));
        assert_eq!(
            message(at(99, 2, 0)),
            Ok(Reading::Read),
            "others are filtered out"
        );
        assert_eq!(follower().idle(Some(2), Some(41)), Err(Doubt::Gap));
        assert_eq!(follower().idle(Some(1), Some(39)), Err(Doubt::RolledBack));
        assert_eq!(follower().idle(None, None), Ok(()));
    }

    #[test]
    fn value_that_no_node_writes_is_skipped_and_the_next_is_read() {
        let mut follower = Follower::new(NOW);
        assert_eq!(follower.idle(None, None), Ok(()));
        follower.next();
        let junk = Content::Present {
            headers: HeaderMap::new(),
            value: "junk".into(),
        };
        let read = follower.message(at(1, 1, 0), "shard.3", &junk);
        assert_eq!((read, follower.next()), (Ok(Reading::Unreadable), None));
        let (lease, content) = acquired(5);
        let read = follower.message(at(2, 2, 0), "shard.3", &content);
        assert_eq!(read, Ok(Reading::Read));
        assert_eq!(follower.next(), Some(LeaseChange::Acquired(lease)));
    }

    #[test]
    fn position_is_read_from_both_forms_of_the_subject() {
        let expected = Some(at(41, 7, 3));
        for subject in [
            "$JS.ACK.KV_b.consumer.1.41.7.1796036069887627223.3",
            "$JS.ACK.hub.account.KV_b.consumer.1.41.7.1796036069887627223.3",
            "$JS.ACK._.account.KV_b.consumer.1.41.7.1796036069887627223.3.token",
        ] {
            assert_eq!(Position::parse(subject), expected, "{subject}");
        }
        for subject in ["", "$JS.ACK.a", "_INBOX.a.b", "$JS.ACK.a.b.1.x.7.8.9"] {
            assert_eq!(Position::parse(subject), None, "{subject}");
        }
    }
}
