//! How a switch ends, and what is delivered after that.

use super::*;

#[test]
fn shard_without_a_session_holds_up_the_end() {
    let mut harness = Harness::merged();
    harness.input(SwitchoverInput::SessionLost { set: New, shard: 3 });
    harness.complete();
    assert!(harness.outcome.is_none());
    harness.shard_ready(3);
    harness.complete();
    assert!(harness.outcome.is_some());
}

#[test]
fn switch_ends_when_all_guilds_come_from_both_sets() {
    let mut harness = Harness::merged();
    assert_eq!(harness.event(Old, "a"), ["a"]);
    harness.pass(WINDOW / 2, &[Old, New]);
    assert!(harness.outcome.is_none(), "a shard is missing");
    harness.complete();
    assert_eq!(
        harness.outcome.map(|outcome| outcome.end),
        Some(SwitchoverEnd::Completed)
    );
    assert!(harness.event(Old, "b").is_empty(), "the new set brings it");
    assert!(
        harness.event(New, "a").is_empty(),
        "the old set has brought it"
    );
    assert_eq!(harness.event(New, "b"), ["b"]);
    harness.settle();
    assert!(harness.switchover.is_drained());
    assert_eq!(harness.switchover.poll_timeout(), None);
}

#[test]
fn old_set_ends_once_each_new_shard_has_answered_a_heartbeat() {
    let mut harness = Harness::merged();
    harness.shard_ready(6);
    harness.pass(Duration::from_secs(60), &[Old]);
    assert!(harness.outcome.is_none());
    harness.pass(Duration::from_secs(2), &[New]);
    assert!(harness.outcome.is_some());
}

/// It may have lost its session, so that it does not count as alive.
#[test]
fn new_shard_that_is_disconnected_at_the_end_has_to_answer_again() {
    for (set, is_over) in [(New, false), (Old, true)] {
        let mut harness = Harness::merged();
        harness.shard_ready(6);
        let complete = harness.now + Duration::from_secs(1);
        harness.pass(Duration::from_secs(1), &[]);
        harness.input(SwitchoverInput::Disconnected { set, shard: 0 });
        for shard in 0..7 {
            harness.input(SwitchoverInput::Received {
                set: New,
                shard,
                until: complete,
            });
        }
        harness.pass(Duration::from_secs(1), &[]);
        assert_eq!(harness.outcome.is_some(), is_over, "{set:?}");
        harness.pass(Duration::from_secs(1), &[New]);
        assert!(harness.outcome.is_some(), "{set:?}");
    }
}

#[test]
fn guild_that_has_not_arrived_is_awaited() {
    let mut harness = Harness::new();
    harness.ready();
    harness.shard_ready(6);
    harness.settle();
    harness.settle();
    assert!(harness.outcome.is_none());
    // An outage keeps it from both sets.
    harness.input(SwitchoverInput::GuildsArrived { set: New, shard: 2 });
    harness.settle();
    assert!(
        harness
            .outcome
            .is_some_and(|outcome| outcome.end == SwitchoverEnd::Completed)
    );
    assert_eq!(
        harness.guild_create(New),
        ["create"],
        "the end of the outage"
    );
}

#[test]
fn guild_that_only_the_new_set_brings_does_not_hold_up_the_end() {
    let mut harness = Harness::merged();
    harness.input(SwitchoverInput::Ready {
        set: Old,
        shard: 2,
        guilds: vec![GUILD],
    });
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(New));
    harness.complete();
    assert!(harness.outcome.is_some());
}

#[test]
fn guild_that_the_old_shard_brings_with_its_next_session_is_awaited() {
    let mut harness = Harness::new();
    harness.ready();
    harness.guild_create(New);
    harness.input(SwitchoverInput::SessionLost { set: Old, shard: 2 });
    harness.shard_ready(6);
    harness.settle();
    harness.settle();
    assert!(harness.outcome.is_none());
    assert_eq!(harness.guild_create(Old), ["create"]);
    harness.settle();
    harness.settle();
    assert!(harness.outcome.is_some());
}

#[test]
fn removed_guild_is_not_awaited() {
    let mut harness = Harness::new();
    harness.ready();
    harness.shard_ready(6);
    let scope = EventScope::Guild(GUILD);
    let delivered = harness.event_of(Old, scope, EventRole::GuildRemoved, "removed");
    assert_eq!(delivered, ["removed"]);
    harness.settle();
    harness.settle();
    assert!(
        harness
            .outcome
            .is_some_and(|outcome| outcome.end == SwitchoverEnd::Completed)
    );
}

#[test]
fn refused_shard_aborts_the_switch_and_nothing_is_doubled() {
    let mut harness = Harness::merged();
    assert_eq!(harness.event(New, "a"), ["a"]);
    harness.input(SwitchoverInput::Stopped { set: New, shard: 5 });
    let end = harness.outcome.map(|outcome| outcome.end);
    assert_eq!(
        end,
        Some(SwitchoverEnd::Aborted(AbortReason::ShardStopped {
            shard: 5
        }))
    );
    assert!(harness.event(New, "b").is_empty());
    assert!(
        harness.event(Old, "a").is_empty(),
        "the new set delivered it"
    );
    assert_eq!(harness.event(Old, "b"), ["b"]);
    assert_eq!(
        harness.outcome.map(|outcome| outcome.possible_gaps),
        Some(0)
    );
    harness.settle();
    assert!(harness.switchover.is_drained());
}

#[test]
fn held_events_are_left_to_the_old_set_if_the_switch_is_aborted() {
    let mut harness = Harness::holding_b();
    assert!(harness.input(SwitchoverInput::Abort).is_empty());
    assert_eq!(harness.switchover.held(), 0);
    assert_eq!(harness.event(Old, "a"), ["a"]);
    assert_eq!(harness.event(Old, "b"), ["b"]);
}

#[test]
fn switch_without_progress_is_aborted() {
    let mut harness = Harness::new();
    let patience = SwitchoverSettings::default().patience;
    harness.pass(patience, &[Old, New]);
    let end = harness.outcome.map(|outcome| outcome.end);
    let reason = AbortReason::Timeout {
        shards: 7,
        guilds: 1,
    };
    assert_eq!(end, Some(SwitchoverEnd::Aborted(reason)));
    assert_eq!(harness.event(Old, "a"), ["a"]);
    assert_eq!(
        harness.outcome.map(|outcome| outcome.duration),
        Some(harness.now - harness.start)
    );
}

#[test]
fn exceeded_limits_abort_the_switch() {
    let mut harness = Harness::with(SwitchoverSettings {
        max_tracked: 4,
        ..SwitchoverSettings::default()
    });
    for content in ["a", "b", "c", "d"] {
        assert_eq!(harness.event(Old, content), [content]);
        assert!(harness.switchover.tracked() <= 4);
    }
    let end = harness.outcome.map(|outcome| outcome.end);
    assert_eq!(
        end,
        Some(SwitchoverEnd::Aborted(AbortReason::TooManyTracked))
    );

    let mut harness = Harness::with(SwitchoverSettings {
        window: WINDOW,
        max_held: 1,
        ..SwitchoverSettings::default()
    })
    .hold_b();
    assert!(harness.outcome.is_none(), "the limit is not exceeded");
    harness.event(New, "c");
    let end = harness.outcome.map(|outcome| outcome.end);
    assert_eq!(end, Some(SwitchoverEnd::Aborted(AbortReason::TooManyHeld)));
    assert_eq!(harness.event(Old, "a"), ["a"]);
    assert_eq!(harness.event(Old, "b"), ["b"]);
}
