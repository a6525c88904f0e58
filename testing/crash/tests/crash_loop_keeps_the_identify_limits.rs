//! A small crash loop: thirty hours of processes that share a ledger.

use std::process::Command;

#[test]
fn killed_processes_keep_the_identify_limits_over_a_day() {
    let output = Command::new(env!("CARGO_BIN_EXE_gloaming-crash"))
        .args(["--loop", "--seed", "3"])
        .args(["--restarts", "45", "--hours", "30", "--limit", "12"])
        .env("RUST_LOG", "error")
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert!(text.contains("ledger errors 0, faults 0"), "{text}");
}
