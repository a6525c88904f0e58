//! A line for each client that comes or goes, logged at info level under a target of its own, so that the program can
//! print these lines alone. They contain shards, counts and codes, and nothing that a client sent as text.

use std::fmt::{self, Display, Formatter};

/// The target of the lines.
const TARGET: &str = "gloaming_emulator::clients";

/// What ended a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    /// The client sent a close frame with this code, or dropped the connection.
    Client(Option<u16>),
    /// The gateway closed or dropped it before.
    Gateway,
}

/// What becomes of the session of a connection that ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SessionOutcome {
    /// The client can resume it for some time.
    Resumable,
    Ended,
    /// The connection had none, or lost it before.
    None,
}

pub(super) fn identified(shard: [u32; 2], guilds: usize) {
    tracing::info!(target: TARGET, "{}: identified, with {guilds} guilds", Client(Some(shard)));
}

pub(super) fn resumed(shard: [u32; 2], replayed: u64) {
    tracing::info!(target: TARGET, "{}: resumed, with {replayed} events sent again", Client(Some(shard)));
}

pub(super) fn resume_failed(shard: Option<[u32; 2]>) {
    tracing::info!(target: TARGET, "{}: failed to resume a session, which has ended or lacks events", Client(shard));
}

pub(super) fn broke_rule(shard: Option<[u32; 2]>, rule: &str, detail: &str) {
    tracing::info!(target: TARGET, "{}: broke rule {rule}: {detail}", Client(shard));
}

pub(super) fn noted(shard: Option<[u32; 2]>, rule: &str, detail: &str) {
    tracing::info!(target: TARGET, "{}: note on rule {rule}: {detail}", Client(shard));
}

pub(super) fn disconnected(shard: Option<[u32; 2]>, end: End, session: SessionOutcome) {
    tracing::info!(target: TARGET, "{}: disconnected {end}{session}", Client(shard));
}

/// The shard of a client, if it has said which it is.
struct Client(Option<[u32; 2]>);

impl Display for Client {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some([number, total]) => write!(f, "shard {number} of {total}"),
            None => f.write_str("a client that has not identified"),
        }
    }
}

impl Display for End {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(Some(code)) => write!(f, "with close code {code}"),
            Self::Client(None) => f.write_str("without a close code"),
            Self::Gateway => f.write_str("by the emulator"),
        }
    }
}

impl Display for SessionOutcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resumable => "; its session can be resumed",
            Self::Ended => "; its session has ended",
            Self::None => "",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_displayed_in_words() {
        for (end, session, text) in [
            (
                End::Client(Some(1000)),
                SessionOutcome::Ended,
                "with close code 1000; its session has ended",
            ),
            (
                End::Client(None),
                SessionOutcome::Resumable,
                "without a close code; its session can be resumed",
            ),
            (End::Gateway, SessionOutcome::None, "by the emulator"),
        ] {
            assert_eq!(format!("{end}{session}"), text);
        }
        assert_eq!(Client(Some([3, 16])).to_string(), "shard 3 of 16");
    }
}
