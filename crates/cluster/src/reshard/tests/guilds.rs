//! Guilds that the bot joins or leaves during a switch.

use super::*;

/// Also of shard 2 of 4, and of shard 2 of 7.
const JOINED: u64 = 30 << 22;

impl Harness {
    /// Nothing but the joined guild holds up the end.
    fn complete_but_for_the_joined_guild() -> Self {
        let mut harness = Self::merged();
        harness.shard_ready(6);
        harness.settle();
        assert!(harness.outcome.is_some(), "nothing else is missing");

        let mut harness = Self::merged();
        harness.shard_ready(6);
        harness
    }

    fn joined(&mut self, set: ShardSet, role: EventRole) -> Vec<&'static str> {
        self.event_of(set, EventScope::Guild(JOINED), role, "joined")
    }

    fn end(&self) -> Option<SwitchoverEnd> {
        self.outcome.map(|outcome| outcome.end)
    }
}

/// READY of the new set did not list it.
#[test]
fn guild_that_the_bot_joins_is_awaited_until_both_sets_bring_it() {
    let mut harness = Harness::complete_but_for_the_joined_guild();
    assert_eq!(harness.joined(Old, EventRole::GuildCreate), ["joined"]);
    harness.pass(Duration::from_secs(2), &[New]);
    assert!(harness.outcome.is_none(), "the new set has not brought it");
    assert!(harness.joined(New, EventRole::GuildCreate).is_empty());
    harness.pass(Duration::from_secs(2), &[New]);
    assert!(harness.outcome.is_none(), "the sets are not aligned");
    harness.settle();
    assert_eq!(harness.end(), Some(SwitchoverEnd::Completed));
    assert_eq!(harness.outcome.map(|outcome| outcome.guilds), Some(2));
}

#[test]
fn joined_guild_comes_from_both_sets_although_none_has_listed_it() {
    let mut harness = Harness::new();
    harness.ready();
    harness.joined(Old, EventRole::GuildCreate);
    harness.joined(New, EventRole::GuildCreate);
    harness.settle();
    assert_eq!(harness.switchover.owner(JOINED), GuildOwner::Both);
    harness.settle();
    assert_eq!(harness.switchover.owner(JOINED), GuildOwner::Both);
}

/// It is one of many for which nothing else is to be known.
#[test]
fn quiet_guild_that_only_the_old_set_brings_is_forgotten_after_the_window() {
    let mut harness = Harness::new();
    assert_eq!(
        harness.switchover.tracked(),
        1,
        "the events without a guild"
    );
    harness.event(Old, "a");
    harness.pass(Duration::from_secs(2), &[Old]);
    assert_eq!(harness.switchover.tracked(), 3, "the guild and an event");
    harness.settle();
    assert_eq!(harness.switchover.tracked(), 1);
}

/// The old set has no session in which it could bring the guild, and the new one brings the end of it.
#[test]
fn guild_that_the_bot_leaves_while_the_old_shard_has_no_session_is_not_awaited() {
    let mut harness = Harness::complete_but_for_the_joined_guild();
    assert!(harness.joined(New, EventRole::GuildCreate).is_empty());
    harness.input(SwitchoverInput::SessionLost { set: Old, shard: 2 });
    harness.joined(New, EventRole::GuildRemoved);
    harness.pass(Duration::from_secs(2), &[New]);
    assert!(
        harness.outcome.is_none(),
        "the old set may bring more of it"
    );
    harness.settle();
    assert_eq!(harness.end(), Some(SwitchoverEnd::Completed));
}

#[test]
fn guild_that_arrives_while_the_old_shard_has_no_session_is_left_to_its_next_session() {
    let mut harness = Harness::new();
    harness.ready();
    harness.input(SwitchoverInput::SessionLost { set: Old, shard: 2 });
    assert!(harness.joined(New, EventRole::GuildCreate).is_empty());
    harness.settle();
    assert_eq!(harness.switchover.owner(JOINED), GuildOwner::Set(Old));
    assert_eq!(harness.joined(Old, EventRole::GuildCreate), ["joined"]);
    harness.settle();
    assert_eq!(harness.switchover.owner(JOINED), GuildOwner::Both);
}

/// The bot has left it between the two sessions.
#[test]
fn guild_that_the_next_session_does_not_list_is_not_awaited() {
    let mut harness = Harness::new();
    harness.ready();
    harness.shard_ready(6);
    harness.settle();
    assert!(harness.outcome.is_none(), "the guild has not arrived");
    harness.input(SwitchoverInput::Ready {
        set: New,
        shard: 2,
        guilds: vec![],
    });
    harness.settle();
    assert_eq!(harness.end(), Some(SwitchoverEnd::Completed));
}
