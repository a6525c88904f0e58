//! What a program reads besides the sentence.

use super::{CONNECTING, all, stalled};
use crate::{ClusterHealth, ExitReason, Health, HealthPolicy, ShardInfo, reshard::ReshardProgress};
use gloaming_queue::QueueBudget;
use std::time::Duration;

fn health_of(shards: impl IntoIterator<Item = (u32, Health)>) -> ClusterHealth {
    let example = |(number, health)| ShardInfo::example(number, 16, health);
    let shards = shards.into_iter().map(example).collect();
    ClusterHealth::compute(shards, None, &HealthPolicy::default())
}

/// Other processes have the other shards of the bot.
#[test]
fn shards_are_found_by_their_number_and_not_by_their_position() {
    let health = health_of([(3, Health::Up), (5, CONNECTING), (9, Health::Up)]);
    let numbers: Vec<_> = (health.shards().iter())
        .map(|info| info.id().number())
        .collect();
    assert_eq!(numbers, [3, 5, 9]);
    let shard = health
        .shard(5)
        .map(|info| (info.id().number(), info.health()));
    assert_eq!(shard, Some((5, CONNECTING)));
    assert!(health.shard(0).is_none());
}

#[test]
fn slow_shards_are_up_and_those_that_the_application_closed_are_not_down() {
    let closed = Health::Exited(ExitReason::Closed);
    let crashed = Health::Exited(ExitReason::Crashed);
    for (shards, up, down) in [
        ([Health::Up, Health::Up, Health::BufferFull], 3, 0),
        ([Health::Up, CONNECTING, closed], 1, 1),
        ([Health::Stopped, stalled(60), crashed], 0, 2),
        ([Health::NotStarted; 3], 0, 3),
        ([closed; 3], 0, 0),
    ] {
        let health = health_of((0..).zip(shards));
        assert_eq!((health.up(), health.down()), (up, down), "{health}");
    }
}

#[test]
fn process_whose_shards_are_blocked_is_neither_ready_nor_live() {
    let health = all(stalled(60));
    assert!(!health.readiness().is_ready());
    assert!(!health.liveness().is_live());
    let json = serde_json::to_value(health.liveness()).unwrap();
    assert_eq!(json["live"], false);
    assert_eq!(json["reason"]["kind"], "blocked");
    assert_eq!(json["reason"]["shards"], 4);
}

#[test]
fn budget_is_that_of_the_queue_if_it_knows_one() {
    assert_eq!(all(Health::Up).identify_budget(), None);
    let budget = QueueBudget {
        remaining: 998,
        total: 1000,
        reserve: 10,
        resets_in: Some(Duration::from_secs(60)),
    };
    let health = ClusterHealth::compute(Vec::new(), Some(budget), &HealthPolicy::default());
    assert_eq!(health.identify_budget(), Some(budget));
}

#[test]
fn switch_to_another_number_of_shards_is_told_beside_the_state_of_the_old_ones() {
    let progress = ReshardProgress {
        from: 4,
        to: 7,
        ready: 3,
    };
    let health = all(Health::Up).with_resharding(Some(progress));
    assert_eq!(health.resharding(), Some(progress));
    assert_eq!(
        health.to_string(),
        "all 4 shards are up; resharding from 4 to 7 shards, of which 3 are ready"
    );
    let json = serde_json::to_value(&health).unwrap();
    let map = serde_json::json!({"from": 4, "to": 7, "ready": 3});
    assert_eq!((&json["resharding"], &json["total"]), (&map, &4.into()));

    let health = health.with_resharding(None);
    assert_eq!(health.resharding(), None);
    assert_eq!(health.to_string(), "all 4 shards are up");
}
