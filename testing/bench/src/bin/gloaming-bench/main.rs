//! Measures clients in turns against one server, and prints a table.

mod chart;
mod client;
mod cores;
mod document;
mod figures;
mod flood;
mod memory;
mod options;
mod paced;
mod peers;
mod programs;
mod replay;
mod rounds;
mod rows;
mod scale;
mod startup;
mod stream;
mod valgrind;

use std::{env, fs, process::ExitCode};

use gloaming_bench::Result;

use self::{
    figures::Figures,
    options::{Command, Options},
    programs::Programs,
};

fn main() -> ExitCode {
    let result = match options::parse(env::args().skip(1)) {
        Ok(Command::Help) => {
            println!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Ok(Command::Run(options)) => run(&options),
        Err(mistake) => {
            eprintln!("error: {mistake}; see --help");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}", gloaming::error::with_causes("error", Some(&*error)));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<ExitCode> {
    let programs = Programs::find()?;
    let mut figures = Figures::new(options);
    rounds::measure(options, &programs, &mut figures)?;
    if options.memory {
        memory::measure(options, &programs, &mut figures)?;
        flood::measure(options, &programs, &mut figures)?;
        startup::measure(options, &programs, &mut figures)?;
    }
    if options.cores {
        cores::measure(options, &programs, &mut figures)?;
    }
    if options.scale {
        scale::measure(options, &programs, &mut figures)?;
    }
    if options.paced {
        paced::measure(options, &programs, &mut figures)?;
    }
    if let Some(file) = &options.peers {
        figures.peers = peers::read(file)?;
    }
    println!("\n{}", document::table(&figures));
    if let Some(file) = &options.json {
        fs::write(file, serde_json::to_string_pretty(&figures)? + "\n")?;
    }
    if let Some(folder) = &options.write {
        document::write(&figures, folder)?;
    }
    let Some(file) = &options.check else {
        return Ok(ExitCode::SUCCESS);
    };
    let expected =
        fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let deviations = figures.deviations(&serde_json::from_str(&expected)?);
    for deviation in &deviations {
        println!("{deviation}");
    }
    Ok(ExitCode::from(u8::from(!deviations.is_empty())))
}
