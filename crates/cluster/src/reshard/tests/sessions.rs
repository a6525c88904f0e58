//! Sessions that are lost during a switch.

use super::*;

#[test]
fn new_session_of_the_new_set_leaves_its_guilds_to_the_old_one() {
    let mut harness = Harness::merged();
    assert_eq!(harness.event(New, "a"), ["a"]);
    harness.input(SwitchoverInput::Ready {
        set: New,
        shard: 2,
        guilds: vec![GUILD],
    });
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(Old));
    assert!(
        harness.event(Old, "a").is_empty(),
        "the session before brought it"
    );
    assert_eq!(harness.event(Old, "b"), ["b"]);
    harness.guild_create(New);
    harness.settle();
    assert_eq!(harness.event(New, "c"), ["c"]);
}

#[test]
fn lost_session_of_the_old_set_is_no_gap_for_a_merged_guild() {
    let mut harness = Harness::merged();
    assert_eq!(harness.event(Old, "a"), ["a"]);
    harness.input(SwitchoverInput::Ready {
        set: Old,
        shard: 2,
        guilds: vec![GUILD],
    });
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(New));
    assert!(harness.event(New, "a").is_empty());
    assert_eq!(harness.event(New, "b"), ["b"]);
    assert!(harness.guild_create(Old).is_empty());
    harness.settle();
    harness.complete();
    assert_eq!(
        harness.outcome.map(|outcome| outcome.end),
        Some(SwitchoverEnd::Completed)
    );
}

#[test]
fn lost_session_of_the_old_set_begins_the_alignment_anew() {
    let mut harness = Harness::new();
    harness.ready();
    harness.guild_create(New);
    harness.pass(WINDOW, &[New]);
    harness.event(New, "a");
    harness.pass(Duration::ZERO, &[Old]);
    harness.event(New, "b");
    let lost = SwitchoverInput::SessionLost { set: Old, shard: 2 };
    assert!(
        harness.input(lost).is_empty(),
        "the shard reports a gap, and the guild follows"
    );
    assert!(harness.event(New, "c").is_empty());
    harness.settle();
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(Old));
    harness.input(SwitchoverInput::Ready {
        set: Old,
        shard: 2,
        guilds: vec![GUILD],
    });
    assert_eq!(harness.guild_create(Old), ["create"]);
    assert_eq!(harness.event(Old, "d"), ["d"]);
    assert!(harness.event(New, "d").is_empty());
    harness.settle();
    assert_eq!(harness.event(New, "e"), ["e"]);
}

#[test]
fn guilds_of_an_old_shard_that_has_stopped_are_left_to_the_new_set() {
    let mut harness = Harness::new();
    harness.input(SwitchoverInput::Stopped { set: Old, shard: 2 });
    harness.ready();
    assert_eq!(harness.guild_create(New), ["create"]);
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(New));
    assert_eq!(harness.event(New, "a"), ["a"]);
}

#[test]
fn guild_that_arrives_while_the_old_shard_has_no_session_arrives_once() {
    let mut harness = Harness::new();
    harness.input(SwitchoverInput::SessionLost { set: Old, shard: 2 });
    harness.ready();
    assert!(harness.guild_create(New).is_empty());
    harness.input(SwitchoverInput::Ready {
        set: Old,
        shard: 2,
        guilds: vec![GUILD],
    });
    assert_eq!(
        harness.guild_create(Old),
        ["create"],
        "the state after the gap"
    );
    assert_eq!(harness.event(Old, "a"), ["a"]);
    assert!(harness.event(New, "a").is_empty());
    harness.settle();
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Both);
}
