//! No file of the repository names a path of the machine it was written on.

use std::{env, fs, path::Path, process::Command};

use crate::{command::Failure, workspace};

/// Where people and programs live.
const HOMES: [&str; 3] = ["home", "root", "Users"];

pub(crate) fn check() -> Result<(), Failure> {
    let root = workspace::root();
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output();
    let listed = match listed {
        Ok(output) if output.status.success() => output.stdout,
        Ok(_) | Err(_) => {
            return Err(Failure::new(
                "`git ls-files` failed: this looks at the files that git knows",
            ));
        }
    };
    let forbidden = forbidden(&root);
    let mut found = Vec::new();
    for name in String::from_utf8_lossy(&listed).lines() {
        // Not text, or gone since it was listed.
        let Ok(text) = fs::read_to_string(root.join(name)) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            if forbidden.iter().any(|path| names(line, path)) {
                found.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    if found.is_empty() {
        println!("none");
        Ok(())
    } else {
        Err(Failure::new(format!("\n{}", found.join("\n"))))
    }
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
        // `/` and `/tmp` are no paths of any one machine.
        .filter(|path| path.components().count() > 2)
        .map(|path| format!("{}/", path.display()));
    homes.chain(here).collect()
}

/// Whether `line` has `path` in it, and not as the tail of a longer one.
fn names(line: &str, path: &str) -> bool {
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
        assert!(names("see \"/srv/build/x\"", "/srv/build/"));
        assert!(names("/srv/build/", "/srv/build/"));
        assert!(!names("https://example.org/srv/build/", "/srv/build/"));
        assert!(!names("crates/srv/build/", "/srv/build/"));
        assert!(!names("../srv/build/", "/srv/build/"));
    }
}
