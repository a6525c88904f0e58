use gloaming_emulator::{
    DEFAULT_TOKEN, Selector, Settings, ViolationResponse,
    model::{ConnectionId, Encoding, Gateway, Handshake, Host, Input, Operation, Payload},
};
use gloaming_protocol::limits::MAX_COMMAND_BYTES;
use gloaming_test_support::{etf::Term, start_of_time};
use serde_json::{Value, json};

/// How deep terms may be nested at least. What the limit is, depends on how lists are encoded.
const DEPTH: usize = 120;

const CLIENT: ConnectionId = ConnectionId(1);

/// Sends the bytes to a gateway as a client with ETF. If they are JSON, the gateway also sends that to the client.
pub fn etf(data: &[u8]) {
    let mut gateway = connected();
    receive(&mut gateway, data);
    if let Ok(value) = serde_json::from_slice(data) {
        send(&value);
    }
}

/// Returns a gateway without guilds that has sent HELLO to a client.
fn connected() -> Gateway {
    let mut settings = Settings::default();
    (settings.guilds, settings.members) = (0, 0);
    let mut gateway = Gateway::new(settings, start_of_time());
    let handshake = Handshake {
        query: "v=10&encoding=etf".to_owned(),
        host: Host::Main,
        resume_url: "ws://resume.example".into(),
    };
    gateway.handle_input(start_of_time(), CLIENT, Input::Opened(handshake));
    let output = gateway.poll_output().expect("there is an output").operation;
    assert!(matches!(output, Operation::Encode(Encoding::Etf)));
    assert_eq!(payloads(&mut gateway).len(), 1, "HELLO");
    gateway
}

/// Returns what the gateway sends.
fn payloads(gateway: &mut Gateway) -> Vec<Payload> {
    let mut payloads = Vec::new();
    while let Some(output) = gateway.poll_output() {
        if let Operation::Send(payload) = output.operation {
            payloads.push(payload);
        }
    }
    payloads
}

/// The gateway decodes the payloads that another decoder can decode, and no others.
fn receive(gateway: &mut Gateway, data: &[u8]) {
    gateway.handle_input(start_of_time(), CLIENT, Input::Binary(data));
    let term = Term::decode_prefix(data).map(|(term, _)| term);
    let violation = gateway.violations().first().cloned();
    let rule = violation.as_ref().map(|violation| violation.rule);
    let undecodable = violation.filter(|violation| violation.rule == "P23");
    if data.len() > MAX_COMMAND_BYTES {
        assert_eq!(rule, Some("P21"));
        return;
    }
    if term.as_ref().is_none_or(|term| depth(term) <= DEPTH) {
        let is_readable = term.is_some_and(|term| has_string_keys(&term));
        assert_eq!(undecodable.is_none(), is_readable, "{undecodable:?}");
    }
    let Some(undecodable) = undecodable else {
        return;
    };
    assert_eq!(undecodable.response, ViolationResponse::Closed(4002));
    let (_, at) = undecodable
        .detail
        .split_once("at byte ")
        .expect("a position");
    let (at, cause) = at.split_once(": ").expect("a cause");
    assert!(
        at.parse::<usize>().expect("a number") <= data.len(),
        "{cause}"
    );
    while let Some(output) = gateway.poll_output() {
        let Operation::Close { reason, .. } = output.operation else {
            panic!("{:?} in place of a close frame", output.operation);
        };
        assert!(
            reason.ends_with(&format!("{cause})")) && reason.len() <= 123,
            "{reason}"
        );
    }
}

/// Whether all keys are strings.
fn has_string_keys(term: &Term) -> bool {
    match term {
        Term::List(elements) | Term::Tuple(elements) => elements.iter().all(has_string_keys),
        Term::Map(pairs) => (pairs.iter())
            .all(|(key, value)| matches!(key, Term::Binary(_)) && has_string_keys(value)),
        _ => true,
    }
}

/// The number of terms around the innermost one.
fn depth(term: &Term) -> usize {
    let inner = match term {
        Term::List(elements) | Term::Tuple(elements) => elements.iter().map(depth).max(),
        Term::Map(pairs) => pairs.iter().map(|(_, value)| depth(value)).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}

/// The client reads what JSON says, except that large integers and ids are the same to it.
fn send(value: &Value) {
    let mut gateway = connected();
    let identify = json!({"op": 2, "d": {
        "token": DEFAULT_TOKEN,
        "properties": {"os": "a", "browser": "b", "device": "c"},
        "intents": 0,
    }});
    let identify = Term::from_json(&identify).encode();
    gateway.handle_input(start_of_time(), CLIENT, Input::Binary(&identify));
    assert_eq!(payloads(&mut gateway).len(), 1, "READY");
    for name in ["GUILD_UPDATE", "A_NAME"] {
        gateway.dispatch(&Selector::All, name, value);
        let [payload] = &payloads(&mut gateway)[..] else {
            panic!("expected one payload");
        };
        let expected = serde_json::from_str(&payload.to_text()).expect("a gateway sends JSON");
        let sent = Term::decode(&payload.to_etf()).expect("a gateway sends ETF");
        assert_eq!(sent.to_json(), Term::from_json(&expected).to_json());
    }
}
