use std::fmt::{self, Debug, Formatter};

/// The queue's side of a [`Permit`].
///
/// Exactly one of the two methods is called, exactly once. Both are called
/// from async tasks and from destructors: they must not block for long.
pub trait PermitGuard: Send + Sync {
    /// The permit was used: IDENTIFY is on its way.
    fn spend(self: Box<Self>);

    /// The permit was given back unused.
    fn release(self: Box<Self>);
}

/// The right to send one IDENTIFY, on lease from a [`Queue`](crate::Queue).
///
/// Call [`spend`](Self::spend) when the IDENTIFY frame was handed to the
/// socket: the time until the next identify runs from then (P11). Dropping the
/// permit returns it, and the next shard in line need not wait.
///
/// A queue may bound the lease; [`LEASE`](crate::LEASE) is the bound of this
/// crate's queues.
#[must_use = "a permit that is dropped goes back to the queue"]
pub struct Permit {
    guard: Option<Box<dyn PermitGuard>>,
}

impl Permit {
    /// Builds a permit that tells `guard` what became of it.
    pub fn new(guard: impl PermitGuard + 'static) -> Self {
        Self {
            guard: Some(Box::new(guard)),
        }
    }

    /// Builds a permit that nobody counts.
    pub const fn unlimited() -> Self {
        Self { guard: None }
    }

    /// Uses the permit up: IDENTIFY was handed to the socket just now.
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
    fn the_guard_hears_of_its_permit_once() {
        let log = Arc::new(Mutex::new(Vec::new()));
        Permit::new(Log(Arc::clone(&log))).spend();
        drop(Permit::new(Log(Arc::clone(&log))));
        Permit::unlimited().spend();
        drop(Permit::unlimited());
        assert_eq!(*log.lock().unwrap(), ["spent", "released"]);
    }
}
