//! The stored form of the state, and that of format 1.

use super::*;

#[test]
fn state_is_read_as_it_was_written() {
    let mut machine = Machine::new();
    let mut bot = Bot::default();
    bot.identify(&mut machine, 4);
    machine.reboot();
    machine.pass(MINUTE);
    let entries = [
        LedgerEntry::LimitReported(snapshot(&machine, 30, HOUR)),
        LedgerEntry::Spent(RecordedIdentify {
            shard: 9,
            at: START,
        }),
    ];
    for entry in &entries {
        bot.state.apply(entry, &machine.now());
    }
    // Some time passes after the report, and only the wall clock shows it.
    machine.reboot();
    machine.pass(MINUTE);
    bot.state.pass_time(&machine.now());
    let stored = serde_json::to_string(&bot.state).unwrap();
    let again = serde_json::from_str::<LedgerState>(&stored).unwrap();
    assert_eq!(again, bot.state, "{stored}");
    assert!(stored.contains(r#""boot":"#), "{stored}");
}

#[test]
fn doubt_is_stored_once_there_is_any() {
    let mut machine = Machine::new();
    let mut bot = Bot::default();
    bot.identify(&mut machine, 1);
    let report = LedgerEntry::LimitReported(snapshot(&machine, 30, HOUR));
    bot.state.apply(&report, &machine.now());
    machine.pass(MINUTE);
    bot.state.pass_time(&machine.now());
    let stored = serde_json::to_string(&bot.state).unwrap();
    assert!(!stored.contains("doubt"), "{stored}");
    machine.reboot();
    machine.pass(MINUTE);
    bot.state.pass_time(&machine.now());
    let stored = serde_json::to_string(&bot.state).unwrap();
    let doubts = stored.matches(r#""doubt":60000"#).count();
    assert_eq!(doubts, 2, "that of the limit and of the identify: {stored}");
}

#[test]
fn format_without_a_clock_is_read() {
    let hour = |hours: u64| START.as_millis() + hours * 3_600_000;
    let stored = format!(
        r#"{{"announced":{{"at":{},"remaining":20,"total":40,"resets_at":{}}},
            "spent":[{{"shard":0,"at":{}}},{{"shard":1,"at":{}}},{{"shard":2,"at":17}}]}}"#,
        hour(2),
        hour(6),
        hour(1),
        hour(3)
    );
    let state = serde_json::from_str::<LedgerState>(&stored).unwrap();
    let mut machine = Machine::new();
    machine.pass(3 * HOUR + MINUTE);
    let left = state.restrict(SETTINGS, &machine.now());
    assert_eq!(
        left.remaining, 18,
        "the last one is not older than the one before"
    );
    assert_eq!(left.total, 40);
    let left = left.reset_after;
    assert!(left >= 3 * HOUR - MINUTE && left <= 3 * HOUR, "{left:?}");
    assert_eq!(state.spent().len(), 3);
    let empty = serde_json::from_str::<LedgerState>(r#"{"announced":null,"spent":[]}"#);
    assert_eq!(empty.unwrap(), LedgerState::default());
}

#[test]
fn identify_that_was_a_day_old_in_the_format_without_a_clock_does_not_count() {
    let counted = DAY + 5 * SECOND;
    for (age, remaining) in [(counted - MILLISECOND, 38), (counted, 39), (3 * DAY, 39)] {
        let latest = START.saturating_add(age);
        let stored = format!(
            r#"{{"announced":null,"spent":[{{"shard":0,"at":{}}},{{"shard":1,"at":{}}}]}}"#,
            START.as_millis(),
            latest.as_millis()
        );
        let state = serde_json::from_str::<LedgerState>(&stored).unwrap();
        let left = state.restrict(SETTINGS, &ClockReading::of_wall(latest));
        assert_eq!(left.remaining, remaining, "{age:?}");
    }
}

#[test]
fn impossible_clock_is_an_error() {
    let stored = r#"{"clock":{"time":7,"walls":[]},"announced":null,"spent":[]}"#;
    assert!(serde_json::from_str::<LedgerState>(stored).is_err());
}
