mod documents;
mod layers;
mod machine_paths;
mod retired_words;
mod rule_links;
mod without_io;

use anyhow::bail;

use super::{api, options};
use crate::{
    Command,
    cargo::Cargo,
    report::{Outcome, Report},
    system::{self, Need},
    tools::{self, Tool},
};

/// Checks what can be checked without running the code.
pub(crate) struct Lint;

impl Command for Lint {
    fn name(&self) -> &'static str {
        "lint"
    }

    fn help(&self) -> &'static str {
        "Check format, words, layers, clippy, documentation, public APIs and dependencies

Skips a step whose tool is missing, and says so; `cargo xtask setup --lint-tools`
installs them all. Fails if a public API differs from crates/*/public-api.txt;
`cargo xtask api` writes these files anew.

Options:
  --words  only check that no word of xtask/retired-words.txt is in use"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let mut options = options::reader(args);
        let only_words = options.contains("--words");
        options::finish(options)?;
        if only_words {
            let mut report = Report::default();
            report.step("no retired words", retired_words::check);
            report.print();
            return report.result();
        }
        system::install(&Need::ALL)?;
        tools::install_components()?;

        let mut report = Report::default();
        report.step("format", || cargo("fmt --all -- --check"));
        report.step("no paths of one machine", machine_paths::check);
        report.step("links to rules", rule_links::check);
        report.step("no retired words", retired_words::check);
        report.step("layers", layers::check);
        report.step("documents", documents::check);
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
        for package in without_io::PACKAGES {
            report.step(format!("{} without IO", package.0), || {
                without_io::check(package)
            });
        }
        report.step("public APIs", api::compare);
        report.step("licenses, sources and duplicates", deny);
        report.step("advisories", advisories);
        report.print();
        report.result()
    }
}

fn cargo(line: &str) -> anyhow::Result<Outcome> {
    Cargo::new(line).run().map(|()| Outcome::Passed)
}

fn deny() -> anyhow::Result<Outcome> {
    if !Tool::DENY.is_installed() {
        return Ok(Outcome::Skipped("cargo-deny is not installed".to_owned()));
    }
    cargo("deny --all-features check bans licenses sources")
}

/// A step of its own: the advisories come from the network and change without a change of ours.
fn advisories() -> anyhow::Result<Outcome> {
    if !Tool::DENY.is_installed() {
        return Ok(Outcome::Skipped("cargo-deny is not installed".to_owned()));
    }
    let output = Cargo::new("deny --all-features check advisories").output()?;
    if output.stderr.contains("failed to fetch advisory database") {
        return Ok(Outcome::Skipped(
            "the advisory database can't be fetched".to_owned(),
        ));
    }
    print!("{}{}", output.stdout, output.stderr);
    if !output.status.success() {
        bail!("`cargo deny check advisories` failed");
    }
    Ok(Outcome::Passed)
}
