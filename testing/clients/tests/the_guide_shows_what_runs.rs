//! The emulator's guide has code in three languages, each a copy of a file that is run.

use std::{collections::BTreeSet, fs, path::PathBuf};

fn read(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The guide's blocks of code in a language, without the lines that its documentation hides.
fn blocks(guide: &str, language: &str) -> BTreeSet<String> {
    let shown = guide.lines().filter(|line| !line.starts_with("# "));
    let text = shown.collect::<Vec<_>>().join("\n");
    text.split(&format!("\n```{language}\n"))
        .skip(1)
        .filter_map(|rest| rest.split_once("\n```"))
        .map(|(code, _)| code.to_owned())
        .collect()
}

#[test]
fn the_guide_shows_what_runs() {
    let guide = read("crates/emulator/docs/guide.md");
    for (language, files) in [
        (
            "python",
            [
                "testing/clients/discord-py/bot.py",
                "testing/clients/discord-py/test_bot.py",
            ],
        ),
        (
            "js",
            [
                "testing/clients/discord-js/bot.mjs",
                "testing/clients/discord-js/bot.test.mjs",
            ],
        ),
    ] {
        let run = files.map(|path| read(path).trim_end().to_owned());
        assert_eq!(blocks(&guide, language), run.into(), "{language}");
    }
    // In Rust there is more, and all of it runs where it stands.
    let shown = blocks(&guide, "rust");
    for path in [
        "crates/emulator/docs/bot.rs",
        "crates/emulator/docs/start_bot.rs",
    ] {
        assert!(shown.contains(read(path).trim_end()), "{path}");
    }
}
