//! Log lines: trace for frames, debug for transitions, info for ready and resumed, warn for failures. Never the text
//! of a message, which may hold the token. What the server can cause at will is limited and shortened.

use crate::{
    ReceiveMessageError,
    error::ReceiveMessageErrorKind,
    failure_log::SharedFailureLog,
    line_limiter::{Detail, Limits, LineLimiter},
    machine::{CommandOutcome, DisconnectCause, Lifecycle, StopReason},
};
use gloaming_protocol::{Disposition, Excerpt, RepairReport, ShardId, disposition_of};
use gloaming_queue::Position;
use std::{
    fmt::{self, Display, Formatter},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tracing::field::display;

/// The lines of one shard.
const LIMITS: Limits = Limits {
    period: Duration::from_secs(10),
    lines: 20,
    lines_of_a_kind: 5,
};

/// What a line is about. Each kind can be caused by the server, or by commands, any number of times.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LineKind {
    Ready,
    Resumed,
    Guilds,
    SessionShardMismatch,
    ResumeUrlRefused,
    Gap,
    Skipped,
    Duplicate,
    PolledLate,
    ReadyDelayed,
    PermitRefused,
    RecoveryStep,
    Repaired,
    Command,
}

/// Says once per process that identifies are not remembered.
pub(super) fn warn_once_about_ledger() {
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            "identifies are not remembered over restarts, so that a crash loop can use up the daily limit, after \
            which Discord resets the token. Keep them in a file: call \
            `.identify_ledger(FileLedger::for_bot(&token)?)?` on the builder of the configuration or the cluster"
        );
    }
}

/// The log of one shard. A failure is one line, although it is an error and an end of the connection.
#[derive(Debug)]
pub(super) struct ShardLog {
    /// As in the metrics.
    shard: u32,
    lines: LineLimiter<LineKind>,
    failures: SharedFailureLog,
    /// The error that ends the connection, until that is logged.
    error: Option<EndingError>,
}

#[derive(Debug)]
struct EndingError {
    text: String,
    /// Whether the shard stops. Then the line that says so has the error.
    is_fatal: bool,
}

impl ShardLog {
    pub(super) const fn new(shard: ShardId, failures: SharedFailureLog) -> Self {
        Self {
            shard: shard.number(),
            lines: LineLimiter::new(LIMITS),
            failures,
            error: None,
        }
    }

    /// A span for what is logged while the shard connects.
    pub(super) fn connect_span(&self) -> tracing::Span {
        tracing::error_span!("connect", shard = self.shard)
    }

    pub(super) fn lifecycle(&mut self, now: Instant, event: &Lifecycle) {
        if let Some(summary) = self.failures.ended_period(now) {
            let more = summary.total();
            tracing::warn!("{more} more connections of all shards ended within 10 s: {summary}");
        }
        self.summarize(now);
        let shard = self.shard;
        if let Some(kind) = LineKind::of(event)
            && self.lines.admit(now, kind) == Detail::Counted
        {
            if kind == LineKind::PermitRefused {
                self.error = None;
            }
            return tracing::debug!(shard, "{event}");
        }
        match event {
            Lifecycle::Ready { session_id } => {
                tracing::info!(shard, session_id = %Excerpt::new(session_id), "ready");
            }
            Lifecycle::Resumed { replayed } => tracing::info!(shard, replayed, "resumed"),
            Lifecycle::GuildsArrived { missing: 0, .. } => tracing::info!(shard, "{event}"),
            Lifecycle::GuildsArrived { .. } => tracing::warn!(shard, "{event}"),
            Lifecycle::SessionShardMismatch { session_id, .. } => {
                tracing::warn!(
                    shard,
                    session_id = %Excerpt::new(session_id),
                    "{event}; identifying instead. To keep sessions over a restart, start the same number of shards"
                );
            }
            Lifecycle::ResumeUrlRefused { .. }
            | Lifecycle::Gap { .. }
            | Lifecycle::Duplicate { .. }
            | Lifecycle::Skipped { .. }
            | Lifecycle::PolledLate { .. }
            | Lifecycle::ReadyDelayed { .. } => tracing::warn!(shard, "{event}"),
            Lifecycle::PermitRefused { .. } => {
                let error = self.error.take().map(|error| display(error.text));
                tracing::warn!(shard, error, "{event}");
            }
            // The queue says more.
            Lifecycle::PermitDelayed { .. } => {}
            Lifecycle::RecoveryStepExhausted { .. } => tracing::info!(shard, "{event}"),
            Lifecycle::Disconnected { cause, .. } => self.disconnected(now, event, *cause),
            Lifecycle::Stopped {
                reason: StopReason::Requested,
            } => tracing::info!(shard, "stopped"),
            Lifecycle::Stopped { .. } => {
                let error = self.error.take().map(|error| display(error.text));
                tracing::error!(shard, error, "{event}");
            }
            Lifecycle::Connecting { .. } => {
                self.error = None;
                tracing::debug!(shard, "{event}");
            }
            _ => tracing::debug!(shard, "{event}"),
        }
    }

