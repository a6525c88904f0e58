use std::collections::BTreeMap;

use super::without_place;
use crate::command::Failure;

/// The survivors that nothing could kill, each with the reason: `xtask/mutants.txt`.
#[derive(Debug, Default)]
pub(crate) struct Explained {
    /// How many of each text may survive.
    entries: BTreeMap<String, usize>,
}

impl Explained {
    /// Reads the file's text.
    ///
    /// A line that starts a paragraph names a mutant, with how many there are if several read the same
    /// (`2 x `); the indented ones below it say why. `#` starts a comment.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let mut explained = Self::default();
        let mut unexplained = None;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if line.starts_with(' ') {
                unexplained = None;
            } else if !line.is_empty() {
                check(unexplained)?;
                unexplained = Some(line);
                let (count, mutant) = match line.split_once(" x ") {
                    Some((count, mutant)) if count.parse::<usize>().is_ok() => {
                        (count.parse().unwrap_or(1), mutant)
                    }
                    _ => (1, line),
                };
                if explained.entries.insert(mutant.to_owned(), count).is_some() {
                    return Err(Failure::new(format!(
                        "xtask/mutants.txt explains twice, make it one: {mutant}"
                    )));
                }
            }
        }
        check(unexplained)?;
        Ok(explained)
    }

    /// Those of `survivors` that nothing here explains.
    pub(crate) fn unexplained<'a>(&self, survivors: &[&'a str]) -> Vec<&'a str> {
        let mut left = self.entries.clone();
        let unexplained =
            survivors
                .iter()
                .filter(|survivor| match left.get_mut(&without_place(survivor)) {
                    Some(count) if *count > 0 => {
                        *count -= 1;
                        false
                    }
                    _ => true,
                });
        unexplained.copied().collect()
    }

    /// Entries that are more than there are such mutants.
    pub(crate) fn stale<'a>(&self, mutants: impl Iterator<Item = &'a str>) -> Vec<&str> {
        let mut left = self.entries.clone();
        for mutant in mutants {
            if let Some(count) = left.get_mut(&without_place(mutant)) {
                *count = count.saturating_sub(1);
            }
        }
        let stale = self.entries.keys().filter(|mutant| left[*mutant] > 0);
        stale.map(String::as_str).collect()
    }
}

fn check(unexplained: Option<&str>) -> Result<(), Failure> {
    match unexplained {
        None => Ok(()),
        Some(mutant) => Err(Failure::new(format!(
            "xtask/mutants.txt gives no reason, indented, below: {mutant}"
        ))),
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

    #[test]
    fn a_survivor_is_explained_wherever_it_stands() {
        let explained = Explained::parse(FILE).unwrap();
        let survivors = [
            "a.rs:1:2: replace > with >= in f",
            "b.rs:1:2: delete ! in g",
            "b.rs:3:4: delete ! in g",
            "c.rs:1:2: delete ! in g",
        ];
        assert_eq!(explained.unexplained(&survivors), [survivors[3]]);
    }

    #[test]
    fn an_entry_explains_no_more_than_it_says() {
        let explained = Explained::parse(FILE).unwrap();
        let survivors = [
            "a.rs:1:2: replace > with >= in f",
            "a.rs:9:2: replace > with >= in f",
        ];
        assert_eq!(explained.unexplained(&survivors), [survivors[1]]);
    }

    #[test]
    fn an_entry_without_its_mutants_is_stale() {
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
    fn an_entry_needs_a_reason_and_stands_once() {
        for wrong in [
            "a.rs: one\n\nb.rs: two\n  Why.\n",
            "a.rs: one\n",
            "a.rs: one\n  Why.\na.rs: one\n  Why.\n",
        ] {
            assert!(Explained::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_file_can_be_read() {
        let path = crate::workspace::root().join("xtask/mutants.txt");
        Explained::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    }
}
