//! No file of the repository names a path of the machine on which it was written.

use std::{env, path::Path};

use anyhow::bail;

use crate::{report::Outcome, workspace};

/// Folders in which the files of users are.
const HOMES: [&str; 3] = ["home", "root", "Users"];

pub(super) fn check() -> anyhow::Result<Outcome> {
    let forbidden = forbidden(&workspace::root());
    let mut found = Vec::new();
    for (name, text) in workspace::text_files()? {
        for (number, line) in text.lines().enumerate() {
            if forbidden.iter().any(|path| contains(line, path)) {
                found.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    if !found.is_empty() {
        bail!(
            "{} lines name a path of one machine:\n{}",
            found.len(),
            found.join("\n")
        );
    }
    Ok(Outcome::Passed)
}

fn forbidden(root: &Path) -> Vec<String> {
    let homes = HOMES.into_iter().map(|home| format!("/{home}/"));
    let here = [
        Some(root.to_path_buf()),
        root.parent().map(Path::to_path_buf),
        env::var_os("CARGO_HOME").map(Into::into),
        env::var_os("HOME").map(Into::into),
    ];
    let here = here
        .into_iter()
        .flatten()
        // Every machine has `/` and `/tmp`.
        .filter(|path| path.components().count() > 2)
        .map(|path| format!("{}/", path.display()));
    homes.chain(here).collect()
}

/// Returns whether `line` contains `path`, but not as the end of a longer path.
fn contains(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.}".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_paths_count() {
        assert!(contains("see \"/srv/build/x\"", "/srv/build/"));
        assert!(contains("/srv/build/", "/srv/build/"));
        assert!(!contains("https://example.org/srv/build/", "/srv/build/"));
        assert!(!contains("crates/srv/build/", "/srv/build/"));
        assert!(!contains("../srv/build/", "/srv/build/"));
    }
}
