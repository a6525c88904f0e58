mod figures;

use super::{ClusterHealth, HealthPolicy, HealthReasonKind, Liveness, Readiness};
use crate::{ExitReason, Health, ShardInfo};
use gloaming_queue::{Position, QueueBudget, WaitReason};
use std::time::Duration;

const CONNECTING: Health = Health::Connecting { failures: 2 };
const DOWN_AFTER: u64 = 30;

/// Shard 1 of 4, beside three that are up.
fn among_others(info: ShardInfo) -> ClusterHealth {
    among_others_with(info, &HealthPolicy::default())
}

fn among_others_with(info: ShardInfo, policy: &HealthPolicy) -> ClusterHealth {
    let up = |number| ShardInfo::example(number, 4, Health::Up);
    ClusterHealth::compute(vec![up(0), info, up(2), up(3)], None, policy)
}

fn shard(health: Health) -> ShardInfo {
    ShardInfo::example(1, 4, health)
}

fn all(health: Health) -> ClusterHealth {
    let shards = (0..4).map(|number| ShardInfo::example(number, 4, health));
    ClusterHealth::compute(shards.collect(), None, &HealthPolicy::default())
}

fn overdue(seconds: u64) -> Health {
    Health::HeartbeatOverdue {
        by: Duration::from_secs(seconds),
    }
}

fn stalled(seconds: u64) -> Health {
    Health::Stalled {
        by: Duration::from_secs(seconds),
    }
}

fn kind(readiness: &Readiness) -> Option<HealthReasonKind> {
    readiness.reason().map(super::HealthReason::kind)
}

fn live_kind(liveness: &Liveness) -> Option<HealthReasonKind> {
    liveness.reason().map(super::HealthReason::kind)
}

#[test]
fn readiness_and_liveness_follow_from_the_state_of_a_shard() {
    use HealthReasonKind::{Blocked, ConsumerStuck, Down, Ended, Failed, NotStarted, Starting};
    let permit = Health::AwaitingPermit(Position {
        ahead: 1,
        estimate: Duration::from_secs(6),
        reason: WaitReason::Concurrency,
    });
    let restarting = Health::Restarting {
        after: Duration::from_secs(1),
    };
    let unacknowledged = Health::Unacknowledged {
        since: Duration::from_secs(20),
    };
    for (info, readiness, liveness) in [
        (shard(Health::Up), None, None),
        (shard(unacknowledged), None, None),
        (shard(Health::BufferFull).untouched_for_secs(29), None, None),
        (
            shard(Health::BufferFull).untouched_for_secs(30),
            Some(ConsumerStuck),
            None,
        ),
        (
            shard(Health::BufferFull).untouched_for_secs(600),
            Some(ConsumerStuck),
            Some(ConsumerStuck),
        ),
        (shard(Health::NotStarted), Some(NotStarted), None),
        (shard(CONNECTING).down_for_secs(DOWN_AFTER - 1), None, None),
        (
            shard(CONNECTING).down_for_secs(DOWN_AFTER),
            Some(Down),
            None,
        ),
        (shard(CONNECTING).down_for_secs(86_400), Some(Down), None),
        (
            shard(CONNECTING).down_for_secs(0).never_up(),
            Some(Starting),
            None,
        ),
        (shard(Health::Resuming).down_for_secs(40), Some(Down), None),
        (
            shard(Health::Identifying).down_for_secs(40),
            Some(Down),
            None,
        ),
        (shard(permit).down_for_secs(40), Some(Down), None),
        (shard(permit).never_up(), Some(Starting), None),
        (shard(restarting).down_for_secs(40), Some(Down), None),
        (shard(overdue(29)), None, None),
        (shard(overdue(30)), Some(Blocked), None),
        (shard(overdue(60)), Some(Blocked), Some(Blocked)),
        (shard(stalled(30)), Some(Blocked), None),
        (shard(stalled(60)), Some(Blocked), Some(Blocked)),
        (shard(Health::Exited(ExitReason::Closed)), None, None),
        (shard(Health::Stopped), None, None),
        (
            shard(Health::Exited(ExitReason::FatallyClosed)),
            Some(Ended),
            None,
        ),
        (
            shard(Health::Exited(ExitReason::PeerRefused)),
            Some(Ended),
            None,
        ),
        (
            shard(Health::Exited(ExitReason::ItemsDropped)),
            Some(Ended),
            None,
        ),
        (
            shard(Health::Exited(ExitReason::Crashed)),
            Some(Failed),
            Some(Failed),
        ),
        (
            shard(Health::Exited(ExitReason::RuntimeShutDown)),
            Some(Failed),
            Some(Failed),
        ),
    ] {
        let health = among_others(info.clone());
        assert_eq!(kind(health.readiness()), readiness, "{info}");
        assert_eq!(live_kind(health.liveness()), liveness, "{info}");
    }
}

