//! Which copies of events are delivered in each order of arrival.

use super::*;

#[test]
fn events_are_delivered_by_the_old_set_until_the_guild_is_created() {
    let mut harness = Harness::new();
    assert_eq!(harness.event(Old, "a"), ["a"]);
    harness.ready();
    assert_eq!(harness.event(Old, "b"), ["b"]);
    assert!(harness.event(New, "b").is_empty());
    assert!(
        harness.guild_create(New).is_empty(),
        "the consumer has the guild"
    );
    assert_eq!(harness.event(Old, "c"), ["c"]);
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(Old));
}

#[test]
fn first_of_two_copies_is_delivered_once_both_sets_are_aligned() {
    let mut harness = Harness::merged();
    assert_eq!(harness.event(New, "a"), ["a"]);
    assert_eq!(harness.event(New, "b"), ["b"]);
    assert!(harness.event(Old, "a").is_empty());
    assert!(harness.event(Old, "b").is_empty());
    assert_eq!(harness.event(Old, "c"), ["c"]);
    assert!(harness.event(New, "c").is_empty());
}

#[test]
fn equal_events_are_matched_one_to_one() {
    let mut harness = Harness::merged();
    assert_eq!(harness.event(Old, "typing"), ["typing"]);
    assert_eq!(harness.event(Old, "typing"), ["typing"]);
    assert!(harness.event(New, "typing").is_empty());
    assert!(harness.event(New, "typing").is_empty());
    assert_eq!(harness.event(New, "typing"), ["typing"]);
}

/// The old set is ahead: its events come again after GUILD_CREATE of the new one.
#[test]
fn copies_of_events_before_the_alignment_are_dropped() {
    let mut harness = Harness::new();
    harness.ready();
    assert_eq!(harness.event(Old, "a"), ["a"]);
    assert_eq!(harness.event(Old, "b"), ["b"]);
    harness.guild_create(New);
    assert!(harness.event(New, "b").is_empty());
    harness.settle();
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Both);
    assert_eq!(
        harness.event(New, "b"),
        ["b"],
        "another event of this content"
    );
}

/// The new set is ahead when it is aligned: what it brought before is left to the old set, what it brings then is held.
#[test]
fn events_are_held_while_the_new_set_is_ahead() {
    let mut harness = Harness::new();
    harness.ready();
    harness.guild_create(New);
    harness.pass(WINDOW, &[New]);
    assert!(harness.event(New, "a").is_empty());
    harness.pass(Duration::ZERO, &[Old]);
    assert!(harness.event(New, "b").is_empty());
    assert_eq!(harness.switchover.held(), 1);
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(Old));
    assert_eq!(harness.event(Old, "a"), ["a", "b"]);
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Both);
    assert!(harness.event(Old, "b").is_empty());
    assert_eq!(harness.event(New, "c"), ["c"]);
}

/// A copy is matched with an event of the same content that came before the cut.
#[test]
fn recurring_content_is_doubtful_until_it_pauses() {
    let mut harness = Harness::new();
    harness.ready();
    harness.event(Old, "typing");
    harness.guild_create(New);
    // The new set is ahead. Its event is matched with the one before the cut.
    harness.event(New, "typing");
    harness.pass(WINDOW - Duration::from_secs(1), &[Old, New]);
    assert_eq!(harness.event(Old, "typing"), ["typing"]);
    harness.pass(Duration::from_secs(2), &[Old, New]);
    assert_eq!(
        harness.switchover.owner(GUILD),
        GuildOwner::Set(Old),
        "the second one may wait for a copy that does not come"
    );
    harness.settle();
    assert_eq!(harness.event(New, "typing"), ["typing"]);
    assert!(harness.event(Old, "typing").is_empty());
}

#[test]
fn window_does_not_pass_for_a_shard_that_receives_nothing() {
    let mut harness = Harness::new();
    harness.ready();
    harness.event(Old, "a");
    harness.guild_create(New);
    harness.pass(10 * WINDOW, &[Old]);
    harness.pass(10 * WINDOW, &[Old]);
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(Old));
    assert!(harness.event(New, "a").is_empty(), "a late copy");
    harness.settle();
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Both);
}

#[test]
fn events_without_a_guild_are_merged_between_the_first_shards() {
    let mut harness = Harness::new();
    assert_eq!(harness.direct(Old, "a"), ["a"]);
    assert!(harness.direct(New, "a").is_empty());
    harness.ready();
    assert_eq!(harness.direct(Old, "b"), ["b"]);
    assert!(harness.direct(New, "b").is_empty());
    harness.settle();
    assert_eq!(harness.direct(New, "c"), ["c"]);
    assert!(harness.direct(Old, "c").is_empty());
}

#[test]
fn answers_to_commands_are_always_delivered() {
    let mut harness = Harness::new();
    let scope = EventScope::Guild(GUILD);
    for set in [Old, New, New] {
        let delivered = harness.event_of(set, scope, EventRole::OfSession, "chunk");
        assert_eq!(delivered, ["chunk"]);
    }
    let elsewhere = SwitchoverInput::Event {
        set: New,
        shard: 6,
        scope,
        role: EventRole::Shared,
        fingerprint: 1,
        item: "elsewhere",
    };
    assert!(harness.input(elsewhere).is_empty(), "it has no counterpart");
}
