//! What a ledger counts, whatever the wall clock shows.

use super::*;

#[test]
fn start_at_1970_that_identifies_forgets_nothing() {
    for (name, mut machine, reboots) in machines() {
        let mut bot = Bot::default();
        assert_eq!(bot.identify(&mut machine, 16), 16);
        machine.step = Step::Epoch;
        if reboots {
            machine.reboot();
        }
        assert_eq!(bot.identify(&mut machine, 1), 1, "{name}");
        machine.step = Step::Right;
        if reboots {
            machine.reboot();
        }
        assert_eq!(bot.remaining(&machine), 40 - 17, "{name}");
        assert_eq!(bot.identify(&mut machine, 48), 40 - 17, "{name}");
    }
}

#[test]
fn no_step_of_the_clock_forgets_the_day() {
    for first in steps() {
        for second in steps() {
            for (name, mut machine, reboots) in machines() {
                let mut bot = Bot::default();
                let mut identified = 0;
                for step in [first, second, Step::Right] {
                    machine.step = step;
                    if reboots {
                        machine.reboot();
                    }
                    identified += bot.identify(&mut machine, 16);
                    machine.pass(6 * HOUR);
                }
                assert!(
                    identified <= 40,
                    "{name}: {first:?} {second:?}: {identified}"
                );
            }
        }
    }
}

#[test]
fn crash_loop_with_a_clock_that_jumps_keeps_the_limit() {
    for (name, mut machine, _) in machines() {
        let mut bot = Bot::default();
        let mut identified = 0;
        // 20 hours.
        for round in 0..240 {
            machine.step = steps()[round % steps().len()];
            identified += bot.identify(&mut machine, 1);
            machine.pass(5 * MINUTE - IDENTIFY_SPACING);
        }
        assert_eq!(identified, 40, "{name}");
    }
}

#[test]
fn identifies_count_again_after_a_day() {
    for step in steps() {
        for (name, mut machine, reboots) in machines() {
            let mut bot = Bot::default();
            assert_eq!(bot.identify(&mut machine, 40), 40);
            machine.step = step;
            if reboots {
                machine.reboot();
            }
            // The program runs, and writes down each hour that time passes.
            for _ in 0..26 {
                bot.state.pass_time(&machine.now());
                machine.pass(HOUR);
            }
            assert_eq!(bot.remaining(&machine), 40, "{name} {step:?}");
        }
    }
}

#[test]
fn program_that_runs_now_and_then_is_not_locked_out() {
    let mut machine = Machine::new();
    let mut bot = Bot::default();
    for day in 0..100 {
        machine.reboot();
        assert_eq!(bot.identify(&mut machine, 12), 12, "day {day}");
        machine.pass(DAY);
    }
    // Nor after the clock was years ahead.
    machine.step = Step::Forward(3 * YEAR);
    machine.reboot();
    bot.identify(&mut machine, 12);
    machine.step = Step::Right;
    let mut identified = 0;
    for _ in 0..20 {
        machine.reboot();
        machine.pass(DAY);
        identified = bot.identify(&mut machine, 12);
    }
    assert_eq!(identified, 12);
}

#[test]
fn longest_time_that_only_the_wall_clock_shows_is_not_trusted() {
    let mut machine = Machine::new();
    let mut bot = Bot::default();
    bot.identify(&mut machine, 10);
    machine.pass(7 * DAY);
    machine.reboot();
    assert_eq!(bot.remaining(&machine), 30, "the clock may have been set");
    bot.state.pass_time(&machine.now());
    machine.pass(DAY + MINUTE);
    assert_eq!(bot.remaining(&machine), 40, "a day by the uptime");
}

/// What is documented as not covered.
#[test]
fn clock_that_is_set_forward_further_and_further_forgets_all_but_the_longest_time() {
    for (hours, remaining) in [
        (&[30][..], 30),
        (&[30, 50], 30),
        // Two times of a day or more, of which one does not count.
        (&[30, 60], 40),
        (&[10, 20, 33], 30),
        (&[10, 20, 30, 39], 40),
    ] {
        let machines = [(Machine::without_uptime(), remaining), (Machine::new(), 30)];
        for (mut machine, remaining) in machines {
            let mut bot = Bot::default();
            bot.identify(&mut machine, 10);
            for hours in hours {
                machine.step = Step::Forward(*hours * HOUR);
                machine.pass(2 * MINUTE);
                bot.state.pass_time(&machine.now());
                machine.pass(2 * MINUTE);
                bot.state.pass_time(&machine.now());
            }
            assert_eq!(bot.remaining(&machine), remaining, "{hours:?}");
        }
    }
}

#[test]
fn identifies_since_a_report_count_past_its_reset_if_nobody_knows_when_that_was() {
    let mut machine = Machine::new();
    let mut bot = Bot::default();
    bot.identify(&mut machine, 10);
    machine.pass(MINUTE);
    let report = LedgerEntry::LimitReported(snapshot(&machine, 25, HOUR));
    bot.state.apply(&report, &machine.now());
    // The reset may have been before the first of the next identifies.
    machine.reboot();
    machine.step = Step::Back(25 * HOUR);
    assert_eq!(bot.identify(&mut machine, 3), 3);
    assert_eq!(bot.remaining(&machine), 22);
    machine.pass(HOUR);
    assert_eq!(bot.remaining(&machine), 37);
}

#[test]
fn spacing_is_kept_whatever_the_wall_clock_shows() {
    for step in steps() {
        let mut machine = Machine::new();
        let mut bot = Bot::default();
        bot.identify(&mut machine, 1);
        machine.step = step;
        let mut refused = 0;
        let mut identify = |machine: &Machine, shard: u32| {
            let at = machine.now();
            let identify = RecordedIdentify { shard, at: at.wall };
            let verdict = bot.state.spend(identify, &SETTINGS, &at);
            bot.state.apply(&LedgerEntry::Returned(identify), &at);
            verdict
        };
        for _ in 0..10 {
            machine.pass(Duration::from_millis(515));
            let verdict = identify(&machine, 4);
            assert_eq!(verdict, LedgerVerdict::Refused(WaitReason::Concurrency));
            refused += 1;
            assert_eq!(identify(&machine, 1), LedgerVerdict::Recorded);
        }
        machine.pass(Duration::from_millis(100));
        assert_eq!(identify(&machine, 4), LedgerVerdict::Recorded, "{refused}");
    }
}

#[test]
fn reported_period_is_not_ended_by_the_clock() {
    for (name, mut machine, reboots) in machines() {
        let mut bot = Bot::default();
        let report = LedgerEntry::LimitReported(snapshot(&machine, 1, 10 * HOUR));
        bot.state.apply(&report, &machine.now());
        for step in [Step::Forward(3 * YEAR), Step::Epoch, Step::Right] {
            machine.step = step;
            if reboots {
                machine.reboot();
            }
            machine.pass(MINUTE);
            bot.state.pass_time(&machine.now());
            assert_eq!(bot.remaining(&machine), 1, "{name} {step:?}");
        }
    }
}
