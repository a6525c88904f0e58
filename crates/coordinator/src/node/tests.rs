mod failed_shards;
mod newcomers;
mod silence_after_a_forgotten_lease;

use super::*;
use crate::{
    AcquireOutcome, LeaseChange, LoadOutcome, NodeId, NodeLease, NodeRecord, RenewOutcome,
    ShardCheckpoint, ShardLease,
};
use bytes::Bytes;
use std::num::NonZeroU32;

/// A node, a clock, and the outputs that were not looked at.
struct Harness {
    node: Node,
    now: Instant,
    outputs: Vec<NodeOutput>,
    fence: u64,
}

fn secs(number: u64) -> Duration {
    Duration::from_secs(number)
}

fn lease(name: &str, fence: u64) -> NodeLease {
    NodeLease {
        node: NodeId::new(name).unwrap(),
        fence: Fence::new(fence),
    }
}

fn record(lease: &NodeLease) -> NodeRecord {
    NodeRecord {
        lease: lease.clone(),
        status: NodeStatus::Active,
    }
}

fn shard_lease(shard: u32, holder: &NodeLease, fence: u64) -> ShardLease {
    ShardLease {
        shard: ShardId::new(shard, 2),
        holder: holder.clone(),
        fence: Fence::new(fence),
    }
}

impl Harness {
    fn new(on_silence: OnSilence) -> Self {
        let now = gloaming_test_support::start_of_time();
        let shards = NonZeroU32::new(2).unwrap();
        let mut config = NodeConfig::new(NodeId::new("a").unwrap(), shards, 1);
        config.on_silence = on_silence;
        let mut harness = Self {
            node: Node::new(config, now),
            now,
            outputs: Vec::new(),
            fence: 100,
        };
        harness.feed(NodeInput::Tick);
        harness
    }

    /// A node with the lease `a` that serves both shards, alone.
    fn serving(on_silence: OnSilence) -> Self {
        let mut harness = Self::new(on_silence);
        harness.answer(
            |request| matches!(request, Request::Join(_)),
            Answer::Joined(own()),
        );
        let view = FleetView::new([record(&own())], []);
        harness.feed(NodeInput::Change(LeaseChange::Snapshot(view)));
        harness.pass(secs(4));
        for shard in 0..2 {
            harness.grant(shard);
            harness.load(LoadOutcome::Nothing);
        }
        assert!(harness.node.serving().eq([0, 1]));
        harness.outputs.clear();
        harness
    }

    fn feed(&mut self, input: NodeInput) {
        self.node.handle_input(self.now, input);
        loop {
            match self.node.poll_output() {
                NodeOutput::Wait(at) => {
                    assert!(at >= self.now && at <= self.now + MAX_WAIT);
                    return;
                }
                output => self.outputs.push(output),
            }
        }
    }

    /// Lets time pass with ticks, while renewals are answered.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.now += Duration::from_millis(250);
            self.feed(NodeInput::Tick);
            while self.has_call(|request| matches!(request, Request::Renew { .. })) {
                let renewed = Answer::Renewed(RenewOutcome::Renewed);
                self.answer(|request| matches!(request, Request::Renew { .. }), renewed);
            }
        }
    }

    /// Lets time pass with ticks, while the engine does not answer.
    fn pass_in_silence(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.now += Duration::from_millis(250);
            self.feed(NodeInput::Tick);
        }
    }

    fn has_call(&self, which: impl Fn(&Request) -> bool) -> bool {
        self.outputs
            .iter()
            .any(|it| matches!(it, NodeOutput::Call { request, .. } if which(request)))
    }

    /// Answers the last call of this kind.
    fn answer(&mut self, which: impl Fn(&Request) -> bool, answer: Answer) {
        let position = self
            .outputs
            .iter()
            .rposition(|it| matches!(it, NodeOutput::Call { request, .. } if which(request)));
        let position = position.unwrap_or_else(|| panic!("no such call: {:#?}", self.outputs));
        let NodeOutput::Call { call, .. } = self.outputs.remove(position) else {
            panic!("it is a call");
        };
        self.feed(NodeInput::Answer { call, answer });
    }

    /// Answers that the node has a shard, and returns the fence.
    fn grant(&mut self, shard: u32) -> Fence {
        self.fence += 1;
        let term = self.node.membership.term().expect("a member").lease.clone();
        let granted = shard_lease(shard, &term, self.fence);
        let fence = granted.fence;
        self.answer(
            acquires(shard),
            Answer::Acquired(AcquireOutcome::Granted(granted.clone())),
        );
        self.feed(NodeInput::Change(LeaseChange::Acquired(granted)));
        fence
    }

    fn load(&mut self, outcome: LoadOutcome) {
        self.answer(
            |it| matches!(it, Request::Load { .. }),
            Answer::Loaded(outcome),
        );
    }

    fn stops(&self) -> Vec<(u32, StopKind, NodeStopReason)> {
        let stops = self.outputs.iter().filter_map(|output| match output {
            NodeOutput::Stop {
                shard,
                kind,
                reason,
            } => Some((*shard, *kind, reason.clone())),
            _ => None,
        });
        stops.collect()
    }

    fn starts(&self) -> Vec<(u32, SessionSource)> {
        let starts = self.outputs.iter().filter_map(|output| match output {
            NodeOutput::Start { shard, session, .. } => Some((*shard, session.clone())),
            _ => None,
        });
        starts.collect()
    }
}

