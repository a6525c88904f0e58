//! The events that a client received.

use std::{
    collections::{HashMap, HashSet},
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::Deserialize;
use tokio::time::Instant;

/// The number of characters of an error that are kept: some errors contain a whole message.
const MAX_ERROR_CHARS: usize = 60;

/// The events and the last error of a client. It outlives the client, even if that panics.
#[derive(Debug, Default)]
pub(crate) struct EventLog(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// Sequence numbers, by the id of their session.
    sequences: HashMap<String, HashSet<u64>>,
    last: Option<Instant>,
    error: Option<String>,
}

/// The part of a message that is read.
#[derive(Deserialize)]
struct Envelope {
    s: Option<u64>,
}

impl EventLog {
    /// Records a message of this session.
    pub(crate) fn message(&self, now: Instant, session: Option<&str>, json: &str) {
        let envelope = serde_json::from_str::<Envelope>(json);
        let (Some(session), Ok(Envelope { s: Some(sequence) })) = (session, envelope) else {
            return;
        };
        let mut entries = self.lock();
        entries.last = Some(now);
        match entries.sequences.get_mut(session) {
            Some(sequences) => _ = sequences.insert(sequence),
            None => {
                let first = HashSet::from([sequence]);
                entries.sequences.insert(session.to_owned(), first);
            }
        }
    }

    /// Records an error of the client.
    pub(crate) fn error(&self, error: &dyn Display) {
        let text = error.to_string().chars().take(MAX_ERROR_CHARS).collect();
        self.lock().error = Some(text);
    }

    /// Returns when the client received the last dispatch.
    pub(crate) fn last_event(&self) -> Option<Instant> {
        self.lock().last
    }

    /// Returns the last error.
    pub(crate) fn last_error(&self) -> Option<String> {
        self.lock().error.clone()
    }

    /// Returns how many dispatches of a session up to `last` were not received.
    pub(crate) fn missing(&self, session: &str, last: u64) -> u64 {
        match self.lock().sequences.get(session) {
            Some(received) => (1..=last).filter(|it| !received.contains(it)).count() as u64,
            None => last,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // No method panics between two changes, so that the entries are consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_events_count_once_and_other_messages_do_not_count() {
        let log = EventLog::default();
        let now = crate::clock::now();
        for json in [
            r#"{"op":0,"s":1,"t":"READY","d":{}}"#,
            r#"{"t":"TYPING_START","d":{"s":9},"s":3,"op":0}"#,
            r#"{"op":0,"s":3,"t":"TYPING_START","d":{}}"#,
            r#"{"op":11,"s":null,"t":null,"d":null}"#,
        ] {
            log.message(now, Some("one"), json);
        }
        assert_eq!(log.missing("one", 4), 2, "2 and 4");
        assert_eq!(log.missing("other", 4), 4);
        assert_eq!(log.last_event(), Some(now));
    }
}
