//! The text of an error names what happened, who is at fault, and what to do next.

use gloaming_protocol::{
    Compression, Decoder, DecoderLimits, Frame, GatewayUrl, Identify, Intents, JsonParser, Payload,
    RequestChannelInfo, RequestSoundboardSounds, Token, check_size, decode_event,
    default_identify_properties, encode_command,
};
use std::error::Error;
use twilight_model::gateway::payload::outgoing::RequestGuildMembers;
use twilight_model::id::Id;

/// Checks that the text contains the parts in this order.
fn assert_contains(error: &dyn Error, parts: &[&str]) {
    let text = error.to_string();
    let mut rest = &*text;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("`{part}` is missing or misplaced in: {text}");
        };
        rest = after;
    }
    assert!(text.starts_with(|c: char| c.is_lowercase()), "{text}");
    assert!(!text.ends_with(['.', '\n']), "{text}");
}

#[test]
fn errors_of_the_gateway() {
    let mut decoder = Decoder::new(Compression::None, DecoderLimits::default()).unwrap();
    let error = decoder.decode(Frame::Binary(b"{}")).unwrap_err();
    assert_contains(&error, &["the gateway", "binary message", "reconnect"]);

    let limits = DecoderLimits {
        max_message_bytes: 7,
    };
    let mut decoder = Decoder::new(Compression::None, limits).unwrap();
    let error = decoder.decode(Frame::Text(r#"{"op":11}"#)).unwrap_err();
    assert_contains(
        &error,
        &["the gateway", "7 bytes", "raise the decoder's limit"],
    );

    for (text, what) in [
        (r#"{"op":11"#, "not one complete json object"),
        (r#"{op:11}"#, "not a json object"),
        (r#"{"d":11}"#, "no `op`"),
        (r#"{"op":"x"}"#, "an `op` that is not an integer"),
        (r#"{"op":0,"s":"x"}"#, "an `s` that is not an integer"),
        (r#"{"op":0,"t":11}"#, "a `t` that is not a string"),
    ] {
        let error = Payload::parse(text).unwrap_err();
        let place = format!("at byte {}", error.position());
        assert_contains(&error, &["the gateway", what, &place, "reconnect"]);
    }
}

#[test]
#[cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]
fn errors_of_compression() {
    let errors = |compression, message: &[u8]| {
        let mut decoder = Decoder::new(compression, DecoderLimits::default()).unwrap();
        let error = decoder.decode(Frame::Binary(message)).unwrap_err();
        let invalid = decoder.decode(Frame::Binary(message)).unwrap_err();
        (error, invalid)
    };
    let (header, invalid) = errors(Compression::ZlibStream, b"{}");
    assert_contains(
        &header,
        &["the gateway", "does not start with a header", "resume"],
    );
    assert_contains(
        &invalid,
        &[
            "an earlier error invalidated the decoder's context",
            "reset the decoder",
        ],
    );
    // A block of a type that does not exist, an empty block that is the last, and half a block.
    let (corrupt, _) = errors(Compression::ZlibStream, &[0x78, 0x9c, 0b110, 0]);
    assert_contains(&corrupt, &["the gateway", "corrupt", "resume"]);
    let (ended, _) = errors(Compression::ZlibStream, &[0x78, 0x9c, 1, 0, 0, 0xff, 0xff]);
    assert_contains(&ended, &["the gateway", "ended", "resume"]);
    let (truncated, _) = errors(Compression::Payload, &[0x78, 0x9c, 0]);
    assert_contains(&truncated, &["the gateway", "incomplete", "resume"]);
    // One block with the byte 0xff.
    let invalid = [0x78, 0x9c, 1, 1, 0, 0xfe, 0xff, 0xff, 1, 0, 1, 0];
    let (invalid, _) = errors(Compression::Payload, &invalid);
    assert_eq!(
        invalid.kind(),
        gloaming_protocol::DecodeErrorKind::InvalidUtf8
    );
    assert_contains(&invalid, &["the gateway", "not valid utf-8", "resume"]);
}

#[test]
#[cfg(feature = "zstd")]
fn errors_of_a_zstd_window() {
    // A frame's header with a window of 2^41 bytes.
    let message = [0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 0, 0, 0];
    let mut decoder = Decoder::new(Compression::ZstdStream, DecoderLimits::default()).unwrap();
    let error = decoder.decode(Frame::Binary(&message)).unwrap_err();
    assert_contains(
        &error,
        &[
            "the gateway",
            "over the limit of 2097152 bytes",
            "another compression",
        ],
    );
}

#[test]
fn errors_of_an_event() {
    let error = |text| decode_event(&Payload::parse(text).unwrap(), JsonParser::Serde).unwrap_err();
    assert_contains(
        &error(r#"{"t":"MESSAGE_DELETE","s":42,"op":0,"d":1}"#),
        &[
            "event MESSAGE_DELETE",
            "sequence 42",
            "the json that this error keeps",
        ],
    );
    assert_contains(
        &error(r#"{"op":10,"d":1}"#),
        &["the payload with op 10", "does not match its type"],
    );
    let without_sequence = error(r#"{"t":"MESSAGE_DELETE","op":0,"d":1}"#).to_string();
    assert!(!without_sequence.contains("sequence"), "{without_sequence}");
}

#[test]
fn errors_of_the_caller() {
    let guild = Id::new(1);
    assert_contains(
        &check_size(&"x".repeat(5000)).unwrap_err(),
        &["5000 bytes", "at most 4096", "send less"],
    );
    let request = RequestGuildMembers::builder(guild)
        .nonce("x".repeat(33))
        .query("", None);
    assert_contains(
        &encode_command(&request).unwrap_err(),
        &["33 bytes", "at most 32", "shorter"],
    );
    let mut request = RequestGuildMembers::builder(guild).user_id(Id::new(1));
    request.d.user_ids = Some(Vec::from_iter((1..=101).map(Id::new)).into());
    assert_contains(
        &encode_command(&request).unwrap_err(),
        &["101 users", "at most 100", "split"],
    );
    let (token, properties) = (Token::new("token"), default_identify_properties());
    let identify = Identify {
        large_threshold: 7,
        ..Identify::new(&token, &properties, Intents::GUILDS)
    };
    assert_contains(
        &identify.encode().unwrap_err(),
        &["threshold of 7", "50 to 250", "choose one"],
    );
    assert_contains(
        &RequestSoundboardSounds::new([]).unwrap_err(),
        &["no guild", "at least one"],
    );
    assert_contains(
        &RequestChannelInfo::new(guild, []).unwrap_err(),
        &["no field", "at least one"],
    );
    let [scheme, host, character] = ["http://a", "wss://", "wss://a b"]
        .map(|url| GatewayUrl::new(url, Compression::None).unwrap_err());
    assert_contains(&scheme, &["ws:// or wss://"]);
    assert_contains(&host, &["no host"]);
    assert_contains(&character, &["white space"]);
}

#[test]
fn errors_of_the_build() {
    for compression in Compression::ALL {
        if let Err(error) = Decoder::new(compression, DecoderLimits::default()) {
            let name = compression.to_string();
            assert_contains(&error, &[&name, "not compiled in", "enable its feature"]);
        }
    }
    if !JsonParser::Simd.is_available() {
        let text = r#"{"t":"RESUMED","s":2,"op":0,"d":{}}"#;
        let payload = Payload::parse(text).unwrap();
        let error = decode_event(&payload, JsonParser::Simd).unwrap_err();
        let source = error.source().expect("the parser's error");
        assert_contains(
            source,
            &["simd-json", "not compiled in", "enable the feature"],
        );
    }
}
