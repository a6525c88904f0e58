//! The clients: how they are installed and started.

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

/// The timeout of a command that checks for a runtime.
const CHECK_TIMEOUT: Duration = Duration::from_secs(30);

const INSTALL_TIMEOUT: Duration = Duration::from_secs(600);

/// A gateway client library.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Client {
    /// discord.js.
    DiscordJs,
    /// @discordjs/ws without discord.js, in a later version than discord.js depends on.
    DiscordJsWs,
    /// discord.py.
    DiscordPy,
    /// eris with erlpack, which makes it use ETF.
    Eris,
    /// oceanic.js with erlpack, which makes it use ETF.
    OceanicJs,
    /// twilight-gateway.
    Twilight,
}

/// Whether a client can run on this machine.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Availability {
    Available,
    /// The client can't run, for this reason.
    Unavailable(String),
}

impl Client {
    pub(crate) const ALL: [Self; 6] = [
        Self::DiscordJs,
        Self::DiscordJsWs,
        Self::DiscordPy,
        Self::Eris,
        Self::OceanicJs,
        Self::Twilight,
    ];

    /// Returns the client's name on the command line, which is also the name of its folder.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::DiscordJs => "discord-js",
            Self::DiscordJsWs => "discordjs-ws",
            Self::DiscordPy => "discord-py",
            Self::Eris => "eris",
            Self::OceanicJs => "oceanic-js",
            Self::Twilight => "twilight",
        }
    }

    /// Returns the name of the library's package.
    pub(crate) const fn package(self) -> &'static str {
        match self {
            Self::DiscordJs => "discord.js",
            Self::DiscordJsWs => "@discordjs/ws",
            Self::DiscordPy => "discord.py",
            Self::Eris => "eris",
            Self::OceanicJs => "oceanic.js",
            Self::Twilight => "twilight-gateway",
        }
    }

    /// Returns the compressions that the client supports. It runs once with each.
    pub(crate) const fn compressions(self) -> &'static [&'static str] {
        match self {
            // Its only compression requires the package zlib-sync, which is compiled during installation.
            Self::DiscordJs => &["none"],
            Self::DiscordJsWs => &["none", "payload", "zlib-stream"],
            Self::DiscordPy => &["zlib-stream", "zstd-stream"],
            // The zstd-stream of oceanic.js requires a later version of node than the others.
            Self::Eris | Self::OceanicJs => &["none", "zlib-stream"],
            Self::Twilight => &["zlib-stream"],
        }
    }

    /// Returns the encoding that the client uses.
    pub(crate) const fn encoding(self) -> &'static str {
        match self {
            Self::Eris | Self::OceanicJs => "etf",
            Self::DiscordJs | Self::DiscordJsWs | Self::DiscordPy | Self::Twilight => "json",
        }
    }

    /// Checks for the client's runtime, and installs its packages unless they are installed.
    pub(crate) fn set_up(self, folders: &Folders) -> Result<Availability, String> {
        let (source, work) = (folders.source(self), folders.work(self));
        match self {
            Self::DiscordJs | Self::DiscordJsWs => set_up_js(&source, &work, None),
            Self::Eris | Self::OceanicJs => set_up_js(&source, &work, Some("erlpack")),
            Self::DiscordPy => set_up_py(&source, &work),
            Self::Twilight => Ok(Availability::Available),
        }
    }

    /// Returns the command that runs the client program.
    pub(crate) fn command(self, folders: &Folders, compression: &str) -> Command {
        let work = folders.work(self);
        let mut command = match self {
            Self::DiscordJs | Self::DiscordJsWs | Self::Eris | Self::OceanicJs => {
                let mut node = Command::new("node");
                node.arg("client.mjs").current_dir(work);
                node
            }
            Self::DiscordPy => {
                let mut python = Command::new(venv_python(&work));
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

    /// Returns the command that runs the guide's test, if the guide has one for this client. The test starts the
    /// emulator itself.
    pub(crate) fn guide_test(self, folders: &Folders) -> Result<Option<Command>, String> {
        let work = folders.work(self);
        let mut command = match self {
            Self::DiscordJs => {
                let mut node = Command::new("node");
                node.args(["--test", "bot.test.mjs"]);
                node
            }
            Self::DiscordPy => {
                let mut python = Command::new(venv_python(&work));
                python.args(["-m", "unittest", "-v", "test_bot"]);
                python
            }
            Self::DiscordJsWs | Self::Eris | Self::OceanicJs | Self::Twilight => {
                return Ok(None);
            }
        };
        command
            .current_dir(work)
            .env("PATH", path_with(&folders.built)?);
        Ok(Some(command))
    }
}

/// Installs packages of npm. The one with the name `native` is compiled.
fn set_up_js(source: &Path, work: &Path, native: Option<&str>) -> Result<Availability, String> {
    if !succeeds(Command::new("node").arg("--version")) {
        return Ok(unavailable("node"));
    }
    // A script on Windows is only found by its full name.
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    if !succeeds(Command::new(npm).arg("--version")) {
        return Ok(unavailable("npm"));
    }
    // What node-gyp runs.
    let compilers = ["c++", "make", "python3"];
    let missing = compilers
        .into_iter()
        .find(|tool| native.is_some() && !succeeds(Command::new(tool).arg("--version")));
    if let Some(tool) = missing {
        return Ok(unavailable(tool));
    }
    copy_files(source, work)?;
    install_if_changed(work, &source.join("package-lock.json"), || {
        run(Command::new(npm)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(work))?;
        let Some(package) = native else {
            return Ok(());
        };
        let mut rebuild = Command::new(npm);
        rebuild.args(["rebuild", package]).current_dir(work);
        // Without the headers of a distribution's node, node-gyp downloads them.
        let headers = Path::new("/usr");
        if headers.join("include/node/node.h").is_file() {
            rebuild.env("npm_config_nodedir", headers);
        }
        run(&mut rebuild)
    })
}

fn set_up_py(source: &Path, work: &Path) -> Result<Availability, String> {
    let Some(python) = ["python3", "python"]
        .into_iter()
        .find(|python| succeeds(Command::new(python).args(["-c", "import venv, ensurepip"])))
    else {
        return Ok(unavailable("python3 with its module venv"));
    };
    copy_files(source, work)?;
    install_if_changed(work, &source.join("requirements.txt"), || {
        run(Command::new(python)
            .args(["-m", "venv", "--clear", "venv"])
            .current_dir(work))?;
        run(Command::new(venv_python(work))
            .args(["-m", "pip", "install", "--quiet", "-r", "requirements.txt"])
            .current_dir(work))
    })
}

fn unavailable(what: &str) -> Availability {
    Availability::Unavailable(format!("{what} not found"))
}

/// Returns the path of the virtual environment's interpreter.
fn venv_python(work: &Path) -> PathBuf {
    let below = if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    };
    work.join("venv").join(below)
}

/// Runs `install` unless it has succeeded before with the same lock file.
fn install_if_changed(
    work: &Path,
    lock: &Path,
    install: impl FnOnce() -> Result<(), String>,
) -> Result<Availability, String> {
    let lock_text = fs::read_to_string(lock).map_err(|error| with_path(lock, &error))?;
    let stamp = work.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock_text) {
        return Ok(Availability::Available);
    }
    install()?;
    fs::write(&stamp, lock_text).map_err(|error| with_path(&stamp, &error))?;
    Ok(Availability::Available)
}

/// Copies the files of a folder, so that packages are not installed into the source tree.
fn copy_files(from: &Path, to: &Path) -> Result<(), String> {
    fs::create_dir_all(to).map_err(|error| with_path(to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| with_path(from, &error))? {
        let path = entry.map_err(|error| with_path(from, &error))?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            fs::copy(&path, to.join(name)).map_err(|error| with_path(&path, &error))?;
        }
    }
    Ok(())
}

/// Returns the variable `PATH` with the emulator's folder prepended.
fn path_with(built: &Path) -> Result<OsString, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(
        [built.to_owned()]
            .into_iter()
            .chain(env::split_paths(&path)),
    )
    .map_err(|error| error.to_string())
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Process::start(command)
        .and_then(|mut process| process.wait(CHECK_TIMEOUT))
        .is_ok_and(|status| status.success())
}

fn run(command: &mut Command) -> Result<(), String> {
    println!("$ {command:?}");
    let status = Process::start(command.stdin(Stdio::null()))?.wait(INSTALL_TIMEOUT)?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?} exited with {status}"))
    }
}

fn with_path(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
