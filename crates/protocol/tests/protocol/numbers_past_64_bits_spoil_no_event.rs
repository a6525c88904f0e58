//! A number in a field that nobody asked for may have any size (P34).

use gloaming_protocol::{Decoded, Event, Payload, decode_event};

#[test]
fn with_any_parser() {
    for number in [
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "340282366920938463463374607431768211456",
        "1e300",
    ] {
        let data = format!(r#"{{"guild_id":"1","channel_id":"2","brand_new":{number}}}"#);
        let text = crate::common::dispatch_text("WEBHOOKS_UPDATE", 1, &data);
        let payload = Payload::parse(&text).unwrap();
        for parser in crate::common::parsers() {
            let decoded = decode_event(&payload, parser);
            assert!(
                matches!(decoded, Ok(Decoded::Event(Event::WebhooksUpdate(_)))),
                "{parser:?}, {number}: {decoded:?}"
            );
        }
    }
}