fn own() -> NodeLease {
    lease("a", 1)
}

fn acquires(number: u32) -> impl Fn(&Request) -> bool {
    move |request| matches!(request, Request::Acquire { shard, .. } if shard.number() == number)
}

fn stored(shard: u32, fence: u64) -> ShardCheckpoint {
    ShardCheckpoint {
        shard: ShardId::new(shard, 2),
        fence: Fence::new(fence),
        body: Bytes::from_static(b"session"),
    }
}

#[test]
fn node_takes_its_shards_once_others_had_the_time_to_join() {
    let mut harness = Harness::new(OnSilence::KeepServing);
    harness.answer(|it| matches!(it, Request::Join(_)), Answer::Joined(own()));
    let view = FleetView::new([record(&own())], []);
    harness.feed(NodeInput::Change(LeaseChange::Snapshot(view)));
    harness.pass(Duration::from_millis(2_750));
    assert!(!harness.has_call(acquires(0)));
    // Another node joins, and gets the second shard.
    harness.feed(NodeInput::Change(LeaseChange::Node(record(&lease("b", 2)))));
    harness.pass(Duration::from_millis(500));
    assert!(harness.has_call(acquires(0)) && !harness.has_call(acquires(1)));
    harness.grant(0);
    harness.load(LoadOutcome::Stored(stored(0, 3)));
    assert_eq!(harness.starts(), [(0, SessionSource::Stored(stored(0, 3)))]);
    assert!(matches!(
        harness.node.clearance(harness.now, 0),
        Clearance::Until(_)
    ));
    assert_eq!(harness.node.clearance(harness.now, 1), Clearance::No);
    // If it does not claim the shard, this one does.
    harness.pass(secs(4));
    assert!(harness.has_call(acquires(1)));
}

#[test]
fn failed_load_is_repeated_and_never_means_no_session() {
    let mut harness = Harness::new(OnSilence::KeepServing);
    harness.answer(|it| matches!(it, Request::Join(_)), Answer::Joined(own()));
    let view = FleetView::new([record(&own())], []);
    harness.feed(NodeInput::Change(LeaseChange::Snapshot(view)));
    harness.pass(secs(4));
    harness.grant(0);
    harness.answer(|it| matches!(it, Request::Load { .. }), Answer::Failed);
    assert_eq!(harness.starts(), []);
    harness.pass(Duration::from_millis(1_250));
    harness.load(LoadOutcome::Nothing);
    assert_eq!(harness.starts(), [(0, SessionSource::Nothing)]);
}

#[test]
fn process_that_wakes_up_learns_that_it_owns_nothing_before_it_sends() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    harness.now += secs(60);
    assert_eq!(harness.node.clearance(harness.now, 0), Clearance::Unknown);
    harness.feed(NodeInput::Tick);
    let stop = |shard| (shard, StopKind::AtOnce, NodeStopReason::Paused);
    assert_eq!(harness.stops(), [stop(0), stop(1)]);
    assert_eq!(harness.node.clearance(harness.now, 0), Clearance::No);

    // The engine has ended the lease, and another node has one of the shards.
    let renews = |it: &Request| matches!(it, Request::Renew { .. });
    harness.answer(renews, Answer::Renewed(RenewOutcome::Ended));
    harness.answer(
        |it| matches!(it, Request::Join(_)),
        Answer::Joined(lease("a", 9)),
    );
    let other = shard_lease(0, &lease("b", 2), 200);
    harness.answer(acquires(0), Answer::Acquired(AcquireOutcome::Held(other)));
    harness.grant(1);
    harness.load(LoadOutcome::Stored(stored(1, 101)));
    assert_eq!(harness.starts(), [(1, SessionSource::Own)]);
}

