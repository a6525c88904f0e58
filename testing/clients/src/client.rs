//! Which clients there are, what they need, and how they are run.

use std::{
    env,
    env::consts::EXE_SUFFIX,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{folders::Folders, process::Process};

/// How long a runtime may take to say that it is there.
const LOOK: Duration = Duration::from_secs(30);

/// How long a registry may take for a few packages.
const INSTALL: Duration = Duration::from_secs(600);

/// A library that keeps bots connected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Client {
    /// discord.js.
    DiscordJs,
    /// @discordjs/ws alone, a version ahead of what discord.js connects with.
    DiscordJsWs,
    /// discord.py.
    DiscordPy,
    /// twilight-gateway.
    Twilight,
}

/// Whether a client can be run here.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Presence {
    Here,
    /// What is missing.
    Missing(String),
}

impl Client {
    pub(crate) const ALL: [Self; 4] = [
        Self::DiscordJs,
        Self::DiscordJsWs,
        Self::DiscordPy,
        Self::Twilight,
    ];

    /// What it is called on the command line, and its folder.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::DiscordJs => "discord-js",
            Self::DiscordJsWs => "discordjs-ws",
            Self::DiscordPy => "discord-py",
            Self::Twilight => "twilight",
        }
    }

    /// The package that it is.
    pub(crate) const fn package(self) -> &'static str {
        match self {
            Self::DiscordJs => "discord.js",
            Self::DiscordJsWs => "@discordjs/ws",
            Self::DiscordPy => "discord.py",
            Self::Twilight => "twilight-gateway",
        }
    }

    /// What it can be told to use; it plays once with each.
    pub(crate) const fn compressions(self) -> &'static [&'static str] {
        match self {
            // It compresses with the package zlib-sync alone, which is compiled where it is installed.
            Self::DiscordJs => &["none"],
            Self::DiscordJsWs => &["none", "payload", "zlib-stream"],
            Self::DiscordPy => &["zlib-stream", "zstd-stream"],
            Self::Twilight => &["zlib-stream"],
        }
    }

    /// Looks for its runtime and brings its packages, unless they are there already.
    pub(crate) fn set_up(self, folders: &Folders) -> Result<Presence, String> {
        let set_up = match self {
            Self::DiscordJs | Self::DiscordJsWs => set_up_js,
            Self::DiscordPy => set_up_py,
            Self::Twilight => return Ok(Presence::Here),
        };
        set_up(&folders.source(self), &folders.work(self))
    }

    /// The program that tells what happens to it.
    pub(crate) fn program(self, folders: &Folders, compression: &str) -> Command {
        let work = folders.work(self);
        let mut command = match self {
            Self::DiscordJs | Self::DiscordJsWs => {
                let mut node = Command::new("node");
                node.arg("client.mjs").current_dir(work);
                node
            }
            Self::DiscordPy => {
                let mut python = Command::new(python_of(&work));
                python.arg("client.py").current_dir(work);
                python
            }
            Self::Twilight => Command::new(
                folders
                    .built
                    .join(format!("gloaming-client-twilight{EXE_SUFFIX}")),
            ),
        };
        command.env("COMPRESSION", compression);
        command
    }

    /// The test in the guide, which starts the emulator by itself.
    pub(crate) fn test_of_the_guide(self, folders: &Folders) -> Result<Option<Command>, String> {
        let work = folders.work(self);
        let mut command = match self {
            Self::DiscordJs => {
                let mut node = Command::new("node");
                node.args(["--test", "bot.test.mjs"]);
                node
            }
            Self::DiscordPy => {
                let mut python = Command::new(python_of(&work));
                python.args(["-m", "unittest", "-v", "test_bot"]);
                python
            }
            Self::DiscordJsWs | Self::Twilight => return Ok(None),
        };
        command
            .current_dir(work)
            .env("PATH", path_with(&folders.built)?);
        Ok(Some(command))
    }
}

fn set_up_js(source: &Path, work: &Path) -> Result<Presence, String> {
    if !runs(Command::new("node").arg("--version")) {
        return Ok(missing("node"));
    }
    // A script on Windows, which has to be called by its whole name.
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    if !runs(Command::new(npm).arg("--version")) {
        return Ok(missing("npm"));
    }
    copy(source, work)?;
    once(work, &source.join("package-lock.json"), || {
        run(Command::new(npm)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(work))
    })
}

fn set_up_py(source: &Path, work: &Path) -> Result<Presence, String> {
    let Some(python) = ["python3", "python"]
        .into_iter()
        .find(|python| runs(Command::new(python).args(["-c", "import venv, ensurepip"])))
    else {
        return Ok(missing("python3 with its module venv"));
    };
    copy(source, work)?;
    once(work, &source.join("requirements.txt"), || {
        run(Command::new(python)
            .args(["-m", "venv", "--clear", "venv"])
            .current_dir(work))?;
        run(Command::new(python_of(work))
            .args(["-m", "pip", "install", "--quiet", "-r", "requirements.txt"])
            .current_dir(work))
    })
}

fn missing(what: &str) -> Presence {
    Presence::Missing(format!("{what} not found"))
}

/// That of the virtual environment.
fn python_of(work: &Path) -> PathBuf {
    let below = if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    };
    work.join("venv").join(below)
}

/// Installs what a lock file names, unless it is installed already.
fn once(
    work: &Path,
    lock: &Path,
    install: impl FnOnce() -> Result<(), String>,
) -> Result<Presence, String> {
    let wanted = fs::read_to_string(lock).map_err(|error| told(lock, &error))?;
    let stamp = work.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(Presence::Here);
    }
    install()?;
    fs::write(&stamp, wanted).map_err(|error| told(&stamp, &error))?;
    Ok(Presence::Here)
}

/// The files of a folder, so that what is installed beside them is not in the source tree.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::create_dir_all(to).map_err(|error| told(to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| told(from, &error))? {
        let path = entry.map_err(|error| told(from, &error))?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            fs::copy(&path, to.join(name)).map_err(|error| told(&path, &error))?;
        }
    }
    Ok(())
}

/// The path of programs, with the emulator's in front.
fn path_with(built: &Path) -> Result<OsString, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(
        [built.to_owned()]
            .into_iter()
            .chain(env::split_paths(&path)),
    )
    .map_err(|error| error.to_string())
}

fn runs(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Process::start(command)
        .and_then(|mut process| process.end(LOOK))
        .is_ok_and(|status| status.success())
}

fn run(command: &mut Command) -> Result<(), String> {
    println!("$ {command:?}");
    let status = Process::start(command.stdin(Stdio::null()))?.end(INSTALL)?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?} ended with {status}"))
    }
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
