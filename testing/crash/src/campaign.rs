//! Starts the bot, kills it, and starts it again.

mod checks;

use crate::{
    Result,
    bot::BotOptions,
    changes::{Change, World},
    line::Line,
    mode::Mode,
    options::Options,
    record::Record,
    view,
    world::{Guilds, Sizes},
};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Selector, Stats};
use gloaming_test_support::Random;
use serde_json::json;
use std::{
    env,
    fmt::{self, Display, Formatter},
    fs,
    path::PathBuf,
    process::{self, Stdio},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::{sleep, timeout},
};

/// How long a bot may make no progress.
const PATIENCE: Duration = Duration::from_secs(30);

const GUILDS_PER_SHARD: u32 = 2;

/// The most faults that a report lists.
const MAX_LISTED: usize = 10;

/// What a campaign has found.
#[derive(Debug)]
pub(crate) struct Report {
    mode: Mode,
    options: Options,
    again: u64,
    /// Kills before the sessions of all shards were resumed and stored again.
    early_kills: u64,
    stats: Stats,
    /// What the stored caches have in the end, if the bot keeps them.
    cached: Option<Sizes>,
    took: Duration,
    faults: Vec<String>,
}

impl Report {
    pub(crate) const fn is_good(&self) -> bool {
        self.faults.is_empty()
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Options {
            kills,
            dispatches,
            shards,
            seed,
            ..
        } = self.options;
        let missing = self.faults.len();
        writeln!(
            f,
            "{}: {kills} kills ({} of them while it started), {dispatches} dispatches over {shards} shards, seed {seed}",
            self.mode, self.early_kills,
        )?;
        writeln!(
            f,
            "  handled again {}, IDENTIFYs {}, RESUMEs {}, replayed {}, rule violations {}, faults {missing}, {:.0} s",
            self.again,
            self.stats.identifies,
            self.stats.resumes,
            self.stats.replayed,
            self.stats.violations,
            self.took.as_secs_f64(),
        )?;
        if let Some(cached) = self.cached {
            let equal = match missing {
                0 => "the caches equal the gateway's world",
                _ => "in the caches",
            };
            writeln!(f, "  {equal}: {cached}")?;
        }
        for fault in self.faults.iter().take(MAX_LISTED) {
            writeln!(f, "  FAULT: {fault}")?;
        }
        Ok(())
    }
}

/// Runs a campaign in one mode.
pub(crate) async fn run(options: &Options, mode: Mode) -> Result<Report> {
    let began = now();
    let mut emulator = Emulator::builder()
        .token(DEFAULT_TOKEN)
        .shards(options.shards)
        .guilds(options.shards * GUILDS_PER_SHARD)
        .max_concurrency(16)
        .replay_buffer(usize::try_from(options.dispatches)? + 1_000)
        .session_lifetime(Duration::from_secs(24 * 60 * 60));
    if mode == Mode::WithCache {
        // The guilds are looked at by a session of its own.
        emulator = emulator.identify_interval(Duration::from_millis(1));
    }
    let emulator = emulator.start().await?;
    let (guilds, looked) = match mode {
        Mode::WithCache => (view::guilds(&emulator).await?, emulator.stats()),
        _ => (Guilds::new(), emulator.stats()),
    };
    let directory = env::temp_dir().join(format!("gloaming-crash-{}-{mode}", process::id()));
    _ = fs::remove_dir_all(&directory);
    let mut campaign = Campaign {
        options,
        mode,
        emulator,
        directory,
        random: Random::new(options.seed),
        record: Record::default(),
        world: World::new(guilds, options.shards),
        looked,
        sent: 0,
        early_kills: 0,
    };
    let result = campaign.run_and_check().await;
    _ = fs::remove_dir_all(&campaign.directory);
    let (stats, cached) = result?;
    let mut faults = campaign.record.faults();
    if stats.identifies != u64::from(options.shards) {
        faults.push(format!("{} IDENTIFYs", stats.identifies));
    }
    for violation in campaign.emulator.violations() {
        faults.push(violation.to_string());
    }
    let report = Report {
        mode,
        options: options.clone(),
        again: campaign.record.again(),
        early_kills: campaign.early_kills,
        stats,
        cached,
        took: now().saturating_duration_since(began),
        faults,
    };
    campaign.emulator.shutdown().await;
    Ok(report)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the duration of a campaign is printed"
)]
fn now() -> Instant {
    Instant::now()
}

struct Campaign<'a> {
    options: &'a Options,
    mode: Mode,
    emulator: Emulator,
    directory: PathBuf,
    random: Random,
    record: Record,
    world: World,
    /// The counters after the guilds were looked at.
    looked: Stats,
    /// The number of events that were sent.
    sent: u64,
    early_kills: u64,
}

/// A process of the bot.
struct Bot {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// The events that it has handled.
    handled: u64,
    sessions: Sessions,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Sessions {
    Connecting,
    Stored,
}

/// When to kill a bot.
#[derive(Clone, Copy, Debug)]
enum Kill {
    /// After this time, mostly while it starts.
    After(Duration),
    /// Once it has handled this many events.
    AtEvent(u64),
}

impl Campaign<'_> {
    /// Returns the counters of the bot, and what its caches have in the end.
    async fn run_and_check(&mut self) -> Result<(Stats, Option<Sizes>)> {
        self.run().await?;
        let mut stats = self.emulator.stats();
        stats.identifies -= self.looked.identifies;
        let states = self.stored_states().await?;
        self.check_counts(&states);
        let cached = match self.mode {
            Mode::WithCache => Some(self.check_caches(&states).await?),
            Mode::OneByOne | Mode::Concurrent | Mode::WithState => None,
        };
        Ok((stats, cached))
    }

