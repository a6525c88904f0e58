use std::{fs, path::PathBuf, process::Command as Process};

use super::setup;
use crate::{
    cargo::Cargo,
    command::{Command, Failure},
    mutation::{Explained, Outcomes, Part, SUBJECTS, Subject, Tally},
    needs::{Need, succeeds},
    workspace,
};

/// Runs the tests against mutants of the code.
pub(crate) struct Mutants;

/// Below the repository's root.
const EXPLAINED: &str = "xtask/mutants.txt";

/// However fast the tests are: a machine that does something else too slows them down.
const LEAST_TIMEOUT_SECONDS: u32 = 30;

/// What cargo-mutants ends with when some mutants survived, or did not end, and all else went well.
const SOME_SURVIVED: i32 = 2;
const SOME_TIMED_OUT: i32 = 3;

impl Command for Mutants {
    fn name(&self) -> &'static str {
        "mutants"
    }

    fn help(&self) -> &'static str {
        "Change the code in small ways, and see whether a test fails each time

Installs cargo-mutants where it is missing, and runs it over the layers' code,
in a copy. Ends with a table. Fails if less than 95 % of the mutants that
compile are killed (caught by a test, or the tests never end), for protocol,
queue and machine; if a mutant survives that xtask/mutants.txt doesn't explain;
or if that file explains one that there isn't. An explained survivor counts as
one all the same. Takes an hour or more on a small machine.

Options:
  --only NAME   protocol, queue, machine or cluster; again for more
  --shard K/N   only the K-th of N equal parts of the mutants, from 0 on; the
                percentage then decides nothing
  --jobs N      how many mutants at a time (1)
  --resume      go on from the last run: test what was not tested or survived,
                and what stands at another line than it did. What was killed
                counts as killed, though the code may have changed since
  --list        print the mutants, and test none"
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        let options = Options::parse(args)?;
        let explained = fs::read_to_string(workspace::root().join(EXPLAINED))?;
        let explained = Explained::parse(&explained)?;
        install_cargo_mutants()?;
        if options.list {
            return print_list(&options);
        }
        setup::install(&Need::TESTS)?;

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
        verdict(&tallies, &explained, &options)
    }
}

#[derive(Debug, Default, Eq, PartialEq)]
struct Options {
    only: Vec<String>,
    shard: Option<String>,
    jobs: Option<String>,
    resume: bool,
    list: bool,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || {
                let value = args.next().cloned();
                value.ok_or_else(|| Failure::new(format!("`{arg}` needs a value")))
            };
            match arg.as_str() {
                "--only" => options.only.push(known_subject(value()?)?),
                "--shard" => options.shard = Some(shard(value()?)?),
                "--jobs" => options.jobs = Some(jobs(value()?)?),
                "--resume" => options.resume = true,
                "--list" => options.list = true,
                unknown => {
                    return Err(Failure::new(format!(
                        "unknown option `{unknown}`; --help lists those there are"
                    )));
                }
            }
        }
        Ok(options)
    }

    fn subjects(&self) -> impl Iterator<Item = &'static Subject> {
        let wanted = |name| self.only.is_empty() || self.only.iter().any(|only| only == name);
        SUBJECTS.iter().filter(move |subject| wanted(subject.name))
    }
}

fn known_subject(name: String) -> Result<String, Failure> {
    if SUBJECTS.iter().any(|subject| subject.name == name) {
        return Ok(name);
    }
    let all = SUBJECTS.iter().map(|subject| subject.name);
    Err(Failure::new(format!(
        "there is no `{name}`; there are {}",
        all.collect::<Vec<_>>().join(", ")
    )))
}

fn shard(value: String) -> Result<String, Failure> {
    let parts = value.split_once('/');
    let parts = parts.and_then(|(k, n)| Some((k.parse::<u32>().ok()?, n.parse::<u32>().ok()?)));
    match parts {
        Some((k, n)) if k < n => Ok(value),
        _ => Err(Failure::new(format!(
            "`--shard` needs a number and how many there are, such as 0/4, not `{value}`"
        ))),
    }
}

fn jobs(value: String) -> Result<String, Failure> {
    match value.parse::<u32>() {
        Ok(1..) => Ok(value),
        _ => Err(Failure::new(format!(
            "`--jobs` needs a number over 0, not `{value}`"
        ))),
    }
}

