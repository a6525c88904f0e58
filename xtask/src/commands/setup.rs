use std::process::Command as Process;

use crate::{
    cargo::Cargo,
    command::{Command, Failure, options},
    needs::{Need, succeeds},
    packages::Manager,
};

/// Installs what the project needs beside Rust.
pub(crate) struct Setup;

impl Command for Setup {
    fn name(&self) -> &'static str {
        "setup"
    }

    fn help(&self) -> &'static str {
        "Install what is missing: a C compiler, cmake, headers of OpenSSL and zlib

Uses the system's package manager (apt-get, dnf, pacman, apk or brew), with
sudo where it has to. Does nothing, and fast, when nothing is missing.

Options:
  --check       only say what is missing, and fail if anything is
  --lint-tools  install also rustfmt, clippy, the target wasm32-unknown-unknown
                and cargo-deny, which is compiled and takes some minutes"
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        let options = options(args, &["--check", "--lint-tools"])?;
        if options.contains(&"--check") {
            return check();
        }
        install(&Need::ALL)?;
        println!("everything that the build needs is installed");
        if options.contains(&"--lint-tools") {
            install_lint_tools()?;
        }
        Ok(())
    }
}

fn check() -> Result<(), Failure> {
    let missing = Need::ALL.into_iter().filter(|need| !need.is_met());
    let missing = missing.map(describe).collect::<Vec<_>>();
    if missing.is_empty() {
        println!("everything that the build needs is installed");
        Ok(())
    } else {
        Err(Failure::new(format!(
            "missing:\n{}\n`cargo xtask setup` installs them",
            missing.join("\n")
        )))
    }
}

fn describe(need: Need) -> String {
    format!("  {} ({})", need.name(), need.reason())
}

/// Installs those of `needs` that are not met.
pub(super) fn install(needs: &[Need]) -> Result<(), Failure> {
    let missing = unmet(needs);
    if missing.is_empty() {
        return Ok(());
    }
    println!("missing:");
    for need in &missing {
        println!("{}", describe(*need));
    }
    if let Some(manager) = Manager::find() {
        let packages = missing
            .iter()
            .flat_map(|need| need.packages(manager))
            .copied()
            .collect::<Vec<_>>();
        if !packages.is_empty() {
            manager.bring(&packages)?;
        }
    }
    // A library counts as missing while pkg-config does, so look again.
    let missing = unmet(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = missing
        .into_iter()
        .map(|need| format!("{}: {}", describe(need), need.by_hand()))
        .collect::<Vec<_>>();
    Err(Failure::new(format!(
        "still missing, and not to be had from here:\n{}",
        by_hand.join("\n")
    )))
}

fn unmet(needs: &[Need]) -> Vec<Need> {
    needs
        .iter()
        .copied()
        .filter(|need| !need.is_met())
        .collect()
}

fn install_lint_tools() -> Result<(), Failure> {
    rustup(&["component", "add", "rustfmt", "clippy"])?;
    rustup(&["target", "add", "wasm32-unknown-unknown"])?;
    if has_cargo_deny() {
        println!("cargo-deny is installed");
        return Ok(());
    }
    Cargo::new("install --locked cargo-deny").run()
}

/// What `lint` can't do without.
pub(super) fn install_rust_components() -> Result<(), Failure> {
    let has = |tool: &str| {
        Cargo::new(&format!("{tool} --version"))
            .ask()
            .is_ok_and(|said| said.status.success())
    };
    if has("fmt") && has("clippy") {
        return Ok(());
    }
    rustup(&["component", "add", "rustfmt", "clippy"])
}

fn rustup(args: &[&str]) -> Result<(), Failure> {
    let line = format!("rustup {}", args.join(" "));
    println!("$ {line}");
    if Process::new("rustup")
        .args(args)
        .status()
        .is_ok_and(|status| status.success())
    {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "`{line}` failed; where Rust doesn't come from rustup, install the same by hand"
        )))
    }
}

pub(super) fn has_cargo_deny() -> bool {
    succeeds(Process::new("cargo-deny").arg("--version"))
}
