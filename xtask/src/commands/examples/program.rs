//! A running example.

use std::{
    cell::RefCell,
    process::{Command, Stdio},
    rc::Rc,
    time::Instant,
};

use anyhow::{Context as _, bail};

use super::{
    emulator::Emulator,
    process::{Process, built, deadline},
};

/// An example to be started.
pub(super) struct ProgramBuilder {
    name: String,
    command: Command,
    output: Rc<RefCell<String>>,
}

impl ProgramBuilder {
    /// `path` is below cargo's folder of programs, and `output` gets what the program prints.
    pub(super) fn new(path: &str, output: Rc<RefCell<String>>) -> Self {
        let name = path.trim_start_matches("examples/");
        let mut command = Command::new(built(path));
        for variable in [
            "DISCORD_TOKEN",
            "GATEWAY_URL",
            "NO_PROXY",
            "PROXY_URL",
            "REST_PROXY",
            "RUST_LOG",
            "https_proxy",
            "no_proxy",
        ] {
            command.env_remove(variable);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self {
            name: name.to_owned(),
            command,
            output,
        }
    }

    /// Connects it to an emulator over TLS, as to Discord.
    pub(super) fn on(self, emulator: &Emulator) -> Self {
        let root = emulator.root.to_string_lossy().into_owned();
        self.on_plain(emulator)
            .env("GATEWAY_URL", &emulator.wss_url)
            .env("SSL_CERT_FILE", &root)
    }

    /// Connects it to an emulator without TLS.
    pub(super) fn on_plain(self, emulator: &Emulator) -> Self {
        self.env("DISCORD_TOKEN", &emulator.token)
            .env("GATEWAY_URL", &emulator.ws_url)
            .env("REST_PROXY", &emulator.rest)
    }

    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(super) fn start(self) -> anyhow::Result<Program> {
        Ok(Program {
            process: Process::start(self.command)?,
            name: self.name,
            output: self.output,
        })
    }
}

/// A running example.
pub(super) struct Program {
    name: String,
    process: Process,
    output: Rc<RefCell<String>>,
}

impl Program {
    /// Reads lines until one contains `part`, and returns that.
    pub(super) fn expect(&self, part: &str) -> anyhow::Result<String> {
        let deadline = deadline();
        let waiting = || format!("{} did not print `{part}`", self.name);
        while let Some(line) = self.next_line(deadline).with_context(waiting)? {
            if line.contains(part) {
                return Ok(line);
            }
        }
        bail!("it ended, and {}", waiting())
    }

    /// Reads lines until each part was in one of them, in any order.
    pub(super) fn expect_all(&self, parts: &[&str]) -> anyhow::Result<()> {
        let mut missing = parts.to_vec();
        let deadline = deadline();
        while let Some(part) = missing.first() {
            let waiting = || format!("{} did not print `{part}`", self.name);
            match self.next_line(deadline).with_context(waiting)? {
                Some(line) => missing.retain(|part| !line.contains(part)),
                None => bail!("it ended, and {}", waiting()),
            }
        }
        Ok(())
    }

    /// Interrupts the program as ctrl-c does, and returns the lines that it still prints. Fails unless it ends with exit
    /// code 0.
    pub(super) fn interrupt(self) -> anyhow::Result<Lines> {
        self.process.interrupt()?;
        self.end()
    }

    /// Like [`interrupt`](Self::interrupt), with SIGTERM, which service managers send.
    pub(super) fn terminate(self) -> anyhow::Result<Lines> {
        self.process.terminate()?;
        self.end()
    }

    /// Waits for the end of a program that ends by itself, and returns the lines that it still prints. Fails unless it
    /// ends with exit code 0.
    pub(super) fn end(mut self) -> anyhow::Result<Lines> {
        let deadline = deadline();
        let mut lines = Vec::new();
        while let Some(line) = self.next_line(deadline)? {
            lines.push(line);
        }
        let status = self.process.status()?;
        if !status.success() {
            bail!("{} ended with {status}", self.name);
        }
        Ok(Lines(lines))
    }

    fn next_line(&self, deadline: Instant) -> anyhow::Result<Option<String>> {
        let line = self.process.next_line(deadline)?;
        if let Some(line) = &line {
            let mut output = self.output.borrow_mut();
            output.push_str(line);
            output.push('\n');
        }
        Ok(line)
    }
}

/// The last lines of a program.
pub(super) struct Lines(Vec<String>);

impl Lines {
    /// Fails unless each part is in a line.
    pub(super) fn contain(&self, parts: &[&str]) -> anyhow::Result<()> {
        for part in parts {
            if !self.0.iter().any(|line| line.contains(part)) {
                bail!("`{part}` is not in the last lines");
            }
        }
        Ok(())
    }

    /// Returns the number that follows a text.
    pub(super) fn number_after(&self, text: &str) -> anyhow::Result<u64> {
        let after = self.0.iter().find_map(|line| line.split_once(text));
        let digits = after.and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next());
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(number) => Ok(number),
            None => bail!("no number follows `{text}` in the last lines"),
        }
    }
}
