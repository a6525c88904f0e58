//! rustdoc's JSON output on the stable toolchain.
//!
//! The format is unstable, so rustdoc wants `RUSTC_BOOTSTRAP=1`. If cargo had the variable too, many build
//! scripts would run again and most of the tree would be compiled twice. So cargo is told to use this
//! program as rustdoc, which sets the variable and calls the real one.

use std::{
    env,
    process::{Command, ExitCode},
};

const ASKED: &str = "XTASK_RUSTDOC";

/// The environment variables that make cargo use this program as rustdoc.
pub(crate) fn variables() -> anyhow::Result<[(&'static str, String); 2]> {
    let program = env::current_exe()?.display().to_string();
    Ok([("RUSTDOC", program), (ASKED, "1".to_owned())])
}

/// Runs the real rustdoc if cargo called this program in its place.
pub(crate) fn run_if_asked() -> Option<ExitCode> {
    env::var_os(ASKED)?;
    let status = Command::new("rustdoc")
        .args(env::args_os().skip(1))
        .env("RUSTC_BOOTSTRAP", "1")
        .status();
    Some(match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: rustdoc can't be run: {error}");
            ExitCode::FAILURE
        }
    })
}
