use crate::corpus;
use gloaming_fuzzing::{mutate, target};
use std::panic;

/// Of each target, over all of its corpus.
const INPUTS: usize = 4_000;

#[track_caller]
fn nothing_is_found_in(name: &str) {
    let target = target(name).expect("it is in the table");
    let corpus = corpus(name);
    for seed in 0..INPUTS {
        let (file, input) = &corpus[seed % corpus.len()];
        let input = mutate(input, seed as u64);
        if panic::catch_unwind(|| (target.body)(&input)).is_err() {
            panic!(
                "fuzz/corpus/{file} changed with seed {seed}: not so: {}\nthe input: b\"{}\"",
                target.asserts,
                input.escape_ascii()
            );
        }
    }
}

// A test for each, so that they run side by side.

#[test]
fn envelope() {
    nothing_is_found_in("envelope");
}

#[test]
fn decoder() {
    nothing_is_found_in("decoder");
}

#[test]
fn events() {
    nothing_is_found_in("events");
}

#[test]
fn machine() {
    nothing_is_found_in("machine");
}

#[test]
fn session() {
    nothing_is_found_in("session");
}

#[test]
fn ledger() {
    nothing_is_found_in("ledger");
}

#[test]
fn emulator() {
    nothing_is_found_in("emulator");
}

#[test]
fn texts() {
    nothing_is_found_in("texts");
}
