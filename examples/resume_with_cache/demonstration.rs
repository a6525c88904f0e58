//! Kills the bot again and again, and compares its cache with one of a bot that was never killed.

use crate::{
    Result,
    bot::{Bot, INTENTS, SHARDS},
    cache::Cache,
};
use gloaming::{
    ConfigBuilder, Event, EventTypeFlags, Shard, ShardId, StreamExt as _,
    emulator::{DEFAULT_TOKEN, Emulator, Stats},
    twilight_model::id::{Id, marker::GuildMarker},
};
use serde_json::{Value, json};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::{sleep, timeout},
};

const GUILDS: u32 = 8;

/// Deadline of each step.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) async fn run() -> Result<()> {
    let emulator = Emulator::builder()
        .shards(SHARDS)
        .guilds(GUILDS)
        .members(40)
        .replay_buffer(20_000)
        // The observer identifies in addition to the bot.
        .identify_interval(Duration::from_millis(1))
        .start()
        .await?;
    let directory = format!("gloaming-resume-with-cache-{}", process::id());
    let directory = env::temp_dir().join(directory);
    let result = kill_and_compare(&emulator, &directory).await;
    _ = fs::remove_dir_all(&directory);
    emulator.shutdown().await;
    result
}

async fn kill_and_compare(emulator: &Emulator, directory: &Path) -> Result<()> {
    let observer = tokio::spawn(observe(emulator.url().to_owned()));
    let mut world = World {
        emulator,
        guilds: emulator.guild_ids(),
        number: 0,
    };
    let mut bots = Bots {
        url: emulator.url(),
        directory: directory.to_owned(),
        kills: 0,
    };

    // While its guilds arrive.
    let mut bot = bots.start()?;
    for _ in 0..SHARDS {
        bot.prints("its session is saved").await?;
    }
    bots.kill(bot).await?;

    // While events arrive that are saved only in part. No guild changes before the observer and the bot have it.
    let bot = bots.start()?;
    let ready = u64::from(1 + SHARDS);
    let all_sent =
        |stats: &Stats| stats.dispatches - stats.sessions_resumed >= ready + 2 * u64::from(GUILDS);
    emulator.within(LIMIT, all_sent).await?;
    world.change(100);
    bots.kill(bot).await?;

    // While it starts, and the guilds go on to change.
    let bot = bots.start()?;
    world.change(100);
    sleep(Duration::from_millis(20)).await;
    bots.kill(bot).await?;

    // While the events that it has missed are sent again.
    let resumed = emulator.stats().sessions_resumed;
    let bot = bots.start()?;
    emulator
        .within(LIMIT, |stats| stats.sessions_resumed > resumed)
        .await?;
    bots.kill(bot).await?;

    // While it works, and saves several times.
    for changes in [50, 70] {
        let mut bot = bots.start()?;
        for _ in 0..SHARDS {
            bot.prints("resumed with").await?;
        }
        for _ in 0..changes {
            world.change(1);
            sleep(Duration::from_millis(10)).await;
        }
        bots.kill(bot).await?;
    }

    // The bot leaves a guild while it is not there. Then it runs for a last time, in this process, and gets a message on
    // each shard after everything else.
    world.leave_guild();
    for guild in &world.guilds[..SHARDS as usize] {
        emulator.say(*guild, "This is the end.");
    }
    let url = Some(emulator.url().to_owned());
    let mut bot = Bot::start(DEFAULT_TOKEN.to_owned(), url, directory.to_owned()).await?;
    let mut messages = 0;
    while messages < SHARDS {
        let event = timeout(LIMIT, bot.next()).await??;
        messages += u32::from(matches!(event, Event::MessageCreate(_)));
    }
    let cache = bot.snapshot()?;
    bot.stop().await?;

    let observed = timeout(LIMIT, observer).await???.snapshot()?;
    let stats = emulator.stats();
    println!("{} restarts after SIGKILL", bots.kills);
    println!("{} IDENTIFYs", stats.identifies - 1);
    println!("in the cache: {cache}");
    if let Some(violation) = emulator.violations().first() {
        return Err(violation.to_string().into());
    }
    if cache != observed {
        let guilds = cache.differences(&observed);
        return Err(format!("the cache differs, in the guilds {guilds:?}: {observed}").into());
    }
    println!("the cache equals that of a bot that was never killed");
    Ok(())
}

