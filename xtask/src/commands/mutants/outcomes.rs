use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context as _;
use serde_json::Value;

/// What the tests said of a mutant.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Outcome {
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
    /// Each with the name that cargo-mutants gives it in `outcomes.json`.
    const NAMES: [(Self, &'static str); 4] = [
        (Self::Unviable, "Unviable"),
        (Self::Caught, "CaughtMutant"),
        (Self::TimedOut, "Timeout"),
        (Self::Survived, "MissedMutant"),
    ];

    fn of(name: &str) -> Option<Self> {
        let known = Self::NAMES.iter().find(|(_, known)| *known == name);
        known.map(|(outcome, _)| *outcome)
    }

    fn name(self) -> &'static str {
        let known = Self::NAMES.iter().find(|(outcome, _)| *outcome == self);
        known.map_or("", |(_, name)| *name)
    }
}

/// The outcomes of a part's mutants: of the last run, and of the runs that it resumed.
///
/// cargo-mutants remembers of earlier runs only which mutants it need not test again, so their outcomes
/// are kept in a file beside its own.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    outcomes: BTreeMap<String, Outcome>,
}

/// The outcomes of earlier runs: an object with a key for each mutant.
const EARLIER: &str = "earlier.json";

/// The outcomes of the last run, by cargo-mutants.
const LAST: &str = "mutants.out/outcomes.json";

/// The mutants that `cargo mutants --iterate` leaves out.
const SETTLED: &str = "mutants.out/previously_caught.txt";

impl Outcomes {
    /// Reads the outcomes in a part's folder, which may be empty.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut outcomes = Self::default();
        let earlier = json(&folder.join(EARLIER))?;
        for (mutant, name) in earlier.as_object().into_iter().flatten() {
            outcomes.add(mutant, name);
        }
        let last = json(&folder.join(LAST))?;
        for outcome in last["outcomes"].as_array().into_iter().flatten() {
            if let Some(mutant) = outcome["scenario"]["Mutant"]["name"].as_str() {
                outcomes.add(mutant, &outcome["summary"]);
            }
        }
        Ok(outcomes)
    }

    /// Saves the outcomes for the run that resumes this one, and has it leave out what is settled.
    ///
    /// By itself, cargo-mutants would test the mutants that timed out again.
    pub(super) fn save(&self, folder: &Path) -> anyhow::Result<()> {
        let earlier = self.outcomes.iter();
        let earlier = earlier.map(|(mutant, outcome)| (mutant.clone(), outcome.name().into()));
        let earlier = Value::Object(earlier.collect());
        let settled = self.outcomes.iter();
        let settled = settled.filter(|(_, outcome)| **outcome != Outcome::Survived);
        let settled = settled.map(|(mutant, _)| format!("{mutant}\n"));
        fs::create_dir_all(folder.join("mutants.out"))?;
        fs::write(folder.join(EARLIER), earlier.to_string())?;
        fs::write(folder.join(SETTLED), settled.collect::<String>())?;
        Ok(())
    }

    /// Returns the outcome of a mutant, or `None` if it was not tested.
    pub(super) fn of(&self, mutant: &str) -> Option<Outcome> {
        self.outcomes.get(mutant).copied()
    }

    fn add(&mut self, mutant: &str, name: &Value) {
        // What is none of these was not tested to the end.
        if let Some(outcome) = name.as_str().and_then(Outcome::of) {
            self.outcomes.insert(mutant.to_owned(), outcome);
        }
    }
}

/// Returns the value in a file, or null if there is none.
fn json(path: &Path) -> anyhow::Result<Value> {
    if !path.exists() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&fs::read_to_string(path)?)
        .with_context(|| format!("{} can't be read; run without --resume", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, path::PathBuf, process};

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("xtask-mutants-{name}-{}", process::id()));
            fs::create_dir_all(path.join("mutants.out")).unwrap();
            Self(path)
        }

        /// Writes outcomes as cargo-mutants does, with what is not read left out.
        fn write(&self, outcomes: &[(&str, &str)]) {
            let outcomes = outcomes.iter().map(|(mutant, summary)| {
                format!(
                    r#"{{"scenario":{{"Mutant":{{"name":"{mutant}","package":"p"}}}},"summary":"{summary}"}}"#
                )
            });
            let outcomes = outcomes.collect::<Vec<_>>().join(",");
            let text = format!(
                r#"{{"outcomes":[{{"scenario":"Baseline","summary":"Success"}},{outcomes}],"total_mutants":9}}"#
            );
            fs::write(self.0.join(LAST), text).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn resumed_run_adds_to_the_earlier_one() {
        let folder = Folder::new("resumed");
        folder.write(&[
            ("a", "CaughtMutant"),
            ("b", "CaughtMutant"),
            ("c", "MissedMutant"),
            ("d", "MissedMutant"),
            ("e", "Unviable"),
            ("g", "Timeout"),
        ]);
        Outcomes::read(&folder.0).unwrap().save(&folder.0).unwrap();
        let settled = fs::read_to_string(folder.0.join(SETTLED)).unwrap();
        assert_eq!(settled, "a\nb\ne\ng\n");

        // The second run tests what survived.
        folder.write(&[("c", "CaughtMutant"), ("d", "Timeout"), ("f", "Failure")]);
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
    fn folder_without_a_run_has_no_outcomes() {
        let nowhere = Path::new("/nonexistent/for/sure");
        assert_eq!(Outcomes::read(nowhere).unwrap().of("a"), None);
    }

    #[test]
    fn damaged_file_is_an_error() {
        let folder = Folder::new("damaged");
        fs::write(folder.0.join(LAST), "{").unwrap();
        assert!(Outcomes::read(&folder.0).is_err());
    }
}