    /// A shard that waits for its turn is not at fault. If the queue does not say that it waits, something may hang.
    pub(super) fn permit_delayed(
        &self,
        now: Instant,
        waited: Duration,
        position: Option<Position>,
    ) {
        let shard = self.shard;
        let seconds = waited.as_secs();
        match (position, self.failures.waits_for_permit(now)) {
            (Some(Position { ahead, .. }), _) => {
                tracing::debug!(shard, ahead, "in the identify queue for {seconds} s");
            }
            (None, Detail::Full) => tracing::warn!(
                shard,
                "waiting for a permit from the identify queue for {seconds} s, and the queue does not say why: check \
                 what it waits for, such as its ledger or another service"
            ),
            (None, Detail::Counted) => {
                tracing::debug!(shard, "waiting for a permit for {seconds} s");
            }
        }
    }

    fn disconnected(&mut self, now: Instant, event: &Lifecycle, cause: DisconnectCause) {
        let shard = self.shard;
        let stops = self.error.as_ref().is_some_and(|error| error.is_fatal)
            || event
                .server_close()
                .is_some_and(|frame| disposition_of(Some(frame.code)) == Disposition::Fatal);
        let is_wanted = matches!(
            cause,
            DisconnectCause::Requested | DisconnectCause::ReconnectRequested
        );
        if stops || is_wanted {
            return tracing::debug!(shard, "{event}");
        }
        let error = self.error.take().map(|error| display(error.text));
        match self.failures.failed(now, cause) {
            Detail::Full => tracing::warn!(shard, error, "{event}"),
            Detail::Counted => tracing::debug!(shard, error, "{event}"),
        }
    }

    /// Keeps the error for the line about its consequence.
    pub(super) fn failure(&mut self, error: &ReceiveMessageError) {
        // The reason of the stop says the same.
        if !matches!(error.kind(), ReceiveMessageErrorKind::Refused(_)) {
            self.error.get_or_insert_with(|| EndingError {
                text: error.to_string(),
                is_fatal: error.is_fatal(),
            });
        }
    }

    /// The report names the event and the places, not the values.
    pub(super) fn repaired(&mut self, now: Instant, report: &RepairReport) {
        self.summarize(now);
        let shard = self.shard;
        match self.lines.admit(now, LineKind::Repaired) {
            Detail::Full => tracing::warn!(shard, %report, "repaired"),
            Detail::Counted => tracing::debug!(shard, %report, "repaired"),
        }
    }

    /// The outcome of a command whose sender does not wait for it.
    pub(super) fn command(&mut self, now: Instant, outcome: CommandOutcome) {
        let shard = self.shard;
        match outcome {
            CommandOutcome::Sent => return,
            CommandOutcome::Closed => {
                return tracing::debug!(shard, "command not sent: the shard is closed");
            }
            _ => self.summarize(now),
        }
        match self.lines.admit(now, LineKind::Command) {
            Detail::Full => tracing::warn!(shard, %outcome, "command not sent"),
            Detail::Counted => tracing::debug!(shard, %outcome, "command not sent"),
        }
    }

    /// Says how many lines a period that has ended had more.
    fn summarize(&mut self, now: Instant) {
        if let Some(summary) = self.lines.ended_period(now) {
            let more = summary.total();
            tracing::warn!(
                shard = self.shard,
                "... and {more} more lines of this shard within 10 s: {summary}"
            );
        }
    }
}

