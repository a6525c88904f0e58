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
    let mut harness = Harness::holding_b();
    let lost = SwitchoverInput::SessionLost { set: Old, shard: 2 };
    assert!(
        harness.input(lost).is_empty(),
        "the shard reports a gap, and the guild follows"
    );
    assert_eq!(harness.switchover.held(), 0);
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

/// The first shard alone gets the events without a guild.
#[test]
fn events_without_a_guild_are_aligned_anew_with_the_next_session_of_the_first_shard() {
    let mut harness = Harness::merged();
    harness.shard_ready(0);
    assert_eq!(harness.direct(Old, "a"), ["a"]);
    assert!(harness.direct(New, "a").is_empty());
    harness.settle();
    assert_eq!(harness.direct(New, "b"), ["b"]);
    assert!(harness.direct(Old, "b").is_empty());
    harness.shard_ready(1);
    assert_eq!(harness.direct(New, "c"), ["c"], "it has the same session");
}

#[test]
fn session_that_follows_the_switch_does_not_bring_copies_of_what_came_before() {
    let mut harness = Harness::merged();
    harness.complete();
    assert_eq!(harness.event(New, "a"), ["a"]);

    let mut harness = Harness::merged();
    assert_eq!(harness.event(Old, "a"), ["a"]);
    harness.complete();
    harness.shard_ready(3);
    assert!(harness.event(New, "a").is_empty(), "of another shard");

    let mut harness = Harness::merged();
    assert_eq!(harness.event(Old, "a"), ["a"]);
    harness.complete();
    harness.shard_ready(2);
    assert_eq!(harness.event(New, "a"), ["a"], "another event");
}

#[test]
fn guild_of_a_next_session_of_the_old_set_is_aligned_with_a_new_set_that_begins_later() {
    let mut harness = Harness::new();
    harness.input(SwitchoverInput::Ready {
        set: Old,
        shard: 2,
        guilds: vec![GUILD],
    });
    assert_eq!(harness.guild_create(Old), ["create"]);
    harness.ready();
    assert!(harness.guild_create(New).is_empty());
    harness.settle();
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Both);
}

/// An outage ends: that the new set brings the guild again does not mean that the old set has it.
#[test]
fn guild_that_the_new_set_brings_twice_is_left_to_the_next_session_of_the_old_set() {
    let mut harness = Harness::new();
    harness.ready();
    harness.guild_create(New);
    harness.input(SwitchoverInput::SessionLost { set: Old, shard: 2 });
    assert!(harness.guild_create(New).is_empty());
    harness.settle();
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(Old));
    assert!(harness.event(New, "a").is_empty(), "it is in the gap");
}

#[test]
fn new_set_waits_for_the_next_session_of_the_old_set_before_it_is_aligned() {
    let mut harness = Harness::new();
    harness.ready();
    assert_eq!(harness.event(Old, "a"), ["a"]);
    harness.input(SwitchoverInput::SessionLost { set: Old, shard: 2 });
    assert!(harness.guild_create(New).is_empty());
    harness.settle();
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(Old));
    assert_eq!(harness.guild_create(Old), ["create"]);
    harness.settle();
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Both);
}

/// Both sets have lost their session since the event.
#[test]
fn next_session_of_the_old_set_does_not_bring_copies_of_what_the_new_set_delivered() {
    let mut harness = Harness::merged();
    assert_eq!(harness.event(New, "a"), ["a"]);
    harness.shard_ready(2);
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(Old));
    let tracked = harness.switchover.tracked();
    harness.input(SwitchoverInput::SessionLost { set: Old, shard: 2 });
    assert_eq!(harness.switchover.tracked(), tracked - 1);
    assert_eq!(harness.guild_create(Old), ["create"]);
    assert_eq!(harness.event(Old, "a"), ["a"], "another event");
}

/// It was not delivered in vain: the copy is certain, since it belongs to the lost session.
#[test]
fn copy_of_what_a_lost_session_of_the_new_set_delivered_is_dropped_without_doubt() {
    let mut harness = Harness::merged();
    assert_eq!(harness.event(New, "a"), ["a"]);
    harness.shard_ready(2);
    harness.guild_create(New);
    let tracked = harness.switchover.tracked();
    assert!(harness.event(Old, "a").is_empty());
    assert_eq!(harness.switchover.tracked(), tracked - 1);
}

/// The first copy of the new set is of an event that the old set brought before the switch, so that it is matched with another
/// event of this content.
#[test]
fn next_session_of_the_new_set_may_bring_the_right_copy_after_a_wrong_match() {
    let second = Duration::from_secs(1);
    let mut harness = Harness::new();
    harness.ready();
    harness.guild_create(New);
    assert!(harness.event(New, "typing").is_empty());
    harness.pass(5 * second, &[]);
    assert_eq!(harness.event(Old, "typing"), ["typing"]);
    harness.input(SwitchoverInput::SessionLost { set: New, shard: 2 });
    harness.pass(5 * second, &[New]);
    harness.shard_ready(2);
    harness.guild_create(New);
    harness.pass(second, &[]);
    assert!(harness.event(New, "typing").is_empty());
    harness.pass(WINDOW - second, &[Old]);
    assert_eq!(harness.event(Old, "typing"), ["typing"]);
    assert!(harness.event(New, "typing").is_empty(), "its copy");
    harness.settle();
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Both);
    assert_eq!(harness.event(New, "typing"), ["typing"]);
    assert!(harness.event(Old, "typing").is_empty());
}

#[test]
fn what_a_lost_session_of_the_new_set_brought_and_did_not_deliver_is_forgotten() {
    let mut harness = Harness::new();
    harness.ready();
    harness.guild_create(New);
    let tracked = harness.switchover.tracked();
    assert!(harness.event(New, "a").is_empty());
    assert_eq!(harness.switchover.tracked(), tracked + 1);
    harness.shard_ready(2);
    assert_eq!(harness.switchover.tracked(), tracked);
    assert_eq!(harness.event(Old, "a"), ["a"]);
}

#[test]
fn what_a_lost_session_of_the_old_set_brought_is_forgotten_once_the_new_set_is_all_there_is() {
    let mut harness = Harness::merged();
    harness.input(SwitchoverInput::Ready {
        set: Old,
        shard: 2,
        guilds: vec![GUILD],
    });
    harness.guild_create(Old);
    assert!(harness.event(Old, "a").is_empty(), "the new set brings it");
    let tracked = harness.switchover.tracked();
    harness.input(SwitchoverInput::Stopped { set: Old, shard: 2 });
    assert_eq!(harness.switchover.tracked(), tracked - 1);
    assert_eq!(harness.event(New, "a"), ["a"]);
}

/// Nothing more comes from the old shard.
#[test]
fn held_events_are_delivered_if_the_old_shard_stops() {
    let mut harness = Harness::holding_b();
    let tracked = harness.switchover.tracked();
    let stopped = SwitchoverInput::Stopped { set: Old, shard: 2 };
    assert_eq!(harness.input(stopped), ["b"]);
    assert_eq!(harness.switchover.held(), 0);
    let left = tracked - 1;
    assert_eq!(
        harness.switchover.tracked(),
        left,
        "the first is in the gap"
    );
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(New));
    assert_eq!(harness.event(New, "c"), ["c"]);
}
