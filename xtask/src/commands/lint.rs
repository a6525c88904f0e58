use std::path::Path;

use super::setup;
use crate::{
    cargo::Cargo,
    command::{Command, Failure, options},
    layers, machine_paths,
    needs::Need,
    report::{Outcome, Report},
};

/// Checks everything that can be checked without running it.
pub(crate) struct Lint;

impl Command for Lint {
    fn name(&self) -> &'static str {
        "lint"
    }

    fn help(&self) -> &'static str {
        "Check format, lints, documentation, dependencies and layers

What needs a tool that is not installed is skipped, and says so;
`cargo xtask setup --lint-tools` installs them all."
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        options(args, &[])?;
        setup::install(&Need::ALL)?;
        setup::install_rust_components()?;

        let mut report = Report::default();
        report.step("format", || cargo("fmt --all -- --check"));
        report.step("paths of a machine", || {
            machine_paths::check().map(|()| Outcome::Passed)
        });
        report.step("layers", || layers::check().map(|()| Outcome::Passed));
        report.step("clippy, default features", || {
            cargo("clippy --workspace --all-targets -- -D warnings")
        });
        report.step("clippy, all features", || {
            cargo("clippy --workspace --all-targets --all-features -- -D warnings")
        });
        report.step("documentation", || {
            Cargo::new("doc --workspace --no-deps --all-features")
                .env("RUSTDOCFLAGS", "-D warnings")
                .run()
                .map(|()| Outcome::Passed)
        });
        report.step("gloaming-protocol on wasm32", wasm);
        report.step("licenses, sources and duplicates", deny);
        report.step("advisories", advisories);
        report.print();
        report.verdict()
    }
}

fn cargo(line: &str) -> Result<Outcome, Failure> {
    Cargo::new(line).run().map(|()| Outcome::Passed)
}

/// The cheap proof that no IO slipped into the protocol.
fn wasm() -> Result<Outcome, Failure> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let libdir = std::process::Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()?;
    let libdir = String::from_utf8_lossy(&libdir.stdout).into_owned();
    if !Path::new(libdir.trim()).is_dir() {
        return Ok(skip(&format!("the target {TARGET} is not installed")));
    }
    cargo(&format!(
        "check --package gloaming-protocol --target {TARGET}"
    ))
}

fn deny() -> Result<Outcome, Failure> {
    if setup::has_cargo_deny() {
        cargo("deny --all-features check bans licenses sources")
    } else {
        Ok(skip("cargo-deny is not installed"))
    }
}

/// Apart from the rest: these come from outside, and need the network.
fn advisories() -> Result<Outcome, Failure> {
    if !setup::has_cargo_deny() {
        return Ok(skip("cargo-deny is not installed"));
    }
    let said = Cargo::new("deny --all-features check advisories").ask()?;
    if said.stderr.contains("failed to fetch advisory database") {
        return Ok(skip("the advisory database can't be fetched from here"));
    }
    print!("{}{}", said.stdout, said.stderr);
    if said.status.success() {
        Ok(Outcome::Passed)
    } else {
        Err(Failure::new("`cargo deny check advisories` failed"))
    }
}

fn skip(reason: &str) -> Outcome {
    println!("{reason}");
    Outcome::Skipped(reason.to_owned())
}
