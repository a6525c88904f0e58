//! Receives from READY to the close frame.

use std::num::NonZero;

use futures_util::StreamExt as _;
use gloaming_bench::{Bytes, How, LOST, Options, Report, Result, STOPPED, Tally, Window};
use gloaming_protocol::{DispatchKind, OpCode};
use twilight_gateway::{
    CloseFrame, EventTypeFlags, Message, Shard, ShardId, StreamExt as _,
    error::{ReceiveMessageError, ReceiveMessageErrorType},
};
use twilight_gateway_queue::Queue;
use twilight_model::gateway::event::Event;

use crate::{PEER, config};

pub(crate) async fn receive(options: &Options, how: How, sent: NonZero<u64>) -> Result<Report> {
    let mut shard = Shard::with_config(ShardId::ONE, config(options));
    until_ready(&mut shard).await?;
    let (window, mut tally) = (Window::open(), Tally::timed(options.is_timed));
    match how {
        How::Raw => raw(&mut shard, &mut tally).await?,
        How::Filter => typed(&mut shard, EventTypeFlags::MESSAGE_CREATE, &mut tally).await?,
        _ => typed(&mut shard, EventTypeFlags::all(), &mut tally).await?,
    }
    let cost = window.close();
    let bytes = Bytes::default();
    let report = Report::new(PEER, how.name(), options.compression, &cost, bytes, tally);
    Ok(report.with_sent(sent.get()))
}

async fn until_ready<Q: Queue + Unpin>(shard: &mut Shard<Q>) -> Result<()> {
    while let Some(message) = shard.next().await {
        match message? {
            Message::Text(text) if text.starts_with(r#"{"t":"READY""#) => return Ok(()),
            Message::Text(_) => {}
            Message::Close(_) => return Err(LOST.into()),
        }
    }
    Err(STOPPED.into())
}

/// Receives owned texts. Only the count of all events is kept, since the name is not read.
async fn raw<Q: Queue + Unpin>(shard: &mut Shard<Q>, tally: &mut Tally) -> Result<()> {
    while let Some(message) = shard.next().await {
        match message? {
            Message::Text(_) => {
                tally.payload(OpCode::Dispatch, Some(DispatchKind::Resumed), || None)
            }
            Message::Close(frame) => return closed(frame.as_ref()),
        }
    }
    Err(STOPPED.into())
}

async fn typed<Q: Queue + Unpin>(
    shard: &mut Shard<Q>,
    wanted: EventTypeFlags,
    tally: &mut Tally,
) -> Result<()> {
    while let Some(item) = shard.next_event(wanted).await {
        match item {
            Ok(Event::GatewayClose(frame)) => return closed(frame.as_ref()),
            Ok(event) => tally.event(&event),
            Err(error) => undecoded(error, tally)?,
        }
    }
    Err(STOPPED.into())
}

/// A client that loses its connection may invent a close frame with 1006, which no server sends.
fn closed(frame: Option<&CloseFrame<'_>>) -> Result<()> {
    match frame {
        Some(frame) if frame.code != 1006 => Ok(()),
        _ => Err(LOST.into()),
    }
}

/// Counts an event that does not match its type. Any other error ends the measurement.
pub(crate) fn undecoded(error: ReceiveMessageError, tally: &mut Tally) -> Result<()> {
    match error.kind() {
        ReceiveMessageErrorType::Deserializing { .. } => {
            tally.errors += 1;
            Ok(())
        }
        _ => Err(error.into()),
    }
}
