//! What is in the repository.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::cargo::Cargo;

/// A package of a workspace, as `cargo metadata` describes it.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// The folder of its manifest.
    pub(crate) folder: PathBuf,
    pub(crate) publication: Publication,
    /// The names of its normal and build dependencies, without those for its tests.
    pub(crate) dependencies: Vec<String>,
    pub(crate) targets: Vec<Target>,
    #[cfg(test)]
    pub(crate) features: Vec<String>,
}

/// Whether a package is meant for crates.io.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Publication {
    Public,
    Private,
}

/// A library, program, example or test.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) required_features: Vec<String>,
}

/// Returns the repository's root.
pub(crate) fn root() -> PathBuf {
    // `cargo run` sets the variable; without it, the current directory has to be the root.
    env::var_os("CARGO_MANIFEST_DIR")
        .as_deref()
        .and_then(|xtask| Path::new(xtask).parent())
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Returns cargo's target directory.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns the packages of the workspace.
pub(crate) fn packages() -> anyhow::Result<Vec<Package>> {
    packages_of("Cargo.toml")
}

/// Returns the packages of the workspace whose manifest this is, relative to the root.
pub(crate) fn packages_of(manifest: &str) -> anyhow::Result<Vec<Package>> {
    let line = format!("metadata --no-deps --format-version 1 --manifest-path {manifest}");
    let metadata = serde_json::from_str::<Value>(&Cargo::new(&line).read()?)?;
    array(&metadata["packages"])
        .map(|package| {
            Package::read(package).context("`cargo metadata` describes a package without a name")
        })
        .collect()
}

/// Returns the published packages of the workspace.
pub(crate) fn published() -> anyhow::Result<Vec<Package>> {
    let mut packages = packages()?;
    packages.retain(|package| package.publication == Publication::Public);
    Ok(packages)
}

/// Returns every text file that git tracks or would track, with its path relative to the root.
pub(crate) fn text_files() -> anyhow::Result<Vec<(String, String)>> {
    let root = root();
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()
        .context("git can't be run, and only git knows the project's files")?;
    if !listed.status.success() {
        bail!("`git ls-files` failed, and only git knows the project's files");
    }
    let names = String::from_utf8_lossy(&listed.stdout).into_owned();
    // A file that can't be read is no text, or was deleted without telling git.
    let read = |name: &str| Some((name.to_owned(), fs::read_to_string(root.join(name)).ok()?));
    Ok(names.lines().filter_map(read).collect())
}

impl Package {
    fn read(package: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let dependencies = array(&package["dependencies"])
            .filter(|dependency| dependency["kind"] != "dev")
            .filter_map(|dependency| text(&dependency["name"]));
        let targets = array(&package["targets"]).filter_map(|target| {
            Some(Target {
                name: text(&target["name"])?,
                kind: text(&target["kind"][0])?,
                required_features: array(&target["required-features"])
                    .filter_map(text)
                    .collect(),
            })
        });
        Some(Self {
            name: text(&package["name"])?,
            folder: Path::new(package["manifest_path"].as_str()?)
                .parent()?
                .to_owned(),
            publication: match package["publish"].as_array() {
                Some(registries) if registries.is_empty() => Publication::Private,
                _ => Publication::Public,
            },
            dependencies: dependencies.collect(),
            targets: targets.collect(),
            #[cfg(test)]
            features: package["features"].as_object()?.keys().cloned().collect(),
        })
    }
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_have_what_their_manifests_say() {
        let packages = packages().unwrap();
        let find = |name: &str| {
            packages
                .iter()
                .find(|package| package.name == name)
                .unwrap()
        };
        let xtask = find("xtask");
        assert_eq!(xtask.publication, Publication::Private);
        assert!(xtask.dependencies.contains(&"serde_json".to_owned()));
        assert!(xtask.targets.iter().any(|target| target.kind == "bin"));
        let protocol = find("gloaming-protocol");
        assert_eq!(protocol.publication, Publication::Public);
        assert!(protocol.folder.ends_with("crates/protocol"));
    }

    #[test]
    fn text_files_include_this_one() {
        let files = text_files().unwrap();
        assert!(files.iter().any(|(name, text)| name == "xtask/src/workspace.rs" && text.contains("text_files")));
    }
}
