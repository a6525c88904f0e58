mod explained;
mod outcomes;
mod subjects;
mod tally;

use std::{fs, path::PathBuf};

use anyhow::bail;

use self::{
    explained::Explained,
    outcomes::Outcomes,
    subjects::{Part, SUBJECTS, Subject},
    tally::Tally,
};
use super::options::{self, positive};
use crate::{
    Command,
    cargo::Cargo,
    system::{self, Need},
    tools::Tool,
    workspace,
};

/// Runs the tests against mutants of the code.
pub(crate) struct Mutants;

/// The survivors that no test could kill, with reasons.
const EXPLAINED: &str = "xtask/mutants.txt";

/// The least timeout of a test run, however fast the tests are: other load slows them down.
const MIN_TIMEOUT_SECONDS: u32 = 30;

/// The exit codes of cargo-mutants if mutants survived or timed out, and nothing else went wrong.
const SOME_SURVIVED: i32 = 2;
const SOME_TIMED_OUT: i32 = 3;

impl Command for Mutants {
    fn name(&self) -> &'static str {
        "mutants"
    }

    fn help(&self) -> &'static str {
        "Change the code in small ways, and check that a test fails each time

Installs cargo-mutants if it is missing, and runs it over a copy of the code.
Prints a line per subject. Fails if less than 95 % of the viable mutants are killed
in protocol, queue, machine or requests, or less than 97 % in decisions, which are
those of the layers above (a test fails, or the tests never end); if a mutant survives
that xtask/mutants.txt does not explain; or if that file explains a mutant that does not
exist. A survivor counts as one even if it is explained. Takes hours on a small machine,
and less if cargo-nextest is installed.

Options:
  --only NAME   protocol, queue, machine, requests, decisions or cluster; can be
                repeated
  --shard K/N   only the K-th of N equal parts of the mutants, counted from 0; the
                percentage is then not checked
  --jobs N      how many mutants are tested at a time (1)
  --resume      continue the last run: test what was not tested, what survived, and
                what is at another line than before. What was killed counts as
                killed, even if the code has changed since
  --list        print the mutants, and test none"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let options = Options::parse(args)?;
        let explained = fs::read_to_string(workspace::root().join(EXPLAINED))?;
        let explained = Explained::parse(&explained)?;
        Tool::MUTANTS.install()?;
        if options.list {
            return print_list(&options);
        }
        system::install(&Need::TESTS)?;

        let mut tallies = Vec::new();
        for subject in options.subjects() {
            let mut tally = Tally::new(subject.name);
            for part in subject.parts {
                println!("\n== mutants of {}", part.name);
                let mutants = list(part, &options)?;
                let outcomes = test(part, &options)?;
                for mutant in mutants.lines() {
                    tally.add(mutant, outcomes.of(mutant));
                }
            }
            tallies.push((subject, tally));
        }
        print_table(&tallies, &explained);
        result(&tallies, &explained, &options)
    }
}

#[derive(Debug, Default, Eq, PartialEq)]
struct Options {
    only: Vec<String>,
    shard: Option<String>,
    jobs: Option<u32>,
    resume: bool,
    list: bool,
}

impl Options {
    fn parse(args: &[String]) -> anyhow::Result<Self> {
        let mut reader = options::reader(args);
        let parsed = Self {
            only: reader.values_from_fn("--only", known_subject)?,
            shard: reader.opt_value_from_fn("--shard", shard)?,
            jobs: reader.opt_value_from_fn("--jobs", positive)?,
            resume: reader.contains("--resume"),
            list: reader.contains("--list"),
        };
        options::finish(reader)?;
        Ok(parsed)
    }

    fn subjects(&self) -> impl Iterator<Item = &'static Subject> {
        let wanted = |name| self.only.is_empty() || self.only.iter().any(|only| only == name);
        SUBJECTS.iter().filter(move |subject| wanted(subject.name))
    }
}

fn known_subject(name: &str) -> anyhow::Result<String> {
    if !SUBJECTS.iter().any(|subject| subject.name == name) {
        let all = SUBJECTS.iter().map(|subject| subject.name);
        bail!(
            "unknown subject `{name}`; the subjects are {}",
            all.collect::<Vec<_>>().join(", ")
        );
    }
    Ok(name.to_owned())
}

fn shard(value: &str) -> anyhow::Result<String> {
    let parts = value.split_once('/');
    let parts = parts.and_then(|(k, n)| Some((k.parse::<u32>().ok()?, n.parse::<u32>().ok()?)));
    match parts {
        Some((k, n)) if k < n => Ok(value.to_owned()),
        _ => bail!("expected a number and how many there are, such as 0/4, not `{value}`"),
    }
}

fn print_list(options: &Options) -> anyhow::Result<()> {
    let mut counts = String::new();
    for subject in options.subjects() {
        let mut count = 0;
        for part in subject.parts {
            let mutants = list(part, options)?;
            print!("{mutants}");
            count += mutants.lines().count();
        }
        counts.push_str(&format!("\n{:10} {count:7}", subject.name));
    }
    println!("\nsubject    mutants{counts}");
    Ok(())
}

