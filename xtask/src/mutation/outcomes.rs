use std::{
    collections::BTreeMap,
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// What came of a mutant.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Outcome {
    /// It does not compile.
    Unviable,
    /// A test failed.
    Caught,
    /// The tests did not end.
    TimedOut,
    /// All tests passed.
    Survived,
}

impl Outcome {
    /// Each with the list in which cargo-mutants names such mutants.
    const LISTS: [(Self, &'static str); 4] = [
        (Self::Unviable, "unviable.txt"),
        (Self::Caught, "caught.txt"),
        (Self::TimedOut, "timeout.txt"),
        (Self::Survived, "missed.txt"),
    ];
}

/// What is known of a part's mutants: of this run, and of those before it that it goes on from.
///
/// cargo-mutants remembers of earlier runs which mutants it need not test again, and not what came of
/// them; so they are kept here, in a file of their own.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    of: BTreeMap<String, Outcome>,
}

impl Outcomes {
    /// Reads what stands in a part's folder.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let mut outcomes = Self::default();
        for (outcome, list) in Outcome::LISTS {
            outcomes.add(outcome, &lines(&folder.join("earlier").join(list))?);
        }
        for (outcome, list) in Outcome::LISTS {
            outcomes.add(outcome, &lines(&folder.join("mutants.out").join(list))?);
        }
        Ok(outcomes)
    }

    /// Puts what is known where the next run does not write, and has it leave out what is settled: by
    /// itself it would test again what never ended.
    pub(crate) fn keep(&self, folder: &Path) -> io::Result<()> {
        let (earlier, last) = (folder.join("earlier"), folder.join("mutants.out"));
        fs::create_dir_all(&earlier)?;
        fs::create_dir_all(&last)?;
        for (outcome, list) in Outcome::LISTS {
            fs::write(earlier.join(list), self.names(|known| known == outcome))?;
        }
        let settled = self.names(|known| known != Outcome::Survived);
        fs::write(last.join("previously_caught.txt"), settled)
    }

    /// A line each.
    fn names(&self, which: impl Fn(Outcome) -> bool) -> String {
        let names = self.of.iter().filter(|(_, known)| which(**known));
        names.map(|(name, _)| format!("{name}\n")).collect()
    }

    /// `None` for a mutant that was not tested.
    pub(crate) fn of(&self, mutant: &str) -> Option<Outcome> {
        self.of.get(mutant).copied()
    }

    fn add(&mut self, outcome: Outcome, mutants: &str) {
        for mutant in mutants.lines() {
            self.of.insert(mutant.to_owned(), outcome);
        }
    }
}

fn lines(path: &PathBuf) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, process};

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("xtask-mutants-{name}-{}", process::id()));
            fs::create_dir_all(path.join("mutants.out")).unwrap();
            Self(path)
        }

        fn write(&self, list: &str, text: &str) {
            fs::write(self.0.join("mutants.out").join(list), text).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_later_run_goes_on_from_an_earlier_one() {
        let folder = Folder::new("later");
        folder.write("caught.txt", "a\nb\n");
        folder.write("missed.txt", "c\nd\n");
        folder.write("unviable.txt", "e\n");
        folder.write("timeout.txt", "g\n");
        Outcomes::read(&folder.0).unwrap().keep(&folder.0).unwrap();
        let settled = folder.0.join("mutants.out/previously_caught.txt");
        assert_eq!(fs::read_to_string(settled).unwrap(), "a\nb\ne\ng\n");

        // The second run tests what survived.
        folder.write("caught.txt", "c\n");
        folder.write("missed.txt", "");
        folder.write("timeout.txt", "d\n");
        folder.write("unviable.txt", "");
        let outcomes = Outcomes::read(&folder.0).unwrap();
        let expected = [
            ("a", Some(Outcome::Caught)),
            ("c", Some(Outcome::Caught)),
            ("d", Some(Outcome::TimedOut)),
            ("e", Some(Outcome::Unviable)),
            ("f", None),
            ("g", Some(Outcome::TimedOut)),
        ];
        for (mutant, outcome) in expected {
            assert_eq!(outcomes.of(mutant), outcome, "{mutant}");
        }
    }

    #[test]
    fn a_folder_without_a_run_knows_nothing() {
        let nowhere = Path::new("/nonexistent/for/sure");
        assert_eq!(Outcomes::read(nowhere).unwrap().of("a"), None);
    }
}
