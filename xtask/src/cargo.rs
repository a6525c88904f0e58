//! Calls of cargo.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    process::{Command, ExitStatus, Stdio},
};

use anyhow::bail;

use crate::{test_results::TestResults, workspace};

/// A call of cargo in the repository's root.
pub(crate) struct Cargo {
    command: Command,
    line: String,
}

/// The exit status and the output of a call. Standard error includes the compiler's messages.
pub(crate) struct CargoOutput {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Cargo {
    /// Splits `line` at blanks, as a shell without quotes would.
    pub(crate) fn new(line: &str) -> Self {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(line.split_whitespace())
            .current_dir(workspace::root())
            .stdin(Stdio::null());
        // `cargo run` describes this package to us. If that were passed on, build scripts that look at
        // it (ring's does) would run again.
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

    /// Appends arguments as they are.
    pub(crate) fn args(mut self, args: &[String]) -> Self {
        self.command.args(args);
        self.line = [&[self.line], args].concat().join(" ");
        self
    }

    /// Runs it with its output shown, and fails if it fails.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let line = self.line.clone();
        let status = self.status()?;
        check(&line, status)
    }

    /// Runs it with its output shown, and returns its exit status.
    pub(crate) fn status(mut self) -> anyhow::Result<ExitStatus> {
        println!("$ cargo {}", self.line);
        Ok(self.command.status()?)
    }

    /// Runs tests with their output shown, and reads their results from it.
    pub(crate) fn run_tests(mut self) -> (TestResults, anyhow::Result<()>) {
        println!("$ cargo {}", self.line);
        let mut results = TestResults::default();
        let status = self.echo(|line| results.read(line));
        let result = status
            .map_err(anyhow::Error::from)
            .and_then(|status| check(&self.line, status));
        (results, result)
    }

    /// Runs it without showing anything.
    pub(crate) fn output(mut self) -> anyhow::Result<CargoOutput> {
        let output = self.command.output()?;
        Ok(CargoOutput {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs it without showing anything, and returns its standard output. Fails if it fails.
    pub(crate) fn read(self) -> anyhow::Result<String> {
        let line = self.line.clone();
        let output = self.output()?;
        if !output.status.success() {
            bail!("`cargo {line}` failed:\n{}", output.stderr);
        }
        Ok(output.stdout)
    }

    fn echo(&mut self, mut observe: impl FnMut(&str)) -> io::Result<ExitStatus> {
        let mut child = self.command.stdout(Stdio::piped()).spawn()?;
        if let Some(stdout) = child.stdout.take() {
            let mut reader = BufReader::new(stdout);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line)? > 0 {
                io::stdout().write_all(&line)?;
                observe(&String::from_utf8_lossy(&line));
                line.clear();
            }
        }
        child.wait()
    }
}

fn check(line: &str, status: ExitStatus) -> anyhow::Result<()> {
    if !status.success() {
        bail!("`cargo {line}` failed");
    }
    Ok(())
}
