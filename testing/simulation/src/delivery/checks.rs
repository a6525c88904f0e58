//! What has to hold of a process.

use super::{
    World,
    gateway::{Event, SessionNumber},
    items::Taken,
    process::Process,
};

impl Process {
    /// Checks the positions.
    pub(super) fn check(&self, world: &World) -> Result<(), String> {
        let held = self.tracker.held_events();
        if held > self.tracker.max_held().get() + 1 {
            return Err(format!("{held} events are held"));
        }
        let session: SessionNumber = self.received.session;
        let Some(at) = world.stored.as_ref().and_then(|stored| stored.at) else {
            return Ok(());
        };
        let passed = |event: &&Event| {
            event.session == session && at.session == session && event.sequence <= at.sequence
        };
        match self.unhandled.iter().find(passed) {
            Some(event) => Err(format!("{at:?} is past {event:?}, which is not handled")),
            None => Ok(()),
        }
    }

    pub(super) fn is_idle(&self, world: &World) -> bool {
        let is_report = |taken: &Taken| matches!(taken, Taken::Report(_));
        let buffered = self.buffer.iter().copied().filter_map(Taken::of);
        let running = self.running.iter().map(|(taken, _)| *taken);
        let mut taken = buffered.chain(running).chain(self.taken);
        self.unhandled.is_empty()
            && self.report.is_none()
            && !taken.any(|taken| is_report(&taken))
            && self.received.sequence == world.gateway.last_sequence(self.received.session)
    }

    /// Fails if something counts as unhandled in a process that is [idle](Self::is_idle).
    pub(super) fn check_all_handled(&mut self) -> Result<(), String> {
        // READY is no event of those that are counted.
        self.tracker.acknowledge_taken();
        match self.tracker.unhandled_loss() {
            None => Ok(()),
            Some(loss) => Err(format!("{loss:?} is handled, and counts as unhandled")),
        }
    }
}
