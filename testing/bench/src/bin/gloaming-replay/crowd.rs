//! Clients that are sent events at one rate together, once all of them are there.

use std::{
    collections::HashMap,
    num::NonZero,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::Barrier;

/// As many clients as the path names.
#[derive(Debug)]
struct Crowd {
    all_there: Barrier,
    arrived: AtomicU32,
}

/// The crowds that are gathering, by their size. One that has gathered makes place for the next of its size.
#[derive(Debug, Default)]
pub(crate) struct Crowds(Mutex<HashMap<u32, Arc<Crowd>>>);

impl Crowds {
    /// Waits until as many clients wait. Returns when in the `interval` of its events it is this client's turn, so that
    /// those of all clients are spread evenly.
    pub(crate) async fn gather(&self, clients: NonZero<u32>, interval: Duration) -> Duration {
        let crowd = self.of(clients.get());
        let number = crowd.arrived.fetch_add(1, Ordering::Relaxed) % clients;
        crowd.all_there.wait().await;
        interval * number / clients.get()
    }

    fn of(&self, clients: u32) -> Arc<Crowd> {
        let mut crowds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let crowd = crowds.entry(clients).or_insert_with(|| {
            Arc::new(Crowd {
                all_there: Barrier::new(clients as usize),
                arrived: AtomicU32::new(0),
            })
        });
        Arc::clone(crowd)
    }
}
