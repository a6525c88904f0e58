//! Runs every flood, prints what it cost, and fails if a bound was exceeded: `gloaming-hostile [SECONDS [NAME]]`.

use gloaming_hostile::{floods, measure};
use std::{env, process::ExitCode, time::Duration};

/// How long each flood is measured by default.
const SECONDS: u64 = 10;

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let seconds = match args.next().map(|text| text.parse()) {
        None => SECONDS,
        Some(Ok(seconds)) if (1..=3600).contains(&seconds) => seconds,
        Some(_) => {
            eprintln!(
                "gloaming-hostile: the seconds of each flood must be a number from 1 to 3600"
            );
            return ExitCode::from(2);
        }
    };
    let only = args.next();
    let mut failed = 0;
    for flood in floods() {
        if only.as_ref().is_some_and(|name| name != flood.name) {
            continue;
        }
        match measure(&flood, Duration::from_secs(seconds)) {
            Ok(measured) => {
                println!("{:34} {measured}", flood.name);
                for problem in measured.problems(&flood.bounds) {
                    println!("{:34} FAILED: {problem}", "");
                    failed += 1;
                }
            }
            Err(error) => {
                println!("{:34} FAILED: {error}", flood.name);
                failed += 1;
            }
        }
    }
    println!("{failed} bounds exceeded");
    ExitCode::from(u8::from(failed > 0))
}
