//! The corpora: one file per target in the repository, and a folder per target while it runs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use gloaming_test_support::corpus::{Added, Corpus};

use super::{cargo_fuzz, tail};
use crate::workspace;

/// The limit of `--grow`: the tests run every input.
const MAX_NEW_INPUTS: usize = 50;

/// Returns the folder of the unpacked corpus, relative to the repository's root.
pub(super) fn unpacked(target: &str) -> String {
    format!("testing/fuzz/work/corpus/{target}")
}

/// Returns the folder of the inputs that runs have found, relative to the repository's root.
pub(super) fn found(target: &str) -> String {
    format!("testing/fuzz/work/found/{target}")
}

fn file(target: &str) -> PathBuf {
    workspace::root().join(format!("testing/fuzz/corpus/{target}.corpus"))
}

/// Unpacks the corpus for a run, and makes the folder for what the run finds.
pub(super) fn unpack(target: &str) -> anyhow::Result<()> {
    let root = workspace::root();
    Corpus::read(&file(target))?.unpack(&root.join(unpacked(target)))?;
    fs::create_dir_all(root.join(found(target)))?;
    Ok(())
}

/// Adds a file to the corpus of the target that found it, and returns what was done.
pub(super) fn keep(path: &str, targets: &[String]) -> anyhow::Result<String> {
    let path = workspace::root().join(path);
    let target = target_of(&path, targets)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let input = fs::read(&path).with_context(|| format!("{} can't be read", path.display()))?;
    let mut corpus = Corpus::read(&file(target))?;
    match corpus.add(&name, input)? {
        Added::New => {
            corpus.write(&file(target))?;
            Ok(format!("added {name} to the corpus of {target}"))
        }
        Added::Duplicate(known) => Ok(format!(
            "the corpus of {target} has these bytes already, as {known}"
        )),
    }
}

/// libFuzzer writes the inputs of a target to a folder of its name.
fn target_of<'a>(path: &Path, targets: &'a [String]) -> anyhow::Result<&'a str> {
    if let [only] = targets {
        return Ok(only);
    }
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let target = targets.iter().find(|target| folder == target.as_str());
    match target {
        Some(target) => Ok(target),
        None => bail!(
            "{} is not in a folder of a target; name the target with --target",
            path.display()
        ),
    }
}

/// Adds some of the inputs that reach code which the corpus does not, and returns how many.
///
/// libFuzzer chooses them by the code reached, and not by how often, which would be five times as many.
pub(super) fn grow(target: &str) -> anyhow::Result<String> {
    let root = workspace::root();
    let mut corpus = Corpus::read(&file(target))?;
    let merged = format!("testing/fuzz/work/merged/{target}");
    corpus.unpack(&root.join(&merged))?;
    let found = found(target);
    let output = cargo_fuzz(
        "run",
        &format!("{target} {merged} {found} -- -merge=1 -use_counters=0"),
    )
    .output()?;
    if !output.status.success() {
        bail!(
            "libFuzzer can't merge the inputs of {target}:\n{}",
            tail(&output.stderr)
        );
    }
    let merged = Corpus::pack(&root.join(merged))?;
    let (added, new) = add_some(&mut corpus, &merged)?;
    corpus.write(&file(target))?;
    Ok(format!(
        "{added} of {new} new inputs were added to the corpus"
    ))
}

/// Adds up to [`MAX_NEW_INPUTS`] entries of `merged`, and returns how many, and how many were new.
fn add_some(corpus: &mut Corpus, merged: &Corpus) -> anyhow::Result<(usize, usize)> {
    let mut new = merged
        .iter()
        .filter(|(name, _)| !corpus.contains(name))
        .collect::<Vec<_>>();
    new.sort_by_key(|(name, input)| (input.len(), *name));
    // Evenly from small to large: the smallest alone would be those that are refused at once.
    let step = new.len().div_ceil(MAX_NEW_INPUTS).max(1);
    let before = corpus.len();
    for (name, input) in new.iter().step_by(step) {
        corpus.add(name, input.to_vec())?;
    }
    Ok((corpus.len() - before, new.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_is_the_folder_or_the_only_one() {
        let targets = ["decoder".to_owned(), "texts".to_owned()];
        let path = Path::new("testing/fuzz/artifacts/texts/crash-1f");
        assert_eq!(target_of(path, &targets).unwrap(), "texts");
        assert_eq!(target_of(path, &targets[..1]).unwrap(), "decoder");
        assert!(target_of(Path::new("crash-1f"), &targets).is_err());
    }

    #[test]
    fn growth_is_bounded_and_spread_over_all_sizes() {
        let mut corpus = Corpus::default();
        corpus.add("seed-000", vec![1]).unwrap();
        let mut merged = corpus.clone();
        for length in 2..=201 {
            merged
                .add(&format!("{length:03}"), vec![0; length])
                .unwrap();
        }
        assert_eq!(add_some(&mut corpus, &merged).unwrap(), (50, 200));
        let lengths = Vec::from_iter(corpus.iter().map(|(_, input)| input.len()));
        assert_eq!(lengths[..3], [2, 6, 10]);
        assert_eq!(lengths.last(), Some(&1));
        assert!(corpus.contains("198"));
    }
}
