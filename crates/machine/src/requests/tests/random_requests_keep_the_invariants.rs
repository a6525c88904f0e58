//! Random inputs: full lists keep their distance, each request ends once, and no state is left over.

use super::{
    super::{policy::RequestPolicy, scheduler::Input},
    harness::{Harness, channel_info, full_list, query, seconds, sounds, with_nonce},
};
use crate::CommandOutcome;
use gloaming_protocol::{ChannelInfoField, limits::FULL_MEMBER_LIST_INTERVAL};
use gloaming_test_support::Random;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const STEPS: usize = 2_000;

fn step(
    harness: &mut Harness,
    random: &mut Random,
    forgotten: &mut BTreeSet<u64>,
    asked: &mut u64,
) {
    let guild = 1 + random.below(4);
    match random.below(16) {
        0 | 1 => *asked = harness.request(full_list(guild)),
        2 => *asked = harness.request(query(guild, "a")),
        3 => *asked = harness.request(with_nonce(guild, "", "mine")),
        4 => *asked = harness.request(sounds(&[&[guild, guild + 1], &[guild + 2]])),
        5 => *asked = harness.request(channel_info(guild, ChannelInfoField::Status)),
        6 => {
            let request_id = 1 + random.below(*asked + 1);
            if request_id <= *asked && harness.ends.iter().all(|(ended, _)| *ended != request_id) {
                harness.forget(request_id);
                forgotten.insert(request_id);
            }
        }
        7 | 8 => drop(harness.send_one()),
        9 | 10 => {
            let answers = harness.wire.len();
            let Some(back) = answers.checked_sub(1 + random.below(8) as usize) else {
                return;
            };
            let data = harness.wire[back].1["d"].clone();
            match data["nonce"].as_str() {
                Some(nonce) => harness.chunk(nonce, random.below(3) as u32, 3),
                None if data["fields"].is_array() => harness.channel_info(guild),
                None => harness.sounds(guild),
            }
        }
        11 => {
            let nonce = harness.wire.last().and_then(|(_, payload)| {
                let nonce = payload["d"]["nonce"].as_str()?;
                Some(nonce.to_owned())
            });
            harness.limited(nonce.as_deref(), guild, seconds(random.below(130)));
        }
        12 => match random.below(5) {
            0 => harness.input(Input::SessionReplaced),
            1 => harness.input(Input::Disconnected),
            2 => harness.input(Input::Resumed),
            3 => harness.pause_reading(),
            _ => harness.resume_reading(),
        },
        13 if random.below(4) == 0 => {
            let outcome = match random.below(3) {
                0 => CommandOutcome::Expired,
                _ => CommandOutcome::SessionReplaced,
            };
            harness.return_queued(outcome);
        }
        _ => {
            harness.now += seconds(random.below(20));
            harness.timeout();
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
fn random_requests_keep_the_invariants() {
    for seed in 0..60 {
        let policy = RequestPolicy {
            resends: 2,
            ..RequestPolicy::default()
        };
        let mut harness = Harness::with(policy);
        let mut random = Random::new(seed);
        let (mut forgotten, mut asked) = (BTreeSet::new(), 0);
        for _ in 0..STEPS {
            step(&mut harness, &mut random, &mut forgotten, &mut asked);
        }
        // The requests that are left end by themselves.
        harness.resume_reading();
        harness.input(Input::Resumed);
        harness.send();
        harness.advance(seconds(2_000));

        let mut last = BTreeMap::new();
        for (place, (time, payload)) in harness.wire.iter().enumerate() {
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
            if !harness.held_back.contains(&place) {
                last.insert(guild, *time);
            }
        }
        let mut ended = BTreeSet::new();
        for (request_id, _) in &harness.ends {
            assert!(
                ended.insert(*request_id),
                "seed {seed}: {request_id} ended twice"
            );
            assert!(!forgotten.contains(request_id), "seed {seed}: {request_id}");
        }
        assert_eq!(ended.len() + forgotten.len(), asked as usize, "seed {seed}");
        assert!(!harness.scheduler.is_open(), "seed {seed}");
        // Pacing are forgotten when the next request comes.
        let request_id = harness.request(query(1, "last"));
        harness.forget(request_id);
        assert_eq!(harness.scheduler.remembered(), 0, "seed {seed}");
    }
}
