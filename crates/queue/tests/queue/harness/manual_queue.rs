use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

/// A queue in the form of twilight-gateway-queue whose requests a test answers.
#[derive(Clone, Default)]
pub(crate) struct ManualQueue {
    requests: Arc<Mutex<Vec<Request>>>,
}

/// The number of a shard, and the sender that lets it proceed.
pub(crate) type Request = (u32, oneshot::Sender<()>);

impl ManualQueue {
    pub(crate) fn push(&self, shard: u32) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.requests.lock().unwrap().push((shard, sender));
        receiver
    }

    /// Takes the last request.
    pub(crate) fn pop(&self) -> Option<Request> {
        self.requests.lock().unwrap().pop()
    }
}
