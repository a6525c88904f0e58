//! What the program prints to standard error: a line for each client that comes or goes, and the log.

use std::io;

use tracing::Metadata;
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::filter_fn, fmt, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::options::ClientLines;

/// The target of the lines in the library.
const CLIENTS: &str = "gloaming_emulator::clients";

/// Prints the lines of clients without time and level, and everything else as `RUST_LOG` says.
pub(crate) fn init(lines: ClientLines) {
    let is_printed = lines == ClientLines::Printed;
    let clients = fmt::layer()
        .without_time()
        .with_level(false)
        .with_target(false)
        .with_ansi(false)
        .with_writer(io::stderr)
        .with_filter(filter_fn(move |metadata| {
            is_printed && is_of_clients(metadata)
        }));
    let log = fmt::layer()
        .with_writer(io::stderr)
        .with_filter(filter_fn(|metadata| !is_of_clients(metadata)))
        .with_filter(EnvFilter::from_default_env());
    tracing_subscriber::registry()
        .with(clients)
        .with(log)
        .init();
}

fn is_of_clients(metadata: &Metadata<'_>) -> bool {
    metadata.target() == CLIENTS
}
