//! The steps that every client is driven through.

use std::{collections::BTreeSet, path::Path, process::Command, time::Duration};

use serde_json::{Value, json};

use crate::{
    bot::{Bot, Event, Report},
    clock,
    emulator::{Emulator, Findings},
};

/// The timeout of each step. Interpreters start slowly on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The number of generated events before the first interruption.
const EVENTS: usize = 40;

/// A heartbeat interval short enough for several heartbeats in a run, with a grace period for a busy machine.
const EMULATOR_OPTIONS: [&str; 11] = [
    "--quiet",
    "--guilds",
    "5",
    "--events-per-second",
    "40",
    "--heartbeat-interval",
    "2s",
    "--heartbeat-grace",
    "20s",
    "--seed",
    "7",
];

/// The number of events that occur during each interruption, at least.
const MISSED_EVENTS: u64 = 10;

/// The interruptions of the connection: a description, and the emulator's action.
const INTERRUPTIONS: [(&str, &str); 2] = [("the connection is cut", "drop"), ("op 7", "reconnect")];

/// The results of a run.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) version: String,
    pub(crate) runtime: String,
    /// The encoding according to the emulator.
    pub(crate) encoding: String,
    /// The compression according to the emulator.
    pub(crate) compression: String,
    /// The number of dispatches that the client reported.
    pub(crate) events: usize,
    /// The number of dispatches that were reported after a later one.
    pub(crate) out_of_order: usize,
    /// The number of resumed sessions according to the emulator.
    pub(crate) resumed: u64,
    /// The number of replayed dispatches according to the emulator.
    pub(crate) replayed: u64,
    pub(crate) heartbeats: u64,
    pub(crate) violations: Findings,
    /// What Discord accepts although its documentation says otherwise.
    pub(crate) notes: Findings,
}

