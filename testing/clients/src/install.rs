//! How the clients are installed.

use std::{
    env::{self, consts::EXE_SUFFIX},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    client::{Client, Language},
    folders::Folders,
    process::Process,
};

/// The timeout of a command that checks for a runtime.
const CHECK_TIMEOUT: Duration = Duration::from_secs(30);

const INSTALL_TIMEOUT: Duration = Duration::from_secs(1200);

/// Whether a client can run on this machine.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Availability {
    Available,
    /// The client can't run, for this reason.
    Unavailable(String),
}

/// Checks for the client's runtime, and installs its packages unless they are installed.
pub(crate) fn set_up(client: Client, folders: &Folders) -> Result<Availability, String> {
    let (source, work) = (folders.source(client), folders.work(client));
    match client.language() {
        Language::JavaScript { compiled } => {
            set_up_js(&source, &folders.shared("javascript"), &work, compiled)
        }
        Language::Python => set_up_py(&source, &folders.shared("python"), &work),
        Language::Rust => set_up_rust(client, &source, &work),
    }
}

/// Sets up the program `cost` of a client, compiled for release.
pub(crate) fn set_up_for_cost(client: Client, folders: &Folders) -> Result<Availability, String> {
    if client.language() != Language::Rust {
        return set_up(client, folders);
    }
    cargo_build(
        &folders.source(client),
        &folders.work(client),
        &["--release", "--bin", "cost"],
    )?;
    Ok(Availability::Available)
}

/// Returns the path of the program `cost` in Rust.
pub(crate) fn cost_program(work: &Path) -> PathBuf {
    work.join("release").join(format!("cost{EXE_SUFFIX}"))
}

/// Returns the path of the virtual environment's interpreter.
pub(crate) fn venv_python(work: &Path) -> PathBuf {
    let below = if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    };
    work.join("venv").join(below)
}

/// Returns the variable `PATH` with the emulator's folder prepended.
pub(crate) fn path_with(built: &Path) -> Result<OsString, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(
        [built.to_owned()]
            .into_iter()
            .chain(env::split_paths(&path)),
    )
    .map_err(|error| error.to_string())
}

/// Returns the path of a client program in Rust with the given compression.
pub(crate) fn rust_program(work: &Path, compression: &str) -> PathBuf {
    work.join(format!("client-{compression}{EXE_SUFFIX}"))
}

/// Installs packages of npm, and compiles those that are named.
fn set_up_js(
    source: &Path,
    shared: &Path,
    work: &Path,
    compiled: &[&str],
) -> Result<Availability, String> {
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
        .find(|tool| !compiled.is_empty() && !succeeds(Command::new(tool).arg("--version")));
    if let Some(tool) = missing {
        return Ok(unavailable(tool));
    }
    copy_files(source, work)?;
    copy_files(shared, work)?;
    install_if_changed(work, &source.join("package-lock.json"), || {
        let mut install = Command::new(npm);
        install
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(work);
        if compiled.is_empty() {
            return run(install.arg("--omit=optional"));
        }
        run(&mut install)?;
        let mut rebuild = Command::new(npm);
        rebuild.arg("rebuild").args(compiled).current_dir(work);
        // Without the headers of a distribution's node, node-gyp downloads them.
        let headers = Path::new("/usr");
        if headers.join("include/node/node.h").is_file() {
            rebuild.env("npm_config_nodedir", headers);
        }
        run(&mut rebuild)
    })
}

fn set_up_py(source: &Path, shared: &Path, work: &Path) -> Result<Availability, String> {
    let Some(python) = ["python3", "python"]
        .into_iter()
        .find(|python| succeeds(Command::new(python).args(["-c", "import venv, ensurepip"])))
    else {
        return Ok(unavailable("python3 with its module venv"));
    };
    copy_files(source, work)?;
    copy_files(shared, work)?;
    install_if_changed(work, &source.join("requirements.txt"), || {
        run(Command::new(python)
            .args(["-m", "venv", "--clear", "venv"])
            .current_dir(work))?;
        run(Command::new(venv_python(work))
            .args(["-m", "pip", "install", "--quiet", "-r", "requirements.txt"])
            .current_dir(work))
    })
}

/// Compiles the client once for each compression.
fn set_up_rust(client: Client, source: &Path, work: &Path) -> Result<Availability, String> {
    let name = format!("gloaming-client-{}", client.folder());
    let built = work.join("debug").join(format!("{name}{EXE_SUFFIX}"));
    for &compression in client.compressions() {
        cargo_build(source, work, &["--bin", &name, "--features", compression])?;
        fs::copy(&built, rust_program(work, compression))
            .map_err(|error| with_path(&built, &error))?;
    }
    Ok(Availability::Available)
}

/// Compiles a package that is a workspace of its own. cargo knows what is compiled.
fn cargo_build(source: &Path, work: &Path, options: &[&str]) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(cargo)
        .args(["build", "--quiet", "--locked", "--manifest-path"])
        .arg(source.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(work)
        .args(options))
}

fn unavailable(what: &str) -> Availability {
    Availability::Unavailable(format!("{what} not found"))
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
