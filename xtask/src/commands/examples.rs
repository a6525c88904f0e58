use std::{
    collections::BTreeMap,
    env::consts::EXE_SUFFIX,
    fs,
    io::{self, BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command as Process, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::setup;
use crate::{
    cargo::Cargo,
    command::{Command, Failure, options},
    needs::Need,
    report::{Outcome, Report},
    workspace,
};

/// Runs every example.
pub(crate) struct Examples;

/// None takes half a minute; one that waits forever must not hold up the rest.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the emulator sends to the example that measures.
const EVENTS: &str = "20000";

impl Command for Examples {
    fn name(&self) -> &'static str {
        "examples"
    }

    fn help(&self) -> &'static str {
        "Run every example against the bundled emulator

Builds them all, runs one after another with no token and no network, and
shows what each prints. Each ends by itself and fails by its exit code.

Options:
  --quiet  show what an example prints only if it fails"
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        let options = options(args, &["--quiet"])?;
        let quiet = options.contains(&"--quiet");
        setup::install(&Need::TESTS)?;
        Cargo::new("build --package gloaming-examples --examples --package gloaming-emulator")
            .run()?;
        let mut report = Report::default();
        for (name, features) in examples()? {
            if !features.is_empty() {
                let features = features.join(",");
                Cargo::new(&format!(
                    "build --package gloaming-examples --example {name} --features {features}"
                ))
                .run()?;
            }
            report.step(format!("example {name}"), || play(&name, quiet));
        }
        report.print();
        report.verdict()
    }
}

/// The examples in the manifest, with the features that each requires.
fn examples() -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let manifest = fs::read_to_string(workspace::root().join("examples").join("Cargo.toml"))?;
    let mut examples = BTreeMap::new();
    for section in manifest.split("[[example]]").skip(1) {
        let value = |key: &str| {
            section
                .lines()
                .take_while(|line| !line.starts_with('['))
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))
        };
        let Some(name) = value("name") else {
            return Err(Failure::new(
                "an example in examples/Cargo.toml has no name",
            ));
        };
        let features = value("required-features")
            .unwrap_or_default()
            .split('"')
            .skip(1)
            .step_by(2);
        examples.insert(
            name.trim_matches('"').to_owned(),
            features.map(ToOwned::to_owned).collect(),
        );
    }
    Ok(examples)
}

fn play(name: &str, quiet: bool) -> Result<Outcome, Failure> {
    let mut command = Process::new(built("examples").join(format!("{name}{EXE_SUFFIX}")));
    // The one that measures any gateway has none of its own.
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
        return Err(Failure::new(format!("it ended with {}", output.status)));
    }
    Ok(Outcome::Passed)
}

fn run(mut command: Process) -> Result<Output, Failure> {
    let child = command
        .env_remove("DISCORD_TOKEN")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let id = child.id();
    let (done, outcome) = mpsc::channel();
    thread::spawn(move || done.send(child.wait_with_output()));
    match outcome.recv_timeout(PATIENCE) {
        Ok(output) => Ok(output?),
        Err(_) => {
            let ended = Process::new("kill").arg(id.to_string()).status();
            Err(Failure::new(format!(
                "it did not end within {} s{}",
                PATIENCE.as_secs(),
                if ended.is_ok_and(|status| status.success()) {
                    ""
                } else {
                    ", and can't be ended"
                }
            )))
        }
    }
}

/// Where cargo puts what it builds; `below` may be empty.
fn built(below: &str) -> PathBuf {
    workspace::target().join("debug").join(below)
}

/// The bundled emulator as a program.
struct Emulator {
    child: Child,
    url: String,
}

impl Emulator {
    fn start() -> Result<Self, Failure> {
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

    fn first_url(&mut self) -> Result<String, Failure> {
        let out = self.child.stdout.take().ok_or_else(|| {
            io::Error::new(io::ErrorKind::BrokenPipe, "the emulator has no output")
        })?;
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
        url.ok_or_else(|| Failure::new("the emulator told no URL"))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
