//! A small campaign in each mode.

use std::process::Command;

#[test]
fn forty_kills_lose_nothing() {
    let output = Command::new(env!("CARGO_BIN_EXE_gloaming-crash"))
        .args(["--kills", "40", "--dispatches", "2000"])
        .env("RUST_LOG", "error")
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert_eq!(text.matches("faults 0").count(), 4, "{text}");
    assert_eq!(text.matches("IDENTIFYs 4").count(), 4, "{text}");
    assert!(
        text.contains("the caches equal the gateway's world"),
        "{text}"
    );
}
