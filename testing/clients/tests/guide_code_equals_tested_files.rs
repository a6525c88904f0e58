//! Each code block of the emulator's guide is a copy of a file that is run as a test.

use std::{collections::BTreeSet, fs, path::PathBuf};

fn read(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the guide's code blocks in a language, without the lines that rustdoc hides.
fn blocks(guide: &str, language: &str) -> BTreeSet<String> {
    let visible = guide.lines().filter(|line| !line.starts_with("# "));
    let text = visible.collect::<Vec<_>>().join("\n");
    text.split(&format!("\n```{language}\n"))
        .skip(1)
        .filter_map(|rest| rest.split_once("\n```"))
        .map(|(code, _)| code.to_owned())
        .collect()
}

#[test]
fn guide_code_equals_tested_files() {
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
        let expected = files.map(|path| read(path).trim_end().to_owned());
        assert_eq!(blocks(&guide, language), expected.into(), "{language}");
    }
    // The other Rust blocks are doctests.
    let rust = blocks(&guide, "rust");
    for path in [
        "crates/emulator/docs/bot.rs",
        "crates/emulator/docs/start_bot.rs",
    ] {
        assert!(rust.contains(read(path).trim_end()), "{path}");
    }
}
