//! However it comes about, and nothing is left behind.

use super::{
    super::{error::RequestErrorKind, scheduler::Input},
    bench::{Bench, everybody, query, seconds, sounds},
};
use crate::machine::CommandOutcome;

#[test]
fn one_that_is_forgotten_is_not_sent() {
    let mut bench = Bench::new();
    let handle = bench.ask(query(1, "a"));
    bench.forget(handle);
    assert!(bench.lane.is_empty());
    assert!(!bench.scheduler.is_open());
    assert_eq!(bench.scheduler.remembered(), 0);
    assert_eq!(bench.deadline, None);
}

#[test]
fn forgotten_by_one_it_goes_on_for_the_other() {
    let mut bench = Bench::new();
    let gone = bench.ask(query(1, "a"));
    let staying = bench.ask(query(1, "a"));
    bench.forget(gone);
    bench.send();
    let nonce = bench.nonce();
    bench.chunk(&nonce, 0, 1);
    assert_eq!(bench.ends, [(staying, Ok(()))]);
    assert_eq!(bench.given(gone), 0);
}

#[test]
fn a_failed_part_ends_the_whole() {
    let mut bench = Bench::new();
    let handle = bench.ask(sounds(&[&[1], &[2]]));
    bench.send_one();
    bench.return_lane(CommandOutcome::Expired);
    let error = RequestErrorKind::NotSent(CommandOutcome::Expired);
    assert_eq!(bench.ends, [(handle, Err(error))]);
    assert!(!bench.scheduler.is_open());
    bench.sounds(1);
    assert_eq!(bench.given(handle), 0);
}

#[test]
fn with_the_shard_all_end() {
    let mut bench = Bench::new();
    bench.ask(everybody(1));
    bench.send();
    bench.ask(everybody(1));
    bench.ask(everybody(2));
    bench.ask(sounds(&[&[1], &[2]]));
    bench.input(Input::Close);
    let mut ends = std::mem::take(&mut bench.ends);
    ends.sort_by_key(|(handle, _)| *handle);
    let closed = Err(RequestErrorKind::Closed);
    assert_eq!(ends, [1, 2, 3, 4].map(|handle| (handle, closed)));
    bench.advance(seconds(1_000));
    assert_eq!(bench.ends, []);
    assert!(!bench.scheduler.is_open());
}

#[test]
fn many_wait_here_and_few_in_the_lane() {
    let mut bench = Bench::new();
    for guild in 1..=100 {
        bench.ask(everybody(guild));
    }
    assert_eq!(bench.lane.len(), super::super::scheduler::IN_LANE);
    bench.send();
    assert_eq!(bench.wire.len(), 100);
    let guilds = bench.wire.iter().map(|(_, payload)| {
        let guild = payload["d"]["guild_id"].as_str();
        guild.expect("a guild").parse::<u64>().expect("a number")
    });
    assert!(guilds.eq(1..=100), "first come, first served");
}
