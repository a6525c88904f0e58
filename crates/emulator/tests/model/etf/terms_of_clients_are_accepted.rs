//! What libraries send with ETF is accepted: ids as integers or strings, tuples, atoms as values (P23).

use gloaming_emulator::{ViolationResponse, model::Host};
use gloaming_test_support::etf::Term;
use serde_json::json;

use crate::harness::{ETF, Harness, QUERY, builder, identify, resume};

fn binary(text: &str) -> Term {
    Term::Binary(text.to_owned())
}

fn map<const N: usize>(pairs: [(&str, Term); N]) -> Term {
    Term::Map(pairs.map(|(key, value)| (binary(key), value)).into())
}

fn send(harness: &mut Harness, client: gloaming_emulator::model::ConnectionId, term: &Term) {
    let payload = term.encode();
    harness.input(client, gloaming_emulator::model::Input::Binary(&payload));
}

/// P23, P33.
#[test]
fn ids_may_be_integers_or_strings() {
    let mut harness = Harness::new(builder().guilds(1));
    let (client, _) = harness.start_with(ETF, [0, 1], 1);
    let guild = harness.gateway.guild_ids()[0].get();
    harness.payloads(client);
    for id in [Term::Integer(guild.into()), binary(&guild.to_string())] {
        let guilds = Term::List(vec![id]);
        let request = map([
            ("op", Term::Integer(31)),
            ("d", map([("guild_ids", guilds)])),
        ]);
        send(&mut harness, client, &request);
        let [sounds] = &harness.payloads(client)[..] else {
            panic!("expected one answer");
        };
        assert_eq!(sounds["t"], "SOUNDBOARD_SOUNDS");
        assert_eq!(sounds["d"]["guild_id"], guild.to_string());
    }
    assert_eq!(harness.violations(), []);
}

/// Libraries in Python and Elixir send tuples for lists, and atoms for texts with few values.
#[test]
fn tuples_are_lists_and_atoms_are_texts() {
    let mut harness = Harness::new(builder());
    let client = harness.connect_to(Host::Main, ETF);
    let payload = identify([0, 1], 1);
    let presence = map([
        ("status", Term::Atom("online".to_owned())),
        ("since", Term::Atom("nil".to_owned())),
        ("afk", Term::Atom("false".to_owned())),
        ("activities", Term::List(vec![])),
    ]);
    let data = map([
        ("token", Term::from_json(&payload["d"]["token"])),
        ("properties", Term::from_json(&payload["d"]["properties"])),
        ("intents", Term::Integer(1)),
        (
            "shard",
            Term::Tuple(vec![Term::Integer(0), Term::Integer(1)]),
        ),
        ("presence", presence),
    ]);
    send(
        &mut harness,
        client,
        &map([("op", Term::Integer(2)), ("d", data)]),
    );
    assert!(harness.names(client).contains(&"READY".to_owned()));
    assert_eq!(harness.violations(), []);
}

/// P1: the encoding is a part of the query, which stays the same for a session.
#[test]
fn resume_in_another_encoding_is_reported() {
    for (first, second) in [(QUERY, ETF), (ETF, QUERY)] {
        let mut harness = Harness::new(builder());
        let (client, ready) = harness.start_with(first, [0, 1], 0);
        harness.disconnect(client, None);
        let client = harness.connect_to(Host::Resume, second);
        harness.send(client, &resume(&ready["session_id"], 1));
        assert_eq!(harness.names(client), ["RESUMED"]);
        assert_eq!(harness.violations(), [("P1", ViolationResponse::Recorded)]);
    }
}

/// P28: payload compression is documented for JSON only.
#[test]
fn payload_compression_is_not_available() {
    let mut harness = Harness::new(builder());
    let client = harness.connect_to(Host::Main, ETF);
    let mut payload = identify([0, 1], 1);
    payload["d"]["compress"] = json!(true);
    harness.send(client, &payload);
    assert!(harness.names(client).contains(&"READY".to_owned()));
    assert_eq!(harness.violations(), [("P28", ViolationResponse::Recorded)]);
    let session = &harness.gateway.sessions()[0];
    let (encoding, compression) = (session.encoding, session.compression);
    let (encoding, compression) = (json!(encoding), json!(compression));
    assert_eq!((encoding, compression), (json!("etf"), json!("none")));
}
