//! Words that were replaced must not come back.
//!
//! `xtask/retired-words.txt` has the list.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};

use crate::{report::Outcome, workspace};

const LIST: &str = "xtask/retired-words.txt";

/// How many findings are printed: a word that has just been retired may be everywhere.
const MAX_PRINTED: usize = 200;

pub(super) fn check() -> anyhow::Result<Outcome> {
    let files = workspace::text_files()?;
    let list = files.iter().find(|(name, _)| name == LIST);
    let list = list.with_context(|| format!("{LIST} is missing"))?;
    let words = RetiredWords::parse(&list.1)?;
    let mut found = Vec::new();
    for (name, text) in &files {
        if words.applies_to(name) {
            found.extend(words.find(name, text));
        }
    }
    if !found.is_empty() {
        let count = found.len();
        found.truncate(MAX_PRINTED);
        bail!("{count} retired words are in use:\n{}", found.join("\n"));
    }
    Ok(Outcome::PassedWith(format!(
        "{} words",
        words.replacements.len()
    )))
}

/// The list: each retired word with its replacement.
#[derive(Debug, Default, Eq, PartialEq)]
struct RetiredWords {
    /// Words in lower case, separated by spaces if a phrase has several; or an identifier in backticks.
    replacements: BTreeMap<String, String>,
    /// Paths, or the beginnings of paths, of files that may use the words.
    exempt: Vec<String>,
    /// The number of words in the longest phrase.
    longest: usize,
}

impl RetiredWords {
    /// Reads the list.
    ///
    /// A line is `word, word => replacement` or `exempt: path`; `#` begins a comment. A word in backticks
    /// is an identifier and matches exactly. Any other word matches regardless of case, in prose and as a
    /// part of an identifier: `rung` matches `Rung`, `rung_failed` and `lastRung`, but not `wrung`.
    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut list = Self::default();
        for line in text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            if let Some(path) = line.strip_prefix("exempt: ") {
                list.exempt.push(path.to_owned());
                continue;
            }
            let (words, replacement) = line
                .split_once(" => ")
                .with_context(|| format!("{LIST}: `{line}` has no ` => replacement`"))?;
            for word in words.split(", ") {
                let known = list
                    .replacements
                    .insert(word.to_owned(), replacement.to_owned());
                if known.is_some() {
                    bail!("{LIST}: `{word}` is listed twice");
                }
                list.longest = list.longest.max(word.split(' ').count());
            }
        }
        Ok(list)
    }

    fn applies_to(&self, name: &str) -> bool {
        !self.exempt.iter().any(|path| name.starts_with(path))
    }

    /// Returns one line per use of a retired word in `text`, the text of the file `name`, and in `name`.
    fn find(&self, name: &str, text: &str) -> Vec<String> {
        let in_name = self.find_in_line(name);
        let in_name = in_name
            .map(|(word, replacement)| format!("{name}: the path: `{word}` is now {replacement}"));
        let mut found = Vec::from_iter(in_name);
        for (number, line) in text.lines().enumerate() {
            let in_line = self.find_in_line(line);
            found.extend(in_line.map(|(word, replacement)| {
                format!("{name}:{}: `{word}` is now {replacement}", number + 1)
            }));
        }
        found
    }

    fn find_in_line(&self, line: &str) -> impl Iterator<Item = (String, &str)> {
        let identifiers = line
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|identifier| !identifier.is_empty())
            .map(|identifier| format!("`{identifier}`"));
        let parts = parts(line);
        let phrases = (1..=self.longest).flat_map(move |length| {
            let windows = parts.windows(length).map(|window| window.join(" "));
            windows.collect::<Vec<_>>()
        });
        identifiers.chain(phrases).filter_map(|word| {
            let replacement = self.replacements.get(&word)?;
            Some((word.trim_matches('`').to_owned(), replacement.as_str()))
        })
    }
}

/// Splits a line into words in lower case, and identifiers into their parts.
fn parts(line: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut chars = line.chars().peekable();
    let mut previous = ' ';
    while let Some(c) = chars.next() {
        let next_is_lower = chars.peek().is_some_and(|next| next.is_lowercase());
        // `lastRung`, and `IORung` before the last capital.
        let begins = c.is_uppercase()
            && (previous.is_lowercase() || (previous.is_uppercase() && next_is_lower));
        if !c.is_alphabetic() || begins {
            parts.extend((!part.is_empty()).then(|| std::mem::take(&mut part)));
        }
        if c.is_alphabetic() {
            part.extend(c.to_lowercase());
        }
        previous = c;
    }
    parts.extend((!part.is_empty()).then_some(part));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# A comment.
exempt: docs/old
rung, rungs => step
hand out => poll
`Standing` => `Progress`
";

    fn found(line: &str) -> Vec<String> {
        let list = RetiredWords::parse(TEXT).unwrap();
        list.find_in_line(line).map(|(word, _)| word).collect()
    }

    #[test]
    fn parts_of_identifiers_are_words() {
        for line in [
            "the rung",
            "Rung",
            "rung_failed",
            "LastRung",
            "IORung",
            "RUNG",
            "rung2",
            "RungFailed",
        ] {
            assert_eq!(found(line), ["rung"], "{line}");
        }
        for line in ["wrung", "Wrungs", "r_ung", "strung_out"] {
            assert!(found(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn phrases_match_in_prose_and_in_identifiers() {
        for line in ["to hand out", "fn hand_out()", "HandOut", "hand-out"] {
            assert_eq!(found(line), ["hand out"], "{line}");
        }
        assert!(found("out of hand").is_empty());
    }

    #[test]
    fn identifiers_in_backticks_match_exactly() {
        assert_eq!(found("let a: Standing = b;"), ["Standing"]);
        for line in ["standing still", "StandingOrder", "STANDING"] {
            assert!(found(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn findings_have_their_place_and_the_replacement() {
        let list = RetiredWords::parse(TEXT).unwrap();
        let expected = [
            "src/rung.rs: the path: `rung` is now step",
            "src/rung.rs:2: `rungs` is now step",
        ];
        assert_eq!(list.find("src/rung.rs", "one\nall rungs\n"), expected);
        assert!(!list.applies_to("docs/old/a.md") && list.applies_to("docs/new.md"));
    }

    #[test]
    fn incomplete_or_repeated_lines_are_errors() {
        for wrong in ["rung\n", "a => b\na => c\n"] {
            assert!(RetiredWords::parse(wrong).is_err(), "{wrong}");
        }
    }
}
