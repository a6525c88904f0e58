//! The command line of the simulation, used by `cargo xtask sim`.

use gloaming_simulation::{
    Bug, Campaign, Plan, Tracing, figures, find_bugs, missing_cells, report, run, run_fleet, shrink,
};
use std::{env, process::ExitCode, time::Instant};

/// The number of failing seeds whose shrunk traces are printed.
const MAX_SHRUNK: usize = 3;

/// The number of seeds that have to detect each bug.
const MAX_SEEDS_PER_BUG: u64 = 200;

struct Args {
    seeds: u64,
    first: u64,
    bugs: bool,
    fleets: bool,
    trace: bool,
}

fn main() -> ExitCode {
    let args = match parse(env::args().skip(1)) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("{error}\nusage: [--seeds N] [--seed FIRST] [--bugs] [--fleets] [--trace]");
            return ExitCode::FAILURE;
        }
    };
    if args.fleets {
        return exit_code(fleets(&args));
    }
    if args.trace {
        let run = run(&Plan::new(args.first), None, Tracing::On);
        for line in &run.trace {
            println!("{line}");
        }
        return exit_code(run.finding.is_none());
    }
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(2));
    let begin = now();
    let campaign = Campaign::run(args.first..args.first + args.seeds, threads);
    let elapsed = now() - begin;
    print!("{}", report::coverage(&campaign.coverage));
    for seed in campaign.findings.keys().take(MAX_SHRUNK) {
        if let Some(shrunk) = shrink(&Plan::new(*seed), None) {
            print!("{}", report::shrunk(&shrunk));
        }
    }
    print!("{}", report::summary(&campaign, elapsed, threads));
    let missing_cells = match args.seeds >= COVERING_SEEDS {
        true => missing_cells(&campaign.coverage),
        false => Vec::new(),
    };
    for cell in &missing_cells {
        println!("not reached: {cell}");
    }
    let mut is_ok = campaign.findings.is_empty() && missing_cells.is_empty();
    if args.bugs {
        let results = find_bugs(args.first, MAX_SEEDS_PER_BUG, |_| true);
        print!("{}", report::bugs(&results));
        is_ok &= results.iter().all(|result| result.detected_by.is_some());
    }
    exit_code(is_ok)
}

/// Runs only the fleets of the seeds, and prints the figures of large ones. Returns whether no invariant was violated.
fn fleets(args: &Args) -> bool {
    let begin = now();
    let seeds = args.first..args.first + args.seeds;
    let mut failed = 0;
    let tracing = if args.trace {
        Tracing::On
    } else {
        Tracing::Off
    };
    for seed in seeds {
        if let Some(finding) = run_fleet(seed, tracing) {
            failed += 1;
            println!("seed {seed}: {finding}");
        }
    }
    println!(
        "{} fleets in {:.1} s, {failed} with a violation",
        args.seeds,
        (now() - begin).as_secs_f64()
    );
    let mut is_ok = failed == 0;
    if args.bugs {
        let results = find_bugs(args.first, MAX_SEEDS_PER_BUG, Bug::is_of_a_fleet);
        print!("{}", report::bugs(&results));
        is_ok &= results.iter().all(|result| result.detected_by.is_some());
    }
    if args.seeds < COVERING_SEEDS {
        return is_ok;
    }
    for (nodes, shards) in [(3, 16), (10, 160), (100, 1000)] {
        match figures(nodes, shards, args.first) {
            Ok(figures) => print!("{figures}"),
            Err(finding) => {
                is_ok = false;
                println!("{nodes} nodes, {shards} shards: {finding}");
            }
        }
    }
    is_ok
}

/// The number of seeds that reach every reachable combination of state and input.
const COVERING_SEEDS: u64 = 1000;

fn parse(args: impl Iterator<Item = String>) -> Result<Args, String> {
    let mut parsed = Args {
        seeds: 1000,
        first: 0,
        bugs: false,
        fleets: false,
        trace: false,
    };
    let mut has_count = false;
    let mut has_seed = false;
    let mut args = args;
    while let Some(arg) = args.next() {
        let mut number = || {
            let value = args.next().unwrap_or_default();
            value
                .parse()
                .map_err(|_| format!("{arg} requires a number, not `{value}`"))
        };
        match arg.as_str() {
            "--seeds" => {
                parsed.seeds = number()?;
                has_count = true;
            }
            "--seed" => {
                parsed.first = number()?;
                has_seed = true;
            }
            "--bugs" => parsed.bugs = true,
            "--fleets" => parsed.fleets = true,
            "--trace" => parsed.trace = true,
            _ => return Err(format!("unknown option `{arg}`")),
        }
    }
    if has_seed && !has_count {
        parsed.seeds = 1;
    }
    Ok(parsed)
}

const fn exit_code(is_ok: bool) -> ExitCode {
    if is_ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[expect(clippy::disallowed_methods, reason = "the summary shows the wall time")]
fn now() -> Instant {
    Instant::now()
}
