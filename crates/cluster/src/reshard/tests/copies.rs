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
    assert_eq!(harness.switchover.held(), 0);
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Both);
    assert!(harness.event(Old, "b").is_empty());
    assert_eq!(harness.event(New, "c"), ["c"]);
}

/// Discord does not document that the order is the same.
#[test]
fn held_event_that_the_old_set_brings_out_of_order_is_delivered_once() {
    let mut harness = Harness::holding_b();
    assert_eq!(harness.event(Old, "b"), ["b"]);
    assert_eq!(harness.switchover.held(), 0);
    assert_eq!(harness.event(Old, "a"), ["a"]);
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Both);
}

/// All events of the old set since the beginning of the switch are known if the new set joins later than that and the window.
#[test]
fn set_that_joins_early_has_to_be_past_the_cut_too() {
    for (wait, held) in [(Duration::ZERO, 0), (WINDOW, 1)] {
        let mut harness = Harness::new();
        harness.pass(wait, &[Old, New]);
        harness.ready();
        harness.guild_create(New);
        let second = Duration::from_secs(1);
        harness.pass(second, &[]);
        harness.event(New, "a");
        harness.pass(WINDOW - second, &[Old]);
        harness.event(New, "b");
        assert_eq!(harness.switchover.held(), held, "{wait:?}");
    }
}

#[test]
fn steady_events_do_not_hold_up_the_alignment() {
    let mut harness = Harness::new();
    harness.ready();
    harness.guild_create(New);
    let letters = "abcdefghijklmnopqrstuvwxyz";
    for content in (0..letters.len()).map(|letter| &letters[letter..=letter]) {
        if harness.switchover.owner(GUILD) == GuildOwner::Both {
            return;
        }
        assert_eq!(harness.event(Old, content), [content]);
        harness.pass(Duration::from_secs(1), &[Old, New]);
        assert!(harness.event(New, content).is_empty());
    }
    panic!("the sets are not aligned");
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

/// Two events came before the cut, and the copy of the third was matched with the first of them.
#[test]
fn doubt_is_passed_on_to_an_event_that_is_not_doubtful_itself() {
    let second = Duration::from_secs(1);
    let mut harness = Harness::new();
    harness.pass(WINDOW, &[Old, New]);
    harness.ready();
    harness.guild_create(New);
    harness.pass(5 * second, &[]);
    assert!(harness.event(New, "typing").is_empty());
    assert_eq!(harness.event(Old, "typing"), ["typing"]);
    assert_eq!(harness.event(Old, "typing"), ["typing"]);
    harness.pass(7 * second, &[Old, New]);
    assert_eq!(harness.event(Old, "typing"), ["typing"]);
    harness.pass(4 * second, &[New]);
    assert_eq!(
        harness.switchover.owner(GUILD),
        GuildOwner::Set(Old),
        "the copy of the third event has come already"
    );
    harness.settle();
    assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Both);
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
