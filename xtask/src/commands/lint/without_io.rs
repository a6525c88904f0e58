//! Some crates do no IO, so they have to build for a target that has none.

use std::{path::Path, process::Command};

use anyhow::bail;

use crate::{cargo::Cargo, report::Outcome, tools::rustup};

const TARGET: &str = "wasm32-unknown-unknown";

/// The crates that do no IO, with the features for which that holds.
pub(super) const PACKAGES: [(&str, &str); 4] = [
    ("gloaming-protocol", ""),
    ("gloaming-queue", "--no-default-features"),
    ("gloaming-machine", ""),
    ("gloaming-coordinator", ""),
];

/// Crates that async Rust code needs for IO, time or randomness of the operating system.
const IO: [&str; 9] = [
    "async-io",
    "getrandom",
    "hyper",
    "mio",
    "native-tls",
    "rustls",
    "smol",
    "socket2",
    "tokio",
];

/// Checks the tree of `package`, and compiles it for a target without IO if that is installed.
pub(super) fn check((package, features): (&str, &str)) -> anyhow::Result<Outcome> {
    let tree = Cargo::new(&format!(
        "tree --package {package} {features} --edges normal --prefix none --target {TARGET}"
    ))
    .read()?;
    let found = io_in(&tree);
    if !found.is_empty() {
        bail!("{package} depends on {}", found.join(", "));
    }
    if !is_installed() && rustup(&format!("target add {TARGET}")).is_err() {
        return Ok(Outcome::PassedWith(format!(
            "only by its dependencies: the target {TARGET} can't be installed"
        )));
    }
    Cargo::new(&format!(
        "check --package {package} {features} --target {TARGET}"
    ))
    .run()?;
    Ok(Outcome::PassedWith(format!("it builds for {TARGET}")))
}

/// Returns the crates for IO in the output of `cargo tree`.
fn io_in(tree: &str) -> Vec<&str> {
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let mut found = names.filter(|name| IO.contains(name)).collect::<Vec<_>>();
    found.sort_unstable();
    found.dedup();
    found
}

fn is_installed() -> bool {
    let args = ["--print", "target-libdir", "--target", TARGET];
    let output = Command::new("rustc").args(args).output();
    output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

#[cfg(test)]
mod tests {
    use super::io_in;

    #[test]
    fn io_is_found_by_the_whole_name() {
        let tree = "gloaming-protocol v0.1.0 (crates/protocol)\nmio-extras v1.0.0\ntokio v1.54.0\nmio v1.0.0\ntokio v1.54.0 (*)\n";
        assert_eq!(io_in(tree), ["mio", "tokio"]);
    }
}
