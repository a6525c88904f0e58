use super::{MAX_ATTEMPTS, MAX_BYTES, repair};
use crate::event::{Repair, RepairKind};
use serde::Deserialize;
use std::cell::Cell;

#[derive(Debug, Deserialize, Eq, PartialEq)]
struct Room {
    id: u64,
    users: Vec<User>,
}

#[derive(Debug, Deserialize, Eq, PartialEq)]
struct User {
    age: u8,
    name: String,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Flat {
    #[serde(flatten)]
    room: Room,
}

/// Returns the value, the repairs as text, and the number of attempts.
fn repaired<T: for<'a> Deserialize<'a>>(json: &str) -> Option<(T, Vec<String>, usize)> {
    let attempts = Cell::new(0);
    let found = repair(json, &mut |text| {
        attempts.set(attempts.get() + 1);
        serde_json::from_str(text)
    });
    let (value, repairs) = found.ok()?;
    let repairs = repairs.iter().map(Repair::to_string).collect();
    Some((value, repairs, attempts.get()))
}

#[test]
fn faults_of_one_kind_are_repaired_together() {
    let users: Vec<String> = (0..100)
        .map(|age| format!(r#"{{"age":"{age}","name":"n","tags":null}}"#))
        .collect();
    let json = format!(r#"{{"id":1,"users":[{}]}}"#, users.join(","));
    let (room, repairs, attempts): (Room, _, _) = repaired(&json).unwrap();
    assert_eq!(room.users[99].age, 99);
    assert_eq!(repairs.len(), 200);
    assert_eq!(repairs[0], "users[0].age converted");
    assert!(attempts < 10, "{attempts}");
}

#[test]
fn different_faults_are_repaired_one_by_one() {
    let json = r#"{"id":5.0,
        "users":[{"age":300,"name":7},{"name":"b","age":2,"tags":[1,null]},{"age":{},"name":"c"}]}"#;
    let (room, repairs, _): (Room, _, _) = repaired(json).unwrap();
    let user = |age, name: &str, tags: &[&str]| User {
        age,
        name: name.to_owned(),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
    };
    let users = vec![user(0, "7", &[]), user(2, "b", &["1"]), user(0, "c", &[])];
    assert_eq!(room, Room { id: 5, users });
    assert_eq!(
        repairs,
        [
            "id converted",
            "users[0].name converted",
            "users[0].age defaulted",
            "users[1].tags[0] converted",
            "users[1].tags[1] removed",
            "users[2].age defaulted",
        ]
    );
}

#[test]
fn faults_in_buffered_objects_are_found_without_a_position() {
    let json = r#"{"id":"1","users":[{"age":1,"name":null},{"age":2,"name":"b"}]}"#;
    let (flat, repairs, _): (Flat, _, _) = repaired(json).unwrap();
    assert_eq!((flat.room.id, flat.room.users.len()), (1, 2));
    assert_eq!(repairs, ["id converted", "users[0].name defaulted"]);
}

#[test]
fn of_duplicate_members_the_first_is_kept() {
    let json = r#"{"id":1,"users":[{"age":1,"name":"a","age":2}],"id":{}}"#;
    let (room, repairs, attempts): (Room, _, _) = repaired(json).unwrap();
    assert_eq!((room.id, room.users[0].age), (1, 1));
    assert_eq!(repairs, ["users[0].age removed", "id removed"]);
    assert!(attempts < 10, "{attempts}");
}

#[test]
fn element_that_can_not_be_repaired_is_left_out() {
    let json = r#"{"id":1,"users":[{"age":1,"name":"a"},"b",{"age":3,"name":"c"}]}"#;
    for (room, repairs) in [
        repaired::<Room>(json).map(|(room, repairs, _)| (room, repairs)),
        repaired::<Flat>(json).map(|(flat, repairs, _)| (flat.room, repairs)),
    ]
    .map(Option::unwrap)
    {
        assert_eq!(room.users.len(), 2);
        assert_eq!(repairs, ["users[1] removed"]);
    }
}

#[test]
fn required_object_makes_the_whole_undecodable() {
    for json in [r#"{"id":1}"#, r#"[]"#, r#""x""#, "null", "{", ""] {
        let is_list = json == r#"{"id":1}"#;
        assert_eq!(repaired::<Room>(json).is_some(), is_list, "{json}");
    }
    assert!(repaired::<User>(r#"{"age":1,"name":"a","tags":5"#).is_none());
}

#[test]
fn work_for_one_event_is_bounded() {
    let user = r#"{"age":[1],"name":"n"}"#;
    for users in [1, 50, 20_000] {
        let users = vec![user; users].join(",");
        let json = format!(r#"{{"id":1,"users":[{users}]}}"#);
        let (attempts, bytes) = (Cell::new(0), Cell::new(0));
        let never = repair::<Room>(&json, &mut |text| {
            attempts.set(attempts.get() + 1);
            bytes.set(bytes.get() + text.len());
            // Another position each time, so that each change seems to help.
            let depth = text.len() % 7;
            serde_json::from_str::<Room>(&"[".repeat(depth))
        });
        assert!(never.is_err());
        assert!(attempts.get() <= MAX_ATTEMPTS, "{}", attempts.get());
        assert!(bytes.get() <= MAX_BYTES, "{}", bytes.get());
    }
}

#[test]
fn work_does_not_grow_with_the_number_of_places() {
    // Each is a suspect at a place of its own.
    let others: Vec<_> = (0..100_000).map(|n| format!(r#""m{n}":null"#)).collect();
    let json = format!(r#"{{"id":null,"users":[],{}}}"#, others.join(","));
    assert!(repaired::<Flat>(&json).is_none());
    let twice: Vec<_> = (0..100_000)
        .map(|n| format!(r#""m{n}":1,"id":2"#))
        .collect();
    let json = format!(r#"{{"id":1,"users":[],{}}}"#, twice.join(","));
    let (room, repairs, _): (Room, _, _) = repaired(&json).unwrap();
    assert_eq!((room.id, repairs.len()), (1, 100_000));
}

#[test]
fn kinds_have_names() {
    let names = RepairKind::ALL.map(RepairKind::name);
    assert_eq!(names, ["converted", "defaulted", "removed"]);
}
