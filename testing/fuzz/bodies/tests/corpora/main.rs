//! The fuzz targets on stable: over what is in their corpora, and over what is near it.

use std::{
    fs,
    path::{Path, PathBuf},
};

mod corpora_find_nothing;
mod every_target_is_built_and_seeded;
mod mutated_corpora_find_nothing;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The inputs of a target, with their names, in the order of these.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fuzz().join("corpus").join(target);
    let entries = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{target} has no corpus: {error}"))
        .map(|entry| entry.expect("it can be listed").path());
    let mut inputs = Vec::from_iter(entries.map(|path| {
        let name = path.file_name().expect("it is a file").to_string_lossy();
        let input = fs::read(&path).expect("it can be read");
        (format!("{target}/{name}"), input)
    }));
    inputs.sort();
    inputs
}
