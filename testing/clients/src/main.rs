//! Clients that others wrote, each against an emulator of its own, and the tests that the guide shows.
//!
//! A client is a small program on a library as it comes from its registry. It tells what happens to it, a JSON object a
//! line; what happens is arranged from here over the emulator's control API, the same for each.

mod bot;
mod client;
mod clock;
mod emulator;
mod folders;
mod guide;
mod http;
mod options;
mod process;
mod story;
mod table;

use std::{env, process::ExitCode};

use self::{
    client::{Client, Presence},
    folders::Folders,
    table::{Outcome, Row},
};

fn main() -> ExitCode {
    let done = options::parse(env::args().skip(1)).and_then(|clients| run(&clients));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("gloaming-clients: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(clients: &[Client]) -> Result<(), String> {
    let folders = Folders::find()?;
    let (mut rows, mut tests) = (Vec::new(), Vec::new());
    for &client in clients {
        let presence = client.set_up(&folders);
        for &compression in client.compressions() {
            let outcome = match &presence {
                Ok(Presence::Here) => play(client, compression, &folders),
                Ok(Presence::Missing(what)) => Outcome::Skipped(what.clone()),
                Err(reason) => Outcome::Failed(reason.clone()),
            };
            rows.push(Row {
                client,
                compression,
                outcome,
            });
        }
        if let (Ok(Presence::Here), Some(test)) = (&presence, client.test_of_the_guide(&folders)?) {
            println!("the guide's test on {}", client.package());
            tests.push((client, guide::test(test, &folders.log(client, "guide"))));
        }
    }
    println!("\n{}", table::table(&rows));
    for (client, outcome) in &tests {
        let outcome = outcome.as_ref().map_or_else(String::as_str, |()| "ok");
        println!("the guide's test on {}: {outcome}", client.package());
    }
    let failed = rows
        .iter()
        .filter(|row| matches!(row.outcome, Outcome::Failed(_)))
        .count()
        + tests.iter().filter(|(_, outcome)| outcome.is_err()).count();
    match failed {
        0 => Ok(()),
        1 => Err("one run failed".to_owned()),
        many => Err(format!("{many} runs failed")),
    }
}

fn play(client: Client, compression: &'static str, folders: &Folders) -> Outcome {
    println!("{} with compression {compression}", client.package());
    let command = client.program(folders, compression);
    let log = folders.log(client, compression);
    match story::play(&folders.built, &log, command) {
        Ok(played) if played.compression != compression => {
            Outcome::Failed(format!("it came with compression {}", played.compression))
        }
        Ok(played) => Outcome::Played(played),
        Err(reason) => Outcome::Failed(reason),
    }
}
