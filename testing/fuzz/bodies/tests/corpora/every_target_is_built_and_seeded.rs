use crate::{corpus, fuzz};
use gloaming_fuzzing::TARGETS;
use std::{
    collections::{BTreeSet, HashSet},
    fs,
};

/// An input that is longer than this is slow and says no more than a shorter one.
const LARGEST: usize = 16 * 1024;

fn names() -> BTreeSet<String> {
    TARGETS.iter().map(|target| target.name.into()).collect()
}

#[test]
fn cargo_fuzz_knows_them_all() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("it is there");
    let bins = manifest.split("[[bin]]\nname = \"").skip(1);
    let bins = BTreeSet::from_iter(bins.filter_map(|bin| Some(bin.split_once('"')?.0.to_owned())));
    assert_eq!(bins, names());
}

#[test]
fn each_has_a_file_that_runs_it() {
    let files = fs::read_dir(fuzz().join("fuzz_targets")).expect("it is there");
    let mut found = BTreeSet::new();
    for path in files.map(|file| file.expect("it can be listed").path()) {
        let name = path.file_stem().expect("it has a name").to_string_lossy();
        let source = fs::read_to_string(&path).expect("it is text");
        assert!(
            source.contains(&format!("gloaming_fuzzing::{name}(data)")),
            "{name}"
        );
        found.insert(name.into_owned());
    }
    assert_eq!(found, names());
}

#[test]
fn each_has_a_corpus_of_small_inputs_that_differ() {
    for target in TARGETS {
        let corpus = corpus(target.name);
        assert!(!corpus.is_empty(), "{}", target.name);
        let mut seen = HashSet::new();
        for (name, input) in corpus {
            assert!(input.len() <= LARGEST, "{name} is too large");
            assert!(seen.insert(input), "{name} is there twice");
        }
    }
}

#[test]
fn no_corpus_is_left_over() {
    let folders = fs::read_dir(fuzz().join("corpus")).expect("it is there");
    let folders = folders.map(|folder| folder.expect("it can be listed").file_name());
    let folders = BTreeSet::from_iter(folders.map(|name| name.to_string_lossy().into_owned()));
    assert_eq!(folders, names());
}
