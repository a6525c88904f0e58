//! Timers and bounds of a switch.

use super::*;

fn with_limit(max_tracked: usize) -> Harness {
    Harness::with(SwitchoverSettings {
        max_tracked,
        ..SwitchoverSettings::default()
    })
}

#[test]
fn check_is_due_once_a_second_until_nothing_is_left_to_do() {
    let mut harness = Harness::new();
    let second = Duration::from_secs(1);
    let due = harness.start + second;
    assert_eq!(harness.switchover.poll_timeout(), Some(due));
    harness.switchover.handle_timeout(due - second / 2);
    assert_eq!(harness.switchover.poll_timeout(), Some(due), "too early");
    harness.switchover.handle_timeout(due);
    assert_eq!(harness.switchover.poll_timeout(), Some(due + second));
    let late = due + 10 * second;
    harness.switchover.handle_timeout(late);
    assert_eq!(harness.switchover.poll_timeout(), Some(late + second));
}

#[test]
fn switch_is_drained_once_it_is_over_and_no_copy_can_arrive() {
    let mut harness = Harness::new();
    assert!(!harness.switchover.is_drained(), "it has begun");
    harness.input(SwitchoverInput::Abort);
    assert!(harness.switchover.is_drained(), "nothing was delivered");
    assert_eq!(harness.switchover.poll_timeout(), None);

    let mut harness = Harness::merged();
    harness.event(New, "a");
    harness.input(SwitchoverInput::Abort);
    assert!(!harness.switchover.is_drained(), "a copy may arrive");
    assert!(harness.switchover.poll_timeout().is_some());
    harness.settle();
    assert!(harness.switchover.is_drained());
}

#[test]
fn ready_with_more_guilds_than_the_limit_aborts_the_switch() {
    for set in [Old, New] {
        let listed = |guilds: u64| SwitchoverInput::Ready {
            set,
            shard: 2,
            guilds: (0..guilds).map(|guild| (2 + 28 * guild) << 22).collect(),
        };
        // One is for the events without a guild.
        let mut harness = with_limit(10);
        harness.input(listed(9));
        assert_eq!(harness.switchover.tracked(), 10, "{set:?}");
        assert!(harness.outcome.is_none(), "{set:?}");

        let mut harness = with_limit(10);
        harness.input(listed(10));
        let end = harness.outcome.map(|outcome| outcome.end);
        let reason = AbortReason::TooManyTracked;
        assert_eq!(end, Some(SwitchoverEnd::Aborted(reason)), "{set:?}");
    }
}

/// Another shard that is ready, and then another guild that comes from both sets.
#[test]
fn each_progress_is_waited_for_anew() {
    let second = Duration::from_secs(1);
    let patience = SwitchoverSettings::default().patience;
    let mut harness = Harness::new();
    for shard in [2, 3] {
        harness.pass(patience - second, &[Old, New]);
        harness.shard_ready(shard);
        harness.pass(Duration::ZERO, &[]);
        harness.pass(second, &[]);
        assert!(harness.outcome.is_none(), "shard {shard} is ready");
    }
    harness.guild_create(New);
    harness.pass(patience - 3 * second, &[Old, New]);
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Both);
    harness.pass(patience - second, &[Old, New]);
    assert!(harness.outcome.is_none(), "the guild comes from both sets");
    harness.pass(second, &[Old, New]);
    let end = harness.outcome.map(|outcome| outcome.end);
    let reason = AbortReason::Timeout {
        shards: 5,
        guilds: 1,
    };
    assert_eq!(end, Some(SwitchoverEnd::Aborted(reason)));
}
