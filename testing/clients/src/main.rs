//! Runs clients of other projects, each against an emulator of its own, and the tests of the emulator's guide. Also
//! measures what receiving costs some of them.
//!
//! A client is a small program that uses a library as its registry publishes it. It prints what the library does, one
//! JSON object per line. This program drives every client through the same story over the emulator's control API.

mod bot;
mod client;
mod clock;
mod cost;
mod cpu;
mod emulator;
mod findings;
mod folders;
mod guide;
mod guide_table;
mod http;
mod install;
mod options;
mod process;
mod story;
mod table;

use std::{env, path::Path, process::ExitCode};

use self::{
    client::Client,
    folders::Folders,
    guide_table::GuideState,
    install::Availability,
    options::{GuideAction, Options},
    table::{Outcome, Row},
};

fn main() -> ExitCode {
    let options = options::parse(env::args().skip(1));
    let result = options.and_then(|options| match options {
        Options::Run { clients, guide } => run_all(&clients, guide),
        Options::Cost(file) => measure(&file),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gloaming-clients: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(file: &Path) -> Result<(), String> {
    let costs = cost::measure(&Folders::find()?)?;
    println!("\n{}", cost::table(&costs));
    cost::write(&costs, file)
}

fn run_all(clients: &[Client], guide: GuideAction) -> Result<(), String> {
    let folders = Folders::find()?;
    let (mut rows, mut tests) = (Vec::new(), Vec::new());
    for &client in clients {
        let availability = install::set_up(client, &folders);
        for &compression in client.compressions() {
            let outcome = match &availability {
                Ok(Availability::Available) => run(client, compression, &folders),
                Ok(Availability::Unavailable(reason)) => Outcome::Skipped(reason.clone()),
                Err(error) => Outcome::Failed(error.clone()),
            };
            rows.push(Row {
                client,
                compression,
                outcome,
            });
        }
        if let (Ok(Availability::Available), Some(test)) =
            (&availability, client.guide_test(&folders)?)
        {
            println!("the guide's test on {}", client.package());
            let outcome = guide::run_test(test, &folders.log(client, "guide"));
            tests.push((client, outcome));
        }
    }
    println!("\n{}", table::table(&rows));
    for (client, outcome) in &tests {
        let outcome = outcome.as_ref().map_or_else(String::as_str, |()| "ok");
        println!("the guide's test on {}: {outcome}", client.package());
    }
    match guide {
        GuideAction::Write => guide_table::write(&folders, &rows)?,
        GuideAction::Compare => {
            if guide_table::compare(&folders, &rows)? == GuideState::Different {
                println!("the guide has other results; `cargo xtask clients --write` changes it");
            }
        }
        GuideAction::Ignore => {}
    }
    let failed = rows.iter().filter(|row| row.is_failure()).count()
        + tests.iter().filter(|(_, outcome)| outcome.is_err()).count();
    match failed {
        0 => Ok(()),
        1 => Err("one run failed".to_owned()),
        many => Err(format!("{many} runs failed")),
    }
}

fn run(client: Client, compression: &'static str, folders: &Folders) -> Outcome {
    println!("{} with compression {compression}", client.title());
    let command = client.command(folders, compression);
    let log = folders.log(client, compression);
    match story::run(client, &folders.built, &log, command) {
        Ok(summary)
            if (&*summary.encoding, &*summary.compression) != (client.encoding(), compression) =>
        {
            Outcome::Failed(format!(
                "the client used the encoding {} and the compression {}",
                summary.encoding, summary.compression
            ))
        }
        Ok(summary) => Outcome::Completed(summary),
        Err(error) => Outcome::Failed(error),
    }
}