impl LineKind {
    /// The kind of an event's line. `None` if it has no line of its own, or one that is always written.
    const fn of(event: &Lifecycle) -> Option<Self> {
        Some(match event {
            Lifecycle::Ready { .. } => Self::Ready,
            Lifecycle::Resumed { .. } => Self::Resumed,
            Lifecycle::GuildsArrived { .. } => Self::Guilds,
            Lifecycle::SessionShardMismatch { .. } => Self::SessionShardMismatch,
            Lifecycle::ResumeUrlRefused { .. } => Self::ResumeUrlRefused,
            Lifecycle::Gap { .. } => Self::Gap,
            Lifecycle::Skipped { .. } => Self::Skipped,
            Lifecycle::Duplicate { .. } => Self::Duplicate,
            Lifecycle::PolledLate { .. } => Self::PolledLate,
            Lifecycle::ReadyDelayed { .. } => Self::ReadyDelayed,
            Lifecycle::PermitRefused { .. } => Self::PermitRefused,
            Lifecycle::RecoveryStepExhausted { .. } => Self::RecoveryStep,
            _ => return None,
        })
    }
}

/// In the plural, for a summary.
impl Display for LineKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready => "new sessions",
            Self::Resumed => "resumed sessions",
            Self::Guilds => "arrivals of guilds",
            Self::SessionShardMismatch => "sessions of another shard",
            Self::ResumeUrlRefused => "refused resume urls",
            Self::Gap => "gaps",
            Self::Skipped => "skipped events",
            Self::Duplicate => "events that arrived again",
            Self::PolledLate => "late polls",
            Self::ReadyDelayed => "delays of READY",
            Self::PermitRefused => "refused permits",
            Self::RecoveryStep => "exhausted steps of the recovery",
            Self::Repaired => "repaired events",
            Self::Command => "commands not sent",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ShardLog;
    use crate::{
        failure_log::SharedFailureLog,
        machine::{DisconnectCause, Lifecycle},
    };
    use gloaming_protocol::ShardId;
    use gloaming_test_support::Logs;
    use std::{
        io,
        sync::{Arc, Mutex, mpsc},
        thread,
        time::{Duration, Instant},
    };
    use tracing::Level;
    use tracing_subscriber::util::SubscriberInitExt as _;

    const fn ended(cause: DisconnectCause) -> Lifecycle {
        Lifecycle::Disconnected { cause, frame: None }
    }

    /// A writer of lines that waits until another shard of the same configuration has logged.
    #[derive(Clone)]
    struct SlowWriter {
        failures: SharedFailureLog,
        now: Instant,
        waits: Arc<Mutex<Vec<Result<(), mpsc::RecvTimeoutError>>>>,
    }

    impl io::Write for SlowWriter {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let (has_logged, other_shard) = mpsc::channel();
            let (failures, now) = (self.failures.clone(), self.now);
            thread::spawn(move || {
                let mut log = ShardLog::new(ShardId::new(1, 2), failures);
                log.lifecycle(now, &ended(DisconnectCause::ConnectFailed));
                log.permit_delayed(now, Duration::from_secs(60), None);
                // The test may have failed before.
                _ = has_logged.send(());
            });
            let waited = other_shard.recv_timeout(Duration::from_secs(10));
            self.waits.lock().unwrap().push(waited);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the test needs some instant to start from"
    )]
    #[test]
    fn line_that_is_written_slowly_delays_no_other_shard() {
        let now = Instant::now();
        let writer = SlowWriter {
            failures: SharedFailureLog::default(),
            now,
            waits: Arc::default(),
        };
        let mut log = ShardLog::new(ShardId::new(0, 2), writer.failures.clone());
        let waits = Arc::clone(&writer.waits);
        let (_logs, _guard) = Logs::capture(Level::WARN);
        let _slow = tracing_subscriber::fmt()
            .with_max_level(Level::WARN)
            .with_writer(move || writer.clone())
            .set_default();
        log.permit_delayed(now, Duration::from_secs(60), None);
        let lost = ended(DisconnectCause::Lost);
        log.lifecycle(now, &lost);
        log.lifecycle(now, &lost);
        // The summary, and a line in full.
        log.lifecycle(now + Duration::from_secs(10), &lost);
        assert_eq!(*waits.lock().unwrap(), [Ok(()); 4]);
    }
}
