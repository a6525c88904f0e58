//! Which combinations of features are checked.

use std::{
    collections::BTreeSet,
    fmt::{self, Display, Formatter},
    fs,
};

use crate::{command::Failure, workspace};

const TLS: &[&str] = &[
    "native-tls",
    "rustls-native-roots",
    "rustls-platform-verifier",
    "rustls-webpki-roots",
];
const COMPRESSION: &[&str] = &["zlib-ng", "zlib-stock", "zlib-system", "zstd"];
const JSON: &[&str] = &["simd-json"];

/// The crates from the bottom up, with the features to cross: what is checked
/// for one serves the next, and a red result stands before those that follow
/// from it.
const CRATES: [(&str, &[&[&str]]); 7] = [
    ("protocol", &[COMPRESSION, JSON]),
    ("queue", &[]),
    ("machine", &[]),
    ("shard", &[TLS, COMPRESSION, JSON]),
    ("cluster", &[]),
    ("emulator", &[]),
    ("gloaming", &[TLS, COMPRESSION, JSON]),
];

type Features = BTreeSet<String>;

/// A crate with some of its features, and without its default ones.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Combination {
    /// Its folder in `crates`.
    folder: &'static str,
    features: Features,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    All,
    Some,
}

/// All of them, each once.
pub(crate) fn all() -> Result<Vec<Combination>, Failure> {
    let mut all = Vec::new();
    for (folder, axes) in CRATES {
        all.extend(of_crate(folder, &features_of(folder)?, axes));
    }
    Ok(all)
}

fn of_crate(
    folder: &'static str,
    features: &Features,
    axes: &[&[&str]],
) -> impl Iterator<Item = Combination> {
    let mut sets = vec![Features::new()];
    sets.extend(features.iter().map(|feature| [feature.clone()].into()));
    sets.extend(pairs(axes));
    sets.extend(crossed(axes));
    let mut seen = BTreeSet::new();
    sets.retain(|set| set != features && seen.insert(set.clone()));
    let some = sets.into_iter().map(move |features| Combination {
        folder,
        features,
        kind: Kind::Some,
    });
    some.chain([Combination {
        folder,
        features: features.clone(),
        kind: Kind::All,
    }])
}

/// Two of one axis: features that replace each other have to bear each other.
fn pairs(axes: &[&[&str]]) -> Vec<Features> {
    let mut pairs = Vec::new();
    for axis in axes {
        for (index, first) in axis.iter().enumerate() {
            for second in &axis[index + 1..] {
                pairs.push([(*first).to_owned(), (*second).to_owned()].into());
            }
        }
    }
    pairs
}

/// None or one of each axis, in all ways.
fn crossed(axes: &[&[&str]]) -> Vec<Features> {
    let mut sets = vec![Features::new()];
    for axis in axes {
        for set in sets.clone() {
            for feature in *axis {
                let mut set = set.clone();
                set.insert((*feature).to_owned());
                sets.push(set);
            }
        }
    }
    sets
}

/// The features in a crate's manifest, but for `default` and private ones.
fn features_of(folder: &str) -> Result<Features, Failure> {
    let path = workspace::root()
        .join("crates")
        .join(folder)
        .join("Cargo.toml");
    let manifest = fs::read_to_string(path)?;
    let features = manifest
        .lines()
        .skip_while(|line| *line != "[features]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = ["))
        .map(|(feature, _)| feature.to_owned())
        .filter(|feature| feature != "default" && !feature.starts_with("__"));
    Ok(features.collect())
}

impl Combination {
    /// What to tell cargo.
    pub(crate) fn arguments(&self) -> String {
        let package = match self.folder {
            "gloaming" => "gloaming".to_owned(),
            folder => format!("gloaming-{folder}"),
        };
        let features = self.features.iter().map(String::as_str).collect::<Vec<_>>();
        format!(
            "--package {package} --no-default-features --features={}",
            features.join(",")
        )
    }
}

impl Display for Combination {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let features = self.features.iter().map(String::as_str).collect::<Vec<_>>();
        let features = match (self.kind, features.len()) {
            (_, 0) => "(none)".to_owned(),
            (Kind::All, _) => "(all)".to_owned(),
            (Kind::Some, _) => features.join(" "),
        };
        write!(f, "{:9} {features}", self.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set<const N: usize>(features: [&str; N]) -> Features {
        features.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn none_each_pairs_crossed_all() {
        let features = set(["a", "b", "x", "z"]);
        let combinations = of_crate("protocol", &features, &[&["a", "b"], &["x"]])
            .map(|combination| combination.features)
            .collect::<Vec<_>>();
        let expected = [
            set([]),
            set(["a"]),
            set(["b"]),
            set(["x"]),
            set(["z"]),
            set(["a", "b"]),
            set(["a", "x"]),
            set(["b", "x"]),
            features,
        ];
        assert_eq!(combinations, expected);
    }

    #[test]
    fn every_crate_takes_part() {
        let mut folders = fs::read_dir(workspace::root().join("crates"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>();
        let mut known = CRATES.map(|(folder, _)| folder);
        folders.sort_unstable();
        known.sort_unstable();
        assert_eq!(folders, known);
    }

    #[test]
    fn the_axes_are_features() {
        for (folder, axes) in CRATES {
            let features = features_of(folder).unwrap();
            for feature in axes.concat() {
                assert!(features.contains(feature), "{folder} has no {feature}");
            }
        }
    }
}
