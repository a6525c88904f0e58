use std::collections::BTreeMap;

use anyhow::bail;

/// The survivors that no test could kill, each with the reason: `xtask/mutants.txt`.
#[derive(Debug, Default)]
pub(super) struct Explained {
    /// How many mutants with each description may survive.
    entries: BTreeMap<String, usize>,
}

impl Explained {
    /// Reads the file's text.
    ///
    /// A paragraph begins with a line that describes a mutant, after `2 x ` if there are two of the same
    /// description; the indented lines below it give the reason. `#` begins a comment.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut explained = Self::default();
        let mut without_reason = None;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if line.starts_with(' ') {
                without_reason = None;
            } else if !line.is_empty() {
                check(without_reason)?;
                without_reason = Some(line);
                let (count, mutant) = match line.split_once(" x ") {
                    Some((count, mutant)) if count.parse::<usize>().is_ok() => {
                        (count.parse()?, mutant)
                    }
                    _ => (1, line),
                };
                if explained.entries.insert(mutant.to_owned(), count).is_some() {
                    bail!("xtask/mutants.txt has two entries for the same mutant: {mutant}");
                }
            }
        }
        check(without_reason)?;
        Ok(explained)
    }

    /// Returns those of `survivors` that no entry explains.
    pub(super) fn unexplained<'a>(&self, survivors: &'a [String]) -> Vec<&'a str> {
        let mut left = self.entries.clone();
        let mut unexplained = Vec::new();
        for survivor in survivors {
            match left.get_mut(&description(survivor)) {
                Some(count) if *count > 0 => *count -= 1,
                _ => unexplained.push(survivor.as_str()),
            }
        }
        unexplained
    }

    /// Returns the entries that explain more mutants than there are.
    pub(super) fn stale<'a>(&self, mutants: impl Iterator<Item = &'a str>) -> Vec<&str> {
        let mut left = self.entries.clone();
        for mutant in mutants {
            if let Some(count) = left.get_mut(&description(mutant)) {
                *count = count.saturating_sub(1);
            }
        }
        let stale = self.entries.keys().filter(|mutant| left[*mutant] > 0);
        stale.map(String::as_str).collect()
    }
}

fn check(without_reason: Option<&str>) -> anyhow::Result<()> {
    if let Some(mutant) = without_reason {
        bail!("xtask/mutants.txt has no indented reason below: {mutant}");
    }
    Ok(())
}

/// Returns a mutant's name without line and column, which change with the code around it.
///
/// `a/b.rs:3:7: replace + with - in f` becomes `a/b.rs: replace + with - in f`.
fn description(mutant: &str) -> String {
    let mut parts = mutant.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(_line), Some(_column), Some(change)) => format!("{file}:{change}"),
        _ => mutant.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# A comment.

a.rs: replace > with >= in f
  Both ways are
  the same.

2 x b.rs: delete ! in g
  No matter.
";

    fn unexplained(survivors: &[&str]) -> Vec<String> {
        let survivors = Vec::from_iter(survivors.iter().map(|name| (*name).to_owned()));
        let explained = Explained::parse(FILE).unwrap();
        let unexplained = explained.unexplained(&survivors).into_iter();
        unexplained.map(str::to_owned).collect()
    }

    #[test]
    fn description_has_no_line_and_no_column() {
        let mutant = "src/a.rs:12:5: replace == with != in <impl A<'_> for B>::c";
        let expected = "src/a.rs: replace == with != in <impl A<'_> for B>::c";
        assert_eq!(description(mutant), expected);
    }

    #[test]
    fn survivor_is_explained_at_any_line() {
        let survivors = [
            "a.rs:1:2: replace > with >= in f",
            "b.rs:1:2: delete ! in g",
            "b.rs:3:4: delete ! in g",
            "c.rs:1:2: delete ! in g",
        ];
        assert_eq!(unexplained(&survivors), [survivors[3]]);
    }

    #[test]
    fn entry_explains_no_more_mutants_than_it_says() {
        let survivors = [
            "a.rs:1:2: replace > with >= in f",
            "a.rs:9:2: replace > with >= in f",
        ];
        assert_eq!(unexplained(&survivors), [survivors[1]]);
    }

    #[test]
    fn entry_without_its_mutants_is_stale() {
        let explained = Explained::parse(FILE).unwrap();
        let mutants = [
            "a.rs:7:7: replace > with >= in f",
            "b.rs:7:7: delete ! in g",
        ];
        assert_eq!(
            explained.stale(mutants.into_iter()),
            ["b.rs: delete ! in g"]
        );
    }

    #[test]
    fn entry_without_a_reason_or_with_a_twin_is_an_error() {
        for wrong in [
            "a.rs: one\n\nb.rs: two\n  Why.\n",
            "a.rs: one\n",
            "a.rs: one\n  Why.\na.rs: one\n  Why.\n",
        ] {
            assert!(Explained::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn file_of_the_repository_is_read() {
        let path = crate::workspace::root().join("xtask/mutants.txt");
        Explained::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    }
}
