use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    process::{Command, ExitStatus, Stdio},
};

use crate::{command::Failure, workspace};

/// A call of cargo in the repository's root.
pub(crate) struct Cargo {
    command: Command,
    line: String,
}

/// What cargo said; standard error includes the compiler's messages.
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The sums of `cargo test`'s closing lines.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tests {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl Cargo {
    /// `line` is split at blanks, as a shell would without quotes.
    pub(crate) fn new(line: &str) -> Self {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(line.split_whitespace())
            .current_dir(workspace::root())
            .stdin(Stdio::null());
        // `cargo run` describes this package to us; passed on, it would make
        // build scripts that look at it (ring's does) run again.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || name.starts_with("CARGO_BIN_")
                || name == "CARGO_CRATE_NAME"
                || name == "CARGO_PRIMARY_PACKAGE"
            {
                command.env_remove(&*name);
            }
        }
        Self {
            command,
            line: line.to_owned(),
        }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it, showing what it says.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        println!("$ cargo {}", self.line);
        let status = self.command.status()?;
        self.verdict(status)
    }

    /// Runs it, showing what it says, for those that have more than one way to end well.
    pub(crate) fn status(mut self) -> Result<ExitStatus, Failure> {
        println!("$ cargo {}", self.line);
        Ok(self.command.status()?)
    }

    /// Runs tests, showing what they say, and sums them up.
    pub(crate) fn run_tests(mut self) -> (Tests, Result<(), Failure>) {
        println!("$ cargo {}", self.line);
        let mut tests = Tests::default();
        let status = self.echo(|line| tests.add(line));
        let verdict = status
            .map_err(Failure::from)
            .and_then(|status| self.verdict(status));
        (tests, verdict)
    }

    /// Runs it in silence.
    pub(crate) fn ask(mut self) -> Result<Said, Failure> {
        let output = self.command.output()?;
        Ok(Said {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    fn echo(&mut self, mut look: impl FnMut(&str)) -> io::Result<ExitStatus> {
        let mut child = self.command.stdout(Stdio::piped()).spawn()?;
        if let Some(stdout) = child.stdout.take() {
            let mut reader = BufReader::new(stdout);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line)? > 0 {
                io::stdout().write_all(&line)?;
                look(&String::from_utf8_lossy(&line));
                line.clear();
            }
        }
        child.wait()
    }

    fn verdict(&self, status: ExitStatus) -> Result<(), Failure> {
        if status.success() {
            Ok(())
        } else {
            Err(Failure::new(format!("`cargo {}` failed", self.line)))
        }
    }
}

impl Tests {
    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            ignored: self.ignored + other.ignored,
        }
    }

    /// `test result: ok. 14 passed; 0 failed; 0 ignored; ..`
    fn add(&mut self, line: &str) {
        let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            let Some((number, what)) = count.split_once(' ') else {
                continue;
            };
            let number = number.parse::<u64>().unwrap_or(0);
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_summed_up() {
        let mut tests = Tests::default();
        for line in [
            "running 3 tests\n",
            "test result: ok. 14 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.39s\n",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s\n",
        ] {
            tests.add(line);
        }
        let expected = Tests {
            passed: 17,
            failed: 2,
            ignored: 1,
        };
        assert_eq!(tests, expected);
    }
}
