//! What the client programs in Rust have in common: they print a report of what the library does, as a JSON object on
//! its own line.

use std::fmt::Display;

use serde_json::{Value, json};

pub(crate) fn report_start(version: &str) {
    report(&json!({"type": "start", "version": version}));
}

pub(crate) fn report_ready(guilds: usize) {
    report(&json!({"type": "ready", "guilds": guilds}));
}

pub(crate) fn report_message(content: &str) {
    report(&json!({"type": "message", "content": content}));
}

pub(crate) fn report_members(count: usize) {
    report(&json!({"type": "members", "count": count}));
}

pub(crate) fn report_error(error: &dyn Display) {
    report(&json!({"type": "error", "message": error.to_string()}));
}

pub(crate) fn report(value: &Value) {
    println!("{value}");
}

/// Returns the version of a package in a lock file.
pub(crate) fn locked_version<'a>(lock: &'a str, package: &str) -> &'a str {
    lock.split_once(&format!("name = \"{package}\"\nversion = \""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("unknown", |(version, _)| version)
}
