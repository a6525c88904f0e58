//! The program as a child process.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
};

/// A running program.
pub(crate) struct Program {
    child: Child,
    out: BufReader<ChildStdout>,
    /// The lines that it printed until it was ready.
    pub(crate) lines: Vec<String>,
}

/// Runs the program until it exits.
pub(crate) fn output(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// The program without the token of the environment that runs the tests.
fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_gloaming-emulator"));
    program.env_remove("GLOAMING_EMULATOR_TOKEN");
    program
}

impl Program {
    /// Starts the program and waits until it is ready.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with_variables(arguments, &[])
    }

    /// The same, with environment variables.
    pub(crate) fn start_with_variables(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = program()
            .args(arguments)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (mut lines, mut line) = (Vec::new(), String::new());
        while !line.starts_with("ready") {
            line.clear();
            let read = out.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "the program ended after {lines:?}");
            lines.push(line.trim_end().to_owned());
        }
        Self { child, out, lines }
    }

    /// The URL for clients without TLS.
    pub(crate) fn url(&self) -> &str {
        let mut urls = self
            .lines
            .iter()
            .filter_map(|line| line.strip_prefix("ws "));
        urls.next().unwrap().trim()
    }

    /// Interrupts the program as Ctrl-C does. Returns its output since it was ready.
    pub(crate) fn interrupt(self) -> (ExitStatus, String) {
        let (status, out, _) = self.interrupt_with_errors();
        (status, out)
    }

    /// The same, with its standard error.
    pub(crate) fn interrupt_with_errors(mut self) -> (ExitStatus, String, String) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(sent.success());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        let mut errors = String::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap(), rest, errors)
    }
}

/// A failed test leaves no running process.
impl Drop for Program {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
