use crate::{corpus, fuzz};
use gloaming_fuzzing::TARGETS;
use std::{
    collections::{BTreeSet, HashSet},
    env, fs,
    process::Command,
};

/// A longer input is slow and reaches no more code than a shorter one.
const MAX_INPUT_BYTES: usize = 16 * 1024;

fn names() -> BTreeSet<String> {
    TARGETS.iter().map(|target| target.name.into()).collect()
}

#[test]
fn every_target_has_a_binary() {
    let output = Command::new(env::var_os("CARGO").expect("cargo runs the tests"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .arg("--manifest-path")
        .arg(fuzz().join("Cargo.toml"))
        .output()
        .expect("cargo can be run");
    let metadata = serde_json::from_slice::<serde_json::Value>(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let binaries = metadata["packages"][0]["targets"].as_array();
    let names_of = |binary: &serde_json::Value| Some(binary["name"].as_str()?.to_owned());
    let binaries = binaries.into_iter().flatten().filter_map(names_of);
    assert_eq!(BTreeSet::from_iter(binaries), names());
}

#[test]
fn every_binary_calls_its_target() {
    let files = fs::read_dir(fuzz().join("fuzz_targets")).expect("the folder exists");
    let mut found = BTreeSet::new();
    for path in files.map(|file| file.expect("the folder can be listed").path()) {
        let name = path
            .file_stem()
            .expect("a file has a name")
            .to_string_lossy();
        let source = fs::read_to_string(&path).expect("a source file is text");
        assert!(
            source.contains(&format!("gloaming_fuzzing::{name}(data)")),
            "{name}"
        );
        found.insert(name.into_owned());
    }
    assert_eq!(found, names());
}

#[test]
fn every_corpus_has_small_and_different_inputs() {
    for target in TARGETS {
        let corpus = corpus(target.name);
        assert!(!corpus.is_empty(), "{}", target.name);
        let mut seen = HashSet::new();
        for (name, input) in corpus.iter() {
            let name = format!("{name} of {}", target.name);
            assert!(input.len() <= MAX_INPUT_BYTES, "{name} is too large");
            assert!(seen.insert(input), "{name} is a duplicate");
        }
    }
}

#[test]
fn every_corpus_has_a_target() {
    let files = fs::read_dir(fuzz().join("corpus")).expect("the folder exists");
    let files = files.map(|file| file.expect("the folder can be listed").file_name());
    let expected = names().into_iter().map(|name| format!("{name}.corpus"));
    assert_eq!(
        BTreeSet::from_iter(files.map(|name| name.to_string_lossy().into_owned())),
        BTreeSet::from_iter(expected)
    );
}
