//! Drills of what happens when a new version of a bot is deployed, between real processes and over sockets.
//!
//! The gateway is the emulator, in this process, which sends numbered events at a steady rate. The bots are processes of
//! their own. They write a line into a pipe for each event that they have handled, which the kernel keeps if a bot is
//! killed.

mod clock;
mod commands;
#[cfg(unix)]
mod counted;
mod failure;
#[cfg(unix)]
mod hand_over;
mod options;
mod process;
mod reshard;
mod shared;

use self::options::{Drill, Options};
use std::{env, error::Error, process::ExitCode};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let mut args = env::args().skip(1).peekable();
    let result = match args.peek().map(String::as_str) {
        #[cfg(unix)]
        Some(hand_over::BOT) => run(hand_over::bot(args.skip(1)), Threads::One),
        Some(reshard::BOT) => run(reshard::bot(args.skip(1)), Threads::One),
        _ => run(drills(args), Threads::Some),
    };
    match result {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many threads run the tasks of this process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Threads {
    /// As in a small bot, whose shards have another one.
    One,
    Some,
}

fn run(future: impl Future<Output = Result<ExitCode>>, threads: Threads) -> Result<ExitCode> {
    let mut builder = match threads {
        Threads::One => tokio::runtime::Builder::new_current_thread(),
        Threads::Some => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.enable_all().build()?.block_on(future)
}

async fn drills(args: impl Iterator<Item = String>) -> Result<ExitCode> {
    let Some(options) = Options::parse(args)? else {
        println!("{}", options::HELP);
        return Ok(ExitCode::SUCCESS);
    };
    println!("seed {}, {} events/s", options.seed, options.rate);
    let mut faults = 0;
    for drill in options.drills.iter().copied() {
        faults += match drill {
            #[cfg(unix)]
            Drill::HandOver => hand_over::drill(&options).await?,
            #[cfg(not(unix))]
            Drill::HandOver => {
                println!("hand-over: skipped, since it needs Unix sockets");
                0
            }
            Drill::Reshard => reshard::drill(&options).await?,
        };
    }
    Ok(match faults {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
