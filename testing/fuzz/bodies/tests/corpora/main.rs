//! Runs the fuzz targets on the stable toolchain, with their corpora and seeded mutations of these.

use gloaming_test_support::corpus::Corpus;
use std::path::{Path, PathBuf};

mod corpora_pass;
mod every_target_has_a_binary_and_a_corpus;
mod mutated_corpora_pass;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn corpus(target: &str) -> Corpus {
    let path = fuzz().join("corpus").join(format!("{target}.corpus"));
    Corpus::read(&path).unwrap_or_else(|error| panic!("the corpus can't be read: {error}"))
}
