//! Runs the client as a program.

use serde_json::Value;
use std::{process::Output, time::Duration};
use tokio::{process::Command, time::timeout};

/// Deadline of programs that take seconds, with a margin for a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// The output and exit status of a program.
pub(crate) struct Ended {
    output: Output,
}

/// Runs the client until it ends, with arguments separated by spaces.
pub(crate) async fn run(arguments: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gloaming-firehose"));
    command
        .args(arguments.split_whitespace())
        .kill_on_drop(true);
    let output = timeout(DEADLINE, command.output())
        .await
        .unwrap_or_else(|_| panic!("{arguments} did not end in time"))
        .expect("the program can be started");
    Ended { output }
}

impl Ended {
    /// Panics unless the exit code is 0.
    #[track_caller]
    pub(crate) fn success(&self) -> &Self {
        assert!(
            self.output.status.success(),
            "{}: {}",
            self.output.status,
            self.errors()
        );
        self
    }

    pub(crate) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub(crate) fn errors(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Returns the one line that was printed, which is JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let text = self.success().text();
        assert_eq!(text.lines().count(), 1, "{text}");
        serde_json::from_str(&text).expect("the line is JSON")
    }
}
