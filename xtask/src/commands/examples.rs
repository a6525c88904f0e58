use std::{
    env::consts::EXE_SUFFIX,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command as Process, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::options;
use crate::{
    Command,
    cargo::Cargo,
    report::{Outcome, Report},
    system::{self, Need},
    workspace::{self, Target},
};

/// Runs every example.
pub(crate) struct Examples;

/// Each example takes less than half a minute. One that never ends must not hold up the rest.
const TIMEOUT: Duration = Duration::from_secs(120);

/// How many events the emulator sends to the example that measures throughput.
const EVENTS: &str = "20000";

impl Command for Examples {
    fn name(&self) -> &'static str {
        "examples"
    }

    fn help(&self) -> &'static str {
        "Run every example against the bundled emulator

Builds all examples and runs them one after another, without a token and
without a network. Prints their output. An example fails by its exit code.

Options:
  --quiet  print the output of an example only if it fails"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let mut options = options::reader(args);
        let quiet = options.contains("--quiet");
        options::finish(options)?;
        system::install(&Need::TESTS)?;
        Cargo::new("build --package gloaming-examples --examples --package gloaming-emulator")
            .run()?;
        let mut report = Report::default();
        for Target {
            name,
            required_features,
            ..
        } in examples()?
        {
            if !required_features.is_empty() {
                let features = required_features.join(",");
                Cargo::new(&format!(
                    "build --package gloaming-examples --example {name} --features {features}"
                ))
                .run()?;
            }
            report.step(format!("example {name}"), || run_example(&name, quiet));
        }
        report.print();
        report.result()
    }
}

/// Returns the examples, sorted by name.
fn examples() -> anyhow::Result<Vec<Target>> {
    let packages = workspace::packages()?;
    let package = packages
        .into_iter()
        .find(|package| package.name == "gloaming-examples");
    let mut examples = package
        .context("there is no package gloaming-examples")?
        .targets;
    examples.retain(|target| target.kind == "example");
    examples.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(examples)
}

fn run_example(name: &str, quiet: bool) -> anyhow::Result<Outcome> {
    let mut command = Process::new(built("examples").join(format!("{name}{EXE_SUFFIX}")));
    // This example connects to any gateway and starts none of its own.
    let emulator = match name {
        "firehose" => Some(Emulator::start()?),
        _ => None,
    };
    if let Some(emulator) = &emulator {
        command.args(["--url", &emulator.url, "--mode", "typed", "--sent", EVENTS]);
    }
    let output = run(command)?;
    let failed = !output.status.success();
    if failed || !quiet {
        print!("{}", String::from_utf8_lossy(&output.stdout));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
    }
    if failed {
        bail!("it ended with {}", output.status);
    }
    Ok(Outcome::Passed)
}

fn run(mut command: Process) -> anyhow::Result<Output> {
    let child = command
        .env_remove("DISCORD_TOKEN")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let id = child.id();
    let (done, outcome) = mpsc::channel();
    thread::spawn(move || done.send(child.wait_with_output()));
    match outcome.recv_timeout(TIMEOUT) {
        Ok(output) => Ok(output?),
        Err(_) => {
            let killed = Process::new("kill").arg(id.to_string()).status();
            bail!(
                "it did not end within {} s{}",
                TIMEOUT.as_secs(),
                if killed.is_ok_and(|status| status.success()) {
                    ""
                } else {
                    ", and it can't be killed"
                }
            )
        }
    }
}

/// Returns the path of something that cargo has built; `below` may be empty.
fn built(below: &str) -> PathBuf {
    workspace::target().join("debug").join(below)
}

/// The bundled emulator, as a process.
struct Emulator {
    child: Child,
    url: String,
}

impl Emulator {
    fn start() -> anyhow::Result<Self> {
        let child = Process::new(built("").join(format!("gloaming-emulator{EXE_SUFFIX}")))
            .args(["--flood", EVENTS])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut emulator = Self {
            child,
            url: String::new(),
        };
        emulator.url = emulator.first_url()?;
        Ok(emulator)
    }

    fn first_url(&mut self) -> anyhow::Result<String> {
        let out = self
            .child
            .stdout
            .take()
            .context("the emulator has no output")?;
        let mut url = None;
        for line in BufReader::new(out).lines() {
            let line = line?;
            if let Some(ws) = line.strip_prefix("ws ") {
                url = Some(ws.trim().to_owned());
            }
            if line.starts_with("ready") {
                break;
            }
        }
        url.context("the emulator printed no URL")
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Both fail if it has already ended, which is fine.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
