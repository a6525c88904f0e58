//! Messages of the gateway, and payloads and URLs of the caller.

use super::{SECRET, Texts};
use gloaming::protocol::{
    CommandPayload, Compression, Decoder, DecoderLimits, Frame, GatewayUrl, Identify, Intents,
    JsonParser, Payload, RequestChannelInfo, RequestSoundboardSounds, ResumeHosts, Token,
    check_size, decode_event, default_identify_properties, encode_command,
    view::{EventView, ViewErrorKind},
};
use gloaming::twilight_model::{gateway::payload::outgoing::RequestGuildMembers, id::Id};

pub(super) fn add(texts: &mut Texts) {
    add_decoding(texts);
    add_envelopes(texts);
    add_events(texts);
    add_views(texts);
    add_encoding(texts);
    add_urls(texts);
}

fn add_decoding(texts: &mut Texts) {
    let limits = DecoderLimits {
        max_message_bytes: 7,
    };
    let mut decoder = Decoder::new(Compression::None, limits).unwrap();
    let error = decoder.decode(Frame::Binary(b"{}")).unwrap_err();
    texts.add("DecodeErrorKind::UnexpectedBinary", &error);
    let error = decoder.decode(Frame::Text(r#"{"op":11}"#)).unwrap_err();
    texts.add("DecodeErrorKind::TooLarge", &error);

    for (kind, compression, message) in [
        ("InvalidHeader", Compression::ZlibStream, &b"{}"[..]),
        ("Corrupt", Compression::ZlibStream, &[0x78, 0x9c, 0b110, 0]),
        (
            "StreamEnded",
            Compression::ZlibStream,
            &[0x78, 0x9c, 1, 0, 0, 0xff, 0xff],
        ),
        ("Truncated", Compression::Payload, &[0x78, 0x9c, 0]),
        (
            "InvalidUtf8",
            Compression::Payload,
            &[0x78, 0x9c, 1, 1, 0, 0xfe, 0xff, 0xff, 1, 0, 1, 0],
        ),
    ] {
        let mut decoder = Decoder::new(compression, DecoderLimits::default()).unwrap();
        let error = decoder.decode(Frame::Binary(message)).unwrap_err();
        texts.add(&format!("DecodeErrorKind::{kind}"), &error);
        if kind == "Corrupt" {
            let error = decoder.decode(Frame::Binary(message)).unwrap_err();
            texts.add("DecodeErrorKind::ContextLost", &error);
        }
    }
    // A frame's header with a window of 2^41 bytes.
    let window = [0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 0, 0, 0];
    let mut decoder = Decoder::new(Compression::ZstdStream, DecoderLimits::default()).unwrap();
    let error = decoder.decode(Frame::Binary(&window)).unwrap_err();
    texts.add("DecodeErrorKind::WindowTooLarge", &error);
}

fn add_envelopes(texts: &mut Texts) {
    for (kind, text) in [
        ("Incomplete", r#"{"op":11"#),
        ("Syntax", r#"{op:11}"#),
        ("MissingOp", r#"{"d":11}"#),
        ("InvalidOp", r#"{"op":"x"}"#),
        ("InvalidSequence", r#"{"op":0,"s":"x"}"#),
        ("InvalidName", r#"{"op":0,"t":11}"#),
    ] {
        let error = Payload::parse(text).unwrap_err();
        texts.add(&format!("EnvelopeErrorKind::{kind}"), &error);
    }
}

fn add_events(texts: &mut Texts) {
    for (name, text) in [
        ("event", r#"{"t":"MESSAGE_DELETE","s":42,"op":0,"d":1}"#),
        ("control payload", r#"{"op":10,"d":1}"#),
    ] {
        let payload = Payload::parse(text).unwrap();
        let error = decode_event(&payload, JsonParser::Serde).unwrap_err();
        texts.add(&format!("EventError ({name})"), &error);
    }
}

fn add_views(texts: &mut Texts) {
    for (kind, data) in [
        (
            ViewErrorKind::Mismatch,
            r#"{"author":{"id":true}}"#.to_owned(),
        ),
        (ViewErrorKind::Missing, r#"{"author":{}}"#.to_owned()),
        (ViewErrorKind::Syntax, r#"{"author":{"id" 1}}"#.to_owned()),
        (
            ViewErrorKind::Limit,
            format!(r#"{{"a":{}{}}}"#, "[".repeat(200), "]".repeat(200)),
        ),
    ] {
        let text = format!(r#"{{"t":"MESSAGE_CREATE","s":42,"op":0,"d":{data}}}"#);
        let payload = Payload::parse(&text).unwrap();
        let error = match payload.view() {
            Ok(EventView::MessageCreate(message)) => {
                let author = message.author();
                author.and_then(|author| author.id()).unwrap_err()
            }
            Ok(other) => panic!("{other:?} is no message"),
            Err(error) => error,
        };
        assert_eq!(error.kind(), kind);
        texts.add(&format!("ViewErrorKind::{kind:?}"), &error);
    }
}

fn add_encoding(texts: &mut Texts) {
    let guild = Id::new(1);
    let error = check_size(&"x".repeat(5000)).unwrap_err();
    texts.add("EncodeErrorKind::TooLarge", &error);
    let request = RequestGuildMembers::builder(guild)
        .nonce("x".repeat(33))
        .query("", None);
    let error = encode_command(&request).unwrap_err();
    texts.add("EncodeErrorKind::NonceTooLong", &error);
    let mut request = RequestGuildMembers::builder(guild).user_id(Id::new(1));
    request.d.user_ids = Some(Vec::from_iter((1..=101).map(Id::new)).into());
    let error = encode_command(&request).unwrap_err();
    texts.add("EncodeErrorKind::TooManyUsers", &error);
    let (token, properties) = (Token::new(SECRET), default_identify_properties());
    let identify = Identify {
        large_threshold: 7,
        ..Identify::new(&token, &properties, Intents::GUILDS)
    };
    let error = identify.encode().unwrap_err();
    texts.add("EncodeErrorKind::LargeThreshold", &error);
    let error = RequestSoundboardSounds::new([]).unwrap_err();
    texts.add("EncodeErrorKind::NoGuild", &error);
    let error = RequestChannelInfo::new(guild, []).unwrap_err();
    texts.add("EncodeErrorKind::NoField", &error);
    for (name, text) in [
        ("NoMember", r#"{"op":8,"d":{"guild_id":"1"}}"#),
        ("NotAPayload", "[]"),
        ("NotACommand", r#"{"op":2,"d":{}}"#),
        ("Malformed", r#"{"op":8,"d":{"guild_id":true}}"#),
    ] {
        let error = CommandPayload::parse(text).unwrap_err();
        texts.add(&format!("EncodeErrorKind::{name}"), &error);
    }
}

fn add_urls(texts: &mut Texts) {
    for (name, url) in [
        ("Scheme", "http://gateway.test"),
        ("MissingHost", "wss://"),
        ("InvalidCharacter", "wss://gateway.test/a b"),
    ] {
        let error = GatewayUrl::new(url, Compression::None).unwrap_err();
        texts.add(&format!("UrlErrorKind::{name}"), &error);
    }
    let main = GatewayUrl::new("wss://gateway.test", Compression::None).unwrap();
    for (name, url) in [
        ("Invalid", "wss://hunter2@gateway.test/hunter2"),
        ("Unencrypted", "ws://gateway.test/hunter2"),
        ("ForeignHost", "wss://resume.test/hunter2"),
    ] {
        let error = ResumeHosts::default().check(&main, url).unwrap_err();
        texts.add_with_place(
            &format!("ResumeUrlErrorKind::{name}"),
            &error,
            error.origin(),
        );
    }
}
