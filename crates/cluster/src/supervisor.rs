//! Runs one shard in supervised tasks, one after the other. [`Restarts`] decides.

use crate::{
    clock,
    config::ClusterSettings,
    refusal::Peers,
    restart::{NextStep, Restarts, TaskEnd},
    slot::{Slot, StartOutcome},
    state::{DesiredState, ExitReason, Phase},
};
use gloaming_protocol::CloseFrame;
use gloaming_shard::{
    ConfigBuilder, Crash, MessageSender, Shard, ShardRuntime, ShardStatus, error::SendErrorKind,
    supervision::ItemSender,
};
use std::{
    any::Any,
    collections::hash_map::RandomState,
    convert::Infallible,
    hash::{BuildHasher, Hasher},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    sync::watch,
    task::{JoinError, JoinHandle},
    time::sleep,
};

/// Characters kept of a panic's message.
const MAX_REASON_CHARS: usize = 500;

/// Delay between attempts to close a shard whose command channel is full.
const CLOSE_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Starts the supervisor of a slot, unless it was started or closed before.
pub(crate) fn start(
    slot: &Arc<Slot>,
    peers: &Peers,
    settings: ClusterSettings,
    runtime: &ShardRuntime,
) -> StartOutcome {
    match slot.take_shard() {
        Ok((shard, item_sender)) => {
            let end = EndWithRuntime(Arc::clone(slot));
            let (slot, peers) = (Arc::clone(slot), peers.clone());
            let id = slot.id;
            let supervise = Box::pin(supervise(slot, peers, shard, item_sender, settings));
            runtime.spawn(
                id,
                Supervision {
                    _end: end,
                    supervise,
                },
            );
            StartOutcome::Started
        }
        Err(outcome) => outcome,
    }
}

/// A supervisor, with what publishes its end if its runtime drops it.
struct Supervision<F> {
    /// Dropped before the supervisor, which has the sender of the items: fields are dropped in their order, also if the
    /// future was never polled. The end of the stream must not be seen before the end of the shard.
    _end: EndWithRuntime,
    supervise: Pin<Box<F>>,
}

impl<F: Future<Output = ()>> Future for Supervision<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.supervise.as_mut().poll(cx)
    }
}

/// Publishes the end of a supervisor that is dropped with its runtime. One that ends by itself has published why.
struct EndWithRuntime(Arc<Slot>);

impl Drop for EndWithRuntime {
    fn drop(&mut self) {
        self.0.exit_unless_exited(ExitReason::RuntimeShutDown);
    }
}

async fn supervise(
    slot: Arc<Slot>,
    peers: Peers,
    first: Shard,
    item_sender: ItemSender,
    settings: ClusterSettings,
) {
    let mut restarts = Restarts::new(settings.restart_policy);
    let mut desired = slot.desired.subscribe();
    let mut shard = first;
    loop {
        slot.set_sender(shard.sender());
        item_sender.announce(&mut shard);
        slot.set_phase(Phase::Running);
        let run = run(&slot, shard, &item_sender, settings, &mut desired);
        // The task of a refused shard may wait for room for its last items. Its peers do not wait for that.
        let (result, request) = while_watching(run, refused(&slot, &peers)).await;
        let end = task_end(&slot, result, request);
        let step = restarts.task_ended(clock::now(), &end, &desired.borrow(), fraction());
        if let TaskEnd::Panicked(reason) = end {
            report_crash(&slot, &item_sender, reason, step);
        }
        let pause = match step {
            NextStep::Exit(reason) => Pause::Exit(reason),
            NextStep::Stop => Pause::Stop,
            NextStep::Restart(delay) => {
                slot.set_phase(Phase::Restarting {
                    at: clock::now() + delay,
                });
                pause(&slot, delay, &item_sender, &mut desired).await
            }
        };
        let pause = match pause {
            Pause::Stop => {
                slot.set_phase(Phase::Stopped);
                stopped(&item_sender, &mut desired).await
            }
            other => other,
        };
        let exit = match pause {
            Pause::Exit(reason) => reason,
            Pause::Over | Pause::Stop => {
                shard = resuming_shard(&slot);
                continue;
            }
        };
        slot.set_phase(Phase::Exited(exit));
        item_sender.flush_crashes().await;
        return;
    }
}

