use crate::corpus;
use gloaming_fuzzing::{TARGETS, mutate, target};
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
                "testing/fuzz/corpus/{file} changed with seed {seed}: not so: {}\nthe input: b\"{}\"",
                target.asserts,
                input.escape_ascii()
            );
        }
    }
}

/// A test for each, so that they run side by side.
macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                nothing_is_found_in(stringify!($name));
            }
        )*

        #[test]
        fn none_is_left_out() {
            let mut tested = vec![$(stringify!($name)),*];
            let mut all: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            tested.sort_unstable();
            all.sort_unstable();
            assert_eq!(tested, all);
        }
    };
}

targets! { envelope decoder events machine session ledger emulator recording scenario texts }
