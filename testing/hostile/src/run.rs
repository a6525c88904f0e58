//! Runs a case, and checks what must hold after any attack.

use crate::{
    Case, Reaction, Setup, Then,
    clock::{now, within},
    limits::{PATIENCE, TOKEN},
    peer::{END, MARKER},
    server::Server,
};
use gloaming_shard::{Event, EventTypeFlags, Item, Shard, ShardId};
use gloaming_test_support::{Logs, tls::Authority};
use std::{
    fmt::{self, Display, Formatter},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::runtime;
use tracing::Level;

/// The most connections that a shard makes until it is ready again: the one that is attacked, two tries to resume, and two
/// for what an attack on the session costs.
const MAX_CONNECTIONS: u32 = 5;

/// The most that a shard logs about one attack, in bytes.
const MAX_LOG_BYTES: usize = 8 * 1024;

/// What a case cost.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The connections that the shard made.
    pub connections: u32,
    /// The bytes that the shard logged, at the level of information.
    pub log_bytes: usize,
    /// The time from the start of the shard until it received the event after the attack, or stopped.
    pub elapsed: Duration,
}

/// What the consumer of the shard saw.
#[derive(Debug, Default)]
struct Seen {
    markers: u32,
    has_ended: bool,
    has_stopped: bool,
    is_fatal: bool,
    /// The last failure, for a report.
    failure: Option<String>,
}

/// Plays a case against a shard, on a runtime of its own in this thread.
///
/// # Errors
///
/// Returns what does not hold.
pub fn run(setup: Setup, case: &Case, authority: &Authority) -> Result<Outcome, String> {
    // Logs are captured per thread.
    let (logs, _guard) = Logs::capture(Level::INFO);
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let start = now();
    let (seen, connections) = runtime.block_on(play(setup, case, authority))?;
    let outcome = Outcome {
        connections,
        log_bytes: logs.text().len(),
        elapsed: now() - start,
    };
    check(case, &seen, &outcome, &logs).map_err(|problem| {
        let failure = seen.failure.as_deref().unwrap_or("none");
        format!("{problem}; {outcome}; last failure: {failure}")
    })?;
    Ok(outcome)
}

async fn play(setup: Setup, case: &Case, authority: &Authority) -> Result<(Seen, u32), String> {
    let server = Server::listen(setup, authority)
        .await
        .map_err(|error| error.to_string())?;
    let connections = Arc::clone(&server.connections);
    let config = setup.config(&server.url, &authority.root).build();
    let serving = tokio::spawn(server.play(case.clone()));
    let mut shard = Shard::with_config(ShardId::ONE, config);
    let mut seen = Seen::default();
    let finished = within(PATIENCE, consume(&mut shard, &mut seen)).await;
    let connections = connections.load(Ordering::Relaxed);
    drop(shard);
    serving.abort();
    match finished {
        Some(()) => Ok((seen, connections)),
        None => Err(format!(
            "the shard is not ready again in {} s, after {connections} connections: {seen:?}",
            PATIENCE.as_secs()
        )),
    }
}

/// Takes items until the events after the attack have arrived, or the shard stops.
async fn consume(shard: &mut Shard, seen: &mut Seen) {
    while let Some(item) = shard.next_item(EventTypeFlags::all()).await {
        match item {
            Item::Event(Event::WebhooksUpdate(update)) if update.channel_id.get() == MARKER => {
                seen.markers += 1;
            }
            Item::Event(Event::WebhooksUpdate(update)) if update.channel_id.get() == END => {
                seen.has_ended = true;
                return;
            }
            Item::Failure(error) => {
                seen.is_fatal |= error.is_fatal();
                seen.failure = Some(error.to_string());
            }
            _ => {}
        }
    }
    seen.has_stopped = true;
}

fn check(case: &Case, seen: &Seen, outcome: &Outcome, logs: &Logs) -> Result<(), String> {
    let expected = match case.reaction {
        Reaction::Stops => seen.has_stopped && seen.is_fatal && outcome.connections == 1,
        Reaction::Stays => seen.has_ended && outcome.connections == 1,
        Reaction::Reconnects => seen.has_ended && outcome.connections > 1,
    };
    if !expected {
        return Err(format!(
            "it should be that it {:?}: {seen:?}",
            case.reaction
        ));
    }
    if seen.has_ended && seen.markers != 1 {
        return Err(format!(
            "the event after the attack arrived {} times",
            seen.markers
        ));
    }
    if outcome.connections > MAX_CONNECTIONS {
        return Err(format!("more than {MAX_CONNECTIONS} connections"));
    }
    if case.then != Then::Wait && case.reaction == Reaction::Stays {
        return Err("no shard can stay on a connection that ends".to_owned());
    }
    let text = logs.text();
    if text.len() > MAX_LOG_BYTES {
        return Err(format!("more than {MAX_LOG_BYTES} bytes in the log"));
    }
    if let Some(line) = text
        .split('\n')
        .find(|line| line.contains(char::is_control))
    {
        return Err(format!("a control character in the log: {line:?}"));
    }
    if text.contains(TOKEN) {
        return Err("the token is in the log".to_owned());
    }
    Ok(())
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} connections, {} B logged, {:.1} s",
            self.connections,
            self.log_bytes,
            self.elapsed.as_secs_f64()
        )
    }
}
