//! A small variant of each drill.

use std::process::Command;

fn drill(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_gloaming-deploy"))
        .args(args)
        .env("RUST_LOG", "error")
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    text
}

#[cfg(unix)]
#[test]
fn hand_overs_with_kills_lose_nothing() {
    let text = drill(&[
        "--only",
        "hand-over",
        "--rate",
        "600",
        "--rounds",
        "4",
        "--kills",
        "3",
    ]);
    assert_eq!(text.matches("missed 0").count(), 3, "{text}");
    assert_eq!(
        text.matches("handled twice after acknowledgement 0")
            .count(),
        3,
        "{text}"
    );
    assert_eq!(
        text.matches("IDENTIFYs beyond the first start 0").count(),
        3,
        "{text}"
    );
    assert_eq!(text.matches("faults 0").count(), 3, "{text}");
}

#[test]
fn switches_with_faults_lose_nothing() {
    let text = drill(&["--only", "reshard", "--rate", "600", "--moments", "1"]);
    assert_eq!(text.matches("completed").count(), 2, "{text}");
    assert_eq!(
        text.matches("missing 0, doubled 0, out of order 0").count(),
        2,
        "{text}"
    );
    assert_eq!(text.matches("faults 0").count(), 2, "{text}");
}
