//! A number in an unknown field may have any size (P34).

use gloaming_protocol::{Decoded, Event, Payload, decode_event};

#[test]
fn every_parser_ignores_large_numbers() {
    for number in [
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "340282366920938463463374607431768211456",
        "1e300",
    ] {
        let data = format!(r#"{{"guild_id":"1","channel_id":"2","brand_new":{number}}}"#);
        let text = crate::harness::dispatch_text("WEBHOOKS_UPDATE", 1, &data);
        let payload = Payload::parse(&text).unwrap();
        for parser in crate::harness::parsers() {
            let decoded = decode_event(&payload, parser);
            assert!(
                matches!(decoded, Ok(Decoded::Event(Event::WebhooksUpdate(_)))),
                "{parser:?}, {number}: {decoded:?}"
            );
        }
    }
}
