mod dependencies;
mod documents;
mod layers;
mod machine_paths;
mod pinned_actions;
mod retired_words;
mod rule_links;
mod without_io;

use self::dependencies::IfUnreachable;
use super::{api, options};
use crate::{
    Command,
    cargo::Cargo,
    report::{Outcome, Report},
    system::{self, Need},
    tools,
};

/// Checks what can be checked without running the code.
pub(crate) struct Lint;

impl Command for Lint {
    fn name(&self) -> &'static str {
        "lint"
    }

    fn help(&self) -> &'static str {
        "Check format, words, layers, clippy, documentation, public APIs and dependencies

Installs cargo-deny if it is missing. Skips a step whose other tool is missing, and
says so; `cargo xtask setup --lint-tools` installs them all. Fails if a public API
differs from crates/*/public-api.txt; `cargo xtask api` writes these files anew.
Without a network, the advisories are those of the last run, or skipped.

Options:
  --words       only check that no word of xtask/retired-words.txt is in use
  --advisories  only check the dependencies against the RustSec advisories; fails if
                they can't be fetched"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let mut options = options::reader(args);
        let (only_words, only_advisories) = (
            options.contains("--words"),
            options.contains("--advisories"),
        );
        options::finish(options)?;
        if only_words || only_advisories {
            let mut report = Report::default();
            if only_words {
                report.step("no retired words", retired_words::check);
            }
            if only_advisories {
                report.step("advisories", || {
                    dependencies::advisories(IfUnreachable::Fail)
                });
            }
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
        report.step("actions have a commit", pinned_actions::check);
        report.step("licenses, sources and duplicates", dependencies::policy);
        report.step("advisories", || {
            dependencies::advisories(IfUnreachable::Skip)
        });
        report.print();
        report.result()
    }
}

fn cargo(line: &str) -> anyhow::Result<Outcome> {
    Cargo::new(line).run().map(|()| Outcome::Passed)
}