#[test]
fn cluster_that_the_application_closed_is_not_ready() {
    let health = all(Health::Exited(ExitReason::Closed));
    assert_eq!(kind(health.readiness()), Some(HealthReasonKind::Closed));
    assert!(health.liveness().is_live());
    assert_eq!(health.to_string(), "all 4 shards are closed");
    let health = all(Health::Stopped);
    assert_eq!(kind(health.readiness()), Some(HealthReasonKind::Closed));
}

#[test]
fn refusal_of_the_bot_does_not_ask_for_a_restart() {
    let health = all(Health::Exited(ExitReason::FatallyClosed));
    assert_eq!(kind(health.readiness()), Some(HealthReasonKind::Ended));
    assert!(health.liveness().is_live());
}

#[test]
fn lag_counts_only_if_the_policy_says_so_and_while_it_is_recent() {
    let late = |age| shard(Health::Up).with_lag_secs(90, age);
    let mut policy = HealthPolicy::default();
    assert!(among_others_with(late(5), &policy).readiness().is_ready());
    policy.max_event_lag = Some(Duration::from_secs(60));
    let health = among_others_with(late(5), &policy);
    assert_eq!(kind(health.readiness()), Some(HealthReasonKind::Lagging));
    assert!(among_others_with(late(61), &policy).readiness().is_ready());
    policy.max_event_lag = Some(Duration::from_secs(90));
    assert!(among_others_with(late(5), &policy).readiness().is_ready());
}

#[test]
fn unacknowledged_events_count_only_if_the_policy_says_so() {
    let slow = || shard(Health::Up).unacknowledged_for_secs(3, 300);
    let mut policy = HealthPolicy::default();
    assert!(among_others_with(slow(), &policy).readiness().is_ready());
    policy.max_unacknowledged = Some(Duration::from_secs(300));
    assert!(among_others_with(slow(), &policy).readiness().is_ready());
    policy.max_unacknowledged = Some(Duration::from_secs(60));
    let health = among_others_with(slow(), &policy);
    let reason = health.readiness().reason().unwrap();
    assert_eq!(reason.kind(), HealthReasonKind::Unacknowledged);
    assert_eq!((reason.shards(), reason.worst().number()), (1, 1));
    assert!(health.liveness().is_live());
}

#[test]
fn sentence_names_what_is_late_while_all_shards_are_up() {
    let policy = HealthPolicy {
        max_event_lag: Some(Duration::from_secs(60)),
        max_unacknowledged: Some(Duration::from_secs(60)),
        ..HealthPolicy::default()
    };
    let up = || shard(Health::Up);
    for (info, sentence) in [
        (up(), "all 4 shards are up"),
        (
            up().unacknowledged_for_secs(1, 300),
            "1 of 4 shards have events that were not acknowledged in time: shard 1 is up, and the consumer has had an \
             event for 5 min",
        ),
        (
            up().unacknowledged_for_secs(3, 300),
            "1 of 4 shards have events that were not acknowledged in time: shard 1 is up, and the consumer has had an \
             event for 5 min, of 3 that are not acknowledged",
        ),
        (
            up().unacknowledged_for_secs(3, 300).with_lag_secs(90, 5),
            "1 of 4 shards deliver events late: shard 1 is up, and an event took 90 s to the consumer",
        ),
        (
            shard(CONNECTING)
                .down_for_secs(41)
                .unacknowledged_for_secs(3, 300),
            "1 of 4 shards is down: shard 1 is connecting for 41 s",
        ),
    ] {
        let health = among_others_with(info, &policy);
        assert_eq!(health.to_string(), sentence);
    }
}

