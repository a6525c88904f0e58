use std::{
    collections::BTreeSet,
    fmt::{self, Display, Formatter},
};

use anyhow::{Context as _, bail};

use super::{
    lint, options,
    test::{ZLIB_BACKENDS, with_backend},
};
use crate::{
    Command,
    cargo::Cargo,
    report::{Outcome, Report},
    system::{self, Need},
    tools::Tool,
};

/// Checks that every combination of features compiles.
pub(crate) struct Matrix;

const TLS: &str = "native-tls,rustls-native-roots,rustls-platform-verifier,rustls-webpki-roots";
const COMPRESSION: &str = "zlib-ng,zlib-stock,zlib-system,zstd";
const JSON: &str = "simd-json";

/// Packages with kinds of features that exclude or replace each other: each pair of one kind is checked,
/// and each choice of at most one of every kind.
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

Takes the combinations from cargo-hack, which it installs if it is missing. For
each published crate: no features, each one alone, and all; pairs of one kind;
and TLS x compression x JSON. Then runs the tests with each zlib backend and with
all features, and the bots of testing/compat on the twilight-gateway of their time.

Options:
  --list  only print the combinations"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let mut options = options::reader(args);
        let list = options.contains("--list");
        options::finish(options)?;
        Tool::HACK.install()?;
        let combinations = combinations()?;
        if list {
            for combination in &combinations {
                println!("{combination}");
            }
            println!("{} combinations", combinations.len());
            return Ok(());
        }
        system::install(&Need::ALL)?;
        let mut report = Report::default();
        for combination in &combinations {
            report.line(combination.to_string(), || check(combination));
        }
        for backend in ZLIB_BACKENDS {
            let line = with_backend(backend);
            report.line(format!("protocol  {backend}: tests"), || test(&line));
        }
        report.line("workspace (all): tests", || {
            test("test --workspace --all-features --no-fail-fast")
        });
        report.line("bots on twilight-gateway 0.15 and 0.16: tests", || {
            test("test --manifest-path testing/compat/generations/Cargo.toml --locked")
        });
        report.result()
    }
}

/// Returns every combination once, the crates in the order of the layers.
fn combinations() -> anyhow::Result<Vec<Combination>> {
    let mut questions = vec!["--workspace --ignore-private --each-feature".to_owned()];
    for (packages, kinds) in KINDS {
        let pairs = kinds.iter().map(|kind| {
            format!("{packages} --feature-powerset --depth 2 --include-features {kind}")
        });
        questions.extend(pairs);
        let exclusive = kinds.iter().filter(|kind| kind.contains(','));
        let exclusive = exclusive.map(|kind| format!("--mutually-exclusive-features {kind}"));
        questions.push(format!(
            "{packages} --feature-powerset --include-features {} {}",
            kinds.join(","),
            exclusive.collect::<Vec<_>>().join(" ")
        ));
    }
    let mut combinations = BTreeSet::new();
    for question in questions {
        let printed = Cargo::new(&format!("hack check {question} --print-command-list")).read()?;
        for line in printed.lines() {
            let combination = Combination::parse(line)
                .with_context(|| format!("unknown command of cargo-hack: {line}"))?;
            if combination.is_public() {
                combinations.insert(combination);
            }
        }
    }
    let mut combinations = Vec::from_iter(combinations);
    // A failure then comes before those that follow from it.
    combinations.sort_by_key(|combination| lint::layer(combination.folder()));
    Ok(combinations)
}

/// A crate with some of its features and without the default ones.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Combination {
    manifest: String,
    features: Features,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Features {
    Some(BTreeSet<String>),
    All,
}

impl Combination {
    /// Reads a command as cargo-hack prints it.
    fn parse(command: &str) -> Option<Self> {
        let words = command.strip_prefix("cargo check --manifest-path ")?;
        // A crate without features has no options.
        let (manifest, features) = words
            .split_once(' ')
            .unwrap_or((words, "--no-default-features"));
        let features = match features.strip_prefix("--no-default-features") {
            None if features == "--all-features" => Features::All,
            Some("") => Features::Some(BTreeSet::new()),
            Some(some) => {
                let names = some.strip_prefix(" --features ")?.split(',');
                Features::Some(names.map(str::to_owned).collect())
            }
            None => return None,
        };
        Some(Self {
            manifest: manifest.replace('\\', "/"),
            features,
        })
    }

    /// Users enable neither `default` without the default features nor features that begin with `__`.
    fn is_public(&self) -> bool {
        match &self.features {
            Features::All => true,
            Features::Some(names) => !names
                .iter()
                .any(|name| name == "default" || name.starts_with("__")),
        }
    }

    fn folder(&self) -> &str {
        let folder = self.manifest.trim_end_matches("/Cargo.toml");
        folder.rsplit('/').next().unwrap_or_default()
    }

    fn command(&self) -> String {
        let manifest = &self.manifest;
        let features = match &self.features {
            Features::All => "--all-features".to_owned(),
            Features::Some(names) => {
                let names = names.iter().map(String::as_str).collect::<Vec<_>>();
                format!("--no-default-features --features={}", names.join(","))
            }
        };
        format!("check --quiet --manifest-path {manifest} {features}")
    }
}

impl Display for Combination {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let folder = self.folder();
        let features = match &self.features {
            Features::All => "(all)".to_owned(),
            Features::Some(names) if names.is_empty() => "(none)".to_owned(),
            Features::Some(names) => {
                let names = names.iter().map(String::as_str).collect::<Vec<_>>();
                names.join(" ")
            }
        };
        write!(f, "{folder:9} {features}")
    }
}

fn check(combination: &Combination) -> anyhow::Result<Outcome> {
    let line = combination.command();
    // Each is checked once, so incremental data would never be used.
    let output = Cargo::new(&line).env("CARGO_INCREMENTAL", "0").output()?;
    if !output.status.success() {
        println!("{}", output.stderr);
        bail!("`cargo {line}` failed");
    }
    // With `--quiet`, cargo prints nothing but the warnings of our own crates.
    if !output.stderr.trim().is_empty() {
        println!("{}", output.stderr);
        bail!("`cargo {line}` printed warnings");
    }
    Ok(Outcome::Passed)
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
    fn commands_of_cargo_hack_are_read() {
        let read = |features: &str| {
            let command = format!("cargo check --manifest-path crates/shard/Cargo.toml {features}");
            let combination = Combination::parse(&command)?;
            Some((
                combination.to_string(),
                combination.command(),
                combination.is_public(),
            ))
        };
        let check = "check --quiet --manifest-path crates/shard/Cargo.toml";
        for (features, shown, passed, public) in [
            ("--all-features", "shard     (all)", "--all-features", true),
            (
                "--no-default-features",
                "shard     (none)",
                "--no-default-features --features=",
                true,
            ),
            (
                "--no-default-features --features zstd,metrics",
                "shard     metrics zstd",
                "--no-default-features --features=metrics,zstd",
                true,
            ),
            (
                "--no-default-features --features __rustls",
                "shard     __rustls",
                "--no-default-features --features=__rustls",
                false,
            ),
        ] {
            let expected = (shown.to_owned(), format!("{check} {passed}"), public);
            assert_eq!(read(features), Some(expected));
        }
        assert_eq!(read("--workspace"), None);
    }

    #[test]
    fn every_kind_has_features_of_its_packages() {
        let packages = workspace::packages().unwrap();
        for (selection, kinds) in KINDS {
            for name in selection.split("--package ").skip(1) {
                let package = packages.iter().find(|package| package.name == name.trim());
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
