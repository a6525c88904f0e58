//! Measures what receiving with twilight-gateway 0.18 costs.

mod idle;
mod parallel;
mod receive;

use std::process::ExitCode;

use gloaming_bench::{How, Mode, Options, Peer, Report, Result, compression_name, main_of};
use gloaming_protocol::Compression;
use tokio::{runtime, task::LocalSet};
use twilight_gateway::{Config, ConfigBuilder};
use twilight_gateway_queue::Queue;

const PEER: Peer = Peer {
    name: "twilight-gateway",
    version: "0.18.0",
};

/// twilight-gateway chooses it when it is compiled.
const COMPRESSION: Compression = if cfg!(feature = "zstd") {
    Compression::ZstdStream
} else if cfg!(feature = "zlib") {
    Compression::ZlibStream
} else {
    Compression::None
};

fn main() -> ExitCode {
    main_of(
        "gloaming-bench-twilight",
        &[How::Raw, How::Filter, How::Typed],
        measure,
    )
}

/// Uses one thread, so that no CPU time is spent on passing work between threads.
fn measure(options: &Options) -> Result<Report> {
    // twilight-gateway takes the provider of the process, and there may be several in the tree.
    #[cfg(feature = "rustls")]
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "a provider of rustls is installed")?;
    if options.compression != COMPRESSION {
        let name = compression_name(COMPRESSION);
        return Err(format!("this program was compiled for --compress {name}").into());
    }
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match options.mode {
        Mode::Idle {
            shards,
            events,
            hold,
        } => LocalSet::new().block_on(&runtime, idle::idle(options, shards, events, hold)),
        Mode::Parallel {
            shards,
            events,
            threads,
        } => parallel::receive(options, shards, events, threads),
        Mode::Receive { how, sent } => runtime.block_on(receive::receive(options, how, sent)),
    }
}

/// Returns a configuration that connects to the URL without an identify queue.
fn config(options: &Options) -> Config<Unlimited> {
    ConfigBuilder::new(options.token.clone(), options.intents)
        .proxy_url(options.url.clone())
        .queue(Unlimited)
        .build()
}

/// A queue that grants every permit at once.
#[derive(Clone, Copy, Debug)]
struct Unlimited;

impl Queue for Unlimited {
    fn enqueue(&self, _: u32) -> tokio::sync::oneshot::Receiver<()> {
        let (grant, permit) = tokio::sync::oneshot::channel();
        // It fails if the shard no longer waits.
        _ = grant.send(());
        permit
    }
}
