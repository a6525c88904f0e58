//! What every client goes through.

use std::{collections::BTreeSet, path::Path, process::Command, time::Duration};

use serde_json::{Value, json};

use crate::{
    bot::{Bot, Event, Told},
    clock,
    emulator::{Broken, Emulator},
};

/// For anything that is awaited: interpreters start slowly on a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// Made-up events that come before the first drop.
const EVENTS: usize = 40;

/// Enough for several heartbeats within the story, with grace for a machine that is busy.
const EMULATOR: [&str; 10] = [
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

/// Events that it misses each time, and is to be told of later.
const MISSED: u64 = 10;

/// How a client loses its connection.
const LOSSES: [(&str, &str); 2] = [("the connection is cut", "drop"), ("op 7", "reconnect")];

/// What came of it.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) version: String,
    pub(crate) runtime: String,
    /// As the emulator sees it.
    pub(crate) compression: String,
    /// Dispatches that the client told of.
    pub(crate) events: usize,
    /// Those of them that came after later ones.
    pub(crate) overtaken: usize,
    /// Sessions resumed, and dispatches replayed for that, as the emulator counts them.
    pub(crate) resumed: u64,
    pub(crate) replayed: u64,
    pub(crate) heartbeats: u64,
    pub(crate) broken: Broken,
}

/// Plays it with an emulator from the folder `built`, and with `command` as the client.
pub(crate) fn play(built: &Path, log: &Path, mut command: Command) -> Result<Played, String> {
    let emulator = Emulator::start(built, &EMULATOR)?;
    command
        .env("API", format!("{}/api", emulator.told("rest")?))
        .env("GATEWAY", emulator.told("ws")?)
        .env("TOKEN", emulator.told("token")?);
    let mut bot = Bot::start(command, log)?;
    let guild = start(&emulator, &mut bot)?;
    let Seen(session) = Seen::of(&emulator)?;
    answer(&emulator, &mut bot, &guild)?;
    for (at, loss) in LOSSES.into_iter().enumerate() {
        lose(&emulator, &mut bot, &guild, at, loss)?;
    }
    // A client with a session sends heartbeats.
    let heartbeats = clock::until(PATIENCE, "a third heartbeat", || {
        Ok(Some(emulator.count("heartbeats")?).filter(|count| *count >= 3))
    })?;
    hear_all(&mut bot)?;
    leave(&emulator, &mut bot, &guild)?;
    check_events(&bot)?;
    let Some(Told::Start { version, runtime }) = bot.told().first() else {
        return Err(bot.blame("it did not introduce itself".to_owned()));
    };
    Ok(Played {
        version: version.clone(),
        runtime: runtime.clone(),
        compression: session["compression"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        events: bot.events().count(),
        overtaken: overtaken(bot.events().map(|event| event.sequence)),
        resumed: emulator.count("sessions_resumed")?,
        replayed: emulator.count("replayed")?,
        heartbeats,
        broken: emulator.broken()?,
    })
}

/// READY, every guild, some events. Gives a guild.
fn start(emulator: &Emulator, bot: &mut Bot) -> Result<String, String> {
    let guilds = emulator.look("guilds")?;
    let guilds: BTreeSet<&str> = guilds
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str())
        .collect();
    bot.listen(PATIENCE, "READY", |bot| {
        let guilds = guilds.len();
        bot.told().contains(&Told::Ready { guilds })
    })?;
    bot.listen(PATIENCE, "GUILD_CREATE of every guild", |bot| {
        let told: BTreeSet<&str> = bot
            .events()
            .filter(|event| event.name == "GUILD_CREATE")
            .filter_map(|event| event.id.as_deref())
            .collect();
        told == guilds
    })?;
    bot.listen(PATIENCE, "events of every day", |bot| {
        bot.events().count() >= 1 + guilds.len() + EVENTS
    })?;
    let first = guilds.first().ok_or("the emulator has no guild")?;
    Ok((*first).to_owned())
}

/// A member asks, the bot answers over REST, and hears itself.
fn answer(emulator: &Emulator, bot: &mut Bot, guild: &str) -> Result<(), String> {
    emulator.say(guild, "!ping")?;
    bot.listen(PATIENCE, "its own answer", |bot| bot.heard("pong") == 1)?;
    let written = emulator.look("bot-messages")?;
    if written[0]["content"] != "pong" || written[0]["guild"] != guild {
        return Err(format!("the answer went astray: {written}"));
    }
    Ok(())
}

