//! Objects as the gateway writes them, and as others may.

use super::{INLINE, MAX_DEPTH, Members, Unreadable, find_member};

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
fn members_around_one_in_another_layout_are_found() {
    let count = 2 * INLINE;
    for odd in 0..count {
        for member in [
            r#" "odd":0"#,
            r#""odd" :0"#,
            r#""odd": 0"#,
            r#""odd":0 "#,
            r#""\u006fdd":0"#,
        ] {
            let mut members =
                Vec::from_iter((0..count).map(|index| format!(r#""k{index}":[{index}]"#)));
            members[odd] = member.to_owned();
            members.push(r#""odd":1,"k0":2"#.to_owned());
            let text = format!("{{{}}}", members.join(","));
            assert_eq!(find(&text, "odd"), Some("0"), "{text}");
            for index in (0..count).filter(|index| *index != odd) {
                let value = format!("[{index}]");
                assert_eq!(find(&text, &format!("k{index}")), Some(&*value), "{text}");
            }
            let members = read(&text).unwrap();
            let keys = Vec::from_iter(members.iter().map(|member| member.key.of(&text)));
            assert_eq!(keys.len(), count + 2, "{text}");
            for (index, key) in keys.iter().enumerate().take(count) {
                assert!(index == odd || *key == format!("k{index}"), "{text}");
            }
        }
    }
}

#[test]
fn name_with_quotes_is_not_taken_for_a_key_and_its_value() {
    // It has the tag of the key.
    let text = r#"{"a":"b","c":1}"#;
    assert_eq!(find(text, r#"a":"b","c"#), None);
    assert_eq!(find(text, "c"), Some("1"));
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
