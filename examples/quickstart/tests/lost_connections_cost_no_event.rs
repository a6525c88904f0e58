//! The run that the README shows.

use std::process::Command;

#[test]
fn lost_connections_cost_no_event() {
    let ended = Command::new(env!("CARGO_BIN_EXE_quickstart"))
        .args(["--shards", "1", "--seconds", "1"])
        .env_remove("DISCORD_TOKEN")
        .env_remove("RUST_LOG")
        .output()
        .expect("the program can be run");
    let text = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{text}");
    for part in [
        "shard 0: in the queue, since Discord lets one shard identify every 5 s",
        "shard 0: ready, with a new session",
        "shard 0: disconnected: the connection was lost",
        "shard 0: resumed its session",
        "shard 0: stopped: the user requested it",
        " received, 0 lost; none of Discord's rules were broken",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let last = text.lines().last().unwrap_or_default();
    let numbers: Vec<&str> = last
        .split([' ', ','])
        .filter(|part| part.parse::<u64>().is_ok())
        .collect();
    assert!(
        matches!(numbers[..], [sent, received, "0"] if sent == received),
        "{last}"
    );
}
