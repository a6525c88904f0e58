//! The texts of all public errors, as users print them, in one table: `texts.txt`.
//!
//! The table is compared with what the errors say. To write it again after a change, run the test with
//! `WRITE_TEXTS=1` and the features `emulator` and `zstd`, without `simd-json`, and read the difference.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

use super::texts::{self, Texts};

const TABLE: &str = "tests/umbrella/errors/texts.txt";

/// Why the texts of a hand-over between two processes are not in the table.
const HAND_OVER: &str =
    "it takes two processes; a test in the cluster crate's `hand_over/error.rs` has its text";

/// Why some texts of a switch to another number of shards are not in the table.
const RESHARD: &str = "it takes a cluster that runs; the cluster crate's tests lead to it";

/// Kinds that nothing leads to in the builds that have this test, with the reason.
const ELSEWHERE: [(&str, &str); 18] = [
    (
        "ClusterStartErrorKind::Runtime",
        "on a system that refuses a thread; a test in the cluster crate's `error.rs` has its text",
    ),
    (
        "EncodeErrorKind::Serialize",
        "all commands can be serialized; a test in the protocol crate's `encode.rs` has one that can't",
    ),
    (
        "DecodeErrorKind::Unavailable",
        "in builds without a compression; the protocol crate's tests have its text",
    ),
    (
        "ConfigErrorKind::CompressionUnavailable",
        "in builds without a compression",
    ),
    (
        "ScenarioErrorKind::Unavailable",
        "in builds of the emulator without scenario files, which the feature `emulator` of this crate includes",
    ),
    ("HandOverErrorKind::SocketInUse", HAND_OVER),
    ("HandOverErrorKind::Refused", HAND_OVER),
    ("HandOverErrorKind::OldProcessEnded", HAND_OVER),
    ("HandOverErrorKind::Timeout", HAND_OVER),
    ("HandOverErrorKind::Malformed", HAND_OVER),
    ("HandOverErrorKind::StateTooLarge", HAND_OVER),
    ("HandOverErrorKind::GivenTwice", HAND_OVER),
    ("HandOverErrorKind::ShardMissing", HAND_OVER),
    ("HandOverErrorKind::NotRunning", HAND_OVER),
    ("ReshardErrorKind::InProgress", RESHARD),
    ("ReshardErrorKind::GatewayInfo", RESHARD),
    ("ReshardErrorKind::ShardStopped", RESHARD),
    ("ShardChangeErrorKind::Resharding", RESHARD),
];

/// The row that builds with simd-json do not have.
const WITHOUT_SIMD_JSON: &str = "ConfigErrorKind::JsonParserUnavailable";

/// The one cause that two types have: the sender and the transport check the code of a close frame.
const SHARED_CAUSE: &str = "::UnsendableCloseCode";

#[tokio::test]
async fn every_kind_has_a_text_in_the_table() {
    let texts = texts::all().await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    if env::var_os("WRITE_TEXTS").is_some() {
        fs::write(&path, texts.to_string()).unwrap();
    }
    let table = fs::read_to_string(&path).unwrap();
    let differences: Vec<_> = texts
        .rows()
        .map(|(name, text)| format!("{name}\n    {text}\n"))
        .filter(|row| !table.contains(row))
        .collect();
    assert!(
        differences.is_empty(),
        "not in {TABLE}:\n{}",
        differences.concat()
    );

    let names: BTreeSet<&str> = texts.rows().map(|(name, _)| name).collect();
    let in_table = table.lines().filter(|line| !line.starts_with(' '));
    let stale: Vec<&str> = in_table
        .filter(|name| !names.contains(name) && *name != WITHOUT_SIMD_JSON)
        .collect();
    assert!(stale.is_empty(), "no error leads to {stale:#?}");

    let shown: BTreeSet<&str> = texts.rows().map(|(name, _)| kind(name)).collect();
    let missing: Vec<String> = public_kinds()
        .into_iter()
        .filter(|kind| {
            !shown.contains(kind.as_str())
                && !ELSEWHERE.iter().any(|(elsewhere, _)| elsewhere == kind)
                && kind != WITHOUT_SIMD_JSON
        })
        .collect();
    assert!(missing.is_empty(), "kinds without a text: {missing:#?}");
}

#[tokio::test]
async fn texts_differ_and_are_sentences_without_debug_output() {
    let texts = texts::all().await;
    let mut names = BTreeMap::new();
    for (name, text) in texts.rows() {
        let same = names.insert(text, name);
        assert!(
            same.is_none() || name.ends_with(SHARED_CAUSE),
            "{name} and {same:?} have the same text: {text}"
        );
        assert!(
            text.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit() || c == '`'),
            "{name} does not start with a lowercase word: {text}"
        );
        assert!(
            !text.ends_with(['.', ';', ':', ' ', '\n']) && !text.contains(['\n', '\r']),
            "{name} is not one line, or ends like a sentence: {text}"
        );
        assert!(
            text.contains("; ") || text.contains(": "),
            "{name} has one part, which can't say both what happened and what to do: {text}"
        );
        let outside_code: String = text.split('`').step_by(2).collect();
        for word in ["Some(", "None", "Ok(", "Err(", "Error(", " { ", "::"] {
            assert!(
                !outside_code.contains(word),
                "{name} contains `{word}`: {text}"
            );
        }
        if let Some(word) = outside_code
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .find(|word| is_type_name(word))
        {
            panic!("{name} contains the name `{word}` outside of code: {text}");
        }
        assert!(
            !text.contains(texts::SECRET),
            "{name} contains a secret: {text}"
        );
    }
}

#[tokio::test]
async fn texts_name_the_path_or_url_at_hand() {
    let texts = texts::all().await;
    for (name, text, place) in texts.places() {
        assert!(text.contains(place), "{name} does not name {place}: {text}");
    }
    assert!(texts.places().count() > 10);
}

/// Whether the word is written like `QueryAndUsers`.
fn is_type_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().any(|c| c.is_ascii_lowercase())
        && word[1..].contains(|c: char| c.is_ascii_uppercase())
}

/// Returns `XErrorKind::Variant` of a row's name, which may have a remark.
fn kind(name: &str) -> &str {
    name.split(' ').next().unwrap_or_default()
}

/// Reads the variants of all `XErrorKind` of the workspace from the snapshots of its public API.
fn public_kinds() -> BTreeSet<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut kinds = BTreeSet::new();
    for name in [
        "protocol",
        "queue",
        "machine",
        "shard",
        "cluster",
        "coordinator",
        "emulator",
    ] {
        let api = fs::read_to_string(crates.join(name).join("public-api.txt")).unwrap();
        kinds.extend(api.lines().filter_map(variant));
    }
    assert!(kinds.len() > 100, "{kinds:?}");
    kinds
}

/// Returns `XErrorKind::Variant` for a line of the snapshot with that variant.
fn variant(line: &str) -> Option<String> {
    let item = line.strip_prefix("pub gloaming_")?;
    // Fields of variants are items as well, with a type.
    if item.contains(": ") {
        return None;
    }
    let path = item.split('(').next()?.split("::");
    let mut path = path.skip_while(|part| !part.ends_with("ErrorKind"));
    Some(format!("{}::{}", path.next()?, path.next()?))
}

impl Texts {
    fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rows.iter().map(|row| (&*row.name, &*row.text))
    }

    /// The rows whose text names a path, URL or host.
    fn places(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let rows = self.rows.iter();
        rows.filter_map(|row| Some((&*row.name, &*row.text, row.place.as_deref()?)))
    }
}
