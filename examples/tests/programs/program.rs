//! An example, built and run.

use serde_json::Value;
use std::{env, env::consts::EXE_SUFFIX, path::PathBuf, process::Output, time::Duration};
use tokio::{process::Command, time::timeout};

/// What a program that should not take seconds may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a program ended.
pub(crate) struct Ended {
    output: Output,
}

/// Runs an example with arguments separated by blanks, until it ends.
pub(crate) async fn run(example: &str, arguments: &str) -> Ended {
    let path = path(example);
    let mut command = Command::new(&path);
    command
        .args(arguments.split_whitespace())
        .kill_on_drop(true);
    let output = timeout(PATIENCE, command.output())
        .await
        .unwrap_or_else(|_| panic!("{example} {arguments} ends in time"))
        .unwrap_or_else(|error| {
            panic!(
                "{error}: {}; `cargo build --examples` makes it",
                path.display()
            )
        });
    Ended { output }
}

/// `cargo test` builds the examples too, unless it is told which targets to test, and puts them beside
/// the tests' own folder.
fn path(example: &str) -> PathBuf {
    let test = env::current_exe().expect("a program has a path");
    let profile = test
        .ancestors()
        .nth(2)
        .expect("tests lie in a folder of the profile's");
    profile
        .join("examples")
        .join(format!("{example}{EXE_SUFFIX}"))
}

impl Ended {
    #[track_caller]
    pub(crate) fn well(&self) -> &Self {
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

    /// The one line of JSON that was printed.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let text = self.well().text();
        assert_eq!(text.lines().count(), 1, "{text}");
        serde_json::from_str(&text).expect("the line is JSON")
    }
}
