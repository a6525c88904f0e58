//! An attack that goes on, and what it costs the shard.

use crate::{
    Encoder, Reached, Setup,
    limits::TOKEN,
    peer::{Peer, event, ready},
    usage,
};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{
    ConfigBuilder, DecoderLimits, EventTypeFlags, Intents, Shard, ShardId, tls::Tls,
};
use gloaming_test_support::{
    Logs,
    wire::{CLOSE, read_frame, read_request, upgrade},
};
use std::{
    fmt::{self, Display, Formatter},
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};
use tokio::{
    io::{AsyncWriteExt as _, split},
    net::{TcpListener, TcpStream},
    runtime,
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};
use tracing::Level;

/// The bytes that are written at once.
const BATCH_BYTES: usize = 32 * 1024;

/// How often another task of the shard's runtime wants to run.
const TICK: Duration = Duration::from_millis(10);

/// An attack that goes on.
#[derive(Clone, Copy, Debug)]
pub struct Flood {
    /// What is sent, in words.
    pub name: &'static str,
    /// How the shard connects. Only without TLS.
    pub setup: Setup,
    /// What the server does on each connection.
    pub kind: FloodKind,
    /// What it may cost.
    pub bounds: Bounds,
}

/// What the server does on each connection, and on the next one if the shard leaves.
#[derive(Clone, Copy, Debug)]
pub enum FloodKind {
    /// It goes on sending frames, from this point on. The number is that of the frame on the connection, from 0.
    Frames(Reached, fn(&mut Encoder, u64) -> Vec<u8>),
    /// It sends these bytes at this point, and ends the connection when the shard has left, or after a second.
    Connections(Reached, fn(&mut Encoder) -> Vec<u8>),
}

/// What a flood may cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The share of one core, in percent.
    pub cpu_percent: f64,
    /// The growth of the process, in MiB. It includes the server, which needs little.
    pub memory_mib: u64,
    /// What is logged within 10 s, in bytes.
    pub log_bytes: u64,
    /// The connections of the first minute, which are the most of any minute.
    pub connections: u64,
    /// The longest CPU time of the shard between two turns of another task of its runtime.
    pub stall: Duration,
}

/// What a flood cost.
#[derive(Clone, Debug)]
pub struct Measured {
    /// How long it was measured.
    pub time: Duration,
    /// The bytes that the server wrote.
    pub sent_bytes: u64,
    /// The CPU time of the shard's thread, if the system tells.
    pub cpu: Option<Duration>,
    /// The growth of the process until its peak, in MiB, if the system tells.
    pub memory_mib: Option<u64>,
    /// The bytes that were logged, at the level of information.
    pub log_bytes: u64,
    /// The connections that the shard made.
    pub connections: u64,
    /// The heartbeats that arrived.
    pub heartbeats: u64,
    /// The longest CPU time of the shard between two turns of another task of its runtime. Zero if the system does not
    /// tell.
    pub stall: Duration,
}

#[derive(Debug, Default)]
struct Counters {
    sent_bytes: AtomicU64,
    connections: AtomicU64,
    heartbeats: AtomicU64,
}

/// Runs a flood for that long. Blocks the thread.
///
/// # Errors
///
/// Fails if loopback is not available.
pub fn measure(flood: &Flood, time: Duration) -> io::Result<Measured> {
    let counters = Arc::new(Counters::default());
    let server = runtime()?;
    let listener = server.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let url = format!("ws://{}", listener.local_addr()?);
    let (flood_of_server, counters_of_server) = (*flood, Arc::clone(&counters));
    let url_of_server: Arc<str> = url.as_str().into();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = thread::spawn(move || {
        server.block_on(async {
            tokio::select! {
                () = serve(listener, flood_of_server, url_of_server, counters_of_server) => {}
                _ = stopped => {}
            }
        });
    });
    usage::reset_peak();
    let before = usage::memory();
    let setup = flood.setup;
    let shard = thread::spawn(move || run_shard(&url, setup, time));
    let ran = shard.join();
    let after = usage::peak_memory();
    drop(stop);
    _ = serving.join();
    let ran = ran.map_err(|_| io::Error::other("the shard panicked"))??;
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Ok(Measured {
        time,
        sent_bytes: read(&counters.sent_bytes),
        cpu: ran.cpu,
        memory_mib: before
            .zip(after)
            .map(|(before, after)| after.saturating_sub(before) / 1024),
        log_bytes: ran.log_bytes,
        connections: read(&counters.connections),
        heartbeats: read(&counters.heartbeats),
        stall: ran.stall,
    })
}

