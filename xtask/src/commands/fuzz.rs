use std::{fs, process::Command as Process};

use super::setup;
use crate::{
    cargo::{Cargo, Said},
    command::{Command, Failure},
    needs::{Need, succeeds},
    workspace,
};

/// Runs the fuzz targets.
pub(crate) struct Fuzz;

/// The whole process, with what the sanitizer takes.
const MOST_MEGABYTES: u32 = 2048;

/// One input takes milliseconds.
const MOST_SECONDS: u32 = 10;

/// The tests run all of them, and a repository is no place for thousands.
const MOST_NEW_INPUTS: usize = 50;

/// Also finds what unsafe code in the dependencies does wrong.
const SANITIZER: &str = if cfg!(target_env = "musl") {
    "none"
} else {
    "address"
};

/// Where libFuzzer runs with no more than a stable toolchain.
const RUNS_HERE: bool = cfg!(all(
    any(target_os = "linux", target_os = "macos"),
    any(target_arch = "x86_64", target_arch = "aarch64")
));

impl Command for Fuzz {
    fn name(&self) -> &'static str {
        "fuzz"
    }

    fn help(&self) -> &'static str {
        "Run every fuzz target for a while

Installs cargo-fuzz where it is missing, builds the targets with libFuzzer and
the address sanitizer, and runs one after another from the corpora in
testing/fuzz/corpus. Ends with a table, and fails if anything was found; says then how
to repeat it on stable. Works with the stable toolchain (RUSTC_BOOTSTRAP=1), on
Linux and macOS; elsewhere it is skipped, and says so. Needs a C++ compiler.

Options:
  --seconds <n>    how long each target runs (60)
  --target <name>  only this one; again for more
  --seed <n>       of libFuzzer (1): one seed and corpus give one run, as far as
                   time lets it get
  --grow           add to each corpus up to 50 inputs that reach code which it
                   doesn't"
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        let options = Options::parse(args)?;
        let targets = options.targets(&targets()?)?;
        if !RUNS_HERE {
            println!(
                "skipped: libFuzzer needs Linux or macOS on x86-64 or ARM; \
                 `cargo test --package gloaming-fuzzing` runs the same targets on their corpora"
            );
            return Ok(());
        }
        setup::install(&Need::FUZZING)?;
        install_cargo_fuzz()?;
        build(&targets)?;

        let mut runs = Vec::new();
        for target in targets {
            println!("\n== fuzz {target} for {} s", options.seconds);
            let run = fuzz(&target, &options)?;
            if options.grow && run.finding.is_none() {
                grow(&target)?;
            }
            println!("{}", run.line());
            runs.push(run);
        }
        print(&runs);
        verdict(&runs)
    }
}

#[derive(Debug, Eq, PartialEq)]
struct Options {
    seconds: u32,
    seed: u32,
    only: Vec<String>,
    grow: bool,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self, Failure> {
        let mut options = Self {
            seconds: 60,
            seed: 1,
            only: Vec::new(),
            grow: false,
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || {
                args.next()
                    .ok_or_else(|| Failure::new(format!("`{arg}` needs a value")))
            };
            match arg.as_str() {
                "--seconds" => options.seconds = number(arg, value()?)?,
                "--seed" => options.seed = number(arg, value()?)?,
                "--target" => options.only.push(value()?.clone()),
                "--grow" => options.grow = true,
                unknown => {
                    return Err(Failure::new(format!(
                        "unknown option `{unknown}`; --help lists those there are"
                    )));
                }
            }
        }
        Ok(options)
    }

    /// Those of `all` that were asked for.
    fn targets(&self, all: &[String]) -> Result<Vec<String>, Failure> {
        if let Some(unknown) = self.only.iter().find(|name| !all.contains(name)) {
            return Err(Failure::new(format!(
                "there is no target `{unknown}`; there are {}",
                all.join(", ")
            )));
        }
        let wanted = |name: &&String| self.only.is_empty() || self.only.contains(name);
        Ok(all.iter().filter(wanted).cloned().collect())
    }
}

/// For libFuzzer 0 means without end, or any.
fn number(option: &str, value: &str) -> Result<u32, Failure> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(Failure::new(format!(
            "`{option}` needs a number over 0, not `{value}`"
        ))),
    }
}

/// The targets in the manifest, in its order.
fn targets() -> Result<Vec<String>, Failure> {
    let manifest = fs::read_to_string(workspace::root().join("testing/fuzz").join("Cargo.toml"))?;
    let names = manifest
        .split("[[bin]]\nname = \"")
        .skip(1)
        .filter_map(|bin| Some(bin.split_once('"')?.0.to_owned()));
    Ok(names.collect())
}

fn install_cargo_fuzz() -> Result<(), Failure> {
    if succeeds(Process::new("cargo-fuzz").arg("--version")) {
        return Ok(());
    }
    Cargo::new("install --locked cargo-fuzz").run()
}

