use crate::corpus;
use gloaming_fuzzing::{TARGETS, mutate, target};
use std::panic;

/// The number of mutations of a target's corpus.
const MUTATIONS: usize = 4_000;

#[track_caller]
fn mutations_pass(name: &str) {
    let target = target(name).expect("the target is in the table");
    let corpus = corpus(name);
    let inputs = Vec::from_iter(corpus.iter());
    for seed in 0..MUTATIONS {
        let (entry, input) = inputs[seed % inputs.len()];
        let input = mutate(input, seed as u64);
        if panic::catch_unwind(|| (target.body)(&input)).is_err() {
            panic!(
                "{entry} of {name}.corpus, mutated with seed {seed}, violates: {}\nthe input: b\"{}\"",
                target.asserts,
                input.escape_ascii()
            );
        }
    }
}

/// One test per target, so that they run in parallel.
macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                mutations_pass(stringify!($name));
            }
        )*

        #[test]
        fn every_target_has_a_test() {
            let mut tested = vec![$(stringify!($name)),*];
            let mut all: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            tested.sort_unstable();
            all.sort_unstable();
            assert_eq!(tested, all);
        }
    };
}

targets! { envelope decoder inflaters zstd events views frames machine gateway_info session ledger checkpoints emulator etf recording rest scenario texts }
