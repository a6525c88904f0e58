//! Documentation links the rules of the protocol that it mentions.
//!
//! The rules are headings of `gloaming_protocol::rules`. Links to headings are not checked by rustdoc.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};

use crate::{report::Outcome, workspace};

/// The source of the page, with a heading per rule.
const PAGE: &str = "crates/protocol/src/rules.rs";

pub(super) fn check() -> anyhow::Result<Outcome> {
    let files = workspace::text_files()?;
    let page = files.iter().find(|(name, _)| name == PAGE);
    let rules = Rules::parse(&page.with_context(|| format!("{PAGE} is missing"))?.1);
    let mut mentions = 0;
    let mut findings = Vec::new();
    for (name, text) in files.iter().filter(|(name, _)| is_documented(name)) {
        for (line, mention) in mentions_in(text, Kind::of(name)) {
            mentions += 1;
            if let Some(problem) = rules.problem(&mention) {
                findings.push(format!("{name}:{line}: {problem}"));
            }
        }
    }
    if !findings.is_empty() {
        bail!(
            "{} mentions of rules are wrong:\n{}",
            findings.len(),
            findings.join("\n")
        );
    }
    Ok(Outcome::PassedWith(format!(
        "{mentions} mentions of {} rules",
        rules.names.len()
    )))
}

/// Returns whether rustdoc may render this file or its comments.
fn is_documented(name: &str) -> bool {
    let is_source = name.ends_with(".rs") && name.contains("/src/") && !name.contains("/tests/");
    let is_page = name.ends_with(".md") && name.starts_with("crates/") && name.contains("/docs/");
    (is_source || is_page) && name != PAGE
}

/// Where the documentation is in a file.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// In the comments.
    Source,
    /// Everywhere: a page that a comment includes.
    Page,
}

impl Kind {
    fn of(name: &str) -> Self {
        if name.ends_with(".md") {
            Self::Page
        } else {
            Self::Source
        }
    }

    /// Returns the documentation in a line, if there is any.
    fn documentation(self, line: &str) -> Option<&str> {
        let line = line.trim_start();
        match self {
            Self::Page => Some(line),
            Self::Source => line
                .strip_prefix("//!")
                .or_else(|| line.strip_prefix("///"))
                .filter(|comment| !comment.starts_with('/')),
        }
    }
}

/// The rules that exist.
struct Rules {
    names: BTreeSet<String>,
}

impl Rules {
    fn parse(page: &str) -> Self {
        let headings = page
            .lines()
            .filter_map(|line| line.strip_prefix("//! ## "))
            .map(str::to_owned);
        Self {
            names: headings.collect(),
        }
    }

    fn problem(&self, mention: &Mention) -> Option<String> {
        let rule = &mention.rule;
        let anchor = format!("rules#{}", rule.to_lowercase());
        match &mention.target {
            _ if !self.names.contains(rule) => Some(format!("there is no rule {rule} in {PAGE}")),
            None => Some(format!(
                "link the rule: [{rule}](gloaming_protocol::{anchor})"
            )),
            // An address has a slash in front of the anchor.
            Some(target) if !target.replace("/#", "#").ends_with(&anchor) => Some(format!(
                "{rule} links to `{target}` instead of `gloaming_protocol::{anchor}`"
            )),
            Some(_) => None,
        }
    }
}

/// A rule's number in the documentation.
#[derive(Debug, Eq, PartialEq)]
struct Mention {
    rule: String,
    /// The target of the link, if the number is the text of one.
    target: Option<String>,
}

/// Returns the mentions in the documentation outside of code blocks, with their line numbers.
fn mentions_in(text: &str, kind: Kind) -> Vec<(usize, Mention)> {
    let mut mentions = Vec::new();
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        let Some(comment) = kind.documentation(line) else {
            in_code = false;
            continue;
        };
        if comment.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            mentions.extend(
                mentions_in_line(comment)
                    .into_iter()
                    .map(|it| (index + 1, it)),
            );
        }
    }
    mentions
}

fn mentions_in_line(comment: &str) -> Vec<Mention> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut mentions = Vec::new();
    for (start, _) in comment.match_indices('P') {
        let rest = &comment[start + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let after = &rest[digits..];
        let before = &comment[..start];
        // `"P22"` is a value, for example in JSON.
        let is_rule =
            !before.ends_with(is_word) && !before.ends_with('"') && !after.starts_with(is_word);
        if !(1..=2).contains(&digits) || !is_rule {
            continue;
        }
        let target = after
            .trim_start_matches('`')
            .strip_prefix("](")
            .and_then(|target| target.split_once(')'))
            .map(|(target, _)| target.to_owned());
        mentions.push(Mention {
            rule: comment[start..start + 1 + digits].to_owned(),
            target,
        });
    }
    mentions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(usize, String)> {
        problems_in(text, Kind::Source)
    }

    fn problems_in(text: &str, kind: Kind) -> Vec<(usize, String)> {
        let rules = Rules::parse("//! # Sending\n//!\n//! ## P2\n//! ## P22\n");
        let mentions = mentions_in(text, kind).into_iter();
        mentions
            .filter_map(|(line, mention)| Some((line, rules.problem(&mention)?)))
            .collect()
    }

    #[test]
    fn every_mention_in_the_repository_is_linked() {
        if let Err(error) = check() {
            panic!("{error:#}");
        }
    }

    #[test]
    fn linked_rules_pass() {
        for text in [
            "/// At once ([P22](gloaming_protocol::rules#p22)).",
            "    //! [P2](crate::rules#p2), [`P22`](rules#p22)",
            "// Not documentation: P22.",
            "//// Neither is this: P22.",
            "/// MP3, P22x, _P2, P100 and P are no rules, and `{\"rule\": \"P22\"}` is a value.",
            "/// ```\n/// // P22\n/// ```",
        ] {
            assert_eq!(problems(text), [], "{text}");
        }
    }

    #[test]
    fn rules_without_a_link_fail() {
        let text = "/// Text.\n/// At once (P22, `P2`).\nlet a = 1; // P22";
        let expected = ["P22", "P2"].map(|rule| {
            let anchor = rule.to_lowercase();
            let link = format!("link the rule: [{rule}](gloaming_protocol::rules#{anchor})");
            (2, link)
        });
        assert_eq!(problems(text), expected);
    }

    #[test]
    fn links_to_another_rule_fail() {
        let found = problems("/// [P2](gloaming_protocol::rules#p22)");
        assert!(found[0].1.contains("instead of"), "{found:?}");
    }

    #[test]
    fn rules_that_do_not_exist_fail() {
        let found = problems("/// [P3](gloaming_protocol::rules#p3)");
        assert!(found[0].1.contains("no rule P3"), "{found:?}");
    }

    #[test]
    fn pages_are_documentation_throughout() {
        let text = "At once (P22).\n```py\n# P22\n```\n\
            [P2](crate::protocol::rules#p2), [P2](https://docs.rs/protocol/rules/#p2)";
        let found = problems_in(text, Kind::Page);
        assert!(matches!(&found[..], [(1, _)]), "{found:?}");
    }

    #[test]
    fn a_code_block_ends_with_its_comment() {
        let found = problems("/// ```\n/// text\nfn a() {}\n/// P22");
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
