//! The documents at the root agree with the files of the repository.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context as _, bail};

use crate::{report::Outcome, workspace};

/// The front page of the repository.
const README: &str = "README.md";

/// A copy, since the published crate contains only files of its own folder.
const README_OF_THE_CRATE: &str = "crates/gloaming/README.md";

/// A block of the front page as a test, since rustdoc does not run tests inside of examples.
const TEST_IN_THE_README: &str =
    "crates/gloaming/tests/umbrella/emulator/bot_resumes_after_a_lost_connection.rs";

/// The workflow, one job of which runs the commands of the front page.
const WORKFLOW: &str = ".github/workflows/ci.yml";

/// The documents whose paths are checked.
const WITH_PATHS: [&str; 4] = [
    "ARCHITECTURE.md",
    "COMPARISON.md",
    "CONTRIBUTING.md",
    "MIGRATING.md",
];

pub(super) fn check() -> anyhow::Result<Outcome> {
    let root = workspace::root();
    let read = |name: &str| {
        fs::read_to_string(root.join(name)).with_context(|| format!("can't read {name}"))
    };
    let readme = read(README)?;
    if read(README_OF_THE_CRATE)? != readme {
        bail!("{README_OF_THE_CRATE} differs from {README}; copy it");
    }
    let test = read(TEST_IN_THE_README)?;
    if !readme.contains(&format!("```rust\n{test}```\n")) {
        bail!("{README} does not contain the text of {TEST_IN_THE_README}");
    }

    let workflow = read(WORKFLOW)?;
    for command in commands(&readme) {
        if !workflow.contains(&format!("time {command}\n")) {
            bail!("{WORKFLOW} does not run `{command}`, a command of {README}");
        }
    }

    let folders = top_level_folders(&root)?;
    let mut count = 0;
    let mut missing = Vec::new();
    for document in WITH_PATHS {
        for path in paths(&read(document)?, &folders) {
            count += 1;
            if !root.join(&path).exists() {
                missing.push(format!("{document}: `{path}` does not exist"));
            }
        }
    }
    if !missing.is_empty() {
        bail!("{}", missing.join("\n"));
    }
    Ok(Outcome::PassedWith(format!("{count} paths")))
}

/// Returns the commands of the first block of shell commands in a document.
fn commands(document: &str) -> impl Iterator<Item = &str> {
    let block = document.split("```sh\n").nth(1).unwrap_or_default();
    block.lines().take_while(|line| !line.starts_with("```"))
}

fn top_level_folders(root: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut folders = BTreeSet::new();
    for entry in fs::read_dir(root).context("can't list the repository's root")? {
        let entry = entry.context("can't list the repository's root")?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.extend(entry.file_name().into_string());
        }
    }
    Ok(folders)
}

/// Returns the paths of the repository in `text`: in backticks, or as the target of a link. A path begins with a folder
/// of the root, and one with a placeholder (`crates/*`, `crates/<crate>`) is left out.
fn paths(text: &str, folders: &BTreeSet<String>) -> BTreeSet<String> {
    let in_backticks = text.split('`').skip(1).step_by(2);
    let links = text.split("](").skip(1);
    let links = links.filter_map(|rest| rest.split([')', '#']).next());
    in_backticks
        .chain(links)
        .filter(|path| {
            let (folder, rest) = path.split_once('/').unwrap_or((path, ""));
            folders.contains(folder) && (!rest.is_empty() || path.ends_with('/'))
        })
        .filter(|path| !path.contains(['*', '<', ' ']))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_in_backticks_and_in_links() {
        let folders = BTreeSet::from(["crates".to_owned(), "testing".to_owned()]);
        let text = "`crates/a/src/b.rs`, `testing/`, [c](testing/c#d), `crates`, crates/e, \
                    `std/f`, `crates/*`, `crates/<crate>/g`, `testing/h i`";
        let expected = ["crates/a/src/b.rs", "testing/", "testing/c"];
        assert!(paths(text, &folders).iter().eq(expected));
    }

    #[test]
    fn commands_are_in_the_first_block_of_a_shell() {
        let text = "```toml\na = 1\n```\n```sh\ncargo run\ncargo test\n```\n```sh\nother\n```\n";
        assert!(commands(text).eq(["cargo run", "cargo test"]));
        assert_eq!(commands("no block").count(), 0);
    }

    #[test]
    fn documents_agree_with_the_repository() {
        check().unwrap();
    }
}
