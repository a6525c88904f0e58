//! Every attack against a shard of every setup. Each is a few milliseconds, or one of the shard's deadlines.

use gloaming_hostile::{Case, Outcome, Security, Setup, cases, run};
use gloaming_shard::{Compression, JsonParser, tls::TlsBackend};
use gloaming_test_support::tls::Authority;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// The cases that are played at the same time. Most of their time is spent waiting.
const THREADS: usize = 8;

#[test]
fn without_compression() {
    check(Setup::PLAIN);
}

#[test]
fn with_zlib_stream() {
    check(Setup {
        compression: Compression::ZlibStream,
        ..Setup::PLAIN
    });
}

#[test]
fn with_zstd_stream() {
    check(Setup {
        compression: Compression::ZstdStream,
        ..Setup::PLAIN
    });
}

#[test]
fn with_simd_json() {
    check(Setup {
        parser: JsonParser::Simd,
        ..Setup::PLAIN
    });
}

#[test]
fn over_rustls() {
    check(Setup {
        security: Security::Tls(TlsBackend::RustlsWebpkiRoots),
        compression: Compression::ZlibStream,
        ..Setup::PLAIN
    });
}

#[test]
fn over_native_tls() {
    check(Setup {
        security: Security::Tls(TlsBackend::NativeTls),
        compression: Compression::ZstdStream,
        ..Setup::PLAIN
    });
}

/// Plays all cases that concern the setup, and fails with everything that does not hold. Features decide what is available:
/// `cargo xtask test` runs the tests with all of them.
fn check(setup: Setup) {
    if !setup.is_available() {
        println!("{setup}: not compiled in");
        return;
    }
    let authority = Authority::of(&["127.0.0.1"]);
    let mut cases = cases();
    cases.retain(|case| case.concerns(setup.compression));
    let results = play(setup, &cases, &authority);

    let failures: Vec<String> = results
        .iter()
        .zip(&cases)
        .filter_map(|(result, case)| Some(format!("{case}: {}", result.as_ref().err()?)))
        .collect();
    let outcomes: Vec<&Outcome> = results.iter().flatten().collect();
    println!(
        "{setup}: {} cases, at most {} connections and {} B logged for one",
        cases.len(),
        outcomes
            .iter()
            .map(|it| it.connections)
            .max()
            .unwrap_or_default(),
        outcomes
            .iter()
            .map(|it| it.log_bytes)
            .max()
            .unwrap_or_default()
    );
    assert!(failures.is_empty(), "{setup}:\n{}", failures.join("\n"));
}

/// Returns the results in the order of the cases.
fn play(setup: Setup, cases: &[Case], authority: &Authority) -> Vec<Result<Outcome, String>> {
    let next = AtomicUsize::new(0);
    let play_some = || {
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(index) else {
                return results;
            };
            results.push((index, run(setup, case, authority)));
        }
    };
    let mut results = thread::scope(|scope| {
        let threads = Vec::from_iter((0..THREADS).map(|_| scope.spawn(play_some)));
        let results = threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("no attack makes a shard panic"));
        Vec::from_iter(results)
    });
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
