//! Finding the opcode, sequence, name and data of a payload.

use divan::{Bencher, black_box};
use gloaming_protocol::Payload;

use crate::traffic::{EVENTS, payload};

#[divan::bench(args = EVENTS)]
fn parse(bencher: Bencher<'_, '_>, name: &str) {
    let text = payload(name);
    bencher.bench(|| Payload::parse(black_box(&text)).map(|payload| payload.sequence()));
}
