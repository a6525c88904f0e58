//! Runs the simulation; `cargo xtask sim` is the way to it.

use gloaming_simulation::{Campaign, Plan, Tracing, hunt, report, run, shrink, unreached};
use std::{env, process::ExitCode, time::Instant};

/// Failing seeds whose shrunk traces are shown.
const SHOWN: usize = 3;

/// Seeds in which each bug has to be found.
const MOST_SEEDS_PER_BUG: u64 = 200;

struct Args {
    seeds: u64,
    first: u64,
    bugs: bool,
    trace: bool,
}

fn main() -> ExitCode {
    let args = match parse(env::args().skip(1)) {
        Ok(args) => args,
        Err(wrong) => {
            eprintln!("{wrong}\nusage: [--seeds N] [--seed FIRST] [--bugs] [--trace]");
            return ExitCode::FAILURE;
        }
    };
    if args.trace {
        let run = run(&Plan::new(args.first), None, Tracing::On);
        for line in &run.trace {
            println!("{line}");
        }
        return verdict(run.finding.is_none());
    }
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(2));
    let begin = now();
    let campaign = Campaign::run(args.first..args.first + args.seeds, threads);
    let took = now() - begin;
    print!("{}", report::coverage(&campaign.coverage));
    for seed in campaign.findings.keys().take(SHOWN) {
        if let Some(shrunk) = shrink(&Plan::new(*seed), None) {
            print!("{}", report::shrunk(&shrunk));
        }
    }
    print!("{}", report::summary(&campaign, took, threads));
    let unreached = match args.seeds >= COVERING {
        true => unreached(&campaign.coverage),
        false => Vec::new(),
    };
    for cell in &unreached {
        println!("not reached: {cell}");
    }
    let mut is_fine = campaign.findings.is_empty() && unreached.is_empty();
    if args.bugs {
        let caught = hunt(args.first, MOST_SEEDS_PER_BUG);
        print!("{}", report::bugs(&caught));
        is_fine &= caught.iter().all(|caught| caught.by.is_some());
    }
    verdict(is_fine)
}

/// Seeds that reach every cell that can be reached.
const COVERING: u64 = 1000;

fn parse(args: impl Iterator<Item = String>) -> Result<Args, String> {
    let mut parsed = Args {
        seeds: 1000,
        first: 0,
        bugs: false,
        trace: false,
    };
    let mut is_counted = false;
    let mut is_one = false;
    let mut args = args;
    while let Some(arg) = args.next() {
        let mut number = || {
            let value = args.next().unwrap_or_default();
            value
                .parse()
                .map_err(|_| format!("{arg} needs a number and not `{value}`"))
        };
        match arg.as_str() {
            "--seeds" => {
                parsed.seeds = number()?;
                is_counted = true;
            }
            "--seed" => {
                parsed.first = number()?;
                is_one = true;
            }
            "--bugs" => parsed.bugs = true,
            "--trace" => parsed.trace = true,
            _ => return Err(format!("unknown option `{arg}`")),
        }
    }
    if is_one && !is_counted {
        parsed.seeds = 1;
    }
    Ok(parsed)
}

const fn verdict(is_fine: bool) -> ExitCode {
    if is_fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how fast the simulation is can't be simulated"
)]
fn now() -> Instant {
    Instant::now()
}
