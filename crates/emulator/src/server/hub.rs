//! Where the sockets meet the model.

use std::{
    collections::HashMap,
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::{Notify, watch};

use super::{
    deflated_runs::DeflatedRuns,
    send_queue::{Room, SendQueue},
    tape::Tape,
};
use crate::{
    clock::Clock,
    model::{ConnectionId, Gateway, Handshake, Input},
    recording::Recorder,
    settings::Settings,
    stats::Stats,
};

/// The gateway and its connections' queues, shared by all tasks. The lock is held only while the model thinks.
#[derive(Debug)]
pub(crate) struct Hub {
    state: Mutex<State>,
    /// Told when a deadline came nearer than the one that is slept for.
    nearer: Notify,
    stats: watch::Sender<Stats>,
    pub(super) clock: Clock,
    pub(super) compression_level: u32,
    pub(super) zstd_level: i32,
    pub(super) deflated_runs: DeflatedRuns,
}

#[derive(Debug)]
struct State {
    gateway: Gateway,
    queues: HashMap<ConnectionId, Arc<SendQueue>>,
    next_connection: u64,
    /// What [`keep_time`] sleeps for.
    slept_for: Option<Instant>,
    queue_bytes: usize,
    /// How often the gateway's outputs were passed on.
    steps: u64,
    tape: Option<Tape>,
}

impl Hub {
    pub(super) fn new(settings: Settings) -> Self {
        let compression_level = settings.compression_level.min(9);
        let clock = Clock::start(settings.speed);
        Self {
            clock,
            nearer: Notify::new(),
            stats: watch::Sender::new(Stats::default()),
            compression_level,
            zstd_level: settings.zstd_level,
            deflated_runs: DeflatedRuns::new(compression_level),
            state: Mutex::new(State {
                queue_bytes: settings.send_queue_bytes,
                gateway: Gateway::new(settings, clock.now()),
                queues: HashMap::new(),
                steps: 0,
                next_connection: 1,
                slept_for: None,
                tape: None,
            }),
        }
    }

    /// Does something to the gateway and passes on what it gives out.
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut Gateway, Instant) -> R) -> R {
        let mut state = self.lock();
        let result = act(&mut state.gateway, self.clock.now());
        self.settle(&mut state);
        result
    }

    /// Begins to record what is sent, and ends the recording there was.
    pub(crate) fn record(&self, recorder: Recorder<Box<dyn Write + Send>>) -> io::Result<()> {
        let tape = Tape::new(recorder, self.clock.now());
        let former = self.lock().tape.replace(tape);
        former.map_or(Ok(()), Tape::finish)
    }

    /// Ends the recording.
    pub(crate) fn stop_recording(&self) -> io::Result<()> {
        let tape = self.lock().tape.take();
        tape.map_or(Ok(()), Tape::finish)
    }

    /// A connection is there.
    pub(super) fn open(&self, handshake: Handshake) -> (ConnectionId, Arc<SendQueue>) {
        let mut state = self.lock();
        let id = ConnectionId(state.next_connection);
        state.next_connection += 1;
        let queue = Arc::new(SendQueue::new(state.queue_bytes));
        state.queues.insert(id, Arc::clone(&queue));
        state
            .gateway
            .handle_input(self.clock.now(), id, Input::Opened(handshake));
        self.settle(&mut state);
        (id, queue)
    }

    /// Something happened to a connection.
    pub(super) fn input(&self, id: ConnectionId, input: Input<'_>) {
        self.with(|gateway, now| gateway.handle_input(now, id, input));
    }

    /// A connection is gone.
    pub(super) fn close(&self, id: ConnectionId, code: Option<u16>) {
        let mut state = self.lock();
        state.queues.remove(&id);
        state
            .gateway
            .handle_input(self.clock.now(), id, Input::Closed { code });
        self.settle(&mut state);
    }

    /// The counters, and word of their changes.
    pub(crate) fn watch_stats(&self) -> watch::Receiver<Stats> {
        self.stats.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked while it controlled the gateway left it whole: the model has no half-done steps that
        // matter to others.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, state: &mut State) {
        state.steps += 1;
        while let Some(output) = state.gateway.poll_output() {
            let Some(queue) = state.queues.get(&output.connection) else {
                continue;
            };
            if let Some(tape) = &mut state.tape
                && let Some(shard) = state.gateway.shard_of(output.connection)
            {
                tape.hear(self.clock.now(), shard, &output.operation);
            }
            if queue.push(state.steps, output.operation) == Room::No {
                // Its client doesn't read. The session stays and can be resumed, as far as its replay buffer goes.
                tracing::debug!(connection = %output.connection, "dropped: too much waits to be read");
                queue.cut();
                state.queues.remove(&output.connection);
                state.gateway.count_slow_client();
                state.gateway.handle_input(
                    self.clock.now(),
                    output.connection,
                    Input::Closed { code: None },
                );
            }
        }
        let next = state.gateway.poll_timeout();
        if next.is_some_and(|next| state.slept_for.is_none_or(|slept_for| next < slept_for)) {
            state.slept_for = next;
            self.nearer.notify_one();
        }
        let stats = *state.gateway.stats();
        self.stats
            .send_if_modified(|known| std::mem::replace(known, stats) != stats);
    }
}

/// Tells the gateway when its deadlines have come. Never ends.
pub(super) async fn keep_time(hub: Arc<Hub>) {
    loop {
        let next = {
            let mut state = hub.lock();
            state.gateway.handle_timeout(hub.clock.now());
            hub.settle(&mut state);
            state.slept_for = state.gateway.poll_timeout();
            state.slept_for
        };
        tokio::select! {
            () = hub.clock.sleep_until(next) => {}
            () = hub.nearer.notified() => {}
        }
    }
}
