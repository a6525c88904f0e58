//! What a client was given.

use std::{
    collections::{HashMap, HashSet},
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::Deserialize;
use tokio::time::Instant;

/// Of what a client says went wrong, so much is kept.
const LONGEST: usize = 60;

/// What a client was given, while it runs and after it ended, however it did.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    /// Sequences, by the id of their session.
    sequences: HashMap<String, HashSet<u64>>,
    last: Option<Instant>,
    trouble: Option<String>,
}

/// What a message says of itself; the rest is passed over.
#[derive(Deserialize)]
struct Envelope {
    s: Option<u64>,
}

impl Log {
    /// A message came, of this session.
    pub(crate) fn message(&self, now: Instant, session: Option<&str>, json: &str) {
        let envelope = serde_json::from_str::<Envelope>(json);
        let (Some(session), Ok(Envelope { s: Some(sequence) })) = (session, envelope) else {
            return;
        };
        let mut heard = self.lock();
        heard.last = Some(now);
        match heard.sequences.get_mut(session) {
            Some(sequences) => _ = sequences.insert(sequence),
            None => {
                let first = HashSet::from([sequence]);
                heard.sequences.insert(session.to_owned(), first);
            }
        }
    }

    /// The client said that something went wrong. Only the beginning is kept: some errors hold a whole message.
    pub(crate) fn trouble(&self, what: &dyn Display) {
        let words = what.to_string().chars().take(LONGEST).collect();
        self.lock().trouble = Some(words);
    }

    /// When the last dispatch came.
    pub(crate) fn last(&self) -> Option<Instant> {
        self.lock().last
    }

    /// The last that it said went wrong.
    pub(crate) fn last_trouble(&self) -> Option<String> {
        self.lock().trouble.clone()
    }

    /// How many of a session's dispatches up to `last` never came.
    pub(crate) fn missing(&self, session: &str, last: u64) -> u64 {
        match self.lock().sequences.get(session) {
            Some(came) => (1..=last).filter(|it| !came.contains(it)).count() as u64,
            None => last,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        // No step in here leaves it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_twice_counts_once_and_what_has_no_sequence_does_not() {
        let log = Log::default();
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
        assert_eq!(log.last(), Some(now));
    }
}
