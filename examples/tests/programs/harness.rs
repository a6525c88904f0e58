//! Runs examples as programs.

use std::{env, env::consts::EXE_SUFFIX, path::PathBuf, process::Output, time::Duration};
use tokio::{process::Command, time::timeout};

/// Deadline of programs that take seconds, with a margin for a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// The output and exit status of a program.
pub(crate) struct Ended {
    output: Output,
}

/// Runs an example until it ends, with arguments separated by spaces and without a token.
pub(crate) async fn run(example: &str, arguments: &str) -> Ended {
    let path = path(example);
    let mut command = Command::new(&path);
    command
        .args(arguments.split_whitespace())
        .env_remove("DISCORD_TOKEN")
        .kill_on_drop(true);
    let output = timeout(DEADLINE, command.output())
        .await
        .unwrap_or_else(|_| panic!("{example} {arguments} did not end in time"))
        .unwrap_or_else(|error| {
            panic!(
                "{error}: {}; run `cargo build --examples` first",
                path.display()
            )
        });
    Ended { output }
}

/// Returns the path of an example. `cargo test` builds the examples, too, unless it is told which targets to test, and
/// puts them beside the folder of the tests.
fn path(example: &str) -> PathBuf {
    let test = env::current_exe().expect("the path of the test program is known");
    let profile = test
        .ancestors()
        .nth(2)
        .expect("the test program is in a folder of the profile");
    profile
        .join("examples")
        .join(format!("{example}{EXE_SUFFIX}"))
}

impl Ended {
    pub(crate) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub(crate) fn errors(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}
