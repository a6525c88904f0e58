//! The state of the connection to the servers.

use tokio::sync::watch;

/// Counts the interruptions of the connection. What was learned before one may be wrong after it, since a server that lost its
/// last seconds was restarted.
#[derive(Debug)]
pub(crate) struct Link {
    interruptions: watch::Sender<u64>,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            interruptions: watch::Sender::new(0),
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
            // Errors of calls are returned by the calls; these are of the connection.
            other => tracing::debug!("NATS: {other}"),
        }
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
