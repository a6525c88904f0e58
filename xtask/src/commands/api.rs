use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::options;
use crate::{
    Command,
    cargo::Cargo,
    report::Outcome,
    rustdoc,
    system::{self, Need},
    tools::Tool,
    workspace::{self, Package},
};

/// Writes the public API of each published crate to a file.
pub(crate) struct Api;

/// The version of rustdoc's JSON that [`Tool::PUBLIC_API`] reads, and that Rust 1.95 writes.
const FORMAT_VERSION: u64 = 57;

/// The name of the file in the folder of its crate.
const FILE: &str = "public-api.txt";

impl Command for Api {
    fn name(&self) -> &'static str {
        "api"
    }

    fn help(&self) -> &'static str {
        "Write the public API of each published crate to crates/*/public-api.txt

Lists every public item with all features on, without blanket, auto-trait and
derived implementations. `lint` compares the files with the code, so a change of
the API shows in the diff of a change. Installs cargo-public-api 0.52.0 if it is
missing. Needs Rust 1.95, whose JSON that version reads.

Options:
  --check  write nothing, and fail if a file differs from the code"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let mut options = options::reader(args);
        let check = options.contains("--check");
        options::finish(options)?;
        system::install(&Need::ALL)?;
        Tool::PUBLIC_API.install()?;
        if check {
            match compare()? {
                Outcome::PassedWith(remark) => println!("{remark}"),
                Outcome::Skipped(reason) | Outcome::Failed(reason) => bail!("{reason}"),
                Outcome::Passed => {}
            }
            return Ok(());
        }
        for package in workspace::published()? {
            let items = match read(&package)? {
                Snapshot::Items(items) => items,
                Snapshot::UnknownFormat(reason) => bail!("{reason}"),
            };
            fs::write(package.folder.join(FILE), &items)?;
            println!("{:18} {} items", package.name, items.lines().count());
        }
        Ok(())
    }
}

/// Compares the files with the code, and prints the differences.
pub(super) fn compare() -> anyhow::Result<Outcome> {
    if !Tool::PUBLIC_API.is_installed() {
        let name = Tool::PUBLIC_API.name();
        return Ok(Outcome::Skipped(format!("{name} is not installed")));
    }
    let packages = workspace::published()?;
    let mut changed = Vec::new();
    for package in &packages {
        let items = match read(package)? {
            Snapshot::Items(items) => items,
            Snapshot::UnknownFormat(reason) => return Ok(Outcome::Skipped(reason)),
        };
        let path = package.folder.join(FILE);
        let recorded = fs::read_to_string(&path).with_context(|| {
            format!(
                "{} can't be read; `cargo xtask api` writes it",
                path.display()
            )
        })?;
        let differences = differences(&recorded, &items);
        if !differences.is_empty() {
            println!("{}\n{differences}", package.name);
            changed.push(package.name.as_str());
        }
    }
    if !changed.is_empty() {
        bail!(
            "the public API changed in {}; if that is intended, run `cargo xtask api`",
            changed.join(", ")
        );
    }
    Ok(Outcome::PassedWith(format!("{} crates", packages.len())))
}

enum Snapshot {
    /// One item per line.
    Items(String),
    /// rustdoc writes a format that can't be read, so nothing can be said.
    UnknownFormat(String),
}

fn read(package: &Package) -> anyhow::Result<Snapshot> {
    let json = document(package)?;
    let format = format_version(&json)?;
    if format != FORMAT_VERSION {
        return Ok(Snapshot::UnknownFormat(format!(
            "rustdoc writes version {format} of its JSON, and {} reads version {FORMAT_VERSION} (Rust 1.95)",
            Tool::PUBLIC_API.name()
        )));
    }
    let line = format!(
        "public-api --color=never -sss --rustdoc-json {}",
        json.display()
    );
    Ok(Snapshot::Items(Cargo::new(&line).read()?))
}

/// Has rustdoc describe the package in JSON, and returns the file.
fn document(package: &Package) -> anyhow::Result<PathBuf> {
    let line = format!(
        "rustdoc --quiet --package {} --lib --all-features -- \
         -Z unstable-options --output-format json --cap-lints allow",
        package.name
    );
    let mut cargo = Cargo::new(&line);
    for (name, value) in rustdoc::variables()? {
        cargo = cargo.env(name, &value);
    }
    cargo.read()?;
    let file = format!("doc/{}.json", package.name.replace('-', "_"));
    Ok(workspace::target().join(file))
}

fn format_version(json: &Path) -> anyhow::Result<u64> {
    let text =
        fs::read_to_string(json).with_context(|| format!("rustdoc wrote no {}", json.display()))?;
    let json = serde_json::from_str::<Value>(&text)?;
    json["format_version"]
        .as_u64()
        .context("rustdoc's JSON has no format version")
}

/// Returns the lines that were removed and added, each in its order.
fn differences(old: &str, new: &str) -> String {
    let without = |lines: &str, others: &str, sign: char| {
        let others = others.lines().collect::<Vec<_>>();
        let lines = lines.lines().filter(|line| !others.contains(line));
        lines
            .map(|line| format!("  {sign} {line}\n"))
            .collect::<String>()
    };
    without(old, new, '-') + &without(new, old, '+')
}

#[cfg(test)]
mod tests {
    use super::differences;

    #[test]
    fn differences_are_lines_of_one_side() {
        assert_eq!(differences("a\nb\n", "b\na\n"), "");
        assert_eq!(differences("a\nb\nc\n", "a\nc\nd\n"), "  - b\n  + d\n");
    }
}
