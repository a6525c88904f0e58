use super::{MAX_ATTEMPTS, MAX_BYTES, offset, repair};
use crate::event::{Repair, RepairKind};
use serde::Deserialize;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use twilight_model::util::Timestamp;

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

#[derive(Debug, Deserialize)]
struct Item {
    sku: Sku,
}

/// Its errors do not tell to which value they refer.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Sku(String);

impl TryFrom<String> for Sku {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match &*text {
            "0" | "none" => Err("it is none"),
            _ => Ok(Self(text)),
        }
    }
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
fn unknown_variants_in_buffered_objects_are_left_out_together() {
    #[derive(Debug, Deserialize)]
    struct Wall {
        #[serde(flatten)]
        paint: Paint,
    }

    #[derive(Debug, Deserialize)]
    struct Paint {
        layers: Vec<Layer>,
    }

    #[derive(Debug, Deserialize)]
    struct Layer {
        #[expect(dead_code, reason = "it must be there")]
        name: String,
        color: Option<Color>,
    }

    #[derive(Debug, Deserialize, Eq, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Color {
        Red,
    }

    let json = r#"{"layers":[
        {"name":"a","color":"infrared"},{"name":"b","color":"red"},{"name":"c","color":"infrared"}]}"#;
    let (wall, repairs, _): (Wall, _, _) = repaired(json).unwrap();
    let colors = wall.paint.layers.iter().map(|layer| &layer.color);
    assert!(colors.eq([&None, &Some(Color::Red), &None]));
    assert_eq!(
        repairs,
        ["layers[0].color removed", "layers[2].color removed"]
    );
}

#[test]
fn value_that_can_be_converted_keeps_its_meaning_beside_one_that_can_not() {
    let json = r#"{"id":1,"users":[{"age":"old","name":"a"},{"age":"6","name":"b"}]}"#;
    let (room, repairs, _): (Room, _, _) = repaired(json).unwrap();
    assert_eq!((room.users[0].age, room.users[1].age), (0, 6));
    assert_eq!(
        repairs,
        ["users[0].age defaulted", "users[1].age converted"]
    );
}

