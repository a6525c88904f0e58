//! Objects as the gateway writes them, and as others may.

use super::{INLINE, MAX_DEPTH, Members, Then, Unreadable, find_member, tag_of_name, usual_member};
use std::collections::BTreeSet;

fn read(text: &str) -> Result<Members, Unreadable> {
    let mut members = Members::new();
    let end = members.read(text, 0)?;
    assert_eq!(end, text.len());
    Ok(members)
}

fn find<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let found = read(text).unwrap().find(text, name);
    assert_eq!(
        find_member(text, 0, name),
        found,
        "the same without a table"
    );
    found.map(|value| value.of(text))
}

#[test]
fn first_member_with_the_name_is_found() {
    let text = r#"{"id":1,"guild_id":{"id":2},"ID":[3], "id" : "4","" :5 ,"a":null}"#;
    for (name, value) in [
        ("id", Some("1")),
        ("guild_id", Some(r#"{"id":2}"#)),
        ("ID", Some("[3]")),
        ("", Some("5")),
        ("a", Some("null")),
        ("i", None),
        ("user", None),
    ] {
        assert_eq!(find(text, name), value, "{name}");
    }
    assert_eq!(read(text).unwrap().len(), 6);
}

#[test]
fn escaped_keys_are_found() {
    let text = r#"{"\u0069d":1,"id":2,"a\\b":3,"a\"":4,"\ud800":5}"#;
    for (name, value) in [
        ("id", Some("1")),
        ("a\\b", Some("3")),
        ("a\"", Some("4")),
        ("a", None),
    ] {
        assert_eq!(find(text, name), value, "{name}");
    }
}

#[test]
fn any_number_of_members_is_found() {
    for count in [0, 1, INLINE - 1, INLINE, INLINE + 1, 3 * INLINE] {
        let members = Vec::from_iter((0..count).map(|index| format!(r#""k{index}":{index}"#)));
        let text = format!("{{{}}}", members.join(","));
        assert_eq!(read(&text).unwrap().len(), count);
        for index in 0..count {
            let value = find(&text, &format!("k{index}")).unwrap();
            assert_eq!(value, index.to_string());
        }
        assert_eq!(find(&text, &format!("k{count}")), None);
    }
}

#[test]
fn what_is_not_an_object_is_an_error() {
    for (text, position) in [
        ("", 0),
        ("[]", 0),
        ("{", 1),
        (r#"{"a"}"#, 4),
        (r#"{"a":}"#, 5),
        (r#"{"a":1"#, 6),
        (r#"{"a":1,}"#, 7),
        (r#"{"a":1 "b":2}"#, 7),
        (r#"{"a":"1}"#, 5),
        (r#"{"a":[{]"#, 5),
        (r#"{a:1}"#, 1),
    ] {
        let found = read(text).err();
        assert_eq!(found, Some(Unreadable::Syntax(position)), "{text}");
    }
}

#[test]
fn members_in_the_layout_of_the_gateway_are_read_at_once() {
    let values = [
        r#""""#,
        r#""text""#,
        "[]",
        "{}",
        "[1]",
        r#"{"a":"}"}"#,
        "null",
        "true",
        "false",
        "0",
        "1234567890",
    ];
    for value in values {
        for (after, then) in [(',', Then::Member), ('}', Then::End)] {
            let text = format!(r#"{{"key":{value}{after}"#);
            let (found, tag) = usual_member(text.as_bytes(), 1).unwrap();
            assert_eq!(found.member.key.of(&text), "key");
            assert_eq!(found.member.value.of(&text), value);
            assert!(found.then == then && found.end == text.len(), "{text}");
            assert_eq!(tag, tag_of_name("key"));
        }
    }
    for unusual in [
        r#"{"key" :1}"#,
        r#"{"key": 1}"#,
        r#"{"key":1 }"#,
        r#"{"key":-1}"#,
        r#"{"key":1.5}"#,
        r#"{"key":"\n"}"#,
        r#"{"k\u0065y":1}"#,
        r#"{"key":nul1}"#,
        r#"{"key":tru1}"#,
        r#"{"key":fals1}"#,
        r#"{"key":1]"#,
    ] {
        assert!(usual_member(unusual.as_bytes(), 1).is_none(), "{unusual}");
    }
}

#[test]
fn tags_tell_the_keys_of_a_message_apart() {
    let keys = [
        "type",
        "tts",
        "timestamp",
        "pinned",
        "nonce",
        "mentions",
        "mention_roles",
        "flags",
        "mention_everyone",
        "member",
        "id",
        "embeds",
        "edited_timestamp",
        "content",
        "author",
        "components",
        "channel_id",
        "channel_type",
        "attachments",
        "guild_id",
    ];
    let tags = BTreeSet::from_iter(keys.map(tag_of_name));
    assert!(
        tags.len() >= 17,
        "{} tags for {} keys",
        tags.len(),
        keys.len()
    );
}

#[test]
fn only_an_object_has_members() {
    assert_eq!(find_member(r#"x"a":1}"#, 0, "a"), None);
    assert_eq!(
        find_member(r#"{"a":1}"#, 0, "a").map(|it| it.start),
        Some(5)
    );
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"a":{open}{close}}}"#)
    };
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    let found = read(&nested(MAX_DEPTH + 1)).err();
    assert_eq!(found, Some(Unreadable::Depth(5)));
}
