//! The spacing and the daily limit, with a clock that is right.

use super::*;

/// Returns how long the first identify makes others wait.
fn spacing_left(state: &LedgerState, machine: &Machine) -> Duration {
    let left = state.spacing_left(&machine.now());
    left.first().map_or(Duration::ZERO, |(_, left)| *left)
}

#[test]
fn permit_that_is_not_used_yet_keeps_its_key() {
    let mut machine = Machine::new();
    let mut state = LedgerState::default();
    let first = RecordedIdentify {
        shard: 0,
        at: START,
    };
    let second = RecordedIdentify { shard: 4, ..first };
    assert_eq!(
        state.spend(first, &SETTINGS, &machine.now()),
        LedgerVerdict::Recorded
    );
    let spacing = IDENTIFY_SPACING + Duration::from_millis(10);
    assert_eq!(spacing_left(&state, &machine), spacing);
    machine.pass(PERMIT_LEASE - MILLISECOND);
    assert_eq!(spacing_left(&state, &machine), SECOND);
    let refused = LedgerVerdict::Refused(WaitReason::Concurrency);
    assert_eq!(state.spend(second, &SETTINGS, &machine.now()), refused);

    // Sent half a second ago.
    let mut sent = state.clone();
    let at = machine.now();
    machine.pass(Duration::from_millis(500));
    sent.apply(
        &LedgerEntry::Sent {
            identify: first,
            at,
        },
        &machine.now(),
    );
    let left = spacing_left(&sent, &machine);
    assert_eq!(left, spacing - Duration::from_millis(500));

    let mut returned = state.clone();
    returned.apply(&LedgerEntry::Returned(first), &machine.now());
    assert_eq!(
        returned.spend(second, &SETTINGS, &machine.now()),
        LedgerVerdict::Recorded
    );

    // Its process was killed: from the end of the lease, it counts as sent.
    assert_eq!(state.spend(second, &SETTINGS, &machine.now()), refused);
    let left = spacing_left(&state, &machine);
    assert_eq!(left, spacing - Duration::from_millis(499));
    machine.pass(left);
    assert_eq!(
        state.spend(second, &SETTINGS, &machine.now()),
        LedgerVerdict::Recorded
    );
}

#[test]
fn permit_counts_as_sent_from_the_end_of_its_lease() {
    let mut machine = Machine::new();
    let mut state = LedgerState::default();
    let identify = RecordedIdentify {
        shard: 0,
        at: START,
    };
    state.apply(&LedgerEntry::Spent(identify), &machine.now());
    let spacing = IDENTIFY_SPACING + Duration::from_millis(10);
    for (passes, left) in [
        (PERMIT_LEASE - MILLISECOND, SECOND),
        (MILLISECOND, spacing),
        (spacing - MILLISECOND, MILLISECOND),
        (MILLISECOND, Duration::ZERO),
    ] {
        machine.pass(passes);
        assert_eq!(spacing_left(&state, &machine), left);
    }
}

#[test]
fn reserve_is_not_spent() {
    let mut machine = Machine::new();
    let mut state = LedgerState::default();
    let settings = QueueSettings {
        reserve: 5,
        ..SETTINGS
    };
    let mut recorded = 0;
    for shard in 0..48 {
        machine.pass(2 * PERMIT_LEASE);
        let at = machine.now();
        let identify = RecordedIdentify { shard, at: at.wall };
        match state.spend(identify, &settings, &at) {
            LedgerVerdict::Recorded => recorded += 1,
            verdict => assert_eq!(verdict, LedgerVerdict::Refused(WaitReason::Budget)),
        }
    }
    assert_eq!(recorded, 35);
}

#[test]
fn reported_period_applies_until_its_reset() {
    for step in steps() {
        let mut machine = Machine::new();
        let mut bot = Bot::default();
        bot.identify(&mut machine, 10);
        machine.pass(MINUTE);
        let report = LedgerEntry::LimitReported(snapshot(&machine, 25, HOUR));
        bot.state.apply(&report, &machine.now());
        machine.step = step;
        assert_eq!(bot.identify(&mut machine, 3), 3);
        let left = bot.state.restrict(SETTINGS, &machine.now());
        assert_eq!(left.remaining, 22, "{step:?}");
        assert_eq!(left.reset_after, HOUR - 3 * IDENTIFY_SPACING);
        machine.pass(HOUR);
        assert_eq!(bot.remaining(&machine), 40, "{step:?}");
        bot.identify(&mut machine, 2);
        assert_eq!(bot.remaining(&machine), 38, "only those after the reset");
    }
}

#[test]
fn identifies_around_a_report_count_in_addition() {
    let mut machine = Machine::new();
    let mut bot = Bot::default();
    bot.identify(&mut machine, 4);
    machine.pass(4 * MINUTE);
    bot.identify(&mut machine, 1);
    // Discord's answer was on its way while the shard identified.
    machine.pass(Duration::from_secs(3));
    let at = machine.now();
    let unsent = RecordedIdentify {
        shard: 1,
        at: at.wall,
    };
    assert_eq!(
        bot.state.spend(unsent, &SETTINGS, &at),
        LedgerVerdict::Recorded
    );
    machine.pass(Duration::from_secs(1));
    let report = LedgerEntry::LimitReported(snapshot(&machine, 30, HOUR));
    bot.state.apply(&report, &machine.now());
    assert_eq!(bot.remaining(&machine), 28);
    // So with one that says that all are left, which ends what came before.
    let report = LedgerEntry::LimitReported(snapshot(&machine, 40, HOUR));
    bot.state.apply(&report, &machine.now());
    assert_eq!(bot.remaining(&machine), 38);
}

