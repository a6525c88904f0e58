use crate::script::Script;
use gloaming_protocol::{
    Decoded, DispatchKind, EventError, EventType, JsonParser, OpCode, Payload, TypeSource,
    decode_event,
};
use serde_json::{Map, Value};

/// Parses any payload, or the `d` of a documented event: first unchanged, then with some of its values
/// replaced.
pub fn events(data: &[u8]) {
    with_changes(data, check);
}

/// Calls `check` with any payload, or with a documented event: first unchanged, then with some of its values replaced.
pub(crate) fn with_changes(data: &[u8], check: fn(&Payload<'_>)) {
    let mut script = Script::new(data);
    let choice = script.byte();
    let Some(kind) = DispatchKind::ALL.get(usize::from(choice)) else {
        let text = String::from_utf8_lossy(script.rest());
        if let Ok(payload) = Payload::parse(&text) {
            check(&payload);
        }
        return;
    };
    let check_event = |data: &str| {
        let text = format!(r#"{{"t":"{kind}","s":1,"op":0,"d":{data}}}"#);
        if let Ok(payload) = Payload::parse(&text) {
            check(&payload);
        }
    };
    let changes = script.bytes(usize::from(CHANGES));
    let text = String::from_utf8_lossy(script.rest());
    check_event(&text);
    let Ok(mut value) = serde_json::from_str::<Value>(&text) else {
        return;
    };
    let mut script = Script::new(changes);
    while !script.is_over() {
        change(&mut value, &mut script);
        check_event(&value.to_string());
    }
}

/// The number of bytes at the start of an input that determine the changes, two for each change.
const CHANGES: u8 = 8;

fn check(payload: &Payload<'_>) {
    let serde = decode_event(payload, JsonParser::Serde);
    check_outcome(payload, &serde);
    let other = decode_event(payload, JsonParser::Simd);
    check_outcome(payload, &other);
    if JsonParser::Simd.is_available() && is_plain(payload.data()) {
        check_agreement(&serde, &other);
    }
}

/// Checks that no data is lost, and that a typed event has the type of its name
/// ([P34](gloaming_protocol::rules#p34)).
fn check_outcome(payload: &Payload<'_>, outcome: &Result<Decoded, EventError>) {
    match outcome {
        Ok(Decoded::Event(event)) if payload.op() == OpCode::Dispatch => {
            assert_eq!(
                payload.kind().map(DispatchKind::type_source),
                Some(TypeSource::Model)
            );
            assert_eq!(event.kind().name(), payload.name());
        }
        Ok(Decoded::Event(event)) => assert_eq!(Some(event.kind()), control(payload.op())),
        Ok(Decoded::Repaired(repaired)) => {
            assert_eq!(repaired.event().kind().name(), payload.name());
            assert_eq!(repaired.report().payload().text(), payload.text());
            assert!(!repaired.repairs().is_empty());
        }
        Ok(Decoded::Unknown(event)) => {
            assert_eq!(event.payload().text(), payload.text());
            assert_eq!(event.data(), payload.data());
            let kind = payload.kind().filter(|_| payload.op() == OpCode::Dispatch);
            let may_be_unknown = kind.is_none_or(|kind| {
                kind.type_source() != TypeSource::Model || kind == DispatchKind::RateLimited
            });
            assert!(may_be_unknown, "{kind:?} has a type");
        }
        Err(error) => {
            assert_eq!(error.payload().text(), payload.text());
            assert_eq!(
                (error.name(), error.sequence()),
                (payload.name(), payload.sequence())
            );
            assert!(!error.to_string().is_empty());
        }
    }
}

/// Returns the event type of an opcode that is not a dispatch.
const fn control(op: OpCode) -> Option<EventType> {
    Some(match op {
        OpCode::Heartbeat => EventType::GatewayHeartbeat,
        OpCode::HeartbeatAck => EventType::GatewayHeartbeatAck,
        OpCode::Hello => EventType::GatewayHello,
        OpCode::InvalidSession => EventType::GatewayInvalidateSession,
        OpCode::Reconnect => EventType::GatewayReconnect,
        _ => return None,
    })
}

fn check_agreement(serde: &Result<Decoded, EventError>, simd: &Result<Decoded, EventError>) {
    match (serde, simd) {
        (Ok(Decoded::Event(serde)), Ok(Decoded::Event(simd))) => {
            assert!(serde == simd, "{serde:?}\n{simd:?}");
        }
        (Ok(Decoded::Repaired(serde)), Ok(Decoded::Repaired(simd))) => {
            assert_eq!(serde.repairs(), simd.repairs());
            assert!(serde.event() == simd.event(), "{serde:?}\n{simd:?}");
        }
        (Ok(Decoded::Unknown(_)), Ok(Decoded::Unknown(_))) | (Err(_), Err(_)) => {}
        _ => panic!("only one of the parsers accepts the event: {serde:?}\n{simd:?}"),
    }
}

/// Returns true if both parsers have to agree on `data`: it is valid JSON without a negative zero, which is
/// an integer to simd-json and a float to serde_json.
fn is_plain(data: &str) -> bool {
    serde_json::from_str(data).is_ok_and(|value| !has_negative_zero(&value))
}

fn has_negative_zero(value: &Value) -> bool {
    match value {
        Value::Number(number) => number
            .as_f64()
            .is_some_and(|number| number == 0.0 && number.is_sign_negative()),
        Value::Array(items) => items.iter().any(has_negative_zero),
        Value::Object(members) => members.values().any(has_negative_zero),
        _ => false,
    }
}

/// Replaces, adds or removes one value somewhere in `value`.
fn change(value: &mut Value, script: &mut Script<'_>) {
    let (position, choice) = (script.byte(), script.byte());
    let mut left = usize::from(position) % count(value).max(1);
    walk(value, &mut left, &mut |value| replace(value, choice));
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// Calls `act` on the value at position `left`, in document order.
fn walk(value: &mut Value, left: &mut usize, act: &mut dyn FnMut(&mut Value)) -> bool {
    if *left == 0 {
        act(value);
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| walk(item, left, act)),
        Value::Object(members) => members.values_mut().any(|member| walk(member, left, act)),
        _ => false,
    }
}

fn replace(value: &mut Value, choice: u8) {
    *value = match choice % 16 {
        0 => Value::Null,
        1 => true.into(),
        2 => 0.into(),
        3 => (-1).into(),
        4 => u64::MAX.into(),
        5 => 1.5.into(),
        6 => "".into(),
        7 if choice >> 4 == 0 => "1970-01-01T00:00:00.000000+00:00".into(),
        7 => format!("1970-01-01T00:00:00+{:02}:30", choice >> 4).into(),
        8 => "18446744073709551615".into(),
        9 => Value::Array(Vec::new()),
        10 => Value::Object(Map::new()),
        11 => Value::Array(vec![value.take()]),
        12 => (choice >> 4).into(),
        13 => match value {
            Value::Object(members) => {
                let last = members.len().saturating_sub(usize::from(choice >> 4) + 1);
                let key = members.keys().nth(last).cloned().unwrap_or_default();
                members.remove(&key);
                return;
            }
            _ => value.to_string().into(),
        },
        14 => match value {
            Value::Object(members) => {
                members.insert("brand_new".into(), Value::Null);
                return;
            }
            Value::Array(items) => {
                items.extend(items.first().cloned());
                return;
            }
            _ => return,
        },
        _ => match value.as_str() {
            Some(text) => text.parse::<u64>().map_or(Value::Null, Value::from),
            None => value
                .as_u64()
                .map_or(Value::Null, |number| number.to_string().into()),
        },
    };
}
