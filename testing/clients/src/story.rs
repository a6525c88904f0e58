//! The story that every client is driven through.

mod commands;
mod interruptions;
mod numbers;
mod sessions;

use std::{path::Path, process::Command, time::Duration};

use serde_json::Value;

pub(crate) use self::interruptions::Recovery;
use self::numbers::Numbers;
use crate::{
    bot::{Bot, Report},
    client::{Client, Scope},
    clock::{self, Deadline},
    emulator::{Emulator, Findings, TOKEN},
};

/// The timeout of each step. Interpreters start slowly on a busy machine, and shards identify five seconds apart.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A little more than the interval between two IDENTIFYs. Some libraries identify at once when their session has ended,
/// and again when that was too soon, until nothing else is sent.
const IDENTIFY_INTERVAL: Duration = Duration::from_secs(6);

/// The number of members of each guild, the owner included and the bot not.
const MEMBERS: &str = "20";

/// A heartbeat interval short enough for several heartbeats in a run, with a grace period for a busy machine.
const EMULATOR_OPTIONS: [&str; 13] = [
    "--quiet",
    "--guilds",
    "6",
    "--members",
    MEMBERS,
    "--events-per-second",
    "40",
    "--heartbeat-interval",
    "2s",
    "--heartbeat-grace",
    "20s",
    "--seed",
    "7",
];

/// The results of a run.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    /// The version of the library.
    pub(crate) version: String,
    /// The encoding according to the emulator.
    pub(crate) encoding: String,
    /// The compression according to the emulator.
    pub(crate) compression: String,
    /// The interruptions after which the session could be resumed, and what the client did.
    pub(crate) recoveries: Vec<(&'static str, Recovery)>,
    /// The number of numbered messages that were sent.
    pub(crate) sent: usize,
    /// The numbered messages that the client did not report.
    pub(crate) lost: Vec<usize>,
    /// The numbered messages that the client reported more than once.
    pub(crate) doubled: Vec<usize>,
    pub(crate) violations: Findings,
    /// What Discord accepts although its documentation says otherwise.
    pub(crate) notes: Findings,
}

/// Runs the client `command` against an emulator from the folder `built`.
///
/// # Errors
///
/// A step times out or has another result than expected.
pub(crate) fn run(
    client: Client,
    built: &Path,
    log: &Path,
    mut command: Command,
) -> Result<Summary, String> {
    let shards = client.shards().to_string();
    let mut options = EMULATOR_OPTIONS.to_vec();
    options.extend(["--shards", &shards]);
    let emulator = Emulator::start(built, &options)?;
    command
        .env("API", format!("{}/api", emulator.setting("rest")?))
        .env("GATEWAY", emulator.setting("ws")?)
        .env("TOKEN", TOKEN);
    let mut story = Story {
        numbers: Numbers::default(),
        guilds: sessions::guild_of_each_shard(&emulator, client.shards())?,
        shards: client.shards(),
        next_identify: Deadline::after(IDENTIFY_INTERVAL),
        bot: Bot::start(command, log)?,
        emulator,
    };
    story.run(client)
}

/// A run of a client.
struct Story {
    emulator: Emulator,
    bot: Bot,
    shards: u64,
    /// A guild of each shard.
    guilds: Vec<String>,
    /// From when on another IDENTIFY is allowed.
    next_identify: Deadline,
    numbers: Numbers,
}

impl Story {
    fn run(&mut self, client: Client) -> Result<Summary, String> {
        self.connect()?;
        let session = sessions::all(&self.emulator)?.swap_remove(0);
        self.reply()?;
        self.member_chunk()?;
        if client.scope() == Scope::Bot {
            self.slash_command()?;
            self.reaction()?;
            self.direct_message()?;
        }
        self.requested_heartbeat()?;
        let recoveries = self.interruptions()?;
        self.send_numbers(5)?;
        let arrived = self.await_numbers();
        let closed = self.shut_down();
        let (lost, doubled) = self.numbers.missing_and_repeated(&self.bot);
        if lost.is_empty() {
            arrived?;
        }
        closed?;
        let Some(Report::Start { version }) = self.bot.reports().first() else {
            return Err(self
                .bot
                .failure("the first report is not `start`".to_owned()));
        };
        Ok(Summary {
            version: version.clone(),
            encoding: text(&session["encoding"]),
            compression: text(&session["compression"]),
            recoveries,
            sent: self.numbers.sent(),
            lost,
            doubled,
            violations: self.emulator.findings("violations")?,
            notes: self.emulator.findings("notes")?,
        })
    }

    /// Waits for READY of every shard, and for messages.
    fn connect(&mut self) -> Result<(), String> {
        self.bot.wait_for(TIMEOUT, "READY", |bot| {
            let is_ready = |report: &Report| matches!(report, Report::Ready { .. });
            bot.reports().iter().any(is_ready)
        })?;
        self.await_sessions()?;
        self.next_identify = Deadline::after(IDENTIFY_INTERVAL);
        self.send_numbers(5)?;
        self.await_numbers()
    }

    /// Sends messages, each of which the client has to report once. The text of each is its number.
    fn send_numbers(&mut self, count: usize) -> Result<(), String> {
        for _ in 0..count {
            for guild in &self.guilds {
                self.numbers.send(&self.emulator, guild)?;
            }
        }
        Ok(())
    }

    fn await_numbers(&mut self) -> Result<(), String> {
        let numbers = &self.numbers;
        self.bot.wait_for(TIMEOUT, "numbered messages", |bot| {
            numbers.missing_and_repeated(bot).0.is_empty()
        })
    }

    /// Tells the bot to close its connections.
    fn shut_down(&mut self) -> Result<(), String> {
        self.emulator.say(&self.guilds[0], "!leave")?;
        self.bot.wait_for_exit(TIMEOUT)?;
        clock::poll_until(TIMEOUT, "end of the last connection", || {
            Ok((self.emulator.counter("connections")? == 0).then_some(()))
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
