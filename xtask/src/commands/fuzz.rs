mod corpus;
mod run;

use anyhow::{Context as _, bail};

use self::run::Run;
use super::options::{self, positive};
use crate::{
    Command,
    cargo::Cargo,
    system::{self, Need},
    tools::Tool,
    workspace,
};

/// Runs the fuzz targets.
pub(crate) struct Fuzz;

/// The limit of the whole process, with what the sanitizer needs.
const MAX_MEGABYTES: u32 = 2048;

/// The limit for one input, which usually takes milliseconds.
const MAX_SECONDS_PER_INPUT: u32 = 10;

/// Also finds memory errors of unsafe code in the dependencies.
const SANITIZER: &str = if cfg!(target_env = "musl") {
    "none"
} else {
    "address"
};

/// Whether libFuzzer runs here with a stable toolchain.
const IS_SUPPORTED: bool = cfg!(all(
    any(target_os = "linux", target_os = "macos"),
    any(target_arch = "x86_64", target_arch = "aarch64")
));

impl Command for Fuzz {
    fn name(&self) -> &'static str {
        "fuzz"
    }

    fn help(&self) -> &'static str {
        "Run every fuzz target for a while

Installs cargo-fuzz if it is missing, builds the targets with libFuzzer and the
address sanitizer, and runs one after another, starting from the inputs in
testing/fuzz/corpus. Prints a line per target. Fails if a target finds anything,
and prints how to reproduce it on stable. Works with the stable toolchain
(RUSTC_BOOTSTRAP=1) on Linux and macOS, and is skipped elsewhere. Needs a C++
compiler.

Options:
  --seconds <n>    how long each target runs (60)
  --target <name>  run only this target; can be repeated
  --seed <n>       the seed of libFuzzer (1): a seed and a corpus give the same run,
                   as far as the time allows
  --grow           add to each corpus up to 50 of the inputs that reach code which
                   the corpus does not reach
  --keep <file>    only add the file to the corpus of the target that found it: the
                   one of --target, or else the name of the file's folder"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let options = Options::parse(args)?;
        let targets = options.targets(&targets()?)?;
        if let Some(file) = &options.keep {
            println!("{}", corpus::keep(file, &targets)?);
            return Ok(());
        }
        if !IS_SUPPORTED {
            println!(
                "skipped: libFuzzer needs Linux or macOS on x86-64 or ARM; \
                 `cargo test --package gloaming-fuzzing` runs the same targets over their corpora"
            );
            return Ok(());
        }
        system::install(&Need::FUZZING)?;
        Tool::FUZZ.install()?;
        build(&targets)?;

        let mut runs = Vec::new();
        for target in targets {
            println!("\n== fuzz {target} for {} s", options.seconds);
            corpus::unpack(&target)?;
            let run = fuzz(&target, &options)?;
            if options.grow && run.finding.is_none() {
                println!("{}", corpus::grow(&target)?);
            }
            println!("{}", run.line());
            runs.push(run);
        }
        print(&runs);
        result(&runs)
    }
}

#[derive(Debug, Eq, PartialEq)]
struct Options {
    seconds: u32,
    seed: u32,
    only: Vec<String>,
    grow: bool,
    keep: Option<String>,
}

impl Options {
    fn parse(args: &[String]) -> anyhow::Result<Self> {
        let mut reader = options::reader(args);
        let parsed = Self {
            seconds: reader
                .opt_value_from_fn("--seconds", positive)?
                .unwrap_or(60),
            // For libFuzzer, 0 is any seed.
            seed: reader.opt_value_from_fn("--seed", positive)?.unwrap_or(1),
            only: reader.values_from_str("--target")?,
            grow: reader.contains("--grow"),
            keep: reader.opt_value_from_str("--keep")?,
        };
        options::finish(reader)?;
        Ok(parsed)
    }

    /// Returns those of `all` that were asked for.
    fn targets(&self, all: &[String]) -> anyhow::Result<Vec<String>> {
        if let Some(unknown) = self.only.iter().find(|name| !all.contains(name)) {
            bail!(
                "unknown target `{unknown}`; the targets are {}",
                all.join(", ")
            );
        }
        let wanted = |name: &&String| self.only.is_empty() || self.only.contains(name);
        Ok(all.iter().filter(wanted).cloned().collect())
    }
}