/// It loses its connection, misses something, resumes and hears of it.
fn lose(
    emulator: &Emulator,
    bot: &mut Bot,
    guild: &str,
    at: usize,
    (loss, action): (&str, &str),
) -> Result<(), String> {
    let resumed = |bot: &Bot| {
        let times = bot.told().iter().filter(|told| **told == Told::Resumed);
        times.count()
    };
    let (before, missed) = (resumed(bot), format!("said while away, {at}"));
    // Nobody is greeted until enough was missed: it can't be back before.
    emulator.act(&json!({"action": "mute", "message": "hello"}))?;
    emulator.act(&json!({"action": action}))?;
    let sequence = clock::until(PATIENCE, "the end of the connection", || {
        Ok(Seen::of(emulator)?.away())
    })?;
    if emulator.say(guild, &missed)? != 1 {
        return Err(format!("after {loss} its session is not told what is said"));
    }
    clock::until(PATIENCE, "something to miss", || {
        let away = Seen::of(emulator)?.away();
        let now = away.ok_or_else(|| format!("after {loss} it was back before HELLO"))?;
        Ok((now >= sequence + MISSED).then_some(()))
    })?;
    emulator.act(&json!({"action": "unmute", "message": "hello"}))?;
    bot.listen(PATIENCE, &format!("RESUMED after {loss}"), |bot| {
        resumed(bot) > before
    })?;
    bot.listen(PATIENCE, &format!("what it missed after {loss}"), |bot| {
        bot.heard(&missed) > 0
    })
}

/// What the emulator sees of the one session there is.
struct Seen(Value);

impl Seen {
    fn of(emulator: &Emulator) -> Result<Self, String> {
        match emulator.look("sessions")? {
            Value::Array(mut sessions) if sessions.len() == 1 => Ok(Self(sessions.remove(0))),
            sessions => Err(format!("there is not one session: {sessions}")),
        }
    }

    /// The sequence of its last event, if it has no connection.
    fn away(&self) -> Option<u64> {
        match self.0["connection"] {
            Value::Null => self.0["sequence"].as_u64(),
            _ => None,
        }
    }
}

/// Nothing is lost of all that came so far. Some may be late, where a client takes them one past the other.
fn hear_all(bot: &mut Bot) -> Result<(), String> {
    let sequences = |bot: &Bot| -> Vec<u64> { bot.events().map(|event| event.sequence).collect() };
    let last = sequences(bot).into_iter().max().unwrap_or_default();
    let all = bot.listen(PATIENCE, "one of the events", |bot| {
        lost(sequences(bot), last).is_none()
    });
    all.map_err(|reason| match lost(sequences(bot), last) {
        Some(sequence) => format!("the event with sequence {sequence} is lost: {reason}"),
        None => reason,
    })
}

/// It is told to leave, and the gateway sees that it did.
fn leave(emulator: &Emulator, bot: &mut Bot, guild: &str) -> Result<(), String> {
    emulator.say(guild, "!leave")?;
    bot.end(PATIENCE)?;
    clock::until(PATIENCE, "the end of the last connection", || {
        Ok((emulator.count("connections")? == 0).then_some(()))
    })?;
    let stats = emulator.look("stats")?;
    for (counter, expected) in [
        ("identifies", 1),
        ("sessions_started", 1),
        ("resumes", LOSSES.len() as u64),
        ("sessions_resumed", LOSSES.len() as u64),
        ("sessions", 0),
        ("bot_messages", 1),
    ] {
        if stats[counter] != expected {
            let reason = format!("`{counter}` is {} and not {expected}", stats[counter]);
            return Err(bot.blame(reason));
        }
    }
    let expected = MISSED * LOSSES.len() as u64;
    match emulator.count("replayed")? {
        replayed if replayed >= expected => Ok(()),
        few => Err(bot.blame(format!("{few} events were replayed and not {expected}"))),
    }
}

/// Each once, the missed ones too.
fn check_events(bot: &Bot) -> Result<(), String> {
    let mut told = BTreeSet::new();
    for event in bot.events() {
        if !told.insert(event.sequence) {
            let Event { name, sequence, .. } = event;
            return Err(bot.blame(format!("{name} with sequence {sequence} came twice")));
        }
    }
    let missed = (0..LOSSES.len()).map(|at| format!("said while away, {at}"));
    let said = ["!ping", "pong", "!leave"].map(str::to_owned);
    for content in said.into_iter().chain(missed) {
        let times = bot.heard(&content);
        if times != 1 {
            return Err(bot.blame(format!("{content:?} came {times} times")));
        }
    }
    Ok(())
}

/// The first sequence up to `last` that was not told.
fn lost(events: impl IntoIterator<Item = u64>, last: u64) -> Option<u64> {
    let told: BTreeSet<u64> = events.into_iter().collect();
    (1..=last).find(|sequence| !told.contains(sequence))
}

/// How many were told after one that came later.
fn overtaken(events: impl IntoIterator<Item = u64>) -> usize {
    let mut last = 0;
    let late = events.into_iter().filter(|&sequence| {
        let is_late = sequence < last;
        last = last.max(sequence);
        is_late
    });
    late.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_noticed_and_what_is_late_is_not_lost() {
        assert_eq!(lost([1, 2, 3], 3), None);
        assert_eq!(lost([1, 3, 2], 3), None);
        assert_eq!(lost([2, 3], 3), Some(1));
        assert_eq!(lost([1, 3, 4], 4), Some(2));
        assert_eq!(lost([1, 2], 3), Some(3));
    }

    #[test]
    fn what_is_late_is_counted() {
        assert_eq!(overtaken([1, 2, 3]), 0);
        assert_eq!(overtaken([1, 3, 2, 4]), 1);
        assert_eq!(overtaken([4, 1, 2, 3, 5]), 3);
    }
}
