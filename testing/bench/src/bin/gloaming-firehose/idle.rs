//! Keeping many shards.

use crate::{config, run::lost};
use gloaming::{DispatchKind, Incoming, Shard, ShardId};
use gloaming_bench::{Arrivals, Bytes, Error, Options, Peer, Report, Result, STOPPED, Tally, hold};
use std::{cell::RefCell, num::NonZero, rc::Rc, time::Duration};

/// What all shards have received.
#[derive(Debug, Default)]
struct Received {
    tally: Tally,
    bytes: Bytes,
}

pub(crate) async fn idle(
    options: &Options,
    count: NonZero<u32>,
    events: u64,
    time: Duration,
) -> Result<Report> {
    let config = config(options)?;
    let received = Rc::new(RefCell::new(Received::default()));
    let shard = |number, arrivals| {
        let shard = Shard::with_config(ShardId::new(number, count.get()), config.clone());
        keep(shard, arrivals, Rc::clone(&received))
    };
    let open = || _ = received.take();
    let held = hold(count, events, time, shard, open).await?;
    let Received { tally, bytes } = received.take();
    let report = Report::new(
        Peer::GLOAMING,
        "idle",
        options.compression,
        &held.cost,
        bytes,
        tally,
    );
    Ok(report.with_idle(held.idle))
}

/// Keeps a shard until it ends, and returns the reason.
async fn keep(mut shard: Shard, mut arrivals: Arrivals, received: Rc<RefCell<Received>>) -> Error {
    let end = shard.next_with(|incoming| match incoming {
        Incoming::Payload(payload) => {
            match payload.kind() {
                Some(DispatchKind::Ready) => arrivals.ready(),
                Some(_) => arrivals.event(),
                None => {}
            }
            let mut received = received.borrow_mut();
            *received.bytes.inflated.get_or_insert(0) += payload.text().len() as u64;
            received
                .tally
                .payload(payload.op(), payload.kind(), || payload.name());
            None
        }
        Incoming::Lifecycle(event) => lost(&event),
        Incoming::Failure(error) => Some(error.into()),
        _ => None,
    });
    end.await.unwrap_or_else(|| STOPPED.into())
}
