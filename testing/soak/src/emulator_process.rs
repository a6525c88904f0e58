use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use data_encoding::BASE64;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::{control::Control, endpoint::Endpoint, plan::Plan};

/// The emulator generates its guilds before it listens.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// The emulator in its own process. Dropping it kills the process.
#[derive(Debug)]
pub struct EmulatorProcess {
    endpoint: Endpoint,
    child: Child,
    /// Kept open, so that the emulator can write to it until it exits.
    _stdout: BufReader<ChildStdout>,
}

impl EmulatorProcess {
    /// Starts the program at `path` with the settings of the plan, and waits until it listens.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such program or if it does not start.
    pub async fn start(path: &Path, plan: &Plan) -> io::Result<Self> {
        let certificate = env::temp_dir().join(format!("gloaming-soak-{}.pem", std::process::id()));
        let started = Self::start_with(path, plan, &certificate).await;
        // The file does not exist if the emulator failed before it wrote it.
        _ = fs::remove_file(&certificate);
        started
    }

    async fn start_with(path: &Path, plan: &Plan, certificate: &Path) -> io::Result<Self> {
        let mut child = Command::new(path)
            .args(plan.emulator_arguments())
            .args(["--quiet", "--root-out"])
            .arg(certificate)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                let message = format!("can't start {}: {error}", path.display());
                io::Error::new(error.kind(), message)
            })?;
        let Some(stdout) = child.stdout.take() else {
            return Err(io::Error::other("the emulator has no standard output"));
        };
        let mut stdout = BufReader::new(stdout);
        let urls = timeout(START_TIMEOUT, read_urls(&mut stdout))
            .await
            .map_err(|_| {
                io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!(
                        "the emulator does not listen within {} s",
                        START_TIMEOUT.as_secs()
                    ),
                )
            })??;
        let endpoint = Endpoint {
            ws: urls.ws,
            wss: urls.wss,
            root_certificate: der(&fs::read_to_string(certificate)?)?,
            control: Control::new(&urls.rest),
            process: child.id(),
        };
        Ok(Self {
            endpoint,
            child,
            _stdout: stdout,
        })
    }

    /// Returns the emulator's program in the directory of this program.
    ///
    /// # Errors
    ///
    /// Returns an error if the directory of this program is not known.
    pub fn default_program() -> io::Result<PathBuf> {
        let program = format!("gloaming-emulator{}", env::consts::EXE_SUFFIX);
        Ok(env::current_exe()?.with_file_name(program))
    }

    /// Returns the addresses of the emulator.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Kills the process and waits for its end.
    ///
    /// # Errors
    ///
    /// Returns an error if the process can't be killed.
    pub async fn stop(mut self) -> io::Result<()> {
        self.child.kill().await
    }
}

struct Urls {
    ws: String,
    wss: String,
    rest: String,
}

async fn read_urls(stdout: &mut BufReader<ChildStdout>) -> io::Result<Urls> {
    let (mut ws, mut wss, mut rest) = (None, None, None);
    let mut line = String::new();
    while stdout.read_line(&mut line).await? > 0 {
        match line.trim().split_once(' ') {
            Some(("ws", url)) => ws = Some(url.trim().to_owned()),
            Some(("wss", url)) => wss = Some(url.trim().to_owned()),
            Some(("rest", url)) => rest = Some(url.trim().to_owned()),
            _ if line.starts_with("ready") => break,
            _ => {}
        }
        line.clear();
    }
    match (ws, wss, rest) {
        (Some(ws), Some(wss), Some(rest)) => Ok(Urls { ws, wss, rest }),
        _ => Err(io::Error::other("the emulator exited before it listened")),
    }
}

/// Decodes the PEM block.
fn der(pem: &str) -> io::Result<Vec<u8>> {
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    let base64: String = lines.collect();
    BASE64.decode(base64.as_bytes()).map_err(io::Error::other)
}