/// Keeps a cache of all guilds, until there was a message on each of the bot's shards.
async fn observe(url: String) -> Result<Cache> {
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), INTENTS).gateway_url(url);
    let mut shard = Shard::with_config(ShardId::ONE, config.build());
    let mut cache = Cache::default();
    let mut messages = 0;
    while messages < SHARDS {
        let event = shard.next_event(EventTypeFlags::all()).await;
        let event = event.ok_or("the observer has stopped")??;
        messages += u32::from(matches!(event, Event::MessageCreate(_)));
        cache.update(&event);
    }
    Ok(cache)
}

/// The gateway's side.
struct World<'a> {
    emulator: &'a Emulator,
    guilds: Vec<Id<GuildMarker>>,
    /// How many channels, roles and members have come.
    number: usize,
}

impl World<'_> {
    /// So many channels, roles and members come and are changed. Every third one goes.
    fn change(&mut self, times: usize) {
        for _ in 0..times {
            self.number += 1;
            let guild = self.guilds[self.number % self.guilds.len()];
            for (name, data) in changes(guild, self.number) {
                self.emulator.publish(name, data);
            }
        }
    }

    fn leave_guild(&mut self) {
        if let Some(guild) = self.guilds.pop() {
            self.emulator.publish("GUILD_DELETE", json!({"id": guild}));
        }
    }
}

/// The events of a channel, a role and a member, which have this number as their ids.
fn changes(guild: Id<GuildMarker>, number: usize) -> Vec<(&'static str, Value)> {
    let id = number.to_string();
    let channel = |name: &str| {
        json!({
            "guild_id": guild, "id": id, "type": 0, "name": name, "position": number, "permission_overwrites": [],
        })
    };
    let role = |name: &str| {
        json!({"guild_id": guild, "role": {
            "id": id, "name": name, "permissions": "0", "position": number, "color": 0,
            "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
            "hoist": false, "managed": false, "mentionable": true, "flags": 0,
        }})
    };
    let member = |nick: Option<&str>| {
        json!({
            "guild_id": guild, "nick": nick, "roles": [guild], "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": false, "mute": false, "flags": 0, "pending": false,
            "user": {"id": id, "username": "somebody", "discriminator": "0", "avatar": null},
        })
    };
    let mut changes = vec![
        ("CHANNEL_CREATE", channel("new")),
        ("CHANNEL_UPDATE", channel("renamed")),
        ("GUILD_ROLE_CREATE", role("new")),
        ("GUILD_ROLE_UPDATE", role("renamed")),
        ("GUILD_MEMBER_ADD", member(None)),
        ("GUILD_MEMBER_UPDATE", member(Some("renamed"))),
    ];
    if number.is_multiple_of(3) {
        changes.extend([
            ("CHANNEL_DELETE", channel("renamed")),
            (
                "GUILD_ROLE_DELETE",
                json!({"guild_id": guild, "role_id": id}),
            ),
            ("GUILD_MEMBER_REMOVE", member(None)),
        ]);
    }
    changes
}

/// The processes of the bot, one after the other.
struct Bots<'a> {
    url: &'a str,
    directory: PathBuf,
    kills: u32,
}

impl Bots<'_> {
    /// Starts this program again, as the bot.
    fn start(&self) -> Result<Process> {
        let mut child = Command::new(env::current_exe()?)
            .env("DISCORD_TOKEN", DEFAULT_TOKEN)
            .env("GATEWAY_URL", self.url)
            .env("SESSION_DIR", &self.directory)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the bot has no output")?;
        let lines = BufReader::new(stdout).lines();
        Ok(Process { child, lines })
    }

    /// Kills a process with SIGKILL, as the system does when memory runs out.
    async fn kill(&mut self, mut bot: Process) -> Result<()> {
        bot.child.start_kill()?;
        self.kills += 1;
        while let Some(line) = bot.lines.next_line().await? {
            println!("{line}");
        }
        bot.child.wait().await?;
        println!("killed");
        Ok(())
    }
}

struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Waits for a line of its output that contains this.
    async fn prints(&mut self, part: &str) -> Result<()> {
        loop {
            let line = timeout(LIMIT, self.lines.next_line()).await??;
            let line = line.ok_or("the bot has ended")?;
            println!("{line}");
            if line.contains(part) {
                return Ok(());
            }
        }
    }
}
