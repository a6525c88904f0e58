use std::{
    io,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};
use tracing::{Dispatch, Level, level_filters::LevelFilter, subscriber::DefaultGuard};
use tracing_subscriber::{fmt::MakeWriter, util::SubscriberInitExt as _};

/// A second subscriber, which captures nothing and is never dropped.
///
/// While a process has one subscriber, `tracing` asks only the thread that reaches a log statement
/// first whether the statement is enabled, and keeps the answer for all threads. A thread without
/// a subscriber would disable it for the test that captures.
static SECOND_SUBSCRIBER: LazyLock<Dispatch> = LazyLock::new(|| {
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::OFF)
        .finish()
        .into()
});

/// A copy of what is logged, as text. Clones share it.
///
/// It is a writer, so a test can also make it the output of a subscriber of its own.
#[derive(Clone, Debug, Default)]
pub struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    /// Captures what this thread logs at `level` or above, until the guard is dropped.
    #[must_use]
    pub fn capture(level: Level) -> (Self, DefaultGuard) {
        LazyLock::force(&SECOND_SUBSCRIBER);
        let logs = Self::default();
        let guard = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .with_writer(logs.clone())
            .set_default();
        (logs, guard)
    }

    /// Returns what has been logged.
    #[must_use]
    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Returns the lines that have been logged.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }
}

impl io::Write for Logs {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.extend(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Logs {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::Logs;
    use tracing::Level;

    fn log() {
        tracing::warn!("logged by both threads");
    }

    #[test]
    fn statement_first_reached_by_another_thread_is_captured() {
        let (logs, _guard) = Logs::capture(Level::WARN);
        std::thread::spawn(log).join().unwrap();
        assert!(logs.lines().is_empty());
        log();
        assert_eq!(logs.lines().len(), 1);
    }

    #[test]
    fn lines_of_the_level_are_captured_while_the_guard_lives() {
        let (logs, guard) = Logs::capture(Level::WARN);
        tracing::warn!(shard = 3, "captured");
        tracing::info!("below the level");
        drop(guard);
        tracing::warn!("too late");
        let lines = logs.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].ends_with("captured shard=3"), "{lines:?}");
    }
}
