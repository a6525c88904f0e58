//! Workflows use other people's actions at a commit, since a tag can be moved to other code.

use anyhow::bail;

use crate::{report::Outcome, workspace};

const WORKFLOWS: &str = ".github/workflows/";

pub(super) fn check() -> anyhow::Result<Outcome> {
    let mut count = 0;
    let mut found = Vec::new();
    for (name, text) in workspace::text_files()? {
        if !name.starts_with(WORKFLOWS) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let Some(action) = action(line) else {
                continue;
            };
            count += 1;
            if !is_pinned(action) {
                found.push(format!("{name}:{}: {action}", number + 1));
            }
        }
    }
    if !found.is_empty() {
        bail!(
            "these actions have no commit; write `owner/name@<40 digits> # <tag>`:\n{}",
            found.join("\n")
        );
    }
    Ok(Outcome::PassedWith(format!("{count} uses")))
}

/// The action that a line of a workflow uses, with its version and comment. `None` if it uses none, or one of this
/// repository.
fn action(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let action = line.strip_prefix("- ").unwrap_or(line);
    let action = action.trim_start().strip_prefix("uses:")?.trim();
    (!action.starts_with("./")).then_some(action)
}

fn is_pinned(action: &str) -> bool {
    let Some((_, version)) = action.split_once('@') else {
        return false;
    };
    let Some((commit, tag)) = version.split_once(" # ") else {
        return false;
    };
    let is_hash = commit.len() == 40 && commit.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hash && tag.starts_with('v')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commit_and_tag_are_required() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let pinned = format!("      - uses: actions/checkout@{commit} # v4.3.1");
        assert!(action(&pinned).is_some_and(is_pinned));
        for line in [
            "- uses: actions/checkout@v4".to_owned(),
            "uses: actions/checkout".to_owned(),
            format!("- uses: actions/checkout@{commit}"),
            format!("- uses: actions/checkout@{} # v4", &commit[1..]),
        ] {
            assert!(
                action(&line).is_some_and(|action| !is_pinned(action)),
                "{line}"
            );
        }
        for line in [
            "- run: uses: nothing",
            "- uses: ./.github/actions/own",
            "name: ci",
        ] {
            assert_eq!(action(line), None, "{line}");
        }
    }

    #[test]
    fn workflows_use_pinned_actions() {
        check().unwrap();
    }
}