impl Measured {
    /// Returns each bound that was exceeded, in words.
    #[must_use]
    pub fn problems(&self, bounds: &Bounds) -> Vec<String> {
        let mut problems = Vec::new();
        let periods = self.time.as_secs().div_ceil(10).max(1);
        let log_bytes = bounds.log_bytes * periods;
        if let Some(percent) = self.cpu_percent()
            && percent > bounds.cpu_percent
        {
            problems.push(format!(
                "{percent:.0} % of a core, over {:.0}",
                bounds.cpu_percent
            ));
        }
        if let Some(mib) = self.memory_mib
            && mib > bounds.memory_mib
        {
            problems.push(format!("{mib} MiB, over {}", bounds.memory_mib));
        }
        if self.log_bytes > log_bytes {
            problems.push(format!("{} B logged, over {log_bytes}", self.log_bytes));
        }
        if self.connections > bounds.connections {
            problems.push(format!(
                "{} connections, over {}",
                self.connections, bounds.connections
            ));
        }
        if self.stall > bounds.stall {
            problems.push(format!(
                "no other task ran during {:?} of CPU time, over {:?}",
                self.stall, bounds.stall
            ));
        }
        problems
    }

    fn cpu_percent(&self) -> Option<f64> {
        Some(self.cpu?.as_secs_f64() / self.time.as_secs_f64() * 100.0)
    }
}

impl Display for Measured {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mib_sent = self.sent_bytes as f64 / 1048576.0;
        write!(f, "{mib_sent:8.1} MiB sent, ")?;
        match self.cpu_percent() {
            Some(percent) => write!(f, "{percent:5.1} % CPU, ")?,
            None => f.write_str("    ? % CPU, ")?,
        }
        match self.memory_mib {
            Some(mib) => write!(f, "{mib:4} MiB, ")?,
            None => f.write_str("   ? MiB, ")?,
        }
        write!(
            f,
            "{:6} B logged, {:3} connections, {:3} heartbeats, {:4} ms stall",
            self.log_bytes,
            self.connections,
            self.heartbeats,
            self.stall.as_millis()
        )
    }
}

/// What the shard's thread measured.
struct Ran {
    cpu: Option<Duration>,
    log_bytes: u64,
    stall: Duration,
}

/// Runs a shard with the default waits in this thread, beside a task that wants to run every few milliseconds.
fn run_shard(url: &str, setup: Setup, time: Duration) -> io::Result<Ran> {
    let (logs, _guard) = Logs::capture(Level::INFO);
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .gateway_url(url)
        .tls(Tls::plain())
        .queue(UnlimitedQueue)
        .compression(setup.compression)
        .json_parser(setup.parser)
        .decoder_limits(DecoderLimits::default())
        .build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    let before = usage::cpu_of_this_thread();
    let stall = runtime()?.block_on(async {
        let consuming = async { while shard.next_item(EventTypeFlags::all()).await.is_some() {} };
        let mut stall = Duration::ZERO;
        tokio::select! {
            () = watch(&mut stall) => {}
            () = async { tokio::join!(consuming, sleep(time)); } => {}
            () = sleep(time) => {}
        }
        stall
    });
    let after = usage::cpu_of_this_thread();
    Ok(Ran {
        cpu: before
            .zip(after)
            .map(|(before, after)| after.saturating_sub(before)),
        log_bytes: logs.text().len() as u64,
        stall,
    })
}

