//! The node, as its driver and the connections of its shards share it.

use crate::{
    clock,
    gate::{Gate, Passage, PermitEnd},
    identify_reports::IdentifyReports,
};
use gloaming_coordinator::{
    Clearance, Fence, FleetView, LeaseChange, Node, NodeConfig, NodeInput, NodeOutput, StopKind,
};
use std::{
    collections::{BTreeMap, VecDeque},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::sync::Notify;

/// A [`Node`] behind a lock, with the outputs that its driver has not handled yet.
///
/// The thread that feeds an input also drains the outputs, so that an answer to [`may_send`](Self::may_send) takes account of
/// everything that has happened, whether or not the driver has run since.
#[derive(Debug)]
pub(crate) struct SharedNode {
    state: Mutex<State>,
    /// Wakes the driver.
    changed: Notify,
}

#[derive(Debug)]
struct State {
    node: Node,
    outputs: VecDeque<NodeOutput>,
    wake_at: Instant,
    /// Those of the shards that run, by number.
    gates: BTreeMap<u32, Arc<Gate>>,
    reports: IdentifyReports,
    snapshots: u64,
    save: Save,
    use_of_shards: UseOfShards,
}

/// When checkpoints are saved next.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Save {
    #[default]
    AtInterval,
    /// At once: those of the time before were refused.
    Now,
}

/// Whether this process still runs shards of the fleet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum UseOfShards {
    Running,
    /// It acts as if it were dead.
    Abandoned,
}

/// Whether a shard may send something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sending {
    Allowed,
    Forbidden,
}

impl SharedNode {
    pub(crate) fn new(config: NodeConfig) -> Self {
        let now = clock::now();
        let state = State {
            node: Node::new(config, now),
            outputs: VecDeque::new(),
            wake_at: now,
            gates: BTreeMap::new(),
            reports: IdentifyReports::default(),
            snapshots: 0,
            save: Save::AtInterval,
            use_of_shards: UseOfShards::Running,
        };
        Self {
            state: Mutex::new(state),
            changed: Notify::new(),
        }
    }

    /// Feeds an input. The driver handles what comes of it.
    pub(crate) fn feed(&self, input: NodeInput) {
        let now = clock::now();
        let mut state = self.lock();
        if matches!(input, NodeInput::Change(LeaseChange::Snapshot(_))) {
            state.snapshots += 1;
            if state.snapshots > 1 {
                // The engine was interrupted, and may have forgotten its last seconds.
                state.reports.repeat(now);
                state.save = Save::Now;
            }
        }
        state.feed(now, input);
        drop(state);
        self.changed.notify_one();
    }

    /// Waits until the driver has something to do.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Returns the outputs since the last call, in their order.
    pub(crate) fn take_outputs(&self) -> VecDeque<NodeOutput> {
        mem::take(&mut self.lock().outputs)
    }

    /// Returns whether checkpoints are to be saved at once, since the last call.
    pub(crate) fn take_save(&self) -> Save {
        mem::take(&mut self.lock().save)
    }

    /// Returns when the node wants to hear of the time.
    pub(crate) fn wake_at(&self) -> Instant {
        self.lock().wake_at
    }

    /// Returns the gate of a shard that starts now.
    pub(crate) fn open_gate(&self, shard: u32) -> Arc<Gate> {
        let gate = Arc::new(Gate::new(shard, clock::now()));
        let before = self.lock().gates.insert(shard, Arc::clone(&gate));
        if let Some(before) = before {
            before.revoke();
        }
        gate
    }