#[test]
fn report_that_was_written_late_counts_identifies_since() {
    let mut machine = Machine::new();
    let mut bot = Bot::default();
    let report = LedgerEntry::LimitReported(snapshot(&machine, 30, 3 * HOUR));
    machine.pass(MINUTE);
    bot.identify(&mut machine, 2);
    machine.pass(HOUR - 2 * MINUTE);
    bot.state.apply(&report, &machine.now());
    assert_eq!(bot.remaining(&machine), 28);
    // No write takes longer than an hour: the wall clock was set since the report.
    machine.pass(HOUR);
    bot.state.apply(&report, &machine.now());
    assert_eq!(bot.remaining(&machine), 30);
}

#[test]
fn limit_of_which_all_are_left_starts_with_the_next_identify() {
    let mut machine = Machine::new();
    let mut bot = Bot::default();
    bot.identify(&mut machine, 5);
    machine.pass(MINUTE);
    let report = LedgerEntry::LimitReported(snapshot(&machine, 40, HOUR));
    bot.state.apply(&report, &machine.now());
    assert_eq!(bot.remaining(&machine), 40);
    bot.identify(&mut machine, 3);
    machine.pass(2 * HOUR);
    let left = bot.state.restrict(SETTINGS, &machine.now());
    assert_eq!(left.remaining, 37, "the reported reset says nothing");
    assert!(left.reset_after > 21 * HOUR, "{left:?}");
}

#[test]
fn total_is_that_of_the_report_until_its_reset() {
    let mut machine = Machine::new();
    let mut state = LedgerState::default();
    let report = snapshot(&machine, 25, HOUR);
    state.apply(&LedgerEntry::LimitReported(report), &machine.now());
    assert_eq!(state.limit(), Some(&report));
    let settings = QueueSettings {
        remaining: 1000,
        total: 1000,
        ..SETTINGS
    };
    for (passes, expected) in [(HOUR - MILLISECOND, (25, 40)), (MILLISECOND, (1000, 1000))] {
        machine.pass(passes);
        let left = state.restrict(settings, &machine.now());
        assert_eq!((left.remaining, left.total), expected);
    }
}

#[test]
fn assumed_limit_only_lowers_what_is_left() {
    let mut machine = Machine::new();
    let mut bot = Bot::default();
    bot.identify(&mut machine, 10);
    let assumed = |machine: &Machine, remaining| {
        LedgerEntry::LimitAssumed(snapshot(machine, remaining, HOUR))
    };
    machine.pass(MINUTE);
    for no_fewer in [35, 30] {
        let entry = assumed(&machine, no_fewer);
        bot.state.apply(&entry, &machine.now());
        assert_eq!(bot.remaining(&machine), 30);
        assert_eq!(bot.state.limit(), None);
    }
    bot.state.apply(&assumed(&machine, 20), &machine.now());
    assert_eq!(bot.remaining(&machine), 20);
    bot.identify(&mut machine, 1);
    assert_eq!(bot.remaining(&machine), 19);
    machine.pass(HOUR);
    assert_eq!(
        bot.remaining(&machine),
        29,
        "it was a guess, so all of the day count"
    );
}

#[test]
fn limit_with_a_distant_reset_is_not_extended_by_old_identifies() {
    let mut machine = Machine::new();
    let mut bot = Bot::default();
    let report = LedgerEntry::LimitReported(snapshot(&machine, 10, 3 * DAY));
    bot.state.apply(&report, &machine.now());
    machine.pass(MINUTE);
    bot.identify(&mut machine, 4);
    machine.pass(2 * DAY);
    assert_eq!(bot.remaining(&machine), 6);
    bot.state.pass_time(&machine.now());
    assert_eq!(bot.state.spent().len(), 0);
    assert_eq!(bot.remaining(&machine), 6);
}

#[test]
fn empty_ledger_leaves_settings_unchanged() {
    let now = Machine::new().now();
    assert_eq!(LedgerState::default().restrict(SETTINGS, &now), SETTINGS);
    let settings = QueueSettings {
        remaining: 3,
        reset_after: HOUR,
        ..SETTINGS
    };
    assert_eq!(LedgerState::default().restrict(settings, &now), settings);
}

#[test]
fn returned_permit_is_removed() {
    let now = Machine::new().now();
    let identify = RecordedIdentify {
        shard: 3,
        at: START,
    };
    let mut state = LedgerState::default();
    for entry in [
        LedgerEntry::Spent(identify),
        LedgerEntry::Spent(identify),
        LedgerEntry::Returned(identify),
    ] {
        state.apply(&entry, &now);
    }
    assert_eq!(state.spent().collect::<Vec<_>>(), [identify]);
}

#[test]
fn identifies_older_than_a_day_are_removed() {
    let mut machine = Machine::new();
    let mut state = LedgerState::default();
    for _ in 0..10_000 {
        machine.pass(MINUTE);
        let at = machine.now();
        let identify = RecordedIdentify {
            shard: 0,
            at: at.wall,
        };
        state.apply(&LedgerEntry::Spent(identify), &at);
    }
    assert_eq!(
        state.spent().len(),
        24 * 60 + 2,
        "a lease and a margin longer"
    );
}

#[test]
fn number_of_identifies_is_bounded() {
    let now = Machine::new().now();
    let mut state = LedgerState::default();
    for shard in 0..100_010 {
        state.add(RecordedIdentify { shard, at: START }, START);
    }
    state.pass_time(&now);
    assert_eq!(state.spent().len(), 100_000);
    assert_eq!(
        state.spent().next_back().map(|spent| spent.shard),
        Some(100_009)
    );
}
