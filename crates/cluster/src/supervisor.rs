//! Keeps one shard running. The decisions are `Restarts`'.

use crate::{
    clock,
    config::Settings,
    restart::{Decision, Restarts},
    slot::{Ending, Phase, Slot},
};
use gloaming_protocol::CloseFrame;
use gloaming_shard::{
    ConfigBuilder, Crash, MessageSender, Shard, error::SendErrorKind, supervision::ItemSender,
};
use std::{
    any::Any,
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::watch,
    task::{JoinError, JoinHandle},
    time::sleep,
};

/// How much of a panic's message is kept.
const REASON_CHARS: usize = 500;

/// How long until a shard that has several orders waiting is told again.
const TELL_AGAIN: Duration = Duration::from_millis(50);

/// What a slot was told to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Order {
    Run,
    Close(CloseFrame<'static>),
    Abort,
}

/// Runs the shard, and shards after it, until there is to be none any more.
pub(crate) async fn supervise(
    slot: Arc<Slot>,
    first: Shard,
    item_sender: ItemSender,
    settings: Settings,
) {
    let mut restarts = Restarts::new(settings.restart_policy);
    let mut orders = slot.order.subscribe();
    let mut shard = first;
    loop {
        slot.set_sender(shard.sender());
        slot.enter(Phase::Running);
        let Err(error) = run(shard, &item_sender, settings, &mut orders).await else {
            slot.enter(Phase::Ended(ending(&slot)));
            return;
        };
        let Ok(panic) = error.try_into_panic() else {
            // Only an order aborts the task; without one, the runtime is shutting down.
            slot.enter(Phase::Ended(Ending::Closed));
            return;
        };
        let decision = match *orders.borrow() {
            Order::Run => restarts.crashed(clock::now(), fraction()),
            Order::Close(_) | Order::Abort => Decision::GiveUp,
        };
        report(&slot, &item_sender, &*panic, decision);
        let Decision::Restart(after) = decision else {
            slot.enter(Phase::Ended(Ending::Crashed));
            item_sender.flush_crashes().await;
            return;
        };
        slot.enter(Phase::Restarting {
            at: clock::now() + after,
        });
        if pause(after, &item_sender, &mut orders).await == Pause::CutShort {
            slot.enter(Phase::Ended(Ending::Closed));
            item_sender.flush_crashes().await;
            return;
        }
        shard = again(&slot);
    }
}

/// Runs one shard in a task of its own, so that its panic is nobody else's.
async fn run(
    shard: Shard,
    item_sender: &ItemSender,
    settings: Settings,
    orders: &mut watch::Receiver<Order>,
) -> Result<(), JoinError> {
    let sender = shard.sender();
    let item_sender = item_sender.clone();
    let work = async move {
        item_sender.run(shard, settings.event_types).await;
    };
    let mut task = AbortOnDrop(tokio::spawn(work));
    loop {
        let order = orders.borrow_and_update().clone();
        let told = match order {
            Order::Run => Told::Nothing,
            Order::Close(frame) => close(&sender, frame),
            Order::Abort => {
                task.0.abort();
                Told::Nothing
            }
        };
        tokio::select! {
            biased;
            ended = &mut task.0 => return ended,
            // The slot has the sender, and the caller has the slot.
            _ = orders.changed() => {}
            () = sleep(TELL_AGAIN), if told == Told::Later => {}
        }
    }
}

/// Whether a shard has an order, as far as there was one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Told {
    Nothing,
    Later,
}

fn close(sender: &MessageSender, frame: CloseFrame<'static>) -> Told {
    match sender.close(frame) {
        Err(error) if matches!(error.kind(), SendErrorKind::Full) => Told::Later,
        // One that has stopped already needs no closing.
        _ => Told::Nothing,
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
    Over,
    CutShort,
}

/// Waits until the next start, while the report of the crash finds its way.
async fn pause(
    after: Duration,
    item_sender: &ItemSender,
    orders: &mut watch::Receiver<Order>,
) -> Pause {
    let told = async {
        item_sender.flush_crashes().await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        // As above.
        _ = orders.wait_for(|order| *order != Order::Run) => Pause::CutShort,
        () = sleep(after) => Pause::Over,
        () = told => Pause::Over,
    }
}

/// Another shard that goes on where the last one left off.
fn again(slot: &Slot) -> Shard {
    let mut config = ConfigBuilder::from(slot.config.clone());
    if let Some(session) = slot.monitor.received_session() {
        config = config.session(session);
    }
    Shard::with_config(slot.id, config.build())
}

fn report(slot: &Slot, item_sender: &ItemSender, panic: &(dyn Any + Send), decision: Decision) {
    let reason = reason(panic);
    let restart_delay = match decision {
        Decision::Restart(after) => Some(after),
        Decision::GiveUp => None,
    };
    let mut count = 0;
    slot.progress.send_modify(|progress| {
        progress.crashes += 1;
        progress.last_crash = Some(reason.as_str().into());
        count = progress.crashes;
    });
    tracing::error!(shard = %slot.id, %reason, count, ?restart_delay, "a shard's task panicked");
    item_sender.report_crash(Crash::new(reason, count, restart_delay));
}

fn reason(panic: &(dyn Any + Send)) -> String {
    let message = if let Some(message) = panic.downcast_ref::<&str>() {
        message
    } else if let Some(message) = panic.downcast_ref::<String>() {
        message
    } else {
        "a panic without a message"
    };
    message.chars().take(REASON_CHARS).collect()
}

/// The shard's task has ended by itself.
fn ending(slot: &Slot) -> Ending {
    let state = slot.monitor.status().state();
    if state.is_fatally_closed() {
        Ending::Refused
    } else if state.is_closed() {
        Ending::Closed
    } else {
        Ending::Abandoned
    }
}

/// In `[0, 1)`. Spreads restarts; nothing secret depends on it.
fn fraction() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    // The top 53 bits fill a double's mantissa exactly.
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::fraction;

    #[test]
    fn restarts_are_spread_over_all_of_their_wait() {
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
