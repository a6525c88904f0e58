//! A payload that is not ETF closes the connection with 4002, and the reason names the cause (P23, P32).

use gloaming_emulator::{
    ViolationResponse,
    model::{Host, Input},
};

use crate::harness::{ETF, Harness, builder};

/// Asserts that the message closes the connection for this rule, and that the report has this detail and cause.
fn assert_refused(message: Input<'_>, rule: &str, detail: &str, cause: Option<&str>) {
    let mut harness = Harness::new(builder());
    let client = harness.connect_to(Host::Main, ETF);
    harness.input(client, message);
    harness.assert_refused(client, rule, 4002);
    let reported = &harness.gateway.violations()[0];
    assert_eq!(reported.response, ViolationResponse::Closed(4002));
    match cause {
        Some(cause) => {
            assert_eq!(reported.detail, format!("{detail}: {cause}"));
            let reason = format!("Error while decoding payload. ({cause})");
            assert_eq!(harness.close_reason, reason);
        }
        None => {
            assert_eq!(reported.detail, detail);
            assert_eq!(harness.close_reason, "Error while decoding payload.");
        }
    }
}

#[test]
fn payload_that_is_not_etf_is_refused() {
    for (payload, cause) in [
        (&b""[..], "at byte 0: nothing, since the payload is empty"),
        (
            br#"{"op":1,"d":null}"#,
            "at byte 0: 123 instead of the version, 131; it looks like JSON",
        ),
        (
            b"\x83\x74\0\0\0\x01\x6d\0\0\0\x02op\x67",
            "at byte 13: PID_EXT (103), which JSON can't express",
        ),
        (
            b"\x83\x74\0\0\0\x01\x6d\0\0\0\x02op\x62\0",
            "at byte 13: INTEGER_EXT (98) that lacks 3 bytes",
        ),
        (
            b"\x83\x6c\xff\xff\xff\xff\x6a",
            "at byte 1: LIST_EXT (108) of 4294967295 elements, but the payload ends",
        ),
    ] {
        let message = Input::Binary(payload);
        assert_refused(message, "P23", "a payload that is not ETF", Some(cause));
    }
}

#[test]
fn atom_as_a_key_is_refused() {
    assert_refused(
        Input::Binary(b"\x83\x74\0\0\0\x01\x64\0\x02op\x61\x01"),
        "P23",
        "an atom as a key in ETF",
        Some("at byte 6: an atom as a key, which has to be a binary"),
    );
}

#[test]
fn compressed_payload_is_refused() {
    for (payload, at) in [
        (&b"\x83\x50\0\0\0\x02\x78\x9c\x4b\x04\0"[..], 1),
        (b"\x78\x9c\x4b\x04\0", 0),
    ] {
        let cause = format!("at byte {at}: compressed data, which clients must not send");
        let message = Input::Binary(payload);
        assert_refused(message, "P23", "a compressed payload", Some(&cause));
    }
}

/// Discord decodes the bytes of a message, whatever its type. No text is ETF, since its first byte is not UTF-8.
#[test]
fn text_message_is_refused() {
    let detail = "a text message although the encoding is etf";
    assert_refused(Input::Text(r#"{"op":1,"d":null}"#), "P23", detail, None);
}

/// The term is decoded, but it is no payload.
#[test]
fn term_without_an_op_is_refused() {
    for payload in [
        &b"\x83\x6a"[..],
        b"\x83\x74\0\0\0\0",
        b"\x83\x74\0\0\0\x01\x6d\0\0\0\x02op\x62\xff\xff\xff\xff",
    ] {
        let message = Input::Binary(payload);
        assert_refused(
            message,
            "P32",
            "a payload that is not an object with an op",
            None,
        );
    }
}

/// P21: the limit is the same as with JSON.
#[test]
fn oversized_payload_is_refused() {
    let payload = [b"\x83\x6d\0\0\x0f\xfb".as_slice(), &[b'a'; 4091]].concat();
    assert_refused(
        Input::Binary(&payload),
        "P21",
        "a payload over 4096 bytes",
        None,
    );
}
