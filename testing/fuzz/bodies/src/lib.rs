//! The bodies of the fuzz targets: ordinary functions from bytes to a panic, if anything is wrong.
//!
//! cargo-fuzz calls them under libFuzzer (`cargo xtask fuzz`); this crate's tests call them on stable,
//! with the committed corpora and seeded mutations of these. Whatever the fuzzer finds can be
//! repeated on stable:
//!
//! ```console
//! $ cargo run -p gloaming-fuzzing --features simd-json,zstd -- envelope testing/fuzz/artifacts/envelope/crash-…
//! ```
//!
//! Each body takes any bytes there are. Those that need more than one thing read a script from them,
//! so that whatever the fuzzer changes leads to another valid run and not to a refusal.

mod decoder;
mod emulator;
mod envelope;
mod events;
mod machine;
mod mutation;
mod recording;
mod scenario;
mod script;
mod stored;
mod texts;

pub use self::{
    decoder::decoder,
    emulator::emulator,
    envelope::envelope,
    events::events,
    machine::machine,
    mutation::mutate,
    recording::recording,
    scenario::scenario,
    stored::{ledger, session},
    texts::texts,
};

/// Something to be fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the binary in `testing/fuzz/fuzz_targets` and of the file in `testing/fuzz/corpus`.
    pub name: &'static str,
    /// Panics if an assertion does not hold.
    pub body: fn(&[u8]),
    /// What is asserted, beside that nothing panics.
    pub asserts: &'static str,
}

/// Every target. A new one needs a function, an entry here, a file in `testing/fuzz/fuzz_targets`, an entry
/// in `testing/fuzz/Cargo.toml` and a file in `testing/fuzz/corpus`; the tests fail if one is missing.
pub const TARGETS: [Target; 10] = [
    Target {
        name: "envelope",
        body: envelope,
        asserts: "the scanner finds in any JSON object what serde_json finds, and spans lie in the text",
    },
    Target {
        name: "decoder",
        body: decoder,
        asserts: "limits hold, a lost context stays lost until reset, sound streams come out whole however split",
    },
    Target {
        name: "events",
        body: events,
        asserts: "nothing vanishes, a name leads to its event, and the JSON parsers agree",
    },
    Target {
        name: "machine",
        body: machine,
        asserts: "one connection at a time, no IDENTIFY without a permit, the send window, a deadline in every wait",
    },
    Target {
        name: "session",
        body: session,
        asserts: "a stored session survives the round trip, and a machine connects with any",
    },
    Target {
        name: "ledger",
        body: ledger,
        asserts: "a ledger is a typed error or a record that only ever restricts, and a damaged one is left alone",
    },
    Target {
        name: "emulator",
        body: emulator,
        asserts: "whatever a client sends, answers are bounded JSON, and none comes after a close",
    },
    Target {
        name: "scenario",
        body: scenario,
        asserts: "a file of faults is an error that names its line, or something a gateway can play",
    },
    Target {
        name: "recording",
        body: recording,
        asserts: "a recording is an error that names its line, or can be played; what a recorder writes can be read",
    },
    Target {
        name: "texts",
        body: texts,
        asserts: "URLs, close codes, opcodes, flags and tokens keep their promises",
    },
];

/// The target of that name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
