//! Kills a bot with SIGKILL at a thousand moments, and counts what its handlers miss.
//!
//! The gateway is the emulator, in this process. The bot is a process of its own: a cluster whose sessions are in a file
//! store. It writes a line into a pipe for each event that a handler has finished, which the kernel keeps when the bot is
//! killed.

mod bot;
mod campaign;
mod changes;
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
