use crate::harness::{Bench, INTERVAL, sent};
use gloaming_machine::{Input, SendKind};
use std::time::Duration;

#[test]
fn null_when_none_was_seen() {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    bench.input(Input::Connected);
    bench.hello();
    let outputs = bench.advance(INTERVAL);
    assert_eq!(
        sent(&outputs, SendKind::Heartbeat),
        [r#"{"op":1,"d":null}"#]
    );
}

#[test]
fn the_last_one_afterwards_even_of_unknown_events() {
    let mut bench = Bench::ready();
    bench.dispatch(2);
    bench.payload(r#"{"t":"A_NAME_NOBODY_KNOWS","s":3,"op":0,"d":[1,{"s":99}]}"#);
    let outputs = bench.advance(INTERVAL - Duration::from_millis(1));
    assert_eq!(sent(&outputs, SendKind::Heartbeat), [r#"{"op":1,"d":3}"#]);
}

#[test]
fn null_again_on_a_connection_without_session() {
    let mut bench = Bench::ready();
    bench.dispatch(2);
    bench.closed(4009);
    bench.input(Input::Connected);
    bench.hello();
    let outputs = bench.advance(INTERVAL - Duration::from_millis(1));
    assert_eq!(
        sent(&outputs, SendKind::Heartbeat),
        [r#"{"op":1,"d":null}"#]
    );
}
