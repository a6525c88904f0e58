//! The state of the connection to the servers.

use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// Counts the interruptions of the connection. What was learned before one may be wrong after it, since a server that lost its
/// last seconds was restarted.
#[derive(Debug)]
pub(crate) struct Link {
    interruptions: watch::Sender<u64>,
    /// What the server has said without saying to which request.
    complaint: Mutex<Complaint>,
}

/// The last error of the server that is not an answer, and how many there were.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Complaint {
    pub(crate) count: u64,
    pub(crate) text: String,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            interruptions: watch::Sender::new(0),
            complaint: Mutex::default(),
        }
    }
}

impl Link {
    pub(crate) fn notice(&self, event: &async_nats::Event) {
        use async_nats::Event;
        match event {
            Event::Connected => tracing::debug!("connected to NATS"),
            Event::Disconnected => {
                tracing::debug!("the connection to NATS is interrupted");
                self.interruptions.send_modify(|count| *count += 1);
            }
            // A request that the user may not make is not answered. The server complains beside it.
            Event::ServerError(error) => {
                tracing::debug!("NATS: {error}");
                let mut complaint = self.lock();
                complaint.count += 1;
                complaint.text = error.to_string();
            }
            other => tracing::debug!("NATS: {other}"),
        }
    }

    /// Returns the last complaint of the server.
    pub(crate) fn complaint(&self) -> Complaint {
        self.lock().clone()
    }

    /// Returns what the server has complained about since `earlier`, if it is that something is not permitted.
    pub(crate) fn denied_since(&self, earlier: &Complaint) -> Option<String> {
        let complaint = self.complaint();
        let is_denial = complaint
            .text
            .to_lowercase()
            .contains("permissions violation");
        (complaint.count > earlier.count && is_denial).then_some(complaint.text)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Complaint> {
        self.complaint
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of interruptions so far.
    pub(crate) fn interruptions(&self) -> u64 {
        *self.interruptions.borrow()
    }

    /// Waits until there were more interruptions than this.
    pub(crate) async fn interrupted_after(&self, count: u64) {
        let mut receiver = self.interruptions.subscribe();
        // The sender lives as long as `self`.
        _ = receiver.wait_for(|now| *now > count).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_nats::{Event, ServerError};

    #[test]
    fn complaints_before_a_request_are_not_about_it() {
        let link = Link::default();
        let complain = |text: &str| {
            link.notice(&Event::ServerError(ServerError::Other(text.to_owned())));
        };
        complain("Permissions Violation for Publish to \"a\"");
        let before = link.complaint();
        assert_eq!(link.denied_since(&before), None);
        complain("stale connection");
        assert_eq!(link.denied_since(&before), None, "it denies nothing");
        complain("Permissions Violation for Publish to \"b\"");
        let denied = link.denied_since(&before);
        assert!(denied.is_some_and(|text| text.contains("\"b\"")));
    }
}
