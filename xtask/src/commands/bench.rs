use std::{env::consts::EXE_SUFFIX, fs, path::Path, process::Command as Process};

use anyhow::{Context as _, bail};

use super::options;
use crate::{
    Command,
    cargo::Cargo,
    system::{self, Need},
    workspace,
};

/// Measures gloaming beside other clients.
pub(crate) struct Benchmarks;

/// The counts that `--check` compares with.
const COUNTS: &str = "testing/bench/counts.json";

/// twilight-gateway chooses its compression, parser and TLS when it is compiled.
const TWILIGHTS: [(&str, &str); 6] = [
    ("none", ""),
    ("zlib", "--features zlib"),
    ("zstd", "--features zstd"),
    ("none-simd-json", "--features simd-json"),
    ("zlib-simd-json", "--features zlib,simd-json"),
    (
        "zlib-native-tls",
        "--no-default-features --features zlib,native-tls",
    ),
];

const FLAGS: [&str; 10] = [
    "--quick",
    "--instructions",
    "--no-cpu",
    "--memory",
    "--cores",
    "--scale",
    "--paced",
    "--peers",
    "--write",
    "--check",
];

const TEXTS: [&str; 2] = ["--only", "--json"];

impl Command for Benchmarks {
    fn name(&self) -> &'static str {
        "bench"
    }

    fn help(&self) -> &'static str {
        "Measure what receiving costs, beside twilight-gateway 0.18 in one run

A server in a process of its own sends prepared traffic, each client is a process, and
the clients take turns. Prints the CPU time per event and the ratio for each kind of
reception and each compression, with the target beside it. Compiles everything for
release, and takes some minutes.

Options:
  --quick         fewer events and rounds
  --only TEXT     only rows whose name contains TEXT
  --instructions  count the instructions and allocations per event as well, with
                  valgrind, which is installed if it is missing
  --no-cpu        do not measure CPU time
  --memory        measure the memory per shard, idle and warm, and the time until 1,000
                  shards are ready as well
  --cores         measure the events per second of eight shards on one core and on two as
                  well
  --scale         count the instructions per event of 1 to 1,000 shards as well
  --paced         measure the delay of events that come at a steady rate as well
  --peers         measure the CPU time of libraries in other languages as well, and of
                  serenity, against the emulator; needs node, python3 and the network
  --json FILE     write the figures
  --write         write BENCHMARKS.md and its charts
  --check         count instructions and allocations, and fail if those of gloaming are
                  more than 3 % above those in testing/bench/counts.json"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        options::check_with_texts(args, &FLAGS, &[], &TEXTS)?;
        let mut needs = Need::ALL.to_vec();
        if args
            .iter()
            .any(|arg| ["--instructions", "--scale", "--check"].contains(&&**arg))
        {
            needs.push(Need::Valgrind);
        }
        system::install(&needs)?;
        let folder = build()?;
        let peers = folder.join("gloaming-bench-peers.json");
        if args.iter().any(|arg| arg == "--peers") {
            measure_peers(&peers)?;
        }
        let program = folder.join(format!("gloaming-bench{EXE_SUFFIX}"));
        let status = Process::new(&program)
            .args(args.iter().flat_map(|arg| forwarded(arg, &peers)))
            .status()
            .with_context(|| program.display().to_string())?;
        if !status.success() {
            bail!(
                "the measurement has failed, or figures have become worse; the lines above say which"
            );
        }
        Ok(())
    }
}

/// Compiles the clients and the server, and returns their folder.
fn build() -> anyhow::Result<std::path::PathBuf> {
    let folder = workspace::target().join("release");
    Cargo::new("build --release --package gloaming-bench --bins").run()?;
    for (name, features) in TWILIGHTS {
        let package = "gloaming-bench-twilight";
        Cargo::new(&format!("build --release --package {package} {features}")).run()?;
        copy(&folder, package, &format!("{package}-{name}"))?;
    }
    Ok(folder)
}

fn copy(folder: &Path, from: &str, to: &str) -> anyhow::Result<()> {
    let path = |name: &str| folder.join(format!("{name}{EXE_SUFFIX}"));
    fs::copy(path(from), path(to)).with_context(|| format!("{from} can't be copied"))?;
    Ok(())
}

/// Measures other libraries, and writes their costs to a file.
fn measure_peers(file: &Path) -> anyhow::Result<()> {
    Cargo::new("build --release --package gloaming-emulator --features program,zstd").run()?;
    Cargo::new("run --release --quiet --package gloaming-clients -- --cost")
        .args(&[file.display().to_string()])
        .run()
}

/// The program is told where the files are.
fn forwarded(arg: &str, peers: &Path) -> Vec<String> {
    let root = |file: &str| workspace::root().join(file).display().to_string();
    match arg {
        "--write" => vec![arg.to_owned(), root("")],
        "--peers" => vec![arg.to_owned(), peers.display().to_string()],
        "--check" => vec![
            "--instructions".to_owned(),
            "--no-cpu".to_owned(),
            arg.to_owned(),
            root(COUNTS),
        ],
        _ => vec![arg.to_owned()],
    }
}
