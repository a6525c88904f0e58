//! What the steps of receiving an event take, one by one.
//!
//! ```text
//! cargo bench --package gloaming-bench
//! ```
//!
//! To compare two versions of the code, count instructions with `cargo xtask bench --instructions` instead: times of a few
//! nanoseconds depend on the machine's load and on where the code happens to lie.

mod envelope;
mod inflate;
mod machine;
mod queue;
mod traffic;
mod typed;
mod views;

fn main() {
    divan::main();
}