/// Runs a shard in a task of its own, so that a panic affects that task alone, and passes on the
/// application's wish to end it.
async fn run(
    slot: &Slot,
    shard: Shard,
    item_sender: &ItemSender,
    settings: ClusterSettings,
    desired: &mut watch::Receiver<DesiredState>,
) -> (Result<(), JoinError>, EndRequest) {
    let sender = shard.sender();
    let item_sender = item_sender.clone();
    let work = async move {
        item_sender.run(shard, settings.event_types).await;
    };
    let mut task = AbortOnDrop(tokio::spawn(work));
    let mut end_request = EndRequest::None;
    loop {
        let wanted = desired.borrow_and_update().clone();
        let mut session = SessionWatch::Unneeded;
        let request = match wanted {
            DesiredState::Running => CloseRequest::Done,
            DesiredState::NotIdentifying if slot.monitor.status().is_without_session() => {
                request_close(&sender, CloseFrame::NORMAL)
            }
            DesiredState::NotIdentifying => {
                session = SessionWatch::Needed;
                CloseRequest::Done
            }
            DesiredState::Stopped(_) => {
                end_request = EndRequest::Stop;
                slot.set_phase(Phase::Stopping);
                request_close(&sender, CloseFrame::RESUME)
            }
            DesiredState::Closed(frame) => request_close(&sender, frame),
            DesiredState::Aborted => {
                task.0.abort();
                CloseRequest::Done
            }
        };
        tokio::select! {
            biased;
            result = &mut task.0 => return (result, end_request),
            // It can't fail: the slot holds the sender, and the caller holds the slot.
            _ = desired.changed() => {}
            () = slot.monitor.wait_for(ShardStatus::is_without_session),
                if session == SessionWatch::Needed => {}
            () = sleep(CLOSE_RETRY_DELAY), if request == CloseRequest::Retry => {}
        }
    }
}

/// Waits until the shard has stopped, and tells its peers if it was refused. Never returns.
async fn refused(slot: &Slot, peers: &Peers) -> Infallible {
    slot.monitor.stopped().await;
    peers.told_of_stop(slot);
    std::future::pending().await
}

async fn while_watching<T>(
    work: impl Future<Output = T>,
    watch: impl Future<Output = Infallible>,
) -> T {
    tokio::select! {
        biased;
        never = watch => match never {},
        result = work => result,
    }
}

/// Whether the shard was asked to stop until it is started again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum EndRequest {
    None,
    Stop,
}

/// Whether the loss of the session ends the shard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SessionWatch {
    Unneeded,
    Needed,
}

/// Whether the shard has to be asked again to close.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum CloseRequest {
    Done,
    Retry,
}