fn build(targets: &[String]) -> Result<(), Failure> {
    let root = workspace::root();
    // A workspace of its own, but the same versions as are tested.
    fs::copy(
        root.join("Cargo.lock"),
        root.join("testing/fuzz").join("Cargo.lock"),
    )?;
    // One at a time where not all are wanted: cargo-fuzz takes one name.
    match targets {
        [one] => cargo_fuzz("build", one).run(),
        _ => cargo_fuzz("build", "").run(),
    }
}

fn cargo_fuzz(command: &str, rest: &str) -> Cargo {
    Cargo::new(&format!(
        "fuzz {command} --fuzz-dir testing/fuzz --sanitizer {SANITIZER} {rest}"
    ))
    // Sanitizers and coverage are for nightly only; this opens them on stable.
    .env("RUSTC_BOOTSTRAP", "1")
}

/// What libFuzzer finds new goes to `testing/fuzz/work`, and the corpus stays as it is.
fn fuzz(target: &str, options: &Options) -> Result<Run, Failure> {
    let root = workspace::root();
    fs::create_dir_all(root.join("testing/fuzz/work").join(target))?;
    let Options { seconds, seed, .. } = options;
    let said = cargo_fuzz(
        "run",
        &format!(
            "{target} testing/fuzz/work/{target} testing/fuzz/corpus/{target} -- -max_total_time={seconds} \
             -seed={seed} -rss_limit_mb={MOST_MEGABYTES} -timeout={MOST_SECONDS} \
             -print_final_stats=1"
        ),
    )
    .ask()?;
    let here = format!("{}/", root.display());
    let run = Run::read(target, &said, &here);
    if run.finding.is_some() {
        print!("{}", tail(&said.stderr).replace(&here, ""));
    }
    Ok(run)
}

/// Adds some of what was found that reaches code which the corpus does not.
///
/// It goes by code reached, and not by how often, which would keep five times as many.
fn grow(target: &str) -> Result<(), Failure> {
    let fuzz = workspace::root().join("testing/fuzz");
    let corpus = fuzz.join("corpus").join(target);
    let merged = fuzz.join("work").join(format!("{target}-merged"));
    fs::create_dir_all(&merged)?;
    for input in fs::read_dir(&corpus)? {
        let input = input?;
        fs::copy(input.path(), merged.join(input.file_name()))?;
    }
    let said = cargo_fuzz(
        "run",
        &format!(
            "{target} testing/fuzz/work/{target}-merged testing/fuzz/work/{target} -- -merge=1 -use_counters=0"
        ),
    )
    .ask()?;
    if !said.status.success() {
        return Err(Failure::new(format!(
            "the corpus of {target} can't be grown:\n{}",
            tail(&said.stderr)
        )));
    }
    let mut new = Vec::new();
    for input in fs::read_dir(&merged)? {
        let input = input?;
        if !corpus.join(input.file_name()).exists() {
            new.push((input.metadata()?.len(), input.file_name()));
        }
    }
    new.sort();
    // From small to large: the smallest alone would be those that are refused at once.
    let step = new.len().div_ceil(MOST_NEW_INPUTS).max(1);
    for (_, name) in new.iter().step_by(step) {
        fs::copy(merged.join(name), corpus.join(name))?;
    }
    fs::remove_dir_all(&merged)?;
    println!(
        "{} of {} new inputs were added to the corpus",
        new.len().div_ceil(step),
        new.len()
    );
    Ok(())
}

/// What came of a target.
#[derive(Debug, Default, Eq, PartialEq)]
struct Run {
    target: String,
    executions: u64,
    per_second: u64,
    /// Of the code, reached.
    edges: u64,
    /// Edges, and how often each was passed.
    features: u64,
    finding: Option<Finding>,
}

#[derive(Debug, Default, Eq, PartialEq)]
struct Finding {
    what: String,
    /// The input; `None` if libFuzzer could not even start.
    input: Option<String>,
}

impl Run {
    /// Reads what libFuzzer said, with paths from `here` on.
    fn read(target: &str, said: &Said, here: &str) -> Self {
        let text = said.stderr.replace(here, "");
        let mut run = Self {
            target: target.to_owned(),
            ..Self::default()
        };
        let (mut what, mut input) = (None, None);
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let stat = |name| line.strip_prefix(name).and_then(|n| n.trim().parse().ok());
            if let Some(number) = stat("stat::number_of_executed_units:") {
                run.executions = number;
            } else if let Some(number) = stat("stat::average_exec_per_sec:") {
                run.per_second = number;
            } else if let Some(edges) = after(line, " cov: ") {
                run.edges = edges;
                run.features = after(line, " ft: ").unwrap_or_default();
            } else if line.contains("panicked at ") {
                // The message is in the next line.
                let message = lines.next().unwrap_or_default();
                what.get_or_insert_with(|| format!("{line}: {message}"));
            } else if line.contains("ERROR: ") {
                what.get_or_insert_with(|| line.to_owned());
            } else if let Some(path) = line.split("Test unit written to ").nth(1) {
                input = Some(path.trim().to_owned());
            }
        }
        if !said.status.success() || input.is_some() {
            let what = what.unwrap_or_else(|| format!("cargo fuzz ended with {}", said.status));
            run.finding = Some(Finding { what, input });
        }
        run
    }

    fn line(&self) -> String {
        format!(
            "{:10} {:>11} {:>8} {:>7} {:>9}  {}",
            self.target,
            self.executions,
            self.per_second,
            self.edges,
            self.features,
            self.finding
                .as_ref()
                .map_or("nothing", |finding| &finding.what)
        )
    }
}

