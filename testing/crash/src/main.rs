//! Kills a bot with SIGKILL at a thousand moments, and counts what its handlers miss.
//!
//! The gateway is the emulator, in this process. The bot is a process of its own: a cluster whose sessions are in a file
//! store. It writes a line into a pipe for each event that a handler has finished, which the kernel keeps when the bot is
//! killed.
//!
//! With `--loop`, processes that share a ledger of identifies crash again and again, while days of virtual time pass.

mod bot;
mod campaign;
mod changes;
mod crash_loop;
mod line;
mod mode;
mod options;
mod record;
mod state;
mod view;
mod world;

use self::options::Options;
use std::{env, error::Error, process::ExitCode};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    match run() {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run() -> Result<ExitCode> {
    let mut args = env::args().skip(1).peekable();
    if args.next_if_eq("--bot").is_some() {
        bot::run(bot::BotOptions::parse(args)?).await?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.next_if_eq("--loop-bot").is_some() {
        crash_loop::run_bot(crash_loop::BotOptions::parse(args)?).await?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.next_if_eq("--loop").is_some() {
        return run_loop(args).await;
    }
    let Some(options) = Options::parse(args)? else {
        println!("{}", options::HELP);
        return Ok(ExitCode::SUCCESS);
    };
    let mut status = ExitCode::SUCCESS;
    for mode in options.modes.iter().copied() {
        let report = campaign::run(&options, mode).await?;
        print!("{report}");
        if !report.is_good() {
            status = ExitCode::FAILURE;
        }
    }
    Ok(status)
}

async fn run_loop(args: impl Iterator<Item = String>) -> Result<ExitCode> {
    let Some(options) = crash_loop::Options::parse(args)? else {
        println!("{}", crash_loop::HELP);
        return Ok(ExitCode::SUCCESS);
    };
    let report = crash_loop::run(&options).await?;
    print!("{report}");
    Ok(match report.is_good() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
