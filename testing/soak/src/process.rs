//! The emulator in a process of its own.

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

use crate::{Control, Gateway, Plan};

/// It makes its world up before it listens.
const PATIENCE: Duration = Duration::from_secs(120);

/// The emulator in a process of its own. Dropping it ends it.
#[derive(Debug)]
pub struct Process {
    gateway: Gateway,
    child: Child,
    /// Kept open, lest what it writes at its end fails.
    _out: BufReader<ChildStdout>,
}

impl Process {
    /// Starts the program at `path`, with settings that suit the plan, and waits until it listens.
    ///
    /// # Errors
    ///
    /// There is no such program, or it does not start.
    pub async fn start(path: &Path, plan: &Plan) -> io::Result<Self> {
        let root = env::temp_dir().join(format!("gloaming-soak-{}.pem", std::process::id()));
        let started = Self::start_with(path, plan, &root).await;
        // It may not have come to be.
        _ = fs::remove_file(&root);
        started
    }

    async fn start_with(path: &Path, plan: &Plan, root: &Path) -> io::Result<Self> {
        let mut child = Command::new(path)
            .args(plan.emulator_arguments())
            .arg("--root-out")
            .arg(root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                let why = format!("can't start {}: {error}", path.display());
                io::Error::new(error.kind(), why)
            })?;
        let Some(out) = child.stdout.take() else {
            return Err(io::Error::other("the emulator has no output"));
        };
        let mut out = BufReader::new(out);
        let urls = timeout(PATIENCE, urls(&mut out)).await.map_err(|_| {
            io::Error::new(io::ErrorKind::TimedOut, "the emulator does not start")
        })??;
        let gateway = Gateway {
            ws: urls.ws,
            wss: urls.wss,
            root: der(&fs::read_to_string(root)?)?,
            control: Control::new(&urls.rest),
            process: child.id(),
        };
        Ok(Self {
            gateway,
            child,
            _out: out,
        })
    }

    /// The program that lies beside this one.
    ///
    /// # Errors
    ///
    /// It is not known where this one lies.
    pub fn beside() -> io::Result<PathBuf> {
        let program = format!("gloaming-emulator{}", env::consts::EXE_SUFFIX);
        Ok(env::current_exe()?.with_file_name(program))
    }

    /// Where it listens.
    #[must_use]
    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Ends it.
    ///
    /// # Errors
    ///
    /// The system does not let us.
    pub async fn end(mut self) -> io::Result<()> {
        self.child.kill().await
    }
}

struct Urls {
    ws: String,
    wss: String,
    rest: String,
}

async fn urls(out: &mut BufReader<ChildStdout>) -> io::Result<Urls> {
    let (mut ws, mut wss, mut rest) = (None, None, None);
    let mut line = String::new();
    while out.read_line(&mut line).await? > 0 {
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
        _ => Err(io::Error::other("the emulator ended before it listened")),
    }
}

/// What is between the lines of dashes.
fn der(pem: &str) -> io::Result<Vec<u8>> {
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    let base64: String = lines.collect();
    BASE64.decode(base64.as_bytes()).map_err(io::Error::other)
}