fn print(runs: &[Run]) {
    println!(
        "\n{:10} {:>11} {:>8} {:>7} {:>9}  found",
        "target", "executions", "per s", "edges", "features"
    );
    for run in runs {
        println!("{}", run.line());
    }
}

fn verdict(runs: &[Run]) -> Result<(), Failure> {
    let mut found = Vec::new();
    for run in runs {
        let Some(finding) = &run.finding else {
            continue;
        };
        let target = &run.target;
        found.push(format!("\n{target}: {}", finding.what));
        if let Some(input) = &finding.input {
            found.push(format!(
                "  to repeat it on stable:\n    \
                 cargo run --package gloaming-fuzzing --features simd-json,zstd -- {target} {input}\n  \
                 to make it smaller:\n    \
                 RUSTC_BOOTSTRAP=1 cargo fuzz tmin --fuzz-dir testing/fuzz --sanitizer {SANITIZER} {target} {input}\n  \
                 once it is mended, keep it:\n    \
                 cp {input} testing/fuzz/corpus/{target}/"
            ));
        }
    }
    if found.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "something was found:\n{}",
            found.join("\n")
        )))
    }
}

/// The number after `key`.
fn after(line: &str, key: &str) -> Option<u64> {
    let (_, rest) = line.split_once(key)?;
    rest.split_whitespace().next()?.parse().ok()
}

/// What a reader needs of a long run that failed: its end, without the input in hexadecimal.
fn tail(text: &str) -> String {
    const LINES: usize = 40;
    const COLUMNS: usize = 500;

    let lines = text.lines().collect::<Vec<_>>();
    let last = &lines[lines.len().saturating_sub(LINES)..];
    let cut = last.iter().filter(|line| !line.starts_with("0x"));
    cut.map(|line| format!("{}\n", line.chars().take(COLUMNS).collect::<String>()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::ExitStatus;

    fn options(args: &[&str]) -> Result<Options, Failure> {
        Options::parse(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
    }

    fn said(stderr: &str) -> Said {
        Said {
            status: ExitStatus::default(),
            stdout: String::new(),
            stderr: stderr.to_owned(),
        }
    }

    #[test]
    fn options_are_read_and_checked() {
        let read = options(&["--seconds", "5", "--target", "a", "--grow"]).unwrap();
        let expected = Options {
            seconds: 5,
            seed: 1,
            only: vec!["a".to_owned()],
            grow: true,
        };
        assert_eq!(read, expected);
        let all = ["a".to_owned(), "b".to_owned()];
        assert_eq!(read.targets(&all).unwrap(), ["a"]);
        assert!(read.targets(&all[1..]).is_err());
        assert_eq!(options(&[]).unwrap().targets(&all).unwrap(), all);
        for wrong in [&["--seconds"][..], &["--seconds", "0"], &["--sconds", "1"]] {
            assert!(options(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_quiet_run_is_summed_up() {
        let run = Run::read(
            "envelope",
            &said(
                "#64\tINITED cov: 7 ft: 8 corp: 1/1b exec/s: 0 rss: 40Mb\n\
                 #35352\tDONE   cov: 2091 ft: 5645 corp: 717/56Kb lim: 196 exec/s: 1683 rss: 204Mb\n\
                 stat::number_of_executed_units: 35352\n\
                 stat::average_exec_per_sec:     1683\n",
            ),
            "/somewhere/",
        );
        let expected = Run {
            target: "envelope".to_owned(),
            executions: 35_352,
            per_second: 1683,
            edges: 2091,
            features: 5645,
            finding: None,
        };
        assert_eq!(run, expected);
    }

    #[test]
    fn a_finding_is_told_with_its_input() {
        let run = Run::read(
            "texts",
            &said(
                "thread '<unnamed>' panicked at bodies/src/texts.rs:9:5:\n\
                 there is a path\n\
                 ==7== ERROR: libFuzzer: deadly signal\n\
                 artifact_prefix='a/'; Test unit written to /somewhere/testing/fuzz/artifacts/texts/crash-1f\n",
            ),
            "/somewhere/",
        );
        let finding = run.finding.unwrap();
        assert_eq!(
            finding.what,
            "thread '<unnamed>' panicked at bodies/src/texts.rs:9:5:: there is a path"
        );
        let input = "testing/fuzz/artifacts/texts/crash-1f";
        assert_eq!(finding.input.as_deref(), Some(input));
    }

    #[test]
    fn the_manifest_has_targets() {
        assert!(targets().unwrap().contains(&"envelope".to_owned()));
    }
}
