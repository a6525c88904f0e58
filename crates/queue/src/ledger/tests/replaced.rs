//! What a ledger adds from the one whose place it takes. Their clocks may differ by years.

use super::*;

fn reported(machine: &Machine, remaining: u32) -> LedgerState {
    let report = LedgerEntry::LimitReported(snapshot(machine, remaining, HOUR));
    let mut state = LedgerState::default();
    state.apply(&report, &machine.now());
    state
}

/// Returns what is left if `state` takes the place of `other`.
fn remaining(state: &LedgerState, other: &LedgerState, machine: &Machine) -> u32 {
    let now = machine.now();
    let mut state = state.clone();
    state.add_missing(other.clone(), &now);
    state.restrict(SETTINGS, &now).remaining
}

#[test]
fn empty_ledger_answers_as_the_one_whose_place_it_takes() {
    for step in steps() {
        let mut machine = Machine::new();
        machine.step = step;
        let mut bot = Bot::default();
        bot.identify(&mut machine, 10);
        machine.pass(MINUTE);
        let report = LedgerEntry::LimitReported(snapshot(&machine, 25, HOUR));
        bot.state.apply(&report, &machine.now());
        bot.identify(&mut machine, 3);
        let not_sent = RecordedIdentify {
            shard: 3,
            at: machine.now().wall,
        };
        let entry = LedgerEntry::Spent(not_sent);
        bot.state.apply(&entry, &machine.now());

        machine.step = Step::Right;
        let mut state = LedgerState::default();
        state.add_missing(bot.state.clone(), &machine.now());
        let seconds = (0..2 * 60).map(|_| SECOND);
        for passes in seconds.chain((0..26 * 60).map(|_| MINUTE)) {
            machine.pass(passes);
            let now = machine.now();
            assert_eq!(
                state.restrict(SETTINGS, &now),
                bot.state.restrict(SETTINGS, &now),
                "{step:?} {:?}",
                machine.elapsed
            );
            assert_eq!(
                state.spacing_left(&now),
                bot.state.spacing_left(&now),
                "{step:?} {:?}",
                machine.elapsed
            );
        }
    }
}

#[test]
fn later_report_applies() {
    for step in steps() {
        let mut machine = Machine::new();
        machine.pass(MINUTE);
        machine.step = step;
        let earlier = reported(&machine, 20);
        machine.step = Step::Right;
        machine.pass(MINUTE);
        let later = reported(&machine, 30);
        machine.pass(MINUTE);
        assert_eq!(remaining(&earlier, &later, &machine), 30, "{step:?}");
        assert_eq!(remaining(&later, &earlier, &machine), 30, "{step:?}");
    }
}

#[test]
fn report_of_the_same_time_is_not_missing() {
    for step in steps() {
        let mut machine = Machine::new();
        machine.pass(MINUTE);
        let one = reported(&machine, 20);
        machine.step = step;
        let other = reported(&machine, 30);
        assert_eq!(remaining(&one, &other, &machine), 20, "{step:?}");
        assert_eq!(remaining(&other, &one, &machine), 30, "{step:?}");
    }
}

#[test]
fn guess_of_another_ledger_hides_no_identify_after_its_reset() {
    let mut machine = Machine::new();
    let mut bot = Bot::default();
    bot.identify(&mut machine, 5);
    machine.pass(10 * MINUTE);
    // A clock that shows the first moment of 1970.
    machine.step = Step::Back(100 * YEAR);
    let mut other = LedgerState::default();
    let guess = LedgerEntry::LimitAssumed(snapshot(&machine, 20, HOUR));
    other.apply(&guess, &machine.now());
    machine.step = Step::Right;
    bot.state.add_missing(other, &machine.now());
    assert_eq!(bot.remaining(&machine), 20);
    machine.pass(HOUR);
    assert_eq!(bot.remaining(&machine), 35, "all of the day count");
}
