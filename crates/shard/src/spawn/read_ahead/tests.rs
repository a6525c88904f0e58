//! The bound and the order of what was read ahead.

use super::{RESERVED_FOR_HELLO, ReadAhead, Waiting};
use crate::{
    Item,
    driver::Reading,
    machine::{Lifecycle, delivery::Cursor},
    selection::Selection,
};
use gloaming_protocol::{EventTypeFlags, JsonParser, OwnedPayload};

const LIMIT: usize = 100_000;

fn read_ahead() -> ReadAhead {
    let mut ahead = ReadAhead::default();
    ahead.set(
        LIMIT,
        Selection {
            events: EventTypeFlags::all(),
            keep_payloads: EventTypeFlags::empty(),
            parser: JsonParser::Serde,
        },
    );
    ahead
}

fn payload(sequence: u64, bytes: usize) -> Waiting {
    let text = "x".repeat(bytes);
    let json = format!(r#"{{"t":"NOT_DOCUMENTED","s":{sequence},"op":0,"d":"{text}"}}"#);
    Waiting::Payload(OwnedPayload::parse(json).unwrap())
}

fn other() -> Waiting {
    Waiting::Other(Box::new(Item::Lifecycle(Lifecycle::AwaitingPermit)))
}

fn pop(ahead: &mut ReadAhead) -> Option<Option<u64>> {
    Some(match ahead.pop()?.content {
        Waiting::Payload(payload) => payload.sequence(),
        Waiting::Other(_) => None,
    })
}

#[test]
fn last_message_exceeds_the_limit_and_no_other() {
    let mut ahead = read_ahead();
    for sequence in 1..=3 {
        assert_eq!(ahead.reading(), Reading::Open);
        ahead.push(payload(sequence, LIMIT * 2 / 5), Cursor::default());
    }
    assert_eq!(ahead.reading(), Reading::UntilHello);
    assert!((LIMIT..LIMIT * 3 / 2).contains(&ahead.bytes()));
}

#[test]
fn small_items_count_with_what_they_hold_beside_the_text() {
    for make in [|| payload(1, 0), other] {
        let mut ahead = read_ahead();
        while ahead.reading() == Reading::Open {
            ahead.push(make(), Cursor::default());
        }
        assert!(ahead.len() < LIMIT / 150, "{}", ahead.len());
        assert!(ahead.len() > LIMIT / 4_096, "{}", ahead.len());
    }
}

#[test]
fn hello_has_a_bounded_reserve() {
    let mut ahead = read_ahead();
    ahead.push(payload(1, LIMIT), Cursor::default());
    let before = ahead.bytes();
    while ahead.reading() == Reading::UntilHello {
        ahead.push(payload(1, 100), Cursor::default());
    }
    assert_eq!(ahead.reading(), Reading::Paused);
    assert!((ahead.bytes() - before).abs_diff(RESERVED_FOR_HELLO) < 1_000);
}

#[test]
fn nothing_is_read_with_a_limit_of_zero_but_hello() {
    let mut ahead = ReadAhead::default();
    assert_eq!(ahead.reading(), Reading::UntilHello);
    ahead.push(payload(1, RESERVED_FOR_HELLO), Cursor::default());
    assert_eq!(ahead.reading(), Reading::Paused);
}

#[test]
fn order_is_kept_and_everything_is_given_back() {
    let mut ahead = read_ahead();
    ahead.push(payload(1, 10), Cursor::default());
    ahead.push(other(), Cursor::default());
    ahead.push(payload(2, 10), Cursor::default());
    assert_eq!(pop(&mut ahead), Some(Some(1)));
    ahead.push_next(other(), Cursor::default());
    ahead.push(payload(3, 10), Cursor::default());
    assert!(ahead.next_payload().is_none());
    assert_eq!(pop(&mut ahead), Some(None));
    assert_eq!(pop(&mut ahead), Some(None));
    assert_eq!(
        ahead.next_payload().and_then(|next| next.sequence()),
        Some(2)
    );
    assert_eq!(pop(&mut ahead), Some(Some(2)));
    assert_eq!(pop(&mut ahead), Some(Some(3)));
    assert_eq!(pop(&mut ahead), None);
    assert_eq!((ahead.bytes(), ahead.len()), (0, 0));
    assert_eq!(ahead.items.capacity(), 0, "an idle shard holds no memory");
}
