//! Anything in any order: full lists keep their distance, each handle ends once, nothing is left.

use super::{
    super::{policy::RequestPolicy, scheduler::Input},
    bench::{Bench, channel_info, everybody, named, query, seconds, sounds},
};
use crate::machine::CommandOutcome;
use gloaming_protocol::{ChannelInfoField, limits::FULL_MEMBER_LIST_INTERVAL};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const STEPS: usize = 2_000;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

fn step(bench: &mut Bench, dice: &mut Dice, forgotten: &mut BTreeSet<u64>, asked: &mut u64) {
    let guild = 1 + dice.roll(4);
    match dice.roll(16) {
        0 | 1 => *asked = bench.ask(everybody(guild)),
        2 => *asked = bench.ask(query(guild, "a")),
        3 => *asked = bench.ask(named(guild, "", "mine")),
        4 => *asked = bench.ask(sounds(&[&[guild, guild + 1], &[guild + 2]])),
        5 => *asked = bench.ask(channel_info(guild, ChannelInfoField::Status)),
        6 => {
            let handle = 1 + dice.roll(*asked + 1);
            if handle <= *asked && bench.ends.iter().all(|(ended, _)| *ended != handle) {
                bench.forget(handle);
                forgotten.insert(handle);
            }
        }
        7 | 8 => drop(bench.send_one()),
        9 | 10 => {
            let answers = bench.wire.len();
            let Some(back) = answers.checked_sub(1 + dice.roll(8) as usize) else {
                return;
            };
            let data = bench.wire[back].1["d"].clone();
            match data["nonce"].as_str() {
                Some(nonce) => bench.chunk(nonce, dice.roll(3) as u32, 3),
                None if data["fields"].is_array() => bench.channel_info(guild),
                None => bench.sounds(guild),
            }
        }
        11 => {
            let nonce = bench.wire.last().and_then(|(_, payload)| {
                let nonce = payload["d"]["nonce"].as_str()?;
                Some(nonce.to_owned())
            });
            bench.limited(nonce.as_deref(), guild, seconds(dice.roll(130)));
        }
        12 => {
            let input = match dice.roll(5) {
                0 => Input::SessionReplaced,
                1 => Input::Disconnected,
                2 => Input::Resumed,
                3 => Input::ReadPaused,
                _ => Input::CaughtUp,
            };
            bench.input(input);
        }
        13 if dice.roll(4) == 0 => {
            let outcome = match dice.roll(3) {
                0 => CommandOutcome::Expired,
                _ => CommandOutcome::SessionReplaced,
            };
            bench.return_lane(outcome);
        }
        _ => {
            bench.now += seconds(dice.roll(20));
            bench.input(Input::Timeout);
        }
    }
}

fn full_list_of(payload: &Value) -> Option<&str> {
    let data = &payload["d"];
    (payload["op"] == 8 && data["query"] == "" && data["limit"] == 0)
        .then(|| data["guild_id"].as_str())
        .flatten()
}

#[test]
fn whatever_happens() {
    for seed in 0..60 {
        let policy = RequestPolicy {
            resends: 2,
            ..RequestPolicy::default()
        };
        let mut bench = Bench::with(policy);
        let mut dice = Dice(seed);
        let (mut forgotten, mut asked) = (BTreeSet::new(), 0);
        for _ in 0..STEPS {
            step(&mut bench, &mut dice, &mut forgotten, &mut asked);
        }
        // Whatever is left comes to its end by itself.
        bench.input(Input::CaughtUp);
        bench.input(Input::Resumed);
        bench.send();
        bench.advance(seconds(2_000));

        let mut last = BTreeMap::new();
        for (place, (time, payload)) in bench.wire.iter().enumerate() {
            let Some(guild) = full_list_of(payload) else {
                continue;
            };
            if let Some(before) = last.get(guild) {
                let apart = time - before;
                assert!(
                    apart >= FULL_MEMBER_LIST_INTERVAL.as_secs(),
                    "seed {seed}: {apart} s apart"
                );
            }
            if !bench.held_back.contains(&place) {
                last.insert(guild, *time);
            }
        }
        let mut ended = BTreeSet::new();
        for (handle, _) in &bench.ends {
            assert!(ended.insert(*handle), "seed {seed}: {handle} ended twice");
            assert!(!forgotten.contains(handle), "seed {seed}: {handle}");
        }
        assert_eq!(ended.len() + forgotten.len(), asked as usize, "seed {seed}");
        assert!(!bench.scheduler.is_open(), "seed {seed}");
        // Turns are forgotten when the next request comes.
        let handle = bench.ask(query(1, "last"));
        bench.forget(handle);
        assert_eq!(bench.scheduler.remembered(), 0, "seed {seed}");
    }
}
