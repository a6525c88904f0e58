//! Receives from READY to the close frame.

use crate::{config, through_cluster, views};
use gloaming::{
    CloseFrame, DispatchKind, Event, EventTypeFlags, Incoming, ReceiveMessageError, Shard, ShardId,
    ShardRuntime, StreamExt as _,
    error::ReceiveMessageErrorKind,
    machine::{DisconnectCause, Lifecycle},
    protocol::{Payload, view::ViewError},
};
use gloaming_bench::{Bytes, How, LOST, Options, Peer, Report, Result, STOPPED, Tally, Window};
use gloaming_protocol::{Disposition, disposition_of};
use std::num::NonZero;

pub(crate) async fn receive(options: &Options, how: How, sent: NonZero<u64>) -> Result<Report> {
    let report = match how {
        How::Cluster => through_cluster::receive(options, how, ShardRuntime::dedicated()?).await?,
        How::ClusterCurrent => {
            through_cluster::receive(options, how, ShardRuntime::current()).await?
        }
        _ => by_shard(options, how).await?,
    };
    Ok(report.with_sent(sent.get()))
}

async fn by_shard(options: &Options, how: How) -> Result<Report> {
    let mut shard = Shard::with_config(ShardId::ONE, config(options)?);
    until_ready(&mut shard).await?;
    let (window, before) = (Window::open(), shard.traffic());
    let mut tally = Tally::timed(options.is_timed);
    match how {
        How::Raw => raw(&mut shard, &mut tally).await?,
        How::Borrowed => borrowed(&mut shard, &mut tally, |_| Ok(())).await?,
        How::Views => borrowed(&mut shard, &mut tally, views::read).await?,
        How::Filter => typed(&mut shard, EventTypeFlags::MESSAGE_CREATE, &mut tally).await?,
        _ => typed(&mut shard, EventTypeFlags::all(), &mut tally).await?,
    }
    let (cost, after) = (window.close(), shard.traffic());
    let bytes = Bytes {
        inflated: Some(after.inflated_bytes - before.inflated_bytes),
        wire: Some(after.received_bytes - before.received_bytes),
    };
    Ok(Report::new(
        Peer::GLOAMING,
        how.name(),
        options.compression,
        &cost,
        bytes,
        tally,
    ))
}

async fn until_ready(shard: &mut Shard) -> Result<()> {
    let ready = shard.next_with(|incoming| match incoming {
        Incoming::Payload(payload) => (payload.kind() == Some(DispatchKind::Ready)).then(|| Ok(())),
        Incoming::Lifecycle(event) => Some(Err(lost(&event)?)),
        Incoming::Failure(error) => Some(Err(error.into())),
        _ => None,
    });
    ready.await.unwrap_or_else(|| Err(STOPPED.into()))
}

/// Like `Shard::next_payload`, but stops at the close frame.
async fn raw(shard: &mut Shard, tally: &mut Tally) -> Result<()> {
    loop {
        let next = shard.next_with(|incoming| match incoming {
            Incoming::Payload(payload) => Some(Ok(Some(payload.to_owned_payload()))),
            Incoming::Lifecycle(event) => end(&event).map(|end| end.map(|()| None)),
            Incoming::Failure(error) => Some(Err(error.into())),
            _ => None,
        });
        match next.await.ok_or(STOPPED)?? {
            Some(payload) => tally.payload(payload.op(), payload.kind(), || payload.name()),
            None => return Ok(()),
        }
    }
}

async fn borrowed(
    shard: &mut Shard,
    tally: &mut Tally,
    read: impl Fn(&Payload<'_>) -> std::result::Result<(), ViewError>,
) -> Result<()> {
    let end = shard.next_with(|incoming| match incoming {
        Incoming::Payload(payload) => {
            match read(payload) {
                Ok(()) => tally.payload(payload.op(), payload.kind(), || payload.name()),
                Err(_) => tally.errors += 1,
            }
            None
        }
        Incoming::Lifecycle(event) => end(&event),
        Incoming::Failure(error) => Some(Err(error.into())),
        _ => None,
    });
    end.await.ok_or(STOPPED)?
}

async fn typed(shard: &mut Shard, wanted: EventTypeFlags, tally: &mut Tally) -> Result<()> {
    while let Some(item) = shard.next_event(wanted).await {
        match item {
            Ok(Event::GatewayClose(Some(CloseFrame { code: 1006, .. }))) => {
                return Err(LOST.into());
            }
            Ok(Event::GatewayClose(_)) => return Ok(()),
            Ok(event) => tally.event(&event),
            Err(error) => undecoded(error, tally)?,
        }
    }
    Err(STOPPED.into())
}

/// Counts an event that was not delivered as a typed one. Any other error ends the measurement.
pub(crate) fn undecoded(error: ReceiveMessageError, tally: &mut Tally) -> Result<()> {
    match error.kind() {
        ReceiveMessageErrorKind::UnknownEvent(event) => {
            tally.payload(event.op(), event.kind(), || event.name());
            Ok(())
        }
        ReceiveMessageErrorKind::Deserializing { .. } => {
            tally.errors += 1;
            Ok(())
        }
        _ => Err(error.into()),
    }
}

/// Returns the end of the window, if there is one: a close frame ends it successfully.
fn end(event: &Lifecycle) -> Option<Result<()>> {
    match event {
        Lifecycle::Disconnected {
            cause: DisconnectCause::Closed { .. },
            ..
        } => Some(Ok(())),
        Lifecycle::Disconnected { .. } => Some(Err(LOST.into())),
        _ => None,
    }
}

/// Returns an error if a connection has ended that was to be kept.
pub(crate) fn lost(event: &Lifecycle) -> Option<Box<dyn std::error::Error>> {
    let Lifecycle::Disconnected { cause, .. } = event else {
        return None;
    };
    Some(match cause {
        // The failure that is reported with it contains the cause.
        DisconnectCause::ConnectFailed | DisconnectCause::ConnectTimeout => return None,
        DisconnectCause::Closed { code } if disposition_of(*code) == Disposition::Fatal => {
            return None;
        }
        DisconnectCause::SessionInvalid { .. } => "the server declared a session invalid; \
             it may not allow this many identifies at once"
            .into(),
        DisconnectCause::Closed { code: Some(code) } => {
            format!("the server closed a connection with {code}").into()
        }
        DisconnectCause::Zombie => "the server did not acknowledge a heartbeat".into(),
        DisconnectCause::ReconnectRequested => "the server asked to reconnect".into(),
        _ => "a connection was lost".into(),
    })
}