    async fn run(&mut self) -> Result<()> {
        let kills = self.options.kills;
        // Each shard has to identify once, and its first session has to be in the store.
        let mut bot = self.start()?;
        while bot.sessions == Sessions::Connecting {
            self.next_line(&mut bot).await?;
        }
        let mut killed = 0;
        if self.mode == Mode::WithCache {
            if kills > 0 {
                // While its guilds arrive.
                self.kill(bot).await?;
                bot = self.start()?;
                killed = 1;
            }
            self.guilds_are_sent().await?;
        }
        for nth in killed..kills {
            let each = (self.options.dispatches - self.sent) / (kills - nth);
            let (before, during) = (self.random.below(each + 1), self.random.below(each + 1));
            self.send(before);
            let kill = match self.random.once_in(3) {
                true => Kill::After(self.random.millis(0, 60)),
                false => Kill::AtEvent(self.random.between(1, 2 * each + 1)),
            };
            self.send(during);
            self.let_work(&mut bot, kill).await?;
            self.kill(bot).await?;
            bot = self.start()?;
        }
        self.send(self.options.dispatches - self.sent);
        while self.record.missing() > 0 {
            self.next_line(&mut bot).await?;
        }
        // Events that were handled before are handled again.
        while bot.sessions == Sessions::Connecting {
            self.next_line(&mut bot).await?;
        }
        self.close(bot).await
    }

    /// Waits until the bot can get events of all guilds.
    async fn guilds_are_sent(&self) -> Result<()> {
        let shards = u64::from(self.options.shards);
        let guilds = shards * u64::from(GUILDS_PER_SHARD);
        // A READY for each shard, and a GUILD_CREATE for each guild.
        let all = self.looked.dispatches + shards + guilds;
        let are_sent = |stats: &Stats| stats.dispatches - stats.sessions_resumed >= all;
        self.emulator.within(PATIENCE, are_sent).await?;
        Ok(())
    }

    /// The gateway sends the next events.
    fn send(&mut self, events: u64) {
        for _ in 0..events.min(self.options.dispatches - self.sent) {
            self.sent += 1;
            let (shard, sessions) = match self.mode {
                Mode::WithCache => {
                    let Change { name, data, shard } =
                        self.world.change(self.sent, &mut self.random);
                    (shard, self.emulator.publish(name, data))
                }
                Mode::OneByOne | Mode::Concurrent | Mode::WithState => {
                    let shard = self.random.below(self.options.shards);
                    let data = json!({"guild_id": "1", "channel_id": "1", "number": self.sent});
                    let selector = Selector::Shard(shard);
                    let name = "WEBHOOKS_UPDATE";
                    (shard, self.emulator.dispatch(selector, name, data))
                }
            };
            self.record.sent(self.sent, shard);
            if sessions != 1 {
                self.record.fault(format!(
                    "event {} was sent to {sessions} sessions",
                    self.sent
                ));
            }
        }
    }

    fn start(&mut self) -> Result<Bot> {
        let options = BotOptions {
            mode: self.mode,
            url: self.emulator.url().to_owned(),
            directory: self.directory.clone(),
            shards: self.options.shards,
            seed: self.random.next(),
        };
        let mut child = Command::new(env::current_exe()?)
            .args(options.into_args())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the bot has no output")?;
        self.record.process_started();
        Ok(Bot {
            child,
            lines: BufReader::new(stdout).lines(),
            handled: 0,
            sessions: Sessions::Connecting,
        })
    }

    async fn let_work(&mut self, bot: &mut Bot, kill: Kill) -> Result<()> {
        match kill {
            Kill::After(delay) => {
                let work = async {
                    loop {
                        self.next_line(bot).await?;
                    }
                };
                match timeout(delay, work).await {
                    Ok(result) => result,
                    Err(_) => Ok(()),
                }
            }
            Kill::AtEvent(events) => {
                // It may have handled all before.
                while bot.handled < events && self.record.missing() > 0 {
                    self.next_line(bot).await?;
                }
                sleep(self.random.millis(0, 3)).await;
                Ok(())
            }
        }
    }

    /// Reads what the bot does next.
    async fn next_line(&mut self, bot: &mut Bot) -> Result<()> {
        let line = timeout(PATIENCE, bot.lines.next_line())
            .await
            .map_err(|_| "the bot makes no progress")??;
        let line = line.ok_or("the bot has ended")?;
        self.take_notice(bot, &line);
        Ok(())
    }

    fn take_notice(&mut self, bot: &mut Bot, line: &str) {
        match Line::parse(line) {
            Some(Line::Resumes { shard, sequence }) => self.record.resumes(shard, sequence),
            Some(Line::Stored) => bot.sessions = Sessions::Stored,
            Some(Line::Handled(event)) => {
                bot.handled += 1;
                self.record.handled(event);
            }
            None => {}
        }
    }

    async fn kill(&mut self, mut bot: Bot) -> Result<()> {
        bot.child.start_kill()?;
        if bot.sessions == Sessions::Connecting {
            self.early_kills += 1;
        }
        self.read_rest(&mut bot).await?;
        bot.child.wait().await?;
        Ok(())
    }

    async fn close(&mut self, mut bot: Bot) -> Result<()> {
        drop(bot.child.stdin.take());
        self.read_rest(&mut bot).await?;
        let status = timeout(PATIENCE, bot.child.wait()).await??;
        if !status.success() {
            self.record.fault(format!("the last bot failed: {status}"));
        }
        Ok(())
    }

    async fn read_rest(&mut self, bot: &mut Bot) -> Result<()> {
        loop {
            let line = timeout(PATIENCE, bot.lines.next_line()).await?;
            match line? {
                Some(line) => self.take_notice(bot, &line),
                None => return Ok(()),
            }
        }
    }
}