#[test]
fn optional_value_is_left_out_although_another_is_missing() {
    let (user, repairs, _): (User, _, _) = repaired(r#"{"age":1,"tags":5}"#).unwrap();
    assert_eq!((user.age, &*user.name, user.tags.len()), (1, "", 0));
    assert_eq!(repairs, ["tags removed", "name defaulted"]);
}

#[test]
fn list_in_place_of_a_number_costs_only_the_number() {
    let json = r#"{"a":{"age":["x"]},"b":{"age":["y"],"name":"b"}}"#;
    let (users, repairs, _): (HashMap<String, User>, _, _) = repaired(json).unwrap();
    assert_eq!((users["a"].age, &*users["b"].name), (0, "b"));
    let expected = ["a.age defaulted", "a.name defaulted", "b.age defaulted"];
    assert_eq!(repairs, expected);
}

#[test]
fn absent_member_is_null_where_that_is_accepted() {
    #[derive(Debug, Deserialize)]
    struct Post {
        #[serde(deserialize_with = "Option::deserialize")]
        title: Option<String>,
        size: u8,
    }

    let json = r#"[{"size":1},{"title":"b","size":300}]"#;
    let (posts, repairs, _): (Vec<Post>, _, _) = repaired(json).unwrap();
    assert_eq!((&posts[0].title, posts[0].size), (&None, 1));
    assert_eq!((posts[1].title.as_deref(), posts[1].size), (Some("b"), 0));
    assert_eq!(repairs, ["[0].title defaulted", "[1].size defaulted"]);
}

#[test]
fn ids_are_no_suspects() {
    #[derive(Debug, Deserialize)]
    struct Order {
        #[serde(flatten)]
        #[expect(dead_code, reason = "only its error matters")]
        cheapest: Cheapest,
        #[serde(flatten)]
        ids: HashMap<String, String>,
    }

    #[derive(Debug, Deserialize)]
    struct Cheapest {
        #[expect(dead_code, reason = "only its error matters")]
        sku: Option<Sku>,
    }

    let ids: String = (0..100).map(|n| format!(r#""m{n}":"{n}","#)).collect();
    let json = format!(r#"{{{ids}"sku":"none"}}"#);
    let (order, repairs, attempts): (Order, _, _) = repaired(&json).unwrap();
    assert_eq!(order.ids.len(), 100);
    assert_eq!(repairs, ["sku removed"]);
    assert!(attempts < 10, "{attempts}");
}

#[test]
fn element_without_a_suspect_is_left_out() {
    #[derive(Debug, Deserialize)]
    struct Shop {
        #[serde(flatten)]
        room: Room,
        #[serde(flatten)]
        stock: Stock,
    }

    #[derive(Debug, Deserialize)]
    struct Stock {
        #[serde(default)]
        items: Vec<Item>,
    }

    let json = r#"{"id":1,"users":[],"items":[{"sku":"0"},{"sku":"7"}]}"#;
    let (shop, repairs, _): (Shop, _, _) = repaired(json).unwrap();
    assert_eq!((shop.room.id, &*shop.stock.items[0].sku.0), (1, "7"));
    assert_eq!(repairs, ["items[0] removed"]);
}

#[test]
fn fault_of_a_buffered_element_does_not_cost_the_next_element() {
    let json = r#"[{"id":{"a":1},"users":[]},{"id":2,"users":[]}]"#;
    let (flats, repairs, _): (Vec<Flat>, _, _) = repaired(json).unwrap();
    assert_eq!(flats.last().unwrap().room.id, 2);
    assert!(
        repairs.iter().all(|repair| repair.starts_with("[0]")),
        "{repairs:?}"
    );
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
fn event_with_as_many_faults_as_attempts_is_repaired() {
    let faults = |count| {
        let members: Vec<_> = (0..count).map(|n| format!(r#""m{n}":"5""#)).collect();
        format!("{{{}}}", members.join(","))
    };
    // One for each fault, after the one that finds the first.
    let most = MAX_ATTEMPTS - 1;
    let (numbers, repairs, attempts): (HashMap<String, u8>, _, _) =
        repaired(&faults(most)).unwrap();
    assert!(numbers.values().all(|number| *number == 5));
    assert_eq!((repairs.len(), attempts), (most, MAX_ATTEMPTS));
    assert!(repaired::<HashMap<String, u8>>(&faults(most + 1)).is_none());
}

#[test]
fn event_of_as_many_bytes_as_allowed_is_repaired() {
    let room = |bytes: usize| {
        let (start, end) = (r#"{"id":"1","users":[],"text":""#, r#""}"#);
        let text = "x".repeat(bytes - start.len() - end.len());
        format!("{start}{text}{end}")
    };
    // It is decoded twice, the second time without the quotes around the id.
    let most = MAX_BYTES / 2 + 1;
    let (_, repairs, attempts) = repaired::<Room>(&room(most)).unwrap();
    assert_eq!((&*repairs, attempts), (&["id converted".to_owned()][..], 2));
    assert!(repaired::<Room>(&room(most + 1)).is_none());
}

/// An event of so many bytes, with the same time so often.
fn with_times(count: usize, bytes: usize) -> String {
    let times = vec![r#""2024-02-03T12:00:00+02:00""#; count].join(",");
    format!("[{times}{}]", " ".repeat(bytes - 2 - times.len()))
}

#[test]
fn single_time_is_looked_at_once() {
    let (times, _, attempts): (Vec<Timestamp>, _, _) = repaired(&with_times(1, 100)).unwrap();
    assert_eq!(times[0].as_secs(), 1_706_954_400);
    // What the server sent, with another text as the time, and the result.
    assert_eq!(attempts, 3);
}

#[test]
fn times_are_converted_in_as_many_bytes_as_allowed() {
    let json = with_times(3, MAX_BYTES / 2);
    let (times, repairs, _): (Vec<Timestamp>, _, _) = repaired(&json).unwrap();
    let hours = [0, 1, 2].map(|n: usize| times[n].as_secs() / 3600 % 24);
    assert_eq!(hours, [10, 10, 12]);
    assert_eq!(repairs.len(), 2, "{repairs:?}");
}

#[test]
fn no_change_is_tried_twice() {
    let mut texts = Vec::new();
    let json = r#"{"id":1,"users":[{"age":300,"name":"n"}]}"#;
    let found = repair::<Room>(json, &mut |text| {
        texts.push(text.to_owned());
        serde_json::from_str(text)
    });
    assert!(found.is_ok());
    let different: HashSet<_> = texts.iter().collect();
    assert_eq!(different.len(), texts.len(), "{texts:?}");
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
fn positions_are_counted_from_one_and_in_bytes() {
    let text = "é\n\n{\"a\":1}";
    for (line, column, rest) in [
        (1, 0, text),
        (1, 2, "\n\n{\"a\":1}"),
        (2, 0, "\n{\"a\":1}"),
        (3, 0, "{\"a\":1}"),
        (3, 6, "}"),
        (3, 6 + 9, ""),
    ] {
        let offset = offset(text, line, column);
        assert_eq!(&text[offset..], rest, "{line}:{column}");
    }
}

#[test]
fn kinds_have_names() {
    let names = RepairKind::ALL.map(RepairKind::name);
    assert_eq!(names, ["converted", "defaulted", "removed"]);
}
