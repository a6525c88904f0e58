//! Reading a few values of an event through its view.

use divan::Bencher;
use gloaming_protocol::{Payload, view::EventView};

use crate::traffic::{EVENTS, payload};

#[divan::bench(args = EVENTS)]
fn scan(bencher: Bencher<'_, '_>, name: &str) {
    let text = payload(name);
    let payload = Payload::parse(&text).expect("it is a payload");
    bencher.bench_local(|| payload.view());
}

#[divan::bench]
fn content_of_a_message(bencher: Bencher<'_, '_>) {
    let text = payload("MESSAGE_CREATE");
    let payload = Payload::parse(&text).expect("it is a payload");
    bencher.bench_local(|| match payload.view() {
        Ok(EventView::MessageCreate(message)) => {
            message.content().map(|content| content.len()).ok()
        }
        _ => None,
    });
}