fn request_close(sender: &MessageSender, frame: CloseFrame<'static>) -> CloseRequest {
    match sender.close(frame) {
        Err(error) if matches!(error.kind(), SendErrorKind::Full) => CloseRequest::Retry,
        // Any other error means that the shard has stopped.
        _ => CloseRequest::Done,
    }
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pause {
    /// The shard runs again.
    Over,
    /// The shard is to stop until it is started again.
    Stop,
    /// The shard is to be closed.
    Exit(ExitReason),
}

/// Waits until the shard is started again or closed, and moves the report of a crash to the buffer meanwhile.
async fn stopped(item_sender: &ItemSender, desired: &mut watch::Receiver<DesiredState>) -> Pause {
    let ends = |desired: &DesiredState| !matches!(desired, DesiredState::Stopped(_));
    let dropped = async {
        item_sender.flush_crashes().await;
        item_sender.items_dropped().await;
    };
    tokio::select! {
        biased;
        // It can't fail, as in `run`.
        desired = desired.wait_for(ends) => match desired.as_deref() {
            Ok(DesiredState::Running | DesiredState::NotIdentifying) => Pause::Over,
            _ => Pause::Exit(ExitReason::Closed),
        },
        () = dropped => Pause::Exit(ExitReason::ItemsDropped),
    }
}

/// Waits for the delay before a restart, and moves the report of the crash to the buffer meanwhile.
async fn pause(
    slot: &Slot,
    delay: Duration,
    item_sender: &ItemSender,
    desired: &mut watch::Receiver<DesiredState>,
) -> Pause {
    let report = async {
        item_sender.flush_crashes().await;
        std::future::pending::<()>().await;
    };
    let ends = |desired: &DesiredState| match desired {
        DesiredState::Running => false,
        DesiredState::NotIdentifying => slot.monitor.received_session().is_none(),
        DesiredState::Stopped(_) | DesiredState::Closed(_) | DesiredState::Aborted => true,
    };
    tokio::select! {
        biased;
        // It can't fail, as in `run`.
        desired = desired.wait_for(ends) => match desired.as_deref() {
            Ok(DesiredState::NotIdentifying) => Pause::Exit(ExitReason::PeerRefused),
            Ok(DesiredState::Stopped(_)) => Pause::Stop,
            _ => Pause::Exit(ExitReason::Closed),
        },
        () = sleep(delay) => Pause::Over,
        () = report => Pause::Over,
    }
}

/// Makes a shard that resumes where the last one ended.
fn resuming_shard(slot: &Slot) -> Shard {
    let mut config = ConfigBuilder::from(slot.config.clone());
    if let Some(session) = slot.monitor.received_session() {
        config = config.session(session);
    }
    Shard::with_config(slot.id, config.build())
}

fn task_end(slot: &Slot, result: Result<(), JoinError>, request: EndRequest) -> TaskEnd {
    match result.map_err(JoinError::try_into_panic) {
        Ok(()) => match (slot.monitor.status().state(), request) {
            (state, EndRequest::Stop) if state.is_closed() => TaskEnd::Stopped,
            (state, _) => TaskEnd::Returned(state),
        },
        Err(Ok(panic)) => TaskEnd::Panicked(panic_message(&*panic)),
        Err(Err(_)) => TaskEnd::Aborted,
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let message = if let Some(message) = panic.downcast_ref::<&str>() {
        message
    } else if let Some(message) = panic.downcast_ref::<String>() {
        message
    } else {
        "panic without a message"
    };
    message.chars().take(MAX_REASON_CHARS).collect()
}

fn report_crash(slot: &Slot, item_sender: &ItemSender, reason: String, step: NextStep) {
    let restart_delay = match step {
        NextStep::Restart(delay) => Some(delay),
        NextStep::Stop | NextStep::Exit(_) => None,
    };
    let count = slot.record_crash(&reason);
    let crash = Crash::new(reason, count, restart_delay);
    tracing::error!(shard = slot.id.number(), count, "{crash}");
    slot.monitor
        .log_flight_record(slot.id, &"a panic of the shard's task");
    item_sender.report_crash(crash);
}

/// Returns a random number in `[0, 1)` to spread restarts. It need not be unpredictable.
fn fraction() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    // The top 53 bits fill the mantissa of a double exactly.
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::{AbortOnDrop, CloseRequest, EndRequest, fraction, request_close, task_end};
    use crate::{restart::TaskEnd, slot::Slot};
    use gloaming_protocol::{CloseFrame, Intents, ShardId};
    use gloaming_shard::{ConfigBuilder, Shard, ShardState, supervision::BufferSettings};
    use std::future::pending;
    use tokio::sync::oneshot;

    fn shard() -> Shard {
        let config = ConfigBuilder::new("token".to_owned(), Intents::GUILDS).build();
        Shard::with_config(ShardId::ONE, config)
    }

    #[test]
    fn shard_that_is_gone_is_not_asked_again_to_close() {
        let shard = shard();
        let sender = shard.sender();
        drop(shard);
        let request = request_close(&sender, CloseFrame::NORMAL);
        assert_eq!(request, CloseRequest::Done);
    }

    #[test]
    fn shard_that_returned_before_it_closed_was_not_stopped() {
        let (slot, _items) = Slot::new(shard(), None, 1, BufferSettings::new(1));
        let end = task_end(&slot, Ok(()), EndRequest::Stop);
        assert!(
            matches!(end, TaskEnd::Returned(state) if state != ShardState::Closed),
            "{end:?}"
        );
    }

    #[tokio::test]
    async fn shard_ends_with_its_supervisor() {
        let (held, dropped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            pending::<()>().await;
            drop(held);
        });
        drop(AbortOnDrop(task));
        assert!(dropped.await.is_err());
    }

    #[test]
    fn fractions_are_spread_over_the_unit_interval() {
        let fractions: Vec<f64> = (0..1_000).map(|_| fraction()).collect();
        assert!(fractions.iter().all(|it| (0.0..1.0).contains(it)));
        for tenth in 0..10 {
            let count = fractions
                .iter()
                .filter(|it| (**it * 10.0) as usize == tenth)
                .count();
            assert!(count > 20, "{count} of a thousand in tenth {tenth}");
        }
    }
}
