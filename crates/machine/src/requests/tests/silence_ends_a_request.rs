//! The gateway may be silent for a while, counted from what it last could have answered.

use super::{
    super::{error::RequestErrorKind, scheduler::Input},
    bench::{Bench, LIFETIME, channel_info, everybody, query, seconds, sounds},
};
use crate::machine::CommandOutcome;
use gloaming_protocol::ChannelInfoField;

fn silent(waited: u64) -> Result<(), RequestErrorKind> {
    let waited = seconds(waited);
    Err(RequestErrorKind::Silent { waited })
}

#[test]
fn from_when_it_was_sent() {
    let mut bench = Bench::new();
    let handles = [
        bench.ask(query(1, "a")),
        bench.ask(sounds(&[&[1], &[2]])),
        bench.ask(channel_info(1, ChannelInfoField::Status)),
    ];
    bench.advance(seconds(100));
    assert_eq!(bench.ends, []);
    bench.send();
    bench.advance(seconds(29));
    assert_eq!(bench.ends, []);
    bench.advance(seconds(1));
    assert_eq!(bench.ends, handles.map(|handle| (handle, silent(30))));
    assert!(!bench.scheduler.is_open());
}

#[test]
fn or_from_the_last_chunk() {
    let mut bench = Bench::new();
    let handle = bench.ask(everybody(1));
    bench.send();
    let nonce = bench.nonce();
    for index in 0..10 {
        bench.advance(seconds(29));
        bench.chunk(&nonce, index, 20);
    }
    assert_eq!(bench.ends, []);
    bench.advance(seconds(30));
    assert_eq!(bench.ends, [(handle, silent(30))]);
}

#[test]
fn not_while_it_waits_to_be_sent() {
    let mut bench = Bench::new();
    let handle = bench.ask(query(1, "a"));
    bench.advance(LIFETIME - seconds(1));
    assert_eq!(bench.ends, []);
    bench.now += seconds(1);
    bench.input(Input::Timeout);
    let expired = RequestErrorKind::NotSent(CommandOutcome::Expired);
    assert_eq!(bench.ends, [(handle, Err(expired))]);
    assert!(bench.lane.is_empty(), "it is withdrawn");
}

#[test]
fn not_while_its_answer_may_lie_unread() {
    let mut bench = Bench::new();
    let handle = bench.ask(query(1, "a"));
    bench.send();
    bench.input(Input::ReadPaused);
    bench.advance(seconds(100));
    assert_eq!(bench.ends, []);
    // What the server held back flows only now.
    bench.input(Input::CaughtUp);
    bench.input(Input::Timeout);
    bench.advance(seconds(29));
    assert_eq!(bench.ends, []);
    // A busy shard falls behind and catches up all the time; that is no stall.
    bench.input(Input::ReadPaused);
    bench.input(Input::CaughtUp);
    bench.advance(seconds(1));
    assert_eq!(bench.ends, [(handle, silent(30))]);

    // Nobody reads it, ever.
    let handle = bench.ask(query(1, "a"));
    bench.send();
    bench.input(Input::ReadPaused);
    bench.advance(seconds(150));
    assert_eq!(bench.ends.last(), Some(&(handle, silent(150))));
}

#[test]
fn and_anew_on_a_resumed_connection() {
    let mut bench = Bench::new();
    let handle = bench.ask(query(1, "a"));
    bench.send();
    bench.input(Input::Disconnected);
    bench.advance(seconds(100));
    bench.input(Input::Resumed);
    bench.advance(seconds(29));
    assert_eq!(bench.ends, []);
    bench.advance(seconds(1));
    assert_eq!(bench.ends, [(handle, silent(30))]);
}
