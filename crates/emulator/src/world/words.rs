//! Names and sentences.

use crate::rng::Rng;

const FIRST: &[&str] = &[
    "amber", "brisk", "calm", "dusky", "eager", "faint", "gentle", "hazel", "ivory", "jolly",
    "keen", "lunar", "mellow", "nimble", "opal", "plucky", "quiet", "rusty", "silver", "tidal",
    "umber", "velvet", "wry", "zesty",
];

const SECOND: &[&str] = &[
    "badger", "comet", "dolphin", "ember", "falcon", "gecko", "heron", "ibis", "jackal", "kestrel",
    "lynx", "magpie", "newt", "otter", "panda", "quail", "raven", "sparrow", "tapir", "urchin",
    "vole", "walrus", "yak", "zebra",
];

const PLACES: &[&str] = &[
    "Lounge",
    "Workshop",
    "Harbor",
    "Observatory",
    "Garden",
    "Arcade",
    "Library",
    "Studio",
    "Tavern",
    "Guild Hall",
];

const WORDS: &[&str] = &[
    "the",
    "a",
    "and",
    "but",
    "we",
    "you",
    "they",
    "it",
    "that",
    "this",
    "build",
    "release",
    "server",
    "game",
    "tonight",
    "tomorrow",
    "works",
    "broke",
    "again",
    "really",
    "maybe",
    "think",
    "know",
    "want",
    "need",
    "anyone",
    "someone",
    "channel",
    "update",
    "patch",
    "boss",
    "raid",
    "music",
    "stream",
    "watch",
    "link",
    "question",
    "answer",
    "thanks",
    "sorry",
    "nice",
    "lol",
    "café",
    "naïve",
    "привет",
    "ありがとう",
    "🎉",
    "👀",
    "🔥",
    "version",
    "docs",
    "bug",
    "fixed",
    "ship",
    "later",
    "soon",
    "wait",
    "what",
    "why",
    "how",
    "where",
    "good",
    "morning",
    "night",
    "team",
    "meeting",
    "\"quoted\"",
    "C:\\path",
    "line\nbreak",
];

/// A user name, for example `dusky_otter42`.
pub(crate) fn user_name(rng: &mut Rng) -> String {
    format!(
        "{}_{}{}",
        rng.pick(FIRST),
        rng.pick(SECOND),
        rng.below(10_000)
    )
}

/// A display name, for example `Dusky Otter`.
pub(crate) fn display_name(rng: &mut Rng) -> String {
    format!(
        "{} {}",
        capitalized(rng.pick(FIRST)),
        capitalized(rng.pick(SECOND))
    )
}

/// The name of a guild, for example `Dusky Otter's Library`.
pub(crate) fn guild_name(rng: &mut Rng) -> String {
    format!("{}'s {}", display_name(rng), rng.pick(PLACES))
}

/// A lower-case name of two words for channels and emojis.
pub(crate) fn slug(rng: &mut Rng, joint: char) -> String {
    format!("{}{joint}{}", rng.pick(FIRST), rng.pick(SECOND))
}

/// The content of a message: mostly short, sometimes long.
pub(crate) fn sentence(rng: &mut Rng) -> String {
    let words = match rng.below(10) {
        0..=5 => 2 + rng.below(8),
        6..=8 => 8 + rng.below(20),
        _ => 25 + rng.below(60),
    };
    let mut text = String::new();
    for at in 0..words {
        if at > 0 {
            text.push(' ');
        }
        text.push_str(rng.pick(WORDS));
    }
    text
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