#[test]
fn short_pause_within_the_lease_stops_nothing() {
    let mut harness = Harness::serving(OnSilence::Stop);
    harness.now += secs(5);
    assert!(matches!(
        harness.node.clearance(harness.now, 0),
        Clearance::Until(_)
    ));
    harness.feed(NodeInput::Tick);
    assert_eq!(harness.stops(), []);
}

#[test]
fn silent_engine_stops_no_shard_until_its_connection_ends_soon_after() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    harness.pass_in_silence(secs(10));
    assert_eq!(harness.stops(), []);
    assert!(matches!(
        harness.node.clearance(harness.now, 0),
        Clearance::Until(_)
    ));
    let clearance = harness.node.identify_clearance(harness.now, 0);
    assert!(matches!(clearance, Clearance::NotBefore(_)));
    // Another node has probably resumed the session.
    harness.feed(NodeInput::ConnectionEnded { shard: 0 });
    let reason = NodeStopReason::ConnectionLostInSilence;
    assert_eq!(harness.stops(), [(0, StopKind::AtOnce, reason.clone())]);
    harness.outputs.clear();

    // The engine is silent for all nodes: one of them would have taken the shard.
    harness.pass_in_silence(secs(20));
    harness.feed(NodeInput::ConnectionEnded { shard: 1 });
    assert_eq!(harness.stops(), []);
    harness.pass_in_silence(secs(30));
    harness.feed(NodeInput::ConnectionEnded { shard: 1 });
    assert_eq!(harness.stops(), [(1, StopKind::AtOnce, reason)]);
}

#[test]
fn connection_that_ends_while_the_lease_is_held_resumes_without_the_engine() {
    for on_silence in [OnSilence::KeepServing, OnSilence::Stop] {
        let mut harness = Harness::serving(on_silence);
        harness.pass_in_silence(secs(4));
        harness.outputs.clear();
        harness.feed(NodeInput::ConnectionEnded { shard: 0 });
        assert_eq!(harness.stops(), []);
        assert!(matches!(
            harness.node.clearance(harness.now, 0),
            Clearance::Until(_)
        ));
    }
}

#[test]
fn silent_engine_stops_all_shards_if_that_is_wanted() {
    let mut harness = Harness::serving(OnSilence::Stop);
    harness.pass_in_silence(secs(10));
    let stop = |shard| (shard, StopKind::AtOnce, NodeStopReason::Silence);
    assert_eq!(harness.stops(), [stop(0), stop(1)]);
}

#[test]
fn shards_that_the_engine_has_forgotten_are_acquired_again_while_they_run() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    let known = harness.node.fence(0).unwrap();
    harness.feed(NodeInput::Change(LeaseChange::Snapshot(
        FleetView::default(),
    )));
    let renews = |it: &Request| matches!(it, Request::Renew { .. });
    harness.answer(renews, Answer::Renewed(RenewOutcome::Ended));
    harness.answer(
        |it| matches!(it, Request::Join(_)),
        Answer::Joined(lease("a", 9)),
    );
    let asks_above =
        |request: &Request| matches!(request, Request::Acquire { above, .. } if *above >= known);
    assert!(harness.has_call(asks_above));
    let fence = harness.grant(0);
    harness.load(LoadOutcome::Stored(stored(0, known.get())));
    assert_eq!(harness.stops(), []);
    let refenced = |it: &NodeOutput| matches!(it, NodeOutput::Refence { shard: 0, fence: new } if *new == fence);
    assert!(harness.outputs.iter().any(refenced));

    // The other one has a new owner.
    let other = shard_lease(1, &lease("b", 2), 200);
    harness.answer(acquires(1), Answer::Acquired(AcquireOutcome::Held(other)));
    let by = NodeId::new("b").unwrap();
    let reason = NodeStopReason::TakenOver { by };
    assert_eq!(harness.stops(), [(1, StopKind::AtOnce, reason)]);
}

#[test]
fn shard_that_another_node_had_in_between_starts_with_what_is_stored() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    let by = Fence::new(300);
    harness.feed(NodeInput::Fenced { shard: 0, by });
    harness.fence = 400;
    harness.grant(0);
    harness.load(LoadOutcome::Stored(stored(0, 300)));
    let reason = NodeStopReason::Replaced;
    assert_eq!(harness.stops(), [(0, StopKind::AtOnce, reason)]);
    let session = SessionSource::Stored(stored(0, 300));
    assert_eq!(harness.starts(), [(0, session)]);
}

#[test]
fn fenced_write_makes_the_node_ask_who_owns_the_shard() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    let own = harness.node.fence(0).unwrap();
    harness.feed(NodeInput::Fenced { shard: 0, by: own });
    assert!(!harness.has_call(acquires(0)));
    let by = Fence::new(900);
    harness.feed(NodeInput::Fenced { shard: 0, by });
    let asks_above =
        |request: &Request| matches!(request, Request::Acquire { above, .. } if *above == by);
    assert!(harness.has_call(asks_above));
}

