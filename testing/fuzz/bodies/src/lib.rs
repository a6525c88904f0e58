//! The bodies of the fuzz targets: functions that take bytes and panic if an assertion fails.
//!
//! cargo-fuzz calls them under libFuzzer (`cargo xtask fuzz`); this crate's tests call them on stable,
//! with the committed corpora and seeded mutations of them. A finding of the fuzzer can be reproduced on
//! stable:
//!
//! ```console
//! $ cargo run -p gloaming-fuzzing --features simd-json,zstd -- envelope testing/fuzz/artifacts/envelope/crash-…
//! ```
//!
//! Each body accepts any bytes. A body that needs more than one value reads a script from them, so that
//! every mutation of the fuzzer results in another valid run.

mod checkpoints;
mod decoder;
mod emulator;
mod envelope;
mod etf;
mod events;
mod frames;
mod gateway_info;
mod inflaters;
mod machine;
mod mutation;
mod recording;
mod rest;
mod scenario;
mod script;
mod stored;
mod texts;
mod views;
mod zstd;

pub use self::{
    checkpoints::checkpoints,
    decoder::decoder,
    emulator::emulator,
    envelope::envelope,
    etf::etf,
    events::events,
    frames::frames,
    gateway_info::gateway_info,
    inflaters::inflaters,
    machine::machine,
    mutation::mutate,
    recording::recording,
    rest::rest,
    scenario::scenario,
    stored::{ledger, session},
    texts::texts,
    views::views,
    zstd::zstd,
};

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the binary in `testing/fuzz/fuzz_targets` and of the file in `testing/fuzz/corpus`.
    pub name: &'static str,
    /// The function that checks an input. It panics if an assertion does not hold.
    pub body: fn(&[u8]),
    /// The assertions, in addition to the absence of panics.
    pub asserts: &'static str,
}

/// Every target. A new one needs a function, an entry here, a file in `testing/fuzz/fuzz_targets`, an entry
/// in `testing/fuzz/Cargo.toml` and a file in `testing/fuzz/corpus`; the tests fail if one is missing.
pub const TARGETS: [Target; 18] = [
    Target {
        name: "envelope",
        body: envelope,
        asserts: "the scanner agrees with serde_json on any JSON object, and spans are within the text",
    },
    Target {
        name: "decoder",
        body: decoder,
        asserts: "limits hold, a lost context stays lost until a reset, valid streams are decoded completely for any split",
    },
    Target {
        name: "inflaters",
        body: inflaters,
        asserts: "the built-in inflater returns the text and the errors of flate2, at the same bytes, within the limit",
    },
    Target {
        name: "zstd",
        body: zstd,
        asserts: "the built-in decompressor returns the text and the errors of libzstd, or is stricter as documented, within the limit",
    },
    Target {
        name: "events",
        body: events,
        asserts: "no data is lost, each event has the type of its name, and the JSON parsers agree",
    },
    Target {
        name: "views",
        body: views,
        asserts: "what a view reads is what twilight-model has, errors have the path of the value, and ids are those of the payload",
    },
    Target {
        name: "frames",
        body: frames,
        asserts: "a WebSocket connection brings what tungstenite reads, in any pieces",
    },
    Target {
        name: "machine",
        body: machine,
        asserts: "one connection at a time, no IDENTIFY without a permit, the send window, a deadline for every wait",
    },
    Target {
        name: "gateway_info",
        body: gateway_info,
        asserts: "a response is usable or a typed fault, Retry-After is waited for, and no attempt follows at once or late",
    },
    Target {
        name: "session",
        body: session,
        asserts: "a stored session is unchanged after a round trip, and a machine connects with it",
    },
    Target {
        name: "ledger",
        body: ledger,
        asserts: "a ledger is rejected with a typed error or only lowers the limits, and a damaged file is not changed",
    },
    Target {
        name: "checkpoints",
        body: checkpoints,
        asserts: "a log of checkpoints is rejected, or what is read from it is the same after it is written again",
    },
    Target {
        name: "emulator",
        body: emulator,
        asserts: "replies to any client are bounded JSON, and nothing is sent after a close",
    },
    Target {
        name: "etf",
        body: etf,
        asserts: "the emulator decodes the terms of clients that another decoder can decode, and names the byte of a fault; its own terms are its JSON",
    },
    Target {
        name: "rest",
        body: rest,
        asserts: "any request to the REST of the emulator succeeds or is an error with a code, and leads only to valid events",
    },
    Target {
        name: "scenario",
        body: scenario,
        asserts: "a scenario is rejected with its line, or can be played by a gateway",
    },
    Target {
        name: "recording",
        body: recording,
        asserts: "a recording is rejected with its line, or can be played; the output of a recorder can be read",
    },
    Target {
        name: "texts",
        body: texts,
        asserts: "URLs, close codes, opcodes, flags and tokens behave as documented",
    },
];

/// Returns the target of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