/// Returns the names of the targets, in the order of the manifest.
fn targets() -> anyhow::Result<Vec<String>> {
    let packages = workspace::packages_of("testing/fuzz/Cargo.toml")?;
    let package = packages.into_iter().next();
    let targets = package.context("testing/fuzz has no package")?.targets;
    let binaries = targets.into_iter().filter(|target| target.kind == "bin");
    Ok(binaries.map(|target| target.name).collect())
}

fn build(targets: &[String]) -> anyhow::Result<()> {
    let root = workspace::root();
    // testing/fuzz is a workspace of its own, which has to use the versions that are tested.
    std::fs::copy(
        root.join("Cargo.lock"),
        root.join("testing/fuzz/Cargo.lock"),
    )?;
    // `cargo fuzz build` takes one name or none, which builds all.
    match targets {
        [one] => cargo_fuzz("build", one).run(),
        _ => cargo_fuzz("build", "").run(),
    }
}

fn cargo_fuzz(command: &str, rest: &str) -> Cargo {
    Cargo::new(&format!(
        "fuzz {command} --fuzz-dir testing/fuzz --sanitizer {SANITIZER} {rest}"
    ))
    // Sanitizers and coverage are unstable options; this enables them in the stable compiler.
    .env("RUSTC_BOOTSTRAP", "1")
}

/// Runs a target over its unpacked corpus. New inputs go to a folder of their own.
fn fuzz(target: &str, options: &Options) -> anyhow::Result<Run> {
    let (found, unpacked) = (corpus::found(target), corpus::unpacked(target));
    let Options { seconds, seed, .. } = options;
    let output = cargo_fuzz(
        "run",
        &format!(
            "{target} {found} {unpacked} -- -max_total_time={seconds} -seed={seed} \
             -rss_limit_mb={MAX_MEGABYTES} -timeout={MAX_SECONDS_PER_INPUT} -print_final_stats=1"
        ),
    )
    .output()?;
    let root = format!("{}/", workspace::root().display());
    let run = Run::read(target, &output, &root);
    if run.finding.is_some() {
        print!("{}", tail(&output.stderr).replace(&root, ""));
    }
    Ok(run)
}

fn print(runs: &[Run]) {
    println!("\n{}", Run::HEADINGS);
    for run in runs {
        println!("{}", run.line());
    }
}

fn result(runs: &[Run]) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    for Run {
        target, finding, ..
    } in runs
    {
        let Some(finding) = finding else {
            continue;
        };
        findings.push(format!("\n{target}: {}", finding.what));
        if let Some(input) = &finding.input {
            findings.push(format!(
                "  reproduce it on stable:\n    \
                 cargo run --package gloaming-fuzzing --features simd-json,zstd -- {target} {input}\n  \
                 make the input smaller:\n    \
                 RUSTC_BOOTSTRAP=1 cargo fuzz tmin --fuzz-dir testing/fuzz --sanitizer {SANITIZER} {target} {input}\n  \
                 keep it once the bug is fixed:\n    \
                 cargo xtask fuzz --keep {input}"
            ));
        }
    }
    if !findings.is_empty() {
        bail!("the fuzzer found:\n{}", findings.join("\n"));
    }
    Ok(())
}

/// Returns the end of a long output, without the input in hexadecimal.
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

    fn options(line: &str) -> anyhow::Result<Options> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&args)
    }

    #[test]
    fn options_are_read_and_checked() {
        let read = options("--seconds 5 --target a --grow --keep b/c").unwrap();
        let expected = Options {
            seconds: 5,
            seed: 1,
            only: vec!["a".to_owned()],
            grow: true,
            keep: Some("b/c".to_owned()),
        };
        assert_eq!(read, expected);
        let all = ["a".to_owned(), "b".to_owned()];
        assert_eq!(read.targets(&all).unwrap(), ["a"]);
        assert!(read.targets(&all[1..]).is_err());
        assert_eq!(options("").unwrap().targets(&all).unwrap(), all);
        for wrong in ["--seconds", "--seconds 0", "--sconds 1", "--keep"] {
            assert!(options(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tail_has_no_hexadecimal_input() {
        let text = "first\n".repeat(50) + "0x7b,0x7d,\nlast\n";
        let tail = tail(&text);
        assert!(tail.ends_with("first\nlast\n"), "{tail}");
        assert_eq!(tail.lines().count(), 39);
    }

    #[test]
    fn manifest_has_targets() {
        assert!(targets().unwrap().contains(&"envelope".to_owned()));
    }
}
