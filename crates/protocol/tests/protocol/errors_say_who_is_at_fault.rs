//! An error's text says who is at fault and what to do next, and what it was about.

use gloaming_protocol::{
    Compression, Decoder, DecoderLimits, Frame, GatewayUrl, Identify, Intents, JsonParser, Payload,
    RequestChannelInfo, RequestSoundboardSounds, Token, check_size, decode_event,
    default_identify_properties, encode_command,
};
use std::error::Error;
use twilight_model::gateway::payload::outgoing::RequestGuildMembers;
use twilight_model::id::Id;

/// In the order in which they have to come.
fn assert_says(error: &dyn Error, parts: &[&str]) {
    let text = error.to_string();
    let mut rest = &*text;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("`{part}` is not, or not in its place, in: {text}");
        };
        rest = after;
    }
    assert!(text.starts_with(|c: char| c.is_lowercase()), "{text}");
    assert!(!text.ends_with(['.', '\n']), "{text}");
}

#[test]
fn of_the_gateway() {
    let mut decoder = Decoder::new(Compression::None, DecoderLimits::default()).unwrap();
    let error = decoder.decode(Frame::Binary(b"{}")).unwrap_err();
    assert_says(&error, &["the gateway", "binary frame", "reconnect"]);

    let limits = DecoderLimits {
        max_message_bytes: 7,
    };
    let mut decoder = Decoder::new(Compression::None, limits).unwrap();
    let error = decoder.decode(Frame::Text(r#"{"op":11}"#)).unwrap_err();
    assert_says(
        &error,
        &["the gateway", "7 bytes", "raise the decoder's limit"],
    );

    for (text, what) in [
        (r#"{"op":11"#, "not one whole json object"),
        (r#"{op:11}"#, "no json object"),
        (r#"{"d":11}"#, "no `op`"),
        (r#"{"op":"x"}"#, "an `op` that is no whole number"),
        (r#"{"op":0,"s":"x"}"#, "an `s` that is no whole number"),
        (r#"{"op":0,"t":11}"#, "a `t` that is no string"),
    ] {
        let error = Payload::parse(text).unwrap_err();
        let place = format!("at byte {}", error.position());
        assert_says(&error, &["the gateway", what, &place, "reconnect"]);
    }
}

#[test]
#[cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]
fn of_the_gateway_that_compresses() {
    let said = |compression, message: &[u8]| {
        let mut decoder = Decoder::new(compression, DecoderLimits::default()).unwrap();
        let error = decoder.decode(Frame::Binary(message)).unwrap_err();
        let lost = decoder.decode(Frame::Binary(message)).unwrap_err();
        (error, lost)
    };
    let (header, lost) = said(Compression::ZlibStream, b"{}");
    assert_says(&header, &["the gateway", "does not start as", "resume"]);
    assert_says(&lost, &["the decoder lost its context", "reset it"]);
    // A block of the type that does not exist, one that is empty and the last, half of one.
    let (corrupt, _) = said(Compression::ZlibStream, &[0x78, 0x9c, 0b110, 0]);
    assert_says(&corrupt, &["the gateway", "damaged", "resume"]);
    let (ended, _) = said(Compression::ZlibStream, &[0x78, 0x9c, 1, 0, 0, 0xff, 0xff]);
    assert_says(&ended, &["the gateway", "ended", "resume"]);
    let (torn, _) = said(Compression::Payload, &[0x78, 0x9c, 0]);
    assert_says(&torn, &["the gateway", "ends in the middle", "resume"]);
    // One block with the byte 0xff.
    let invalid = [0x78, 0x9c, 1, 1, 0, 0xfe, 0xff, 0xff, 1, 0, 1, 0];
    let (invalid, _) = said(Compression::Payload, &invalid);
    assert_eq!(
        invalid.kind(),
        gloaming_protocol::DecodeErrorKind::InvalidUtf8
    );
    assert_says(&invalid, &["the gateway", "no utf-8", "resume"]);
}

#[test]
#[cfg(feature = "zstd")]
fn of_a_gateway_that_wants_too_much_memory() {
    // A frame's header with a window of 2^41 bytes.
    let message = [0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 0, 0, 0];
    let mut decoder = Decoder::new(Compression::ZstdStream, DecoderLimits::default()).unwrap();
    let error = decoder.decode(Frame::Binary(&message)).unwrap_err();
    assert_says(
        &error,
        &[
            "the gateway",
            "over the limit of 2097152 bytes",
            "another compression",
        ],
    );
}

#[test]
fn of_an_event() {
    let error = |text| decode_event(&Payload::parse(text).unwrap(), JsonParser::Serde).unwrap_err();
    assert_says(
        &error(r#"{"t":"MESSAGE_DELETE","s":42,"op":0,"d":1}"#),
        &[
            "event MESSAGE_DELETE",
            "sequence 42",
            "its raw json is kept",
        ],
    );
    assert_says(
        &error(r#"{"op":10,"d":1}"#),
        &["payload with op 10 does not fit"],
    );
    // What the gateway wrote can't break a line of a log.
    let escaped = error(r#"{"t":"MESSAGE_DELETE","op":0,"d":1}"#).to_string();
    assert!(!escaped.contains("sequence"), "{escaped}");
}

#[test]
fn of_the_caller() {
    let guild = Id::new(1);
    assert_says(
        &check_size(&"x".repeat(5000)).unwrap_err(),
        &["5000 bytes", "at most 4096", "send less"],
    );
    let request = RequestGuildMembers::builder(guild)
        .nonce("x".repeat(33))
        .query("", None);
    assert_says(
        &encode_command(&request).unwrap_err(),
        &["33 bytes", "at most 32", "shorter"],
    );
    let mut request = RequestGuildMembers::builder(guild).user_id(Id::new(1));
    request.d.user_ids = Some(Vec::from_iter((1..=101).map(Id::new)).into());
    assert_says(
        &encode_command(&request).unwrap_err(),
        &["101 users", "at most 100", "split"],
    );
    let (token, properties) = (Token::new("token"), default_identify_properties());
    let identify = Identify {
        large_threshold: 7,
        ..Identify::new(&token, &properties, Intents::GUILDS)
    };
    assert_says(
        &identify.encode().unwrap_err(),
        &["threshold of 7", "50 to 250", "choose one"],
    );
    assert_says(
        &RequestSoundboardSounds::new([]).unwrap_err(),
        &["no guild", "at least one"],
    );
    assert_says(
        &RequestChannelInfo::new(guild, []).unwrap_err(),
        &["no field", "at least one"],
    );
    let [scheme, host, character] = ["http://a", "wss://", "wss://a b"]
        .map(|url| GatewayUrl::new(url, Compression::None).unwrap_err());
    assert_says(&scheme, &["ws:// or wss://"]);
    assert_says(&host, &["no host"]);
    assert_says(&character, &["white space"]);
}

#[test]
fn of_the_build() {
    for compression in Compression::ALL {
        if let Err(error) = Decoder::new(compression, DecoderLimits::default()) {
            let name = compression.to_string();
            assert_says(&error, &[&name, "not compiled in", "enable its feature"]);
        }
    }
    if !JsonParser::Simd.is_available() {
        let text = r#"{"t":"RESUMED","s":2,"op":0,"d":{}}"#;
        let payload = Payload::parse(text).unwrap();
        let error = decode_event(&payload, JsonParser::Simd).unwrap_err();
        let source = error.source().expect("the parser says what is wrong");
        assert_says(
            source,
            &["simd-json", "not compiled in", "enable the feature"],
        );
    }
}
