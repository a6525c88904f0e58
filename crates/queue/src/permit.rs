use std::fmt::{self, Debug, Formatter};

/// The queue's side of a [`Permit`].
///
/// Exactly one of the two methods is called, once. Both are called from async
/// tasks and from destructors, so they must not block for long.
pub trait PermitGuard: Send + Sync {
    /// Called when the permit was used: IDENTIFY was handed to the socket.
    fn spend(self: Box<Self>);

    /// Called when the permit was dropped unused.
    fn release(self: Box<Self>);
}

/// The right to send one IDENTIFY, leased from an
/// [`IdentifyQueue`](crate::IdentifyQueue).
///
/// Call [`spend`](Self::spend) when the IDENTIFY frame is handed to the socket:
/// the time until the next identify is counted from then ([P11](gloaming_protocol::rules#p11)). Dropping the
/// permit returns it to the queue, which grants it to the next shard.
///
/// A queue may limit the lease. The queues of this crate limit it to
/// [`PERMIT_LEASE`](crate::PERMIT_LEASE).
#[must_use = "dropping a permit returns it to the queue"]
pub struct Permit {
    guard: Option<Box<dyn PermitGuard>>,
}

impl Permit {
    /// Builds a permit that calls `guard` when it is spent or dropped.
    pub fn new(guard: impl PermitGuard + 'static) -> Self {
        Self {
            guard: Some(Box::new(guard)),
        }
    }

    /// Builds a permit that no queue counts.
    pub const fn unlimited() -> Self {
        Self { guard: None }
    }

    /// Marks the permit as used: IDENTIFY was handed to the socket just now.
    pub fn spend(mut self) {
        if let Some(guard) = self.guard.take() {
            guard.spend();
        }
    }
}

impl Debug for Permit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("counted", &self.guard.is_some())
            .finish()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(guard) = self.guard.take() {
            guard.release();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    struct Log(Arc<Mutex<Vec<&'static str>>>);

    impl PermitGuard for Log {
        fn spend(self: Box<Self>) {
            self.0.lock().unwrap().push("spent");
        }

        fn release(self: Box<Self>) {
            self.0.lock().unwrap().push("released");
        }
    }

    #[test]
    fn guard_is_called_once_per_permit() {
        let log = Arc::new(Mutex::new(Vec::new()));
        Permit::new(Log(Arc::clone(&log))).spend();
        drop(Permit::new(Log(Arc::clone(&log))));
        Permit::unlimited().spend();
        drop(Permit::unlimited());
        assert_eq!(*log.lock().unwrap(), ["spent", "released"]);
    }
}
