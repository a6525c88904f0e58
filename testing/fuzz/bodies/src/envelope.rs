use gloaming_protocol::{DispatchKind, EventTypeFlags, OpCode, Payload};
use gloaming_test_support::envelope::Envelope;
use serde_json::Value;

/// Parses any text as a payload.
///
/// Compares the result with that of serde_json if serde_json accepts the text. These differences are intended:
///
/// - The scanner uses the first value of a duplicate key, so that it does not have to read a long `d` to its end.
///   serde_json's own types reject duplicates or use the last value.
/// - The scanner stops after `op`, `s`, `t` and the start of `d`, so that it may accept text that is not JSON.
///   Then parsing `d` fails.
pub fn envelope(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let parsed = Payload::parse(&text);
    if let Ok(payload) = &parsed {
        check_spans(&text, payload);
        check_copy(payload);
        check_names(payload);
    }
    let Ok(expected) = serde_json::from_str::<Envelope>(&text) else {
        return;
    };
    let found = parsed
        .as_ref()
        .ok()
        .map(|payload| (payload.op().number(), payload.sequence(), payload.name()));
    assert_eq!(
        found,
        expected.as_payload(),
        "serde_json parses another envelope"
    );
    let Ok(payload) = parsed else {
        return;
    };
    let data = serde_json::from_str::<Value>(payload.data());
    let data = data.expect("serde_json accepted the text that contains `d`");
    assert_eq!(data, expected.d.unwrap_or_default());
    assert_eq!(payload.decode_data::<Value>().ok().as_ref(), Some(&data));
    check_guild(&payload, &data);
    check_rewritten(&payload);
}

fn check_spans(text: &str, payload: &Payload<'_>) {
    assert_eq!(payload.text(), text);
    let (data, start) = (payload.data(), payload.data_start());
    assert!(start.starts_with(data));
    if !std::ptr::eq(start.as_ptr(), "null".as_ptr()) && is_within(start, text) {
        assert!(is_within(data, text));
        assert!(text.ends_with(start));
    } else {
        assert_eq!((data, start), ("null", "null"), "`d` is missing");
    }
    assert!(format!("{payload:?}").len() < 200 + 10 * payload.name().map_or(0, str::len));
}

fn is_within(part: &str, text: &str) -> bool {
    text.as_bytes().as_ptr_range().start <= part.as_ptr()
        && part.as_bytes().as_ptr_range().end <= text.as_bytes().as_ptr_range().end
}

fn check_copy(payload: &Payload<'_>) {
    let copy = payload.to_owned_payload();
    assert_eq!(copy.text(), payload.text());
    assert_eq!(
        (copy.op(), copy.sequence()),
        (payload.op(), payload.sequence())
    );
    assert_eq!((copy.name(), copy.kind()), (payload.name(), payload.kind()));
    assert_eq!(
        (copy.data(), copy.data_start()),
        (payload.data(), payload.data_start())
    );
    assert_eq!(copy.guild_id(), payload.guild_id());
}

fn check_names(payload: &Payload<'_>) {
    assert_eq!(
        payload.kind(),
        payload.name().and_then(DispatchKind::from_name)
    );
    assert_eq!(OpCode::from_number(payload.op().number()), payload.op());
    let flag = EventTypeFlags::of(payload);
    assert_eq!(flag.bits().count_ones(), 1, "a payload has one event type");
    if payload.op() == OpCode::Dispatch {
        let expected = payload
            .kind()
            .map_or(EventTypeFlags::UNKNOWN, DispatchKind::flag);
        assert_eq!(flag, expected);
    }
}

fn check_guild(payload: &Payload<'_>, data: &Value) {
    let key = match payload.kind() {
        _ if payload.op() != OpCode::Dispatch => return assert_eq!(payload.guild_id(), None),
        Some(DispatchKind::GuildCreate | DispatchKind::GuildUpdate | DispatchKind::GuildDelete) => {
            "id"
        }
        _ => "guild_id",
    };
    // serde_json uses the last value of a duplicate key, and the scanner the first.
    if payload.data().matches(key).count() > 1 || payload.data().contains('\\') {
        return;
    }
    let expected = match &data[key] {
        Value::String(id) => id.parse().ok(),
        id => id.as_u64(),
    };
    assert_eq!(
        payload.guild_id().map(|id| id.get()),
        expected.filter(|id| *id != 0)
    );
}

/// Checks that the same payload is parsed if it is formatted like those of the gateway, which use the fast path.
fn check_rewritten(payload: &Payload<'_>) {
    let name = serde_json::to_string(&payload.name()).expect("a string is JSON");
    let sequence = payload
        .sequence()
        .map_or_else(|| "null".to_owned(), |s| s.to_string());
    let (op, data) = (payload.op().number(), payload.data());
    let text = format!(r#"{{"t":{name},"s":{sequence},"op":{op},"d":{data}}}"#);
    let again = Payload::parse(&text).expect("the rewritten payload is valid");
    assert_eq!(
        (again.op(), again.sequence()),
        (payload.op(), payload.sequence())
    );
    assert_eq!(
        (again.name(), again.kind()),
        (payload.name(), payload.kind())
    );
    assert_eq!((again.data(), again.guild_id()), (data, payload.guild_id()));
}
