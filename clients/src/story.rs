//! What every client goes through.

use std::{collections::BTreeSet, path::Path, process::Command, time::Duration};

use serde_json::json;

use crate::{
    bot::{Bot, Event, Told},
    clock,
    emulator::{Broken, Emulator},
};

/// For anything that is awaited: interpreters start slowly on a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(30);

const GUILDS: usize = 5;

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

/// How long HELLO is withheld from a client that comes back, so that what is said meanwhile is missed for sure.
const AWAY_SECONDS: f64 = 1.0;

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
    let sessions = emulator.look("sessions")?;
    answer(&emulator, &mut bot, &guild)?;
    for (at, loss) in LOSSES.into_iter().enumerate() {
        lose(&emulator, &mut bot, &guild, at, loss)?;
    }
    // A session that lives has a heart that beats.
    let heartbeats = clock::until(PATIENCE, "a third heartbeat", || {
        Ok(Some(emulator.count("heartbeats")?).filter(|beats| *beats >= 3))
    })?;
    leave(&emulator, &mut bot, &guild)?;
    check_events(&bot)?;
    let Some(Told::Start { version, runtime }) = bot.told().first() else {
        return Err(bot.blame("it did not introduce itself".to_owned()));
    };
    Ok(Played {
        version: version.clone(),
        runtime: runtime.clone(),
        compression: sessions[0]["compression"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        events: bot.events().count(),
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
        bot.told().contains(&Told::Ready { guilds: GUILDS })
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
        bot.events().count() >= 1 + GUILDS + EVENTS
    })?;
    let first = guilds.first().ok_or("the emulator has no guild")?;
    Ok((*first).to_owned())
}

/// A member asks, the bot answers over REST, and hears itself.
fn answer(emulator: &Emulator, bot: &mut Bot, guild: &str) -> Result<(), String> {
    emulator.say(guild, "!ping")?;
    bot.listen(PATIENCE, "its own answer", |bot| bot.heard("pong") == 1)?;
    let written = emulator.look("messages")?;
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
    (loss, deed): (&str, &str),
) -> Result<(), String> {
    let resumed = |bot: &Bot| {
        let times = bot.told().iter().filter(|told| **told == Told::Resumed);
        times.count()
    };
    let (before, missed) = (resumed(bot), format!("said while away, {at}"));
    emulator.act(&json!({"do": "mute", "what": "hello", "for": AWAY_SECONDS}))?;
    emulator.act(&json!({"do": deed}))?;
    clock::until(PATIENCE, "the end of the connection", || {
        Ok(is_away(emulator)?.then_some(()))
    })?;
    if emulator.say(guild, &missed)? != 1 || !is_away(emulator)? {
        return Err(format!("after {loss} it was back before HELLO"));
    }
    bot.listen(PATIENCE, &format!("RESUMED after {loss}"), |bot| {
        resumed(bot) > before
    })?;
    bot.listen(PATIENCE, &format!("what it missed after {loss}"), |bot| {
        bot.heard(&missed) > 0
    })
}

/// Whether its one session has no connection.
fn is_away(emulator: &Emulator) -> Result<bool, String> {
    let sessions = emulator.look("sessions")?;
    match sessions.as_array().map(Vec::as_slice) {
        Some([session]) => Ok(session["connection"].is_null()),
        _ => Err(format!("there is not one session: {sessions}")),
    }
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
    Ok(())
}

/// Each once and in order, the missed ones too.
fn check_events(bot: &Bot) -> Result<(), String> {
    in_order(bot.events()).map_err(|reason| bot.blame(reason))?;
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

/// Whether their sequences are 1, 2, 3 and so on.
fn in_order<'a>(events: impl Iterator<Item = &'a Event>) -> Result<(), String> {
    for (event, expected) in events.zip(1..) {
        let Event { name, sequence, .. } = event;
        if *sequence != expected {
            return Err(format!(
                "{name} came with sequence {sequence} in place of {expected}"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sequences: &[u64]) -> Result<(), String> {
        let events: Vec<Event> = sequences
            .iter()
            .map(|&sequence| Event {
                name: "TYPING_START".to_owned(),
                sequence,
                id: None,
                content: None,
            })
            .collect();
        in_order(events.iter())
    }

    #[test]
    fn an_event_that_is_lost_or_comes_twice_is_told() {
        assert_eq!(told(&[1, 2, 3]), Ok(()));
        for wrong in [&[2, 3][..], &[1, 3], &[1, 2, 2, 3], &[1, 3, 2]] {
            let reason = told(wrong).unwrap_err();
            assert!(
                reason.starts_with("TYPING_START came with sequence"),
                "{reason}"
            );
        }
    }
}
