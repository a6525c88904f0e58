//! One client's connection.

use std::{io, num::NonZero, time::Duration};

use gloaming_bench::{now, shared_clock_ns};
use gloaming_protocol::{OpCode, Payload};
use gloaming_test_support::wire::{CLOSE, close_frame, read_frame, upgrade};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    time::sleep_until,
};

use super::{crowd::Crowds, prepared::Prepared};

/// As large as a busy server's writes.
const WRITE_BYTES: usize = 128 * 1024;

/// The client handles the GUILD_CREATEs first.
const PAUSE: Duration = Duration::from_millis(500);

/// The same for many clients in one process, which valgrind runs, and for the dispatches before.
const CROWD_PAUSE: Duration = Duration::from_secs(15);

/// How the dispatches are sent, and what follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pace {
    /// As fast as the client reads, and then a close frame.
    ThenClose,
    /// As fast as the client reads, and then nothing.
    ThenHold,
    /// As many per second, and then a close frame.
    PerSecond(NonZero<u32>),
    /// `before` of them at once, the others per second once as many clients are there, and then nothing.
    Steady {
        before: usize,
        per_second: NonZero<u32>,
        clients: NonZero<u32>,
    },
}

/// A connection with or without TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

pub(crate) async fn serve(
    mut stream: impl Stream,
    prepared: &Prepared,
    crowds: &Crowds,
) -> io::Result<()> {
    let request = upgrade(&mut stream).await?;
    let (events, pace) = wanted(&request).ok_or_else(|| {
        io::Error::other(
            "the path is not /N/close, /N/hold, /N/paced/RATE or /N/steady/BEFORE/RATE/CLIENTS",
        )
    })?;
    let bytes = prepared
        .dispatches(events)
        .ok_or_else(|| io::Error::other("N is larger than --events"))?;
    write(&mut stream, prepared.hello()).await?;
    until_identify(&mut stream).await?;
    let mut written = None;
    match pace {
        Pace::ThenClose | Pace::ThenHold => write(&mut stream, bytes).await?,
        Pace::PerSecond(rate) => {
            write(&mut stream, prepared.prelude()).await?;
            let frames = prepared.frames(events);
            written = Some(paced(&mut stream, frames, rate, PAUSE).await?);
        }
        Pace::Steady {
            before,
            per_second,
            clients,
        } => {
            write(&mut stream, prepared.prelude()).await?;
            let mut frames = prepared.frames(events);
            for frame in frames.by_ref().take(before) {
                write(&mut stream, frame).await?;
            }
            let interval = Duration::from_secs(1) / per_second.get();
            let pause = CROWD_PAUSE + crowds.gather(clients, interval).await;
            paced(&mut stream, frames, per_second, pause).await?;
        }
    }
    if matches!(pace, Pace::ThenClose | Pace::PerSecond(_)) {
        write(&mut stream, &close_frame(1000, "")).await?;
    }
    // After the close frame, since the line may be read only when the client has ended.
    if let Some(written) = written {
        println!("{}", serde_json::to_string(&written)?);
    }
    until_end(&mut stream).await;
    Ok(())
}

async fn write(stream: &mut impl Stream, bytes: &[u8]) -> io::Result<()> {
    for chunk in bytes.chunks(WRITE_BYTES) {
        stream.write_all(chunk).await?;
    }
    // With TLS, a part may not be written to the socket yet.
    stream.flush().await
}

/// Writes each frame at its time, the first after a pause, and returns when each was written.
async fn paced<'a>(
    stream: &mut impl Stream,
    frames: impl Iterator<Item = &'a [u8]>,
    rate: NonZero<u32>,
    pause: Duration,
) -> io::Result<Vec<u64>> {
    let start = now() + pause;
    let mut written = Vec::new();
    for (number, frame) in (0..).zip(frames) {
        let at = start + Duration::from_secs(1) / rate.get() * number;
        sleep_until(at.into()).await;
        written.extend(shared_clock_ns());
        write(stream, frame).await?;
    }
    Ok(written)
}

fn wanted(request: &str) -> Option<(usize, Pace)> {
    let target = request.split(' ').nth(1)?;
    let mut segments = target.split(['/', '?']).skip(1);
    let events = segments.next()?.parse().ok()?;
    let pace = match segments.next()? {
        "close" => Pace::ThenClose,
        "hold" => Pace::ThenHold,
        "paced" => Pace::PerSecond(segments.next()?.parse().ok()?),
        "steady" => Pace::Steady {
            before: segments.next()?.parse().ok()?,
            per_second: segments.next()?.parse().ok()?,
            clients: segments.next()?.parse().ok()?,
        },
        _ => return None,
    };
    Some((events, pace))
}

async fn until_identify(stream: &mut impl Stream) -> io::Result<()> {
    loop {
        let (_, payload) = read_frame(stream).await?;
        let text = str::from_utf8(&payload).unwrap_or_default();
        if Payload::parse(text).is_ok_and(|payload| payload.op() == OpCode::Identify) {
            return Ok(());
        }
    }
}

/// Reads what the client sends until it ends the connection.
async fn until_end(stream: &mut impl Stream) {
    while let Ok((opcode, _)) = read_frame(stream).await {
        if opcode == CLOSE {
            return;
        }
    }
}
