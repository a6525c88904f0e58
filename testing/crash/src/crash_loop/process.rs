//! A process of the bot, as its parent sees it.

use super::{
    bot::BotOptions,
    line::{Line, Settled},
};
use crate::Result;
use gloaming_test_support::Random;
use std::{env, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// How long a process may take for one step, in real time.
const PATIENCE: Duration = Duration::from_secs(60);

/// When a process is killed. The last field is a delay in real time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kill {
    /// While it starts.
    AtStart(Duration),
    /// When it is granted its next permit, or at this time.
    AtPermit(u64, Duration),
    /// At this time.
    At(u64, Duration),
}

impl Kill {
    /// Draws a moment for a process that starts at `time` and lives for `lifetime` on average.
    pub(super) fn draw(random: &mut Random, time: u64, lifetime: u64) -> Self {
        let longest = match random.once_in(4) {
            // A crash loop.
            true => 20_000,
            // Those that are killed early make up for it.
            false => 4 * lifetime,
        };
        let until = time + random.between(1, longest.max(1));
        // About as long as a step takes.
        let delay = Duration::from_micros(random.below(4_000));
        match random.below(6_u32) {
            0 => Self::AtStart(random.millis(0, 60)),
            1 | 2 => Self::AtPermit(until, delay),
            _ => Self::At(until, delay),
        }
    }

    /// Returns the time at which the process is killed at the latest.
    pub(super) const fn latest(self) -> u64 {
        match self {
            Self::AtStart(_) => 0,
            Self::AtPermit(time, _) | Self::At(time, _) => time,
        }
    }

    pub(super) const fn delay(self) -> Duration {
        match self {
            Self::AtStart(delay) | Self::AtPermit(_, delay) | Self::At(_, delay) => delay,
        }
    }
}

pub(super) struct Process {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    pub(super) kill: Kill,
    /// What it said last.
    pub(super) settled: Settled,
}

impl Process {
    pub(super) fn start(options: BotOptions, kill: Kill) -> Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .args(options.into_args())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().ok_or("the process has no input")?;
        let stdout = child.stdout.take().ok_or("the process has no output")?;
        Ok(Self {
            child,
            stdin,
            lines: BufReader::new(stdout).lines(),
            kill,
            settled: Settled::default(),
        })
    }

    /// Tells the process that the clock was moved on.
    pub(super) async fn advance(&mut self, time: u64) -> Result<()> {
        Ok(self.stdin.write_all(format!("{time}\n").as_bytes()).await?)
    }

    /// Returns the next line, or `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Line>> {
        loop {
            let line = timeout(PATIENCE, self.lines.next_line())
                .await
                .map_err(|_| "a process does not settle")??;
            match line.as_deref().map(Line::parse) {
                Some(None) => {}
                Some(line) => return Ok(line),
                None => return Ok(None),
            }
        }
    }

    /// Kills the process, and returns the lines that it had written.
    pub(super) async fn kill(mut self) -> Result<Vec<Line>> {
        self.child.start_kill()?;
        let mut lines = Vec::new();
        while let Some(line) = self.next().await? {
            lines.push(line);
        }
        self.child.wait().await?;
        Ok(lines)
    }
}