#[test]
fn worst_shard_is_in_the_sentence() {
    let example = |number, health| ShardInfo::example(number, 4, health);
    for (shards, sentence) in [
        (
            vec![
                example(0, Health::Up),
                example(1, CONNECTING).down_for_secs(41),
                example(2, CONNECTING).down_for_secs(300),
                example(3, Health::BufferFull),
            ],
            "2 of 4 shards are down: shard 2 is connecting for 5 min",
        ),
        (
            vec![
                example(0, Health::Up),
                example(1, CONNECTING).down_for_secs(300),
                example(2, overdue(12)),
                example(3, overdue(12)),
            ],
            "3 of 4 shards are down: shard 2 is not running, with a heartbeat overdue by 12.0 s, as something \
             blocks its thread",
        ),
        (
            vec![
                example(0, overdue(12)),
                example(1, Health::Exited(ExitReason::PeerRefused)),
                example(2, Health::Up),
            ],
            "2 of 3 shards are down: shard 1 is closed, as discord refused another shard for a reason that \
             concerns this one",
        ),
        (
            vec![example(0, Health::Up), example(1, Health::BufferFull)],
            "1 of 2 shards is slow: shard 1 is held up, as the buffer is full",
        ),
        (
            vec![
                example(0, Health::Up),
                example(1, Health::BufferFull),
                example(2, Health::BufferFull),
            ],
            "2 of 3 shards are slow: shard 1 is held up, as the buffer is full",
        ),
        (
            vec![example(0, Health::Up), example(1, Health::NotStarted)],
            "1 of 2 shards is down: shard 1 is not started",
        ),
        (
            vec![example(0, Health::Up), example(1, Health::Up)],
            "all 2 shards are up",
        ),
        (
            vec![
                example(0, Health::Up),
                example(1, Health::Exited(ExitReason::Closed)),
            ],
            "1 of 2 shards are up, the others are closed",
        ),
        (vec![example(0, Health::Up)], "the shard is up"),
        (
            vec![example(0, Health::Exited(ExitReason::Closed))],
            "the shard is closed",
        ),
        (
            vec![example(0, Health::Stopped)],
            "the shard is stopped until it is started again",
        ),
        (vec![], "there are no shards"),
    ] {
        let health = ClusterHealth::compute(shards, None, &HealthPolicy::default());
        assert_eq!(health.to_string(), sentence);
    }
}

#[test]
fn reason_names_how_many_shards_and_the_worst() {
    let example = |number, health| ShardInfo::example(number, 4, health);
    let shards = vec![
        example(0, Health::Up),
        example(1, CONNECTING).down_for_secs(41),
        example(2, CONNECTING).down_for_secs(29),
        example(3, CONNECTING).down_for_secs(60),
    ];
    let health = ClusterHealth::compute(shards, None, &HealthPolicy::default());
    let reason = health.readiness().reason().unwrap();
    assert_eq!((reason.shards(), reason.worst().number()), (2, 3));
    assert_eq!(
        reason.to_string(),
        "2 of 4 shards are without a session: shard 3 is connecting for 60 s"
    );
}

#[test]
fn of_several_shards_that_are_equally_bad_the_first_is_named() {
    let shards = (0..4).map(|number| ShardInfo::example(number, 4, CONNECTING).down_for_secs(41));
    let health = ClusterHealth::compute(shards.collect(), None, &HealthPolicy::default());
    let reason = health.readiness().reason().unwrap();
    assert_eq!((reason.shards(), reason.worst().number()), (4, 0));
    assert_eq!(health.worst().map(|info| info.id().number()), Some(0));
}

#[test]
fn health_is_serialized_with_names_and_numbers() {
    let budget = QueueBudget {
        remaining: 998,
        total: 1000,
        reserve: 10,
        resets_in: Some(Duration::from_secs(60)),
    };
    let shards = vec![
        ShardInfo::example(0, 2, Health::Up),
        ShardInfo::example(1, 2, CONNECTING).down_for_secs(41),
    ];
    let health = ClusterHealth::compute(shards, Some(budget), &HealthPolicy::default());
    let json = serde_json::to_value(&health).unwrap();
    assert_eq!(json["summary"], health.to_string());
    assert_eq!(json["readiness"]["ready"], false);
    assert_eq!(json["readiness"]["reason"]["kind"], "down");
    assert_eq!(json["readiness"]["reason"]["shard"], 1);
    assert_eq!(
        json["liveness"],
        serde_json::json!({"live": true, "reason": null})
    );
    let [up, down] = ["up", "down"].map(|key| json[key].as_u64());
    assert_eq!((up, down), (Some(1), Some(1)));
    assert_eq!(
        json["counts"],
        serde_json::json!({"connecting": 1, "up": 1})
    );
    assert_eq!(json["identify_budget"]["remaining"], 998);
    assert_eq!(json["identify_budget"]["resets_in_ms"], 60_000);
    assert_eq!(json["shards"][1]["down_for_ms"], 41_000);
    assert_eq!(json["shards"][0]["buffer"]["max_items"], 64);
}
