use crate::corpus;
use gloaming_fuzzing::TARGETS;
use std::panic;

#[test]
fn every_corpus_passes() {
    for target in TARGETS {
        for (name, input) in corpus(target.name).iter() {
            if panic::catch_unwind(|| (target.body)(input)).is_err() {
                panic!(
                    "{name} of {}.corpus violates: {}",
                    target.name, target.asserts
                );
            }
        }
    }
}
