//! What a bot is told, and what it writes.

use std::{
    fmt::Display,
    io::{self, BufRead as _, Write as _},
    thread,
};
use tokio::sync::mpsc;

/// Lines of the standard input. They end when the drill ends, in whatever way.
pub(crate) struct Commands(mpsc::UnboundedReceiver<String>);

impl Commands {
    /// Reads in a thread of its own, which does not keep the process from ending, as a task of tokio would.
    pub(crate) fn read() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        thread::spawn(move || {
            for line in io::stdin().lock().lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self(receiver)
    }

    /// Returns the next line, or `None` if the drill has ended. Cancel safe.
    pub(crate) async fn next(&mut self) -> Option<String> {
        self.0.recv().await
    }
}

/// Writes a line at once. The kernel keeps it if the process is killed.
pub(crate) fn write(line: impl Display) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")
}

/// Logs errors.
pub(crate) fn log_errors() {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::ERROR)
        .with_writer(io::stderr)
        .init();
}