    /// Lets no shard send or store anything more.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.use_of_shards = UseOfShards::Abandoned;
        for gate in mem::take(&mut state.gates).into_values() {
            gate.revoke();
        }
    }

    /// Returns whether the shard behind this gate may send something now.
    pub(crate) fn may_send(&self, gate: &Gate) -> Sending {
        let now = clock::now();
        match gate.passage(now) {
            Passage::Open => return Sending::Allowed,
            Passage::Revoked => return Sending::Forbidden,
            Passage::Unknown => {}
        }
        let mut state = self.lock();
        match state.clearance(now, gate.shard(), &self.changed) {
            // Asked under the lock, under which it is revoked.
            Clearance::Until(until) if now < until && gate.passage(now) != Passage::Revoked => {
                gate.clear_until(until);
                Sending::Allowed
            }
            _ => Sending::Forbidden,
        }
    }

    /// Returns whether a shard without a session may identify.
    pub(crate) fn identify_clearance(&self, gate: &Gate) -> Clearance {
        let now = clock::now();
        if gate.passage(now) == Passage::Revoked {
            return Clearance::No;
        }
        self.lock().node.identify_clearance(now, gate.shard())
    }

    /// Returns the fence under which this node writes for a shard.
    pub(crate) fn fence(&self, shard: u32) -> Option<Fence> {
        let state = self.lock();
        match state.use_of_shards {
            UseOfShards::Running => state.node.fence(shard),
            UseOfShards::Abandoned => None,
        }
    }

    /// Returns the fence of a shard if the node is sure of its lease at this moment.
    pub(crate) fn proven_fence(&self, shard: u32) -> Option<Fence> {
        let now = clock::now();
        let mut state = self.lock();
        if state.use_of_shards == UseOfShards::Abandoned {
            return None;
        }
        match state.clearance(now, shard, &self.changed) {
            Clearance::Until(until) if now < until => state.node.fence(shard),
            _ => None,
        }
    }

    /// Returns whether this node runs the shard, with or without a proven lease.
    pub(crate) fn is_serving(&self, shard: u32) -> bool {
        self.serving().contains(&shard)
    }

    pub(crate) fn serving(&self) -> Vec<u32> {
        let state = self.lock();
        match state.use_of_shards {
            UseOfShards::Running => state.node.serving().collect(),
            UseOfShards::Abandoned => Vec::new(),
        }
    }

    /// Returns whether the node takes the shards that are its share.
    pub(crate) fn takes_shards(&self) -> bool {
        let (now, state) = (clock::now(), self.lock());
        state.use_of_shards == UseOfShards::Running && state.node.takes_shards(now)
    }

    pub(crate) fn view(&self) -> FleetView {
        self.lock().node.view().clone()
    }

    /// Takes notice of what became of a permit of the fleet.
    pub(crate) fn note_permit(&self, end: PermitEnd) {
        self.lock().reports.note(end);
        self.changed.notify_one();
    }

    /// Does something with the reports of identifies.
    pub(crate) fn with_reports<T>(&self, change: impl FnOnce(&mut IdentifyReports) -> T) -> T {
        change(&mut self.lock().reports)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No change under this lock is left half-done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns whether a shard may send something. Wakes the driver if something has come of the question.
    fn clearance(&mut self, now: Instant, shard: u32, changed: &Notify) -> Clearance {
        let clearance = self.node.clearance(now, shard);
        if clearance != Clearance::Unknown {
            return clearance;
        }
        self.feed(now, NodeInput::Tick);
        changed.notify_one();
        self.node.clearance(now, shard)
    }

    fn feed(&mut self, now: Instant, input: NodeInput) {
        self.node.handle_input(now, input);
        loop {
            match self.node.poll_output() {
                NodeOutput::Wait(at) => {
                    self.wake_at = at;
                    return;
                }
                output => {
                    if matches!(output, NodeOutput::Refence { .. }) {
                        self.save = Save::Now;
                    }
                    if let NodeOutput::Stop {
                        shard,
                        kind: StopKind::AtOnce,
                        ..
                    } = &output
                        && let Some(gate) = self.gates.remove(shard)
                    {
                        gate.revoke();
                    }
                    self.outputs.push_back(output);
                }
            }
        }
    }
}
