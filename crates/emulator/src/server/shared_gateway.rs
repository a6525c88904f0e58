//! The gateway, shared by the tasks of its sockets.

use std::{
    collections::HashMap,
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::{Notify, watch};

use super::{
    deflated_batches::DeflatedBatches,
    recording_writer::RecordingWriter,
    send_queue::{QueueLimit, SendQueue},
};
use crate::{
    clock::Clock,
    connection::{ConnectionId, Handshake},
    model::{Gateway, Input},
    recording::Recorder,
    settings::Settings,
    stats::Stats,
};

/// The gateway and the queues of its connections, shared by all tasks. The lock is held only while the gateway handles an
/// input.
#[derive(Debug)]
pub(crate) struct SharedGateway {
    state: Mutex<State>,
    /// Notified when the next deadline is earlier than the one that [`run_timers`] sleeps for.
    deadline_moved: Notify,
    stats: watch::Sender<Stats>,
    pub(super) clock: Clock,
    pub(super) compression_level: u32,
    pub(super) zstd_level: i32,
    pub(super) deflated_batches: DeflatedBatches,
}

#[derive(Debug)]
struct State {
    gateway: Gateway,
    queues: HashMap<ConnectionId, Arc<SendQueue>>,
    next_connection: u64,
    /// The deadline that [`run_timers`] sleeps for.
    sleeping_until: Option<Instant>,
    queue_bytes: usize,
    /// The number of times that the outputs of the gateway were distributed.
    steps: u64,
    recording: Option<RecordingWriter>,
}

impl SharedGateway {
    pub(super) fn new(settings: Settings) -> Self {
        let compression_level = settings.compression_level.min(9);
        let clock = Clock::start(settings.speed);
        Self {
            clock,
            deadline_moved: Notify::new(),
            stats: watch::Sender::new(Stats::default()),
            compression_level,
            zstd_level: settings.zstd_level,
            deflated_batches: DeflatedBatches::new(compression_level),
            state: Mutex::new(State {
                queue_bytes: settings.send_queue_bytes,
                gateway: Gateway::new(settings, clock.now()),
                queues: HashMap::new(),
                steps: 0,
                next_connection: 1,
                sleeping_until: None,
                recording: None,
            }),
        }
    }

    /// Calls the gateway and distributes its outputs.
    pub(crate) fn with<R>(&self, call: impl FnOnce(&mut Gateway, Instant) -> R) -> R {
        let mut state = self.lock();
        let now = self.clock.now();
        state.gateway.set_time(now);
        let result = call(&mut state.gateway, now);
        self.distribute_outputs(&mut state);
        result
    }

    /// Starts to record what is sent, and ends the previous recording.
    pub(crate) fn record(&self, recorder: Recorder<Box<dyn Write + Send>>) -> io::Result<()> {
        let recording = RecordingWriter::new(recorder, self.clock.now());
        let previous = self.lock().recording.replace(recording);
        previous.map_or(Ok(()), RecordingWriter::finish)
    }

    /// Ends the recording.
    pub(crate) fn stop_recording(&self) -> io::Result<()> {
        let recording = self.lock().recording.take();
        recording.map_or(Ok(()), RecordingWriter::finish)
    }

    /// A connection was opened.
    pub(super) fn open(&self, handshake: Handshake) -> (ConnectionId, Arc<SendQueue>) {
        let mut state = self.lock();
        let id = ConnectionId(state.next_connection);
        state.next_connection += 1;
        let queue = Arc::new(SendQueue::new(state.queue_bytes));
        state.queues.insert(id, Arc::clone(&queue));
        state
            .gateway
            .handle_input(self.clock.now(), id, Input::Opened(handshake));
        self.distribute_outputs(&mut state);
        (id, queue)
    }

    /// An event occurred on a connection.
    pub(super) fn handle_input(&self, id: ConnectionId, input: Input<'_>) {
        self.with(|gateway, now| gateway.handle_input(now, id, input));
    }

    /// A connection has ended.
    pub(super) fn close(&self, id: ConnectionId, code: Option<u16>) {
        let mut state = self.lock();
        state.queues.remove(&id);
        state
            .gateway
            .handle_input(self.clock.now(), id, Input::Closed { code });
        self.distribute_outputs(&mut state);
    }

    /// The counters and their changes.
    pub(crate) fn watch_stats(&self) -> watch::Receiver<Stats> {
        self.stats.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked while it held the lock left the gateway in a consistent state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn distribute_outputs(&self, state: &mut State) {
        state.steps += 1;
        while let Some(output) = state.gateway.poll_output() {
            let Some(queue) = state.queues.get(&output.connection) else {
                continue;
            };
            if let Some(recording) = &mut state.recording
                && let Some(shard) = state.gateway.shard_of(output.connection)
            {
                recording.record(self.clock.now(), shard, &output.operation);
            }
            if queue.push(state.steps, output.operation) == QueueLimit::Exceeded {
                // The session can be resumed, as far as its replay buffer goes.
                tracing::debug!(connection = %output.connection, "dropped: the client does not read");
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
        if next.is_some_and(|next| state.sleeping_until.is_none_or(|until| next < until)) {
            state.sleeping_until = next;
            self.deadline_moved.notify_one();
        }
        let stats = *state.gateway.stats();
        self.stats
            .send_if_modified(|known| std::mem::replace(known, stats) != stats);
    }
}

/// Calls the gateway at its deadlines. Never returns.
pub(super) async fn run_timers(gateway: Arc<SharedGateway>) {
    loop {
        let next = {
            let mut state = gateway.lock();
            state.gateway.handle_timeout(gateway.clock.now());
            gateway.distribute_outputs(&mut state);
            state.sleeping_until = state.gateway.poll_timeout();
            state.sleeping_until
        };
        tokio::select! {
            () = gateway.clock.sleep_until(next) => {}
            () = gateway.deadline_moved.notified() => {}
        }
    }
}
