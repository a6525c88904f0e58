//! Tools that cargo or rustup installs.

use std::process::{Command, Stdio};

use anyhow::bail;

use crate::cargo::Cargo;

/// A subcommand of cargo that is installed from crates.io.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    /// What follows `cargo` on a command line.
    subcommand: &'static str,
    /// The one version that will do, or any.
    version: Option<&'static str>,
}

impl Tool {
    pub(crate) const DENY: Self = Self::any("deny");
    pub(crate) const FUZZ: Self = Self::any("fuzz");
    pub(crate) const HACK: Self = Self::any("hack");
    pub(crate) const MUTANTS: Self = Self::any("mutants");
    pub(crate) const NEXTEST: Self = Self::any("nextest");
    /// Each version reads one version of rustdoc's JSON and has its own way to print items.
    pub(crate) const PUBLIC_API: Self = Self {
        subcommand: "public-api",
        version: Some("0.52.0"),
    };

    const fn any(subcommand: &'static str) -> Self {
        Self {
            subcommand,
            version: None,
        }
    }

    pub(crate) fn name(self) -> String {
        let Self {
            subcommand,
            version,
        } = self;
        match version {
            Some(version) => format!("cargo-{subcommand} {version}"),
            None => format!("cargo-{subcommand}"),
        }
    }

    pub(crate) fn is_installed(self) -> bool {
        let output = Cargo::new(&format!("{} --version", self.subcommand)).output();
        output.is_ok_and(|output| {
            let installed = output.stdout.split_whitespace().last();
            output.status.success() && (self.version.is_none() || self.version == installed)
        })
    }

    /// Compiles and installs the tool if it is missing, which takes some minutes.
    pub(crate) fn install(self) -> anyhow::Result<()> {
        if self.is_installed() {
            return Ok(());
        }
        let Self {
            subcommand,
            version,
        } = self;
        let version = version.map_or_else(String::new, |version| format!("@{version}"));
        Cargo::new(&format!("install --locked cargo-{subcommand}{version}")).run()
    }
}

/// Installs rustfmt and clippy if one of them is missing.
pub(crate) fn install_components() -> anyhow::Result<()> {
    let has = |tool: &str| {
        Cargo::new(&format!("{tool} --version"))
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if has("fmt") && has("clippy") {
        return Ok(());
    }
    rustup("component add rustfmt clippy")
}

/// Runs rustup with its output shown.
pub(crate) fn rustup(line: &str) -> anyhow::Result<()> {
    println!("$ rustup {line}");
    let status = Command::new("rustup").args(line.split(' ')).status();
    if !status.is_ok_and(|status| status.success()) {
        bail!(
            "`rustup {line}` failed; if Rust was not installed by rustup, install the same by hand"
        );
    }
    Ok(())
}

/// Runs a command without showing anything, and returns whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
