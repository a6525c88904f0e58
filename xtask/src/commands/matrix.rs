use anyhow::bail;

use super::{
    options,
    test::{ZLIB_BACKENDS, with_backend},
};
use crate::{
    Command,
    cargo::Cargo,
    nats_server, redis_server,
    report::{Outcome, Report},
    system::{self, Need},
    tools::Tool,
};

/// Checks that every combination of features compiles.
pub(crate) struct Matrix;

const TLS: &str = "native-tls,rustls-native-roots,rustls-platform-verifier,rustls-webpki-roots";
const COMPRESSION: &str = "zlib-ng,zlib-stock,zlib-system,zstd";
const JSON: &str = "simd-json";

/// No features, each one alone, and all. Users do not enable `__rustls`, and cargo-hack leaves out the
/// run with all features if it has to leave out one.
const EACH: [&str; 3] = [
    "--workspace --ignore-private --exclude gloaming-shard --each-feature",
    "--package gloaming-shard --each-feature --exclude-features __rustls",
    "--package gloaming-shard --all-features",
];

/// Packages with kinds of features that replace each other: each pair of one kind is checked, and each
/// choice of at most one of every kind.
const KINDS: [(&str, &[&str]); 2] = [
    ("--package gloaming-protocol", &[COMPRESSION, JSON]),
    (
        "--package gloaming-shard --package gloaming",
        &[TLS, COMPRESSION, JSON],
    ),
];

impl Command for Matrix {
    fn name(&self) -> &'static str {
        "matrix"
    }

    fn help(&self) -> &'static str {
        "Check that every combination of features compiles without warnings

Runs clippy through cargo-hack, which is installed if it is missing. For each
published crate: no features, each one alone, and all; pairs of one kind; and
TLS x compression x JSON. Then runs the tests with each zlib backend and with all
features, and the bots of testing/compat on the twilight-gateway of their time.

Options:
  --list  only print the commands of the combinations"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let mut options = options::reader(args);
        let list = options.contains("--list");
        options::finish(options)?;
        Tool::HACK.install()?;
        if list {
            for (_, selection) in selections() {
                Cargo::new(&format!("hack check {selection} --print-command-list")).run()?;
            }
            return Ok(());
        }
        system::install(&Need::ALL)?;
        let mut report = Report::default();
        for (name, selection) in selections() {
            report.step(name, || {
                Cargo::new(&format!(
                    "hack clippy --quiet --keep-going {selection} -- -D warnings"
                ))
                // Each combination is checked once, so incremental data would never be used.
                .env("CARGO_INCREMENTAL", "0")
                .run()
                .map(|()| Outcome::Passed)
            });
        }
        for backend in ZLIB_BACKENDS {
            report.step(format!("test gloaming-protocol with {backend}"), || {
                test(&with_backend(backend))
            });
        }
        report.step("test the workspace with all features", || {
            const ALL: &str = "test --workspace --all-features --no-fail-fast";
            // These include the tests against servers, and of workers.
            let nats = nats_server::install().and_then(|()| nats_server::install_workers());
            let servers = [("nats", nats), ("redis", redis_server::install())];
            let missing = servers.into_iter().filter_map(|(name, installed)| {
                let error = installed.err()?;
                Some((
                    format!(" --exclude gloaming-{name}"),
                    format!("without gloaming-{name}: {error:#}"),
                ))
            });
            let (excluded, without): (String, Vec<_>) = missing.unzip();
            test(&format!("{ALL}{excluded}"))?;
            match without.is_empty() {
                true => Ok(Outcome::Passed),
                false => Ok(Outcome::PassedWith(without.join("; "))),
            }
        });
        report.step("test bots on twilight-gateway 0.15 and 0.16", || {
            test("test --manifest-path testing/compat/generations/Cargo.toml --locked")
        });
        report.print();
        report.result()
    }
}

/// Returns the arguments for cargo-hack, each with its name.
fn selections() -> Vec<(String, String)> {
    let mut selections = Vec::new();
    for selection in EACH {
        selections.push((format!("each: {}", names(selection)), selection.to_owned()));
    }
    for (packages, kinds) in KINDS {
        let names = names(packages);
        for kind in kinds.iter().filter(|kind| kind.contains(',')) {
            selections.push((
                format!(
                    "pairs of {}, ..: {names}",
                    kind.split(',').next().unwrap_or_default()
                ),
                format!("{packages} --feature-powerset --depth 2 --include-features {kind}"),
            ));
        }
        let exclusive = kinds.iter().filter(|kind| kind.contains(','));
        let exclusive = exclusive.map(|kind| format!(" --mutually-exclusive-features {kind}"));
        selections.push((
            format!("one of each kind: {names}"),
            format!(
                "{packages} --feature-powerset --include-features {}{}",
                kinds.join(","),
                exclusive.collect::<String>()
            ),
        ));
    }
    selections
}

/// Returns the packages of a selection, for people.
fn names(packages: &str) -> String {
    let named = packages.split("--package ").skip(1);
    let named = named.filter_map(|rest| rest.split(' ').next());
    match named.collect::<Vec<_>>() {
        names if names.is_empty() => "the others".to_owned(),
        names => names.join(", "),
    }
}

fn test(line: &str) -> anyhow::Result<Outcome> {
    let output = Cargo::new(line).output()?;
    if !output.status.success() {
        println!("{}{}", output.stdout, output.stderr);
        bail!("`cargo {line}` failed");
    }
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn every_kind_has_features_of_its_packages() {
        let packages = workspace::packages().unwrap();
        for (selection, kinds) in KINDS {
            for name in names(selection).split(", ") {
                let package = packages.iter().find(|package| package.name == name);
                let features = &package.unwrap_or_else(|| panic!("no {name}")).features;
                for feature in kinds.iter().flat_map(|kind| kind.split(',')) {
                    assert!(
                        features.iter().any(|known| known == feature),
                        "{name} has no {feature}"
                    );
                }
            }
        }
    }
}
