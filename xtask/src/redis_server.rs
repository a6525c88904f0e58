//! The Redis server that tests start. It is optional: what needs it is skipped without it, and says so.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use crate::{packages::Manager, tools::succeeds, workspace};

/// What it is for.
pub(crate) const REASON: &str = "for the tests of fleets on Redis";

/// The names of the program. The tests look for them on the path, too.
const NAMES: [&str; 2] = ["redis-server", "valkey-server"];

/// The tool of Debian's packages that is the server under another name. Its package starts no service, unlike `redis-server`.
const DEBIAN: &str = "/usr/bin/redis-check-rdb";

/// Returns the path of a link to the program. The tests look for it there.
fn link() -> PathBuf {
    workspace::target().join("tools/redis/redis-server")
}

/// Returns whether the tests find a server.
pub(crate) fn is_installed() -> bool {
    let linked = link();
    let names = NAMES.map(PathBuf::from);
    names.iter().chain([&linked]).any(|name| is_server(name))
}

/// Installs a server with the package manager of the system if it is missing.
///
/// Fails where there is no package manager, no network, or no package.
pub(crate) fn install() -> anyhow::Result<()> {
    if is_installed() || link_to_debian()? {
        return Ok(());
    }
    let Some(manager) = Manager::find() else {
        bail!("there is no package manager that can install it");
    };
    manager.install(packages(manager))?;
    if !is_installed() && !link_to_debian()? {
        bail!("{} has installed none", packages(manager).join(" "));
    }
    Ok(())
}

const fn packages(manager: Manager) -> &'static [&'static str] {
    match manager {
        Manager::AptGet => &["redis-tools"],
        Manager::Dnf | Manager::Pacman => &["valkey"],
        Manager::Apk | Manager::Brew => &["redis"],
    }
}

/// Links to Debian's program, which is the server if that is its name. Returns whether it is one.
fn link_to_debian() -> anyhow::Result<bool> {
    if !Path::new(DEBIAN).exists() {
        return Ok(false);
    }
    let link = link();
    let folder = link.parent().unwrap_or(&link);
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    _ = fs::remove_file(&link);
    symlink(Path::new(DEBIAN), &link).with_context(|| link.display().to_string())?;
    Ok(is_server(&link))
}

#[cfg(unix)]
fn symlink(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

fn is_server(program: &Path) -> bool {
    succeeds(Command::new(program).arg("--version"))
}