fn install_cargo_mutants() -> Result<(), Failure> {
    if succeeds(Process::new("cargo-mutants").args(["mutants", "--version"])) {
        return Ok(());
    }
    Cargo::new("install --locked cargo-mutants").run()
}

fn print_list(options: &Options) -> Result<(), Failure> {
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

/// Every mutant that there is of a part, a line each.
fn list(part: &Part, options: &Options) -> Result<String, Failure> {
    let mut line = format!("mutants --list {}", selection(part));
    if let Some(shard) = &options.shard {
        line.push_str(&sharding(shard));
    }
    let said = Cargo::new(&line).ask()?;
    if said.status.success() {
        Ok(said.stdout)
    } else {
        Err(Failure::new(format!(
            "`cargo {line}` failed:\n{}",
            said.stderr
        )))
    }
}

/// Tests a part's mutants, or those that are left of them.
fn test(part: &Part, options: &Options) -> Result<Outcomes, Failure> {
    let folder = folder(part);
    if options.resume {
        Outcomes::read(&folder)?.keep(&folder)?;
    } else if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;

    let mut line = format!(
        "mutants {} --minimum-test-timeout {LEAST_TIMEOUT_SECONDS} --output target/mutants/{} {}",
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
    if let Some(jobs) = &options.jobs {
        line.push_str(&format!(" --jobs {jobs}"));
    }
    // Not behind `--`: what stands there is run, and all else is built none the less.
    for arg in part.tests {
        line.push_str(&format!(" --cargo-arg={arg}"));
    }
    let status = Cargo::new(&line)
        // Links faster, which is most of the time; no backtrace is looked at.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_TEST_DEBUG", "0")
        .status()?;
    match status.code() {
        Some(0 | SOME_SURVIVED | SOME_TIMED_OUT) => Ok(Outcomes::read(&folder)?),
        _ => Err(Failure::new(format!(
            "`cargo {line}` failed; what was tested is kept, --resume goes on from there"
        ))),
    }
}

fn folder(part: &Part) -> PathBuf {
    workspace::root().join("target/mutants").join(part.name)
}

fn selection(part: &Part) -> String {
    part.selection().join(" ")
}

/// Dealt out one by one, so that each shard has some of every file.
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

fn verdict(
    tallies: &[(&Subject, Tally)],
    explained: &Explained,
    options: &Options,
) -> Result<(), Failure> {
    let mut wrong = Vec::new();
    for (subject, tally) in tallies {
        let name = subject.name;
        if let Some(goal) = subject.goal
            && options.shard.is_none()
            && !tally.reaches(goal)
        {
            wrong.push(format!("{name}: less than {goal} % were killed"));
        }
        let survived = tally.unexplained(explained).len();
        if survived > 0 {
            wrong.push(format!(
                "{name}: {survived} survived; kill each with a test, or explain it in {EXPLAINED}"
            ));
        }
        if tally.untested > 0 {
            wrong.push(format!(
                "{name}: {} were not tested; --resume goes on",
                tally.untested
            ));
        }
    }
    for entry in stale(explained)? {
        wrong.push(format!(
            "{EXPLAINED} explains what there is not, or not as often; take it out: {entry}"
        ));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(wrong.join("\n  ")))
    }
}

/// Looked for among all mutants, whatever was tested.
fn stale(explained: &Explained) -> Result<Vec<String>, Failure> {
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

    fn options(line: &str) -> Result<Options, Failure> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&args)
    }

    #[test]
    fn options_are_read_and_checked() {
        let read = options("--only queue --shard 0/4 --jobs 2 --resume --list").unwrap();
        let expected = Options {
            only: vec!["queue".to_owned()],
            shard: Some("0/4".to_owned()),
            jobs: Some("2".to_owned()),
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
    fn without_a_name_all_are_meant() {
        let names = |line| {
            let options = options(line).unwrap();
            let subjects = options.subjects().map(|subject| subject.name);
            subjects.collect::<Vec<_>>()
        };
        assert_eq!(names("").len(), SUBJECTS.len());
        assert_eq!(names("--only machine --only queue"), ["queue", "machine"]);
    }
}
