//! What the output of `cargo test` says: how many tests passed, and why the others failed.

use std::fmt::{self, Display, Formatter};

/// How many lines of a failed test's output are repeated, the last ones.
const LINES: usize = 40;

/// How many failed tests have their output repeated. Of the rest, the names are.
const OUTPUTS: usize = 10;

/// The results of one or several calls of `cargo test`, read from their output line by line.
#[derive(Debug, Default)]
pub(crate) struct TestResults {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
    failures: Vec<Failure>,
    place: Place,
}

/// A failed test.
#[derive(Debug, Eq, PartialEq)]
struct Failure {
    name: String,
    output: Vec<String>,
}

/// The part of the output that the next line belongs to.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    /// Not in the output of a failed test.
    #[default]
    Elsewhere,
    /// In the output of the last of the failures.
    Failure,
}

impl TestResults {
    /// Reads a line of the output.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim_end();
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.place = Place::Elsewhere;
            self.add(counts);
        } else if let Some(name) = name_of_failure(line) {
            self.place = Place::Failure;
            self.failures.push(Failure {
                name: name.to_owned(),
                output: Vec::new(),
            });
        } else if line == "failures:" {
            // The heading of the outputs, and of the names after them.
            self.place = Place::Elsewhere;
        } else if let (Place::Failure, Some(failure)) = (self.place, self.failures.last_mut()) {
            if failure.output.len() == LINES {
                failure.output.remove(0);
            }
            failure.output.push(line.to_owned());
        }
    }

    /// Adds counts such as `ok. 14 passed; 0 failed; 0 ignored; ..`.
    fn add(&mut self, counts: &str) {
        let Some((_, counts)) = counts.split_once(". ") else {
            return;
        };
        for count in counts.split("; ") {
            let Some((number, what)) = count.split_once(' ') else {
                continue;
            };
            let number = number.parse::<u64>().unwrap_or(0);
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }

    /// Adds the results of another call.
    pub(crate) fn add_call(&mut self, call: Self) {
        self.passed += call.passed;
        self.failed += call.failed;
        self.ignored += call.ignored;
        self.failures.extend(call.failures);
    }
}

/// The name in a line such as `---- gap::is_told stdout ----`.
fn name_of_failure(line: &str) -> Option<&str> {
    line.strip_prefix("---- ")?.strip_suffix(" stdout ----")
}

/// The failed tests with the ends of their outputs, and the counts: what a reader of a long log
/// looks for, at its end.
impl Display for TestResults {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, failure) in self.failures.iter().enumerate() {
            writeln!(f, "failed: {}", failure.name)?;
            if index < OUTPUTS {
                for line in &failure.output {
                    writeln!(f, "    {line}")?;
                }
            }
        }
        write!(
            f,
            "tests: {} passed, {} failed, {} ignored",
            self.passed, self.failed, self.ignored
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
running 3 tests
test gap::is_told ... FAILED
test gap::is_counted ... ok

failures:

---- gap::is_told stdout ----
seed 7
thread 'gap::is_told' panicked at tests/gap.rs:3:5:

---- gap::ends stdout ----
no end

failures:
    gap::is_told
    gap::ends

test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s

     Running unittests src/lib.rs
";

    fn read(output: &str) -> TestResults {
        let mut results = TestResults::default();
        output.lines().for_each(|line| results.read(line));
        results
    }

    #[test]
    fn closing_lines_are_added_up() {
        let mut results = read(OUTPUT);
        results.add_call(read(
            "test result: ok. 14 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.39s\n",
        ));
        assert_eq!(
            (results.passed, results.failed, results.ignored),
            (17, 2, 2)
        );
    }

    #[test]
    fn failed_tests_are_repeated_with_their_output() {
        assert_eq!(
            read(OUTPUT).to_string(),
            "\
failed: gap::is_told
    seed 7
    thread 'gap::is_told' panicked at tests/gap.rs:3:5:
    \n\
failed: gap::ends
    no end
    \n\
tests: 3 passed, 2 failed, 1 ignored"
        );
    }

    #[test]
    fn only_the_end_of_a_long_output_is_repeated() {
        let lines = (0..100).map(|line| format!("line {line}\n"));
        let output = format!("---- gap stdout ----\n{}", String::from_iter(lines));
        let printed = read(&output).to_string();
        assert!(!printed.contains("line 59\n"), "{printed}");
        assert!(printed.contains("line 60\n"), "{printed}");
        assert!(printed.contains("line 99\n"), "{printed}");
    }
}