/// Keeps the longest CPU time that the thread used between two turns of this task: other programs of a busy machine do not
/// count. Never returns.
async fn watch(stall: &mut Duration) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let used = || usage::cpu_of_this_thread().unwrap_or_default();
    let mut last = used();
    loop {
        ticks.tick().await;
        let current = used();
        *stall = (*stall).max(current.saturating_sub(last));
        last = current;
    }
}

fn runtime() -> io::Result<runtime::Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}

/// Floods every connection. Never returns.
async fn serve(listener: TcpListener, flood: Flood, url: Arc<str>, counters: Arc<Counters>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        counters.connections.fetch_add(1, Ordering::Relaxed);
        let (url, counters) = (Arc::clone(&url), Arc::clone(&counters));
        connections.spawn(async move { attack(stream, flood, &url, &counters).await });
        while connections.try_join_next().is_some() {}
    }
}

/// Ends with an error when the shard leaves.
async fn attack(stream: TcpStream, flood: Flood, url: &str, counters: &Counters) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (reached, frames) = match flood.kind {
        FloodKind::Frames(reached, frames) => (reached, Ok(frames)),
        FloodKind::Connections(reached, bytes) => (reached, Err(bytes)),
    };
    let mut peer = Peer {
        stream: Box::new(stream),
        encoder: Encoder::new(flood.setup.compression),
    };
    if reached == Reached::Handshake {
        read_request(&mut *peer.stream).await?;
    } else {
        upgrade(&mut *peer.stream).await?;
    }
    if matches!(reached, Reached::Identified | Reached::Active) {
        // A short interval, so that a missing heartbeat shows.
        peer.send(r#"{"op":10,"d":{"heartbeat_interval":1000}}"#)
            .await?;
        let op = peer.identify_or_resume().await?;
        match (reached, op) {
            (Reached::Active, 6) => {
                peer.send(r#"{"t":"RESUMED","s":null,"op":0,"d":{}}"#)
                    .await?
            }
            (Reached::Active, _) => {
                peer.send(&ready(url)).await?;
                peer.send(&event("2", 2)).await?;
            }
            _ => {}
        }
    }
    match frames {
        Ok(frames) => go_on(peer, frames, counters).await,
        Err(bytes) => {
            let bytes = bytes(&mut peer.encoder);
            peer.write(&bytes).await?;
            counters
                .sent_bytes
                .fetch_add(bytes.len() as u64, Ordering::Relaxed);
            tokio::select! {
                () = peer.departed() => {}
                () = sleep(Duration::from_secs(1)) => {}
            }
            Ok(())
        }
    }
}

/// Sends frames as fast as the shard reads, and acknowledges its heartbeats.
async fn go_on(
    peer: Peer,
    frames: fn(&mut Encoder, u64) -> Vec<u8>,
    counters: &Counters,
) -> io::Result<()> {
    let Peer {
        stream,
        mut encoder,
    } = peer;
    let (mut reader, mut writer) = split(stream);
    let unanswered = AtomicU64::new(0);
    let reading = async {
        loop {
            let (opcode, payload) = read_frame(&mut reader).await?;
            if opcode == CLOSE {
                return io::Result::<()>::Err(io::ErrorKind::ConnectionAborted.into());
            }
            if payload.starts_with(br#"{"op":1,"#) {
                unanswered.fetch_add(1, Ordering::Relaxed);
                counters.heartbeats.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let writing = async {
        let mut number = 0;
        loop {
            let mut batch = Vec::with_capacity(BATCH_BYTES * 2);
            while batch.len() < BATCH_BYTES {
                batch.extend(frames(&mut encoder, number));
                number += 1;
            }
            for _ in 0..unanswered.swap(0, Ordering::Relaxed) {
                batch.extend(encoder.frame(br#"{"op":11,"d":null}"#));
            }
            writer.write_all(&batch).await?;
            counters
                .sent_bytes
                .fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
    };
    tokio::select! {
        read = reading => read,
        written = writing => written,
    }
}