/// Runs the client `command` against an emulator from the folder `built`.
///
/// # Errors
///
/// A step times out, or the client loses or repeats an event.
pub(crate) fn run(built: &Path, log: &Path, mut command: Command) -> Result<Summary, String> {
    let emulator = Emulator::start(built, &EMULATOR_OPTIONS)?;
    command
        .env("API", format!("{}/api", emulator.setting("rest")?))
        .env("GATEWAY", emulator.setting("ws")?)
        .env("TOKEN", emulator.setting("token")?);
    let mut bot = Bot::start(command, log)?;
    let guild = wait_for_first_events(&emulator, &mut bot)?;
    let Session(session) = Session::fetch(&emulator)?;
    check_reply(&emulator, &mut bot, &guild)?;
    for (number, interruption) in INTERRUPTIONS.into_iter().enumerate() {
        interrupt(&emulator, &mut bot, &guild, number, interruption)?;
    }
    let heartbeats = clock::poll_until(TIMEOUT, "third heartbeat", || {
        Ok(Some(emulator.counter("heartbeats")?).filter(|count| *count >= 3))
    })?;
    wait_for_all_events(&mut bot)?;
    shut_down(&emulator, &mut bot, &guild)?;
    check_events(&bot)?;
    let Some(Report::Start { version, runtime }) = bot.reports().first() else {
        return Err(bot.failure("the first report is not `start`".to_owned()));
    };
    Ok(Summary {
        version: version.clone(),
        runtime: runtime.clone(),
        encoding: text(&session["encoding"]),
        compression: text(&session["compression"]),
        events: bot.events().count(),
        out_of_order: count_out_of_order(bot.events().map(|event| event.sequence)),
        resumed: emulator.counter("sessions_resumed")?,
        replayed: emulator.counter("replayed")?,
        heartbeats,
        violations: emulator.findings("violations")?,
        notes: emulator.findings("notes")?,
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Waits for READY, GUILD_CREATE of every guild and generated events. Returns the id of a guild.
fn wait_for_first_events(emulator: &Emulator, bot: &mut Bot) -> Result<String, String> {
    let guilds = emulator.get("guilds")?;
    let guilds: BTreeSet<&str> = guilds
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str())
        .collect();
    bot.wait_for(TIMEOUT, "READY", |bot| {
        let guilds = guilds.len();
        bot.reports().contains(&Report::Ready { guilds })
    })?;
    bot.wait_for(TIMEOUT, "GUILD_CREATE of every guild", |bot| {
        let created: BTreeSet<&str> = bot
            .events()
            .filter(|event| event.name == "GUILD_CREATE")
            .filter_map(|event| event.id.as_deref())
            .collect();
        created == guilds
    })?;
    bot.wait_for(TIMEOUT, "generated events", |bot| {
        bot.events().count() >= 1 + guilds.len() + EVENTS
    })?;
    let first = guilds.first().ok_or("the emulator has no guild")?;
    Ok((*first).to_owned())
}

/// Checks that the bot replies to a message over REST and receives its own reply.
fn check_reply(emulator: &Emulator, bot: &mut Bot, guild: &str) -> Result<(), String> {
    emulator.say(guild, "!ping")?;
    bot.wait_for(TIMEOUT, "MESSAGE_CREATE of the reply", |bot| {
        bot.count_messages("pong") == 1
    })?;
    let messages = emulator.get("bot-messages")?;
    if messages[0]["content"] != "pong" || messages[0]["guild"] != guild {
        return Err(format!("the reply is wrong: {messages}"));
    }
    Ok(())
}

/// Returns the content of the message that is sent during an interruption.
fn missed_message(number: usize) -> String {
    format!("sent during interruption {number}")
}

/// Interrupts the connection, and checks that the client resumes and receives the missed message.
fn interrupt(
    emulator: &Emulator,
    bot: &mut Bot,
    guild: &str,
    number: usize,
    (interruption, action): (&str, &str),
) -> Result<(), String> {
    let count_resumed = |bot: &Bot| {
        let resumed = bot.reports().iter().filter(|it| **it == Report::Resumed);
        resumed.count()
    };
    let (before, message) = (count_resumed(bot), missed_message(number));
    // Without HELLO, the client can't resume before it has missed enough events.
    emulator.perform(&json!({"action": "mute", "message": "hello"}))?;
    emulator.perform(&json!({"action": action}))?;
    let sequence = clock::poll_until(TIMEOUT, "end of the connection", || {
        Ok(Session::fetch(emulator)?.disconnected_sequence())
    })?;
    if emulator.say(guild, &message)? != 1 {
        return Err(format!(
            "after {interruption}, events are not dispatched to the session"
        ));
    }
    clock::poll_until(TIMEOUT, "event that the client misses", || {
        let last = Session::fetch(emulator)?
            .disconnected_sequence()
            .ok_or_else(|| format!("after {interruption}, the client resumed before HELLO"))?;
        Ok((last >= sequence + MISSED_EVENTS).then_some(()))
    })?;
    emulator.perform(&json!({"action": "unmute", "message": "hello"}))?;
    bot.wait_for(TIMEOUT, &format!("RESUMED after {interruption}"), |bot| {
        count_resumed(bot) > before
    })?;
    bot.wait_for(
        TIMEOUT,
        &format!("missed message after {interruption}"),
        |bot| bot.count_messages(&message) > 0,
    )
}

/// The only session, according to the emulator.
struct Session(Value);

impl Session {
    fn fetch(emulator: &Emulator) -> Result<Self, String> {
        match emulator.get("sessions")? {
            Value::Array(mut sessions) if sessions.len() == 1 => Ok(Self(sessions.remove(0))),
            sessions => Err(format!("expected one session: {sessions}")),
        }
    }

    /// Returns the sequence number of the last event if the session has no connection.
    fn disconnected_sequence(&self) -> Option<u64> {
        match self.0["connection"] {
            Value::Null => self.0["sequence"].as_u64(),
            _ => None,
        }
    }
}

/// Waits until every event up to the latest one is reported. Some libraries deliver events out of order.
fn wait_for_all_events(bot: &mut Bot) -> Result<(), String> {
    let sequences = |bot: &Bot| -> Vec<u64> { bot.events().map(|event| event.sequence).collect() };
    let last = sequences(bot).into_iter().max().unwrap_or_default();
    let result = bot.wait_for(TIMEOUT, "complete events", |bot| {
        first_missing(sequences(bot), last).is_none()
    });
    result.map_err(|error| match first_missing(sequences(bot), last) {
        Some(sequence) => format!("the event with sequence number {sequence} is lost: {error}"),
        None => error,
    })
}

/// Tells the bot to close its connection, and checks the emulator's counters.
fn shut_down(emulator: &Emulator, bot: &mut Bot, guild: &str) -> Result<(), String> {
    emulator.say(guild, "!leave")?;
    bot.wait_for_exit(TIMEOUT)?;
    clock::poll_until(TIMEOUT, "end of the last connection", || {
        Ok((emulator.counter("connections")? == 0).then_some(()))
    })?;
    let stats = emulator.get("stats")?;
    for (counter, expected) in [
        ("identifies", 1),
        ("sessions_started", 1),
        ("resumes", INTERRUPTIONS.len() as u64),
        ("sessions_resumed", INTERRUPTIONS.len() as u64),
        ("sessions", 0),
        ("bot_messages", 1),
    ] {
        if stats[counter] != expected {
            let reason = format!("`{counter}` is {}, expected {expected}", stats[counter]);
            return Err(bot.failure(reason));
        }
    }
    let expected = MISSED_EVENTS * INTERRUPTIONS.len() as u64;
    match emulator.counter("replayed")? {
        replayed if replayed >= expected => Ok(()),
        replayed => Err(bot.failure(format!(
            "{replayed} events were replayed, expected at least {expected}"
        ))),
    }
}

/// Checks that no event was reported twice, and each message once.
fn check_events(bot: &Bot) -> Result<(), String> {
    let mut sequences = BTreeSet::new();
    for event in bot.events() {
        if !sequences.insert(event.sequence) {
            let Event { name, sequence, .. } = event;
            return Err(bot.failure(format!(
                "{name} with sequence number {sequence} was reported twice"
            )));
        }
    }
    let missed = (0..INTERRUPTIONS.len()).map(missed_message);
    let others = ["!ping", "pong", "!leave"].map(str::to_owned);
    for content in others.into_iter().chain(missed) {
        let count = bot.count_messages(&content);
        if count != 1 {
            return Err(bot.failure(format!(
                "the message {content:?} was reported {count} times"
            )));
        }
    }
    Ok(())
}

/// Returns the first sequence number up to `last` that was not reported.
fn first_missing(sequences: impl IntoIterator<Item = u64>, last: u64) -> Option<u64> {
    let reported: BTreeSet<u64> = sequences.into_iter().collect();
    (1..=last).find(|sequence| !reported.contains(sequence))
}

/// Returns how many events were reported after a later one.
fn count_out_of_order(sequences: impl IntoIterator<Item = u64>) -> usize {
    let mut max = 0;
    let out_of_order = sequences.into_iter().filter(|&sequence| {
        let is_late = sequence < max;
        max = max.max(sequence);
        is_late
    });
    out_of_order.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_event_is_found_and_late_event_is_not_missing() {
        assert_eq!(first_missing([1, 2, 3], 3), None);
        assert_eq!(first_missing([1, 3, 2], 3), None);
        assert_eq!(first_missing([2, 3], 3), Some(1));
        assert_eq!(first_missing([1, 3, 4], 4), Some(2));
        assert_eq!(first_missing([1, 2], 3), Some(3));
    }

    #[test]
    fn events_after_a_later_one_are_counted() {
        assert_eq!(count_out_of_order([1, 2, 3]), 0);
        assert_eq!(count_out_of_order([1, 3, 2, 4]), 1);
        assert_eq!(count_out_of_order([4, 1, 2, 3, 5]), 3);
    }
}
