//! Decoding an event into twilight-model's type.

use divan::Bencher;
use gloaming_protocol::{JsonParser, Payload, decode_event};

use crate::traffic::{EVENTS, payload};

fn decode(bencher: Bencher<'_, '_>, name: &str, parser: JsonParser) {
    let text = payload(name);
    let payload = Payload::parse(&text).expect("it is a payload");
    bencher.bench_local(|| decode_event(&payload, parser));
}

#[divan::bench(args = EVENTS)]
fn serde(bencher: Bencher<'_, '_>, name: &str) {
    decode(bencher, name, JsonParser::Serde);
}

#[divan::bench(args = EVENTS)]
fn simd(bencher: Bencher<'_, '_>, name: &str) {
    decode(bencher, name, JsonParser::Simd);
}