/// Returns the names of a part's mutants, one per line.
fn list(part: &Part, options: &Options) -> anyhow::Result<String> {
    let mut line = format!("mutants --list {}", selection(part));
    if let Some(shard) = &options.shard {
        line.push_str(&sharding(shard));
    }
    Cargo::new(&line).read()
}

/// Tests a part's mutants, or with `--resume` those that are left.
fn test(part: &Part, options: &Options) -> anyhow::Result<Outcomes> {
    let folder = folder(part);
    if options.resume {
        Outcomes::read(&folder)?.save(&folder)?;
    } else if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;

    let mut line = format!(
        "mutants {} --minimum-test-timeout {MIN_TIMEOUT_SECONDS} --output target/mutants/{} {}",
        selection(part),
        part.name,
        part.features.join(" ")
    );
    if options.resume {
        line.push_str(" --iterate");
    }
    if let Some(shard) = &options.shard {
        line.push_str(&sharding(shard));
    }
    // It stops at the first test that fails, which `cargo test` does not.
    if Tool::NEXTEST.is_installed() {
        line.push_str(" --test-tool=nextest");
    }
    if let Some(jobs) = &options.jobs {
        line.push_str(&format!(" --jobs {jobs}"));
    }
    // Not behind `--`, where the arguments select only what is run, and everything is built.
    for arg in part.tests {
        line.push_str(&format!(" --cargo-arg={arg}"));
    }
    let status = Cargo::new(&line)
        // Linking is most of the time, and takes less without debug info.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_TEST_DEBUG", "0")
        .status()?;
    match status.code() {
        Some(0 | SOME_SURVIVED | SOME_TIMED_OUT) => Outcomes::read(&folder),
        _ => bail!("`cargo {line}` failed; continue with --resume"),
    }
}

fn folder(part: &Part) -> PathBuf {
    workspace::root().join("target/mutants").join(part.name)
}

fn selection(part: &Part) -> String {
    part.selection().join(" ")
}

/// In turns, so that each shard has mutants of every file.
fn sharding(shard: &str) -> String {
    format!(" --shard {shard} --sharding round-robin")
}

fn print_table(tallies: &[(&Subject, Tally)], explained: &Explained) {
    for (_, tally) in tallies {
        let unexplained = tally.unexplained(explained);
        if !tally.survivors.is_empty() {
            println!("\nsurvived in {}:", tally.name);
        }
        for survivor in &tally.survivors {
            let remark = if unexplained.contains(&survivor.as_str()) {
                ""
            } else {
                " (explained)"
            };
            println!("  {survivor}{remark}");
        }
    }
    println!("\n{}", Tally::HEADINGS);
    for (_, tally) in tallies {
        println!("{}", tally.line(explained));
    }
}

fn result(
    tallies: &[(&Subject, Tally)],
    explained: &Explained,
    options: &Options,
) -> anyhow::Result<()> {
    let mut failures = Vec::new();
    for (subject, tally) in tallies {
        let name = subject.name;
        if let Some(goal) = subject.goal
            && options.shard.is_none()
            && !tally.reaches(goal)
        {
            failures.push(format!(
                "{name}: less than {goal} % of the mutants were killed"
            ));
        }
        let survived = tally.unexplained(explained).len();
        if survived > 0 {
            failures.push(format!(
                "{name}: {survived} mutants survived; write a test that kills each, or explain it in {EXPLAINED}"
            ));
        }
        if tally.untested > 0 {
            failures.push(format!(
                "{name}: {} mutants were not tested; continue with --resume",
                tally.untested
            ));
        }
    }
    for entry in stale(explained)? {
        failures.push(format!(
            "{EXPLAINED} explains a mutant that does not exist, or not as often; remove it: {entry}"
        ));
    }
    if !failures.is_empty() {
        bail!("{}", failures.join("\n  "));
    }
    Ok(())
}

/// Returns the explanations that fit no mutant of any subject.
fn stale(explained: &Explained) -> anyhow::Result<Vec<String>> {
    let mut mutants = String::new();
    for part in SUBJECTS.iter().flat_map(|subject| subject.parts) {
        mutants.push_str(&list(part, &Options::default())?);
    }
    let stale = explained.stale(mutants.lines());
    Ok(stale.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> anyhow::Result<Options> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&args)
    }

    #[test]
    fn options_are_read_and_checked() {
        let read = options("--only queue --shard 0/4 --jobs 2 --resume --list").unwrap();
        let expected = Options {
            only: vec!["queue".to_owned()],
            shard: Some("0/4".to_owned()),
            jobs: Some(2),
            resume: true,
            list: true,
        };
        assert_eq!(read, expected);
        for wrong in [
            "--only",
            "--only quue",
            "--shard 4/4",
            "--shard 1",
            "--jobs 0",
            "--jobs many",
            "--slow",
        ] {
            assert!(options(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn without_a_name_all_subjects_are_tested() {
        let names = |line| {
            let options = options(line).unwrap();
            let subjects = options.subjects().map(|subject| subject.name);
            subjects.collect::<Vec<_>>()
        };
        assert_eq!(names("").len(), SUBJECTS.len());
        assert_eq!(names("--only machine --only queue"), ["queue", "machine"]);
    }
}
