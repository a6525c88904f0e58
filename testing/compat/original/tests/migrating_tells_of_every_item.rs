//! Whatever is public in the real crates has its place in MIGRATING.md.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

const MIGRATING: &str = include_str!("../../../../MIGRATING.md");

/// Public in a module that is not.
const NOT_EXPORTED: [&str; 3] = ["Decompressor", "MessageChannel", "NextEvent"];

/// Where cargo keeps the source of a dependency.
fn source_of(package: &str) -> PathBuf {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline"])
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&metadata.stdout).expect("it says it in JSON");
    let manifest = metadata["packages"]
        .as_array()
        .expect("there are packages")
        .iter()
        .find(|found| found["name"] == package)
        .unwrap_or_else(|| panic!("{package} is no dependency"))["manifest_path"]
        .as_str()
        .expect("a path");
    PathBuf::from(manifest).with_file_name("src")
}

fn files_in(folder: PathBuf) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the source is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            files.extend(files_in(path));
        } else {
            files.push(fs::read_to_string(path).expect("Rust is UTF-8"));
        }
    }
    files
}

/// What a line is in.
enum Within<'a> {
    Enum(&'a str),
    Impl(&'a str),
    Other,
    Trait(&'a str),
}

impl<'a> Within<'a> {
    /// What a line of no indentation starts.
    fn of(line: &'a str) -> Self {
        if let Some(of) = line.strip_prefix("impl") {
            let of = of.split_once("> ").map_or(of, |(_, of)| of);
            // What a trait's implementation has, the trait has.
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

    /// The public member that an indented line declares.
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

/// The public items of a file as `name` or `Type::name`: those of rustfmt's layout, which both crates have.
fn items(file: &str) -> BTreeSet<String> {
    let mut items = BTreeSet::new();
    let mut within = Within::Other;
    for line in file.lines() {
        if let Some(line) = line.strip_prefix("    ") {
            items.extend(within.member(line));
        } else if !line.is_empty() {
            within = Within::of(line);
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

fn check(package: &str, at_least: usize) {
    let all: BTreeSet<String> = files_in(source_of(package))
        .iter()
        .flat_map(|file| items(file))
        .collect();
    assert!(
        all.len() >= at_least,
        "the scan sees less than there is: {all:?}"
    );
    let missing: Vec<_> = all
        .iter()
        .filter(|item| !MIGRATING.contains(&format!("`{item}`")))
        .collect();
    assert!(missing.is_empty(), "MIGRATING.md lacks {missing:?}");
}

#[test]
fn of_the_gateway() {
    check("twilight-gateway", 80);
}

#[test]
fn of_the_queue() {
    check("twilight-gateway-queue", 7);
}

#[test]
fn the_scan_sees_what_is_public() {
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
