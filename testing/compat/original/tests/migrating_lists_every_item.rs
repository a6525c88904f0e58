//! MIGRATING.md lists every public item of the original crates.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

const MIGRATING: &str = include_str!("../../../../MIGRATING.md");

/// Public items of private modules.
const NOT_EXPORTED: [&str; 3] = ["Decompressor", "MessageChannel", "NextEvent"];

/// Returns the source folder of a dependency.
fn source_of(package: &str) -> PathBuf {
    // The dependencies of other platforms may never have been downloaded.
    let version = cargo(&["-vV"]);
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("cargo prints its host");
    let metadata = cargo(&[
        "metadata",
        "--format-version=1",
        "--offline",
        "--filter-platform",
        host,
    ]);
    let metadata: serde_json::Value =
        serde_json::from_str(&metadata).expect("the metadata is JSON");
    let manifest = metadata["packages"]
        .as_array()
        .expect("the metadata has packages")
        .iter()
        .find(|found| found["name"] == package)
        .unwrap_or_else(|| panic!("{package} is not a dependency"))["manifest_path"]
        .as_str()
        .expect("the manifest has a path");
    PathBuf::from(manifest).with_file_name("src")
}

/// Returns what a command of cargo prints.
fn cargo(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .output()
        .expect("cargo can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {args:?}: {errors}");
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

fn files_in(folder: PathBuf) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the source folder exists") {
        let path = entry.expect("the source folder can be listed").path();
        if path.is_dir() {
            files.extend(files_in(path));
        } else {
            files.push(fs::read_to_string(path).expect("Rust is UTF-8"));
        }
    }
    files
}

/// The item that contains a line.
enum Container<'a> {
    Enum(&'a str),
    Impl(&'a str),
    Other,
    Trait(&'a str),
}

impl<'a> Container<'a> {
    /// Returns the item that a line without indentation begins.
    fn of(line: &'a str) -> Self {
        if let Some(of) = line.strip_prefix("impl") {
            let of = of.split_once("> ").map_or(of, |(_, of)| of);
            // The members of a trait's implementation are those of the trait.
            return if of.contains(" for ") {
                Self::Other
            } else {
                Self::Impl(name(of.trim_start()))
            };
        }
        let Some(item) = line.strip_prefix("pub ") else {
            return Self::Other;
        };
        if let Some(item) = item.strip_prefix("enum ") {
            Self::Enum(name(item))
        } else if let Some(item) = item.strip_prefix("trait ") {
            Self::Trait(name(item))
        } else {
            Self::Other
        }
    }

    /// Returns the public member that an indented line declares.
    fn member(&self, line: &str) -> Option<String> {
        let (of, member) = match self {
            Self::Enum(of) => (
                of,
                line.starts_with(char::is_uppercase).then(|| name(line))?,
            ),
            Self::Impl(of) => (of, declared(line.strip_prefix("pub ")?)?),
            Self::Trait(of) => (of, declared(line)?),
            Self::Other => return None,
        };
        Some(format!("{of}::{member}"))
    }
}

/// Returns the public items of a file, as `name` or `Type::name`. The file has to be formatted by rustfmt.
fn items(file: &str) -> BTreeSet<String> {
    let mut items = BTreeSet::new();
    let mut container = Container::Other;
    for line in file.lines() {
        if let Some(line) = line.strip_prefix("    ") {
            items.extend(container.member(line));
        } else if !line.is_empty() {
            container = Container::of(line);
            let item = line.strip_prefix("pub ").and_then(declared);
            items.extend(item.map(str::to_owned));
        }
    }
    items.retain(|item| !NOT_EXPORTED.iter().any(|hidden| item.starts_with(hidden)));
    items
}

fn declared(item: &str) -> Option<&str> {
    let item = item.strip_prefix("async ").unwrap_or(item);
    let item = item
        .strip_prefix("const fn ")
        .map_or(item, |_| &item["const ".len()..]);
    ["fn ", "const ", "struct ", "enum ", "trait "]
        .iter()
        .find_map(|kind| item.strip_prefix(kind))
        .map(name)
}

fn name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

fn check(package: &str, min_items: usize) {
    let all: BTreeSet<String> = files_in(source_of(package))
        .iter()
        .flat_map(|file| items(file))
        .collect();
    assert!(
        all.len() >= min_items,
        "the scan found too few items: {all:?}"
    );
    let missing: Vec<_> = all
        .iter()
        .filter(|item| !MIGRATING.contains(&format!("`{item}`")))
        .collect();
    assert!(missing.is_empty(), "MIGRATING.md does not list {missing:?}");
}

#[test]
fn items_of_the_gateway_are_listed() {
    check("twilight-gateway", 80);
}

#[test]
fn items_of_the_queue_are_listed() {
    check("twilight-gateway-queue", 7);
}

#[test]
fn scan_finds_only_public_items() {
    let file = "
pub const API: u8 = 10;
pub enum State<'a> {
    /// Text.
    Active,
    Lost {
        tries: u8,
    },
}
impl<Q: Queue> State<Q> {
    pub const fn is_active(&self) -> bool {
        true
    }
    pub(crate) fn hidden(&self) {}
    fn private(&self) {}
}
impl fmt::Debug for State {
    fn fmt(&self) {}
}
pub trait Queue {
    fn enqueue(&self);
}
pub async fn create<F>() {
    let x = 1;
}
";
    let expected = [
        "API",
        "Queue",
        "Queue::enqueue",
        "State",
        "State::Active",
        "State::Lost",
        "State::is_active",
        "create",
    ];
    assert!(items(file).iter().eq(expected), "{:?}", items(file));
}
