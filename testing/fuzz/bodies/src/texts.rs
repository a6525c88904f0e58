use crate::script::Script;
use gloaming_protocol::{
    CloseCode, Compression, DispatchKind, Disposition, EventTypeFlags, GatewayUrl, OpCode, Token,
    UrlErrorKind, disposition_of, encode_resume, shard_of,
};
use std::num::NonZeroU32;
use twilight_model::id::Id;

/// Runs the small parsers of input from the gateway and from users.
pub fn texts(data: &[u8]) {
    let mut script = Script::new(data);
    let choice = script.below(4);
    let text = String::from_utf8_lossy(script.rest());
    match choice {
        0 => url(&text),
        1 => {
            url(&format!("wss://{text}"));
            token(&text);
        }
        2 => name(&text),
        _ => numbers(script),
    }
}

fn url(base: &str) {
    for compression in Compression::ALL {
        let url = match GatewayUrl::new(base, compression) {
            Ok(url) => url,
            Err(error) => {
                assert_eq!(error.url(), base);
                assert!(!base.starts_with("wss://") || error.kind() != UrlErrorKind::Scheme);
                assert!(!error.to_string().is_empty() && !format!("{error:?}").is_empty());
                continue;
            }
        };
        let text = url.as_str();
        let (location, query) = text.split_once('?').expect("the URL has a query");
        let (_, rest) = location.split_once("://").expect("the URL has a scheme");
        assert!(rest.contains('/'), "the URL has no path");
        assert!(!text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#'));
        let values = |key: &str| -> Vec<&str> {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .filter(|(name, _)| *name == key)
                .map(|(_, value)| value)
                .collect()
        };
        assert_eq!(values("v"), ["10"]);
        assert_eq!(values("encoding"), ["json"]);
        assert_eq!(
            values("compress"),
            Vec::from_iter(compression.query_value())
        );
        // The URL in READY is parsed in the same way.
        assert_eq!(GatewayUrl::new(text, compression).as_ref(), Ok(&url));
    }
}

fn token(text: &str) {
    let token = Token::new(text);
    let bare = token.expose();
    assert_eq!(bare, bare.trim());
    assert_eq!(Token::new(format!(" Bot {bare}\n")).expose(), bare);
    assert!(text.contains(bare));
    assert_eq!(format!("{token:?}"), "Token(redacted)");
    if let Ok(resume) = encode_resume(&token, text, u64::MAX) {
        assert!(resume.len() <= 4096);
        let resume = serde_json::from_str::<serde_json::Value>(&resume).expect("RESUME is JSON");
        assert_eq!(resume["d"]["token"], bare);
        assert_eq!(resume["d"]["session_id"], text);
    }
}

fn name(text: &str) {
    if let Some(kind) = DispatchKind::from_name(text) {
        assert_eq!(kind.name(), text);
        assert_eq!(kind.flag().bits().count_ones(), 1);
    } else {
        assert!(DispatchKind::ALL.iter().all(|kind| kind.name() != text));
    }
}

fn numbers(mut script: Script<'_>) {
    let number = script.number();
    assert_eq!(OpCode::from_number(number).number(), number);

    let code = script.u16();
    match CloseCode::from_number(code) {
        Some(known) => {
            assert_eq!(known.number(), code);
            assert_eq!(disposition_of(Some(code)), known.disposition());
            assert!(!known.explanation().is_empty());
        }
        None => assert_eq!(disposition_of(Some(code)), Disposition::Resume),
    }

    let (low, high) = (script.u64(), script.u64());
    let bits = u128::from(high) << 64 | u128::from(low);
    let flags = EventTypeFlags::from_bits_truncate(bits);
    assert!(EventTypeFlags::all().contains(flags));
    let kinds = DispatchKind::ALL
        .iter()
        .filter(|kind| flags.contains(kind.flag()));
    assert!(kinds.count() <= flags.bits().count_ones() as usize);

    let guild = Id::new(script.u64().max(1));
    let shards = NonZeroU32::new(script.number() as u32).unwrap_or(NonZeroU32::MIN);
    assert!(shard_of(guild, shards) < shards.get());
}
