//! What the outcome of a switch counts.

use super::*;

impl Harness {
    /// The old set has lost its session while both sets brought the guild, and its next session brings it again.
    fn owned_by_the_new_set() -> Self {
        let mut harness = Self::merged();
        harness.input(SwitchoverInput::Ready {
            set: Old,
            shard: 2,
            guilds: vec![GUILD],
        });
        assert_eq!(harness.switchover.owner(GUILD), GuildOwner::Set(New));
        harness
    }

    fn abort(&mut self) -> (Vec<&'static str>, u64) {
        let delivered = self.input(SwitchoverInput::Abort);
        let outcome = self.outcome.expect("it was aborted");
        (delivered, outcome.possible_gaps)
    }
}

#[test]
fn abort_is_no_gap_while_the_old_set_owns_the_guild() {
    let mut harness = Harness::new();
    harness.event(Old, "a");
    assert_eq!(harness.abort(), (vec![], 0));

    let mut harness = Harness::new();
    harness.ready();
    harness.guild_create(New);
    harness.event(Old, "a");
    harness.event(New, "b");
    assert_eq!(harness.abort(), (vec![], 0));
}

#[test]
fn abort_may_be_a_gap_in_a_guild_of_which_the_old_set_has_lost_events() {
    let mut harness = Harness::owned_by_the_new_set();
    assert_eq!(harness.abort(), (vec![], 0), "nothing has happened in it");

    let mut harness = Harness::owned_by_the_new_set();
    assert_eq!(harness.event(New, "a"), ["a"]);
    assert_eq!(harness.abort(), (vec![], 1));

    let mut harness = Harness::owned_by_the_new_set();
    harness.guild_create(Old);
    assert_eq!(harness.event(New, "a"), ["a"]);
    assert_eq!(harness.abort(), (vec![], 1));
}

/// What the old set brings after those that the new set still owes is all that is left.
#[test]
fn abort_while_the_new_set_is_behind_delivers_what_is_held_and_is_a_gap() {
    let mut harness = Harness::owned_by_the_new_set();
    harness.guild_create(Old);
    harness.pass(WINDOW, &[Old]);
    assert!(harness.event(Old, "a").is_empty());
    harness.pass(Duration::ZERO, &[New]);
    assert!(harness.event(Old, "b").is_empty());
    assert_eq!(harness.switchover.held(), 1);
    assert_eq!(harness.abort(), (vec!["b"], 1));
    assert_eq!(harness.switchover.held(), 0);
    assert_eq!(harness.event(Old, "c"), ["c"]);
}

#[test]
fn outcome_counts_copies_that_were_dropped_and_those_that_did_not_come() {
    let mut harness = Harness::merged();
    for content in ["a", "b", "c"] {
        assert_eq!(harness.event(Old, content), [content]);
        assert!(harness.event(New, content).is_empty());
    }
    // One set does not get these.
    harness.event(Old, "old");
    harness.event(New, "new");
    let tracked = harness.switchover.tracked();
    harness.settle();
    assert_eq!(harness.switchover.tracked(), tracked - 2);
    harness.complete();
    let outcome = harness.outcome.unwrap();
    assert_eq!((outcome.matched, outcome.unmatched), (3, 2));
    assert_eq!((outcome.guilds, outcome.possible_gaps), (1, 0));
}

/// They were sent before the new set had the guild.
#[test]
fn events_that_may_have_come_before_the_cut_are_not_expected_twice() {
    let mut harness = Harness::new();
    harness.event(Old, "a");
    harness.ready();
    harness.guild_create(New);
    harness.event(Old, "b");
    harness.event(Old, "c");
    assert!(harness.event(New, "c").is_empty());
    harness.settle();
    harness.settle();
    harness.complete();
    let outcome = harness.outcome.unwrap();
    assert_eq!((outcome.matched, outcome.unmatched), (1, 0));
}
