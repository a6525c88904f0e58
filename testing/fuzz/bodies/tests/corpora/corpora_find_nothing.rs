use crate::corpus;
use gloaming_fuzzing::TARGETS;
use std::panic;

#[test]
fn in_any_target() {
    for target in TARGETS {
        for (name, input) in corpus(target.name) {
            if panic::catch_unwind(|| (target.body)(&input)).is_err() {
                panic!("testing/fuzz/corpus/{name}: not so: {}", target.asserts);
            }
        }
    }
}