#[test]
fn shard_moves_to_a_node_that_joins_after_its_last_position_is_stored() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    harness.feed(NodeInput::Change(LeaseChange::Node(record(&lease("b", 2)))));
    harness.pass(secs(20));
    assert_eq!(harness.stops(), []);
    harness.pass(secs(15));
    assert_eq!(
        harness.stops(),
        [(1, StopKind::HandOver, NodeStopReason::Moving)]
    );
    let releases = |it: &Request| matches!(it, Request::Release(_));
    assert!(!harness.has_call(releases));

    // The first try fails, so that the node keeps the shard.
    harness.outputs.clear();
    let checkpoint = LastCheckpoint::Failed;
    harness.feed(NodeInput::Stopped {
        shard: 1,
        checkpoint,
    });
    assert_eq!(harness.starts(), [(1, SessionSource::Own)]);
    harness.pass(secs(31));
    let checkpoint = LastCheckpoint::Stored;
    harness.feed(NodeInput::Stopped {
        shard: 1,
        checkpoint,
    });
    harness.answer(releases, Answer::Released);
    assert!(harness.node.serving().eq([0]));
}

#[test]
fn shard_whose_move_fails_does_not_start_if_another_node_may_have_it() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    harness.feed(NodeInput::Change(LeaseChange::Node(record(&lease("b", 2)))));
    harness.pass(secs(32));
    assert_eq!(
        harness.stops(),
        [(1, StopKind::HandOver, NodeStopReason::Moving)]
    );
    harness.pass_in_silence(secs(10));
    let checkpoint = LastCheckpoint::Failed;
    harness.outputs.clear();
    harness.feed(NodeInput::Stopped {
        shard: 1,
        checkpoint,
    });
    assert_eq!(harness.starts(), []);
    assert_eq!(harness.node.clearance(harness.now, 1), Clearance::No);
}

#[test]
fn draining_node_gives_its_shards_away_and_leaves() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    harness.feed(NodeInput::Drain);
    let publishes = |it: &Request| {
        let status = NodeStatus::Draining;
        matches!(it, Request::Renew { status: it, .. } if *it == status)
    };
    assert!(harness.has_call(publishes));
    harness.pass(Duration::from_millis(500));
    let stop = |shard| (shard, StopKind::HandOver, NodeStopReason::Draining);
    assert_eq!(harness.stops(), [stop(0), stop(1)]);
    for shard in 0..2 {
        let checkpoint = LastCheckpoint::Stored;
        harness.feed(NodeInput::Stopped { shard, checkpoint });
        harness.answer(|it| matches!(it, Request::Release(_)), Answer::Released);
    }
    harness.answer(|it| matches!(it, Request::Leave(_)), Answer::Left);
    assert!(matches!(harness.outputs.last(), Some(NodeOutput::Drained)));
}

#[test]
fn draining_node_leaves_although_the_engine_is_silent() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    harness.feed(NodeInput::Drain);
    harness.pass_in_silence(secs(26));
    assert!(
        harness
            .outputs
            .iter()
            .any(|it| matches!(it, NodeOutput::Drained))
    );
    assert_eq!(harness.node.serving().count(), 0);
    harness.outputs.clear();
    harness.pass_in_silence(secs(5));
    assert!(harness.outputs.is_empty());
}

#[test]
fn shards_identify_some_time_after_an_interruption_of_the_engine() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    let clearance = harness.node.identify_clearance(harness.now, 0);
    let Clearance::NotBefore(at) = clearance else {
        panic!("the snapshot was just now");
    };
    harness.pass(at - harness.now);
    let clearance = harness.node.identify_clearance(harness.now, 0);
    assert!(matches!(clearance, Clearance::Until(_)));
    assert_eq!(
        harness.node.identify_clearance(harness.now, 7),
        Clearance::No
    );
}

#[test]
fn answer_after_the_deadline_changes_nothing() {
    let mut harness = Harness::new(OnSilence::KeepServing);
    let Some(NodeOutput::Call { call, deadline, .. }) = harness.outputs.pop() else {
        panic!("it joins");
    };
    harness.now = deadline;
    harness.feed(NodeInput::Tick);
    let answer = Answer::Joined(own());
    harness.feed(NodeInput::Answer { call, answer });
    assert!(harness.node.membership.term().is_none());
    assert!(harness.has_call(|it| matches!(it, Request::Join(_))));
}
