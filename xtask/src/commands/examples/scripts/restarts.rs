//! Bots that are stopped or killed, and started again.

use std::{fs, path::Path};

use anyhow::ensure;
use serde_json::json;

use super::Run;

pub(super) fn cluster(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--shards 2 --guilds 6")?;
    let start = || {
        let sessions = run.file("sessions.json");
        run.example()
            .on(&emulator)
            .env("SESSION_FILE", &sessions)
            .start()
    };
    let first = start()?;
    first.expect_all(&["shard 0: ready", "shard 1: ready"])?;
    emulator.say(0, "hello")?;
    first.expect("message of ")?;
    let first = first.terminate()?;
    first.contain(&["shard 0 is up", "shard 1 is up", "stored 2 sessions"])?;

    // These events happen between the two processes.
    emulator.action(&json!({"action": "generate-events", "count": 200}))?;
    let second = start()?;
    second.expect_all(&["shard 0: resumed, ", "shard 1: resumed, "])?;
    let second = second.terminate()?;
    second.contain(&["stored 2 sessions"])?;

    let handled = first.number_after("handled ")? + second.number_after("handled ")?;
    ensure!(handled == emulator.count("dispatches")?, "events were lost");
    ensure!(
        emulator.count("identifies")? == 2 && emulator.count("resumes")? == 2,
        "the second process did not resume"
    );
    emulator.verdict()
}

pub(super) fn identify_ledger(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--guilds 1")?;
    let ledger = run.file("identifies.json");
    for identifies in [1, 2] {
        let example = run.example().on(&emulator);
        let bot = example.env("LEDGER_FILE", &ledger).start()?;
        bot.expect("ready")?;
        let left = format!("{} identifies are left", 1000 - identifies);
        bot.expect(&left)?;
        bot.terminate()?;
    }
    emulator.verdict()
}

pub(super) fn resume_after_crash(run: &Run) -> anyhow::Result<()> {
    const KILLS: u64 = 3;
    const MESSAGES: u64 = 6 * (KILLS + 1);

    let emulator = run.emulator("--shards 2 --guilds 6")?;
    let directory = run.file("sessions");
    let log = Path::new(&directory).join("checkpoints.log");
    // Some messages were counted after the last save, and arrive again at the next process.
    let start = |begins: &str, messages: u64| {
        let example = run.example().on(&emulator);
        let bot = example.env("SESSION_DIR", &directory).start()?;
        bot.expect_all(&[&format!("shard 0: {begins}"), &format!("shard 1: {begins}")])?;
        for guild in 0..6 {
            emulator.say(guild, "hello")?;
        }
        bot.expect(&format!(": message {messages}"))?;
        anyhow::Ok(bot)
    };
    for kill in 0..KILLS {
        let begins = if kill == 0 { "ready" } else { "resumed" };
        let bot = start(begins, 6 * (kill + 1))?;
        emulator.until("both sessions are saved", || {
            let log = fs::read(&log).unwrap_or_default();
            let text = String::from_utf8_lossy(&log);
            let shards = [r#""shard":[0,2]"#, r#""shard":[1,2]"#];
            Ok(shards.iter().all(|shard| text.contains(shard)))
        })?;
        // Dropping it kills it.
        drop(bot);
    }
    let last = start("resumed", MESSAGES)?.terminate()?;
    last.contain(&["stored 2 sessions"])?;
    let counted = last.number_after("counted ")?;
    ensure!(
        counted == MESSAGES,
        "{counted} messages instead of {MESSAGES}"
    );
    ensure!(
        emulator.count("identifies")? == 2,
        "a process that followed a killed one did not resume"
    );
    emulator.verdict()
}

pub(super) fn resume_over_restart(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--guilds 2")?;
    let start = || {
        let session = run.file("session.json");
        run.example()
            .on(&emulator)
            .env("SESSION_FILE", &session)
            .start()
    };
    let generate = || emulator.action(&json!({"action": "generate-events", "count": 20}));
    let first = start()?;
    first.expect("ready, with a new session")?;
    generate()?;
    let first = first.terminate()?;

    // These events happen between the two processes.
    generate()?;
    let second = start()?;
    second.expect("resuming after event ")?;
    second.expect("resumed, ")?;
    generate()?;
    let second = second.terminate()?;

    let handled = first.number_after("handled ")? + second.number_after("handled ")?;
    let sequence = second.number_after("stored the session at event ")?;
    ensure!(handled == sequence, "{handled} of {sequence} events");
    ensure!(
        emulator.count("identifies")? == 1 && emulator.count("resumes")? == 1,
        "the second process did not resume"
    );
    emulator.verdict()
}

pub(super) fn resume_with_cache(run: &Run) -> anyhow::Result<()> {
    // It starts the gateway, and kills itself.
    let bot = run.example().start()?;
    bot.expect_all(&["shard 0: restored ", "shard 1: restored "])?;
    let end = bot.end()?;
    end.contain(&[
        "6 restarts after SIGKILL",
        "2 IDENTIFYs",
        "the cache equals that of a bot that was never killed",
    ])?;
    ensure!(
        end.number_after("in the cache: ")? == 7,
        "the bot is in 8 guilds and has left one"
    );
    Ok(())
}
