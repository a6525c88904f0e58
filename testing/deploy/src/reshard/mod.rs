//! A bot switches to another number of shards, while its connections fail.

mod bot;
mod faults;
mod line;
mod record;

pub(crate) use self::bot::BOT;
use self::{
    bot::{BotOptions, CLOSE, SWITCH},
    faults::{FaultPlan, Kind},
    line::{Line, Outcome},
    record::{Findings, SharedRecord},
};
use crate::{
    Result, clock,
    failure::Faults,
    options::Options,
    process::{Output, PATIENCE, Process},
};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Stats};
use gloaming_test_support::Publisher;
use gloaming_test_support::Random;
use serde_json::json;
use std::{
    fmt::{self, Display, Formatter},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    time::{sleep_until, timeout},
};

/// From how many shards to how many.
const CASES: [(u32, u32); 2] = [(4, 7), (7, 4)];

const GUILDS: u32 = 28;

/// Short, so that a switch, which waits for heartbeats, takes seconds.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);

/// The latest moment of a switch, in seconds of events.
const MAX_MOMENT: u64 = 2;

/// Runs a bot.
pub(crate) async fn bot(args: impl Iterator<Item = String>) -> Result<ExitCode> {
    bot::run(BotOptions::parse(args)?).await?;
    Ok(ExitCode::SUCCESS)
}

/// Runs all cases, and returns the number of faults.
pub(crate) async fn drill(options: &Options) -> Result<usize> {
    let mut faults = 0;
    for case in CASES {
        for switch in 1..=options.moments {
            let report = run(options, case, switch).await?;
            println!("{report}");
            faults += report.faults.len();
        }
    }
    Ok(faults)
}

/// What a case has found.
#[derive(Debug)]
struct Report {
    case: (u32, u32),
    /// The number of events that were handled before the switch.
    moment: u64,
    outcome: Outcome,
    findings: Findings,
    injected: FaultPlan,
    stats: Stats,
    took: Duration,
    faults: Faults,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (from, to) = self.case;
        let end = match self.outcome.is_completed {
            true => "completed",
            false => "aborted",
        };
        write!(
            f,
            "reshard {from}→{to}: {end} in {:.1} s from event {} on, guilds moved {}, events {}, missing {}, doubled {}, out \
             of order {}, matched copies {}, unmatched {}, possible gaps {}, {}, IDENTIFYs {} of {}, RESUMEs {}, rule \
             violations {}, faults {}, {:.1} s",
            self.outcome.millis as f64 / 1e3,
            self.moment,
            self.outcome.guilds,
            self.findings.sent,
            self.findings.missing,
            self.findings.doubled,
            self.findings.late,
            self.outcome.matched,
            self.outcome.unmatched,
            self.outcome.possible_gaps,
            self.injected,
            self.stats.identifies,
            self.expected_identifies(),
            self.stats.resumes,
            self.stats.violations,
            self.faults.len(),
            self.took.as_secs_f64(),
        )?;
        self.faults.fmt(f)
    }
}

impl Report {
    /// One for each shard of both sets, and one for each session that ended.
    fn expected_identifies(&self) -> u64 {
        u64::from(self.case.0 + self.case.1) + self.injected.injected(Kind::InvalidFinal)
    }

    fn check(&mut self, emulator: &Emulator) {
        let Outcome {
            is_completed,
            guilds,
            possible_gaps,
            ..
        } = self.outcome;
        let faults = &mut self.faults;
        if !is_completed || guilds != u64::from(GUILDS) || possible_gaps > 0 {
            faults.add(format!("the switch ended as {:?}", self.outcome));
        }
        let others = emulator.sessions().into_iter();
        let others = others.filter(|session| session.shard[1] != self.case.1);
        faults.extend(others.map(|session| format!("a session of {:?} is left", session.shard)));
        faults.extend(emulator.violations());
        let (identifies, expected) = (self.stats.identifies, self.expected_identifies());
        if identifies != expected {
            let fault = format!("{identifies} IDENTIFYs in place of {expected}");
            self.faults.add(fault);
        }
    }
}

async fn run(options: &Options, case: (u32, u32), switch: u64) -> Result<Report> {
    let began = clock::now();
    let seed = options.seed ^ switch << 16 ^ u64::from(case.0);
    let mut random = Random::new(seed);
    let emulator = Emulator::builder()
        .token(DEFAULT_TOKEN)
        .seed(options.seed)
        .shards(case.0)
        .guilds(GUILDS)
        .members(2)
        .max_concurrency(16)
        .identify_interval(Duration::from_millis(1))
        .heartbeat_interval(HEARTBEAT_INTERVAL)
        .heartbeat_grace(PATIENCE)
        .replay_buffer(usize::try_from(options.rate * 30)? + 1_000)
        .session_lifetime(Duration::from_secs(60 * 60))
        .start()
        .await?;
    let emulator = Arc::new(emulator);
    let record = SharedRecord::default();
    let mut drill = ReshardDrill {
        bot: Bot::start(&emulator, case.0, &record)?,
        faults: FaultPlan::new(&mut random, switch, case.1),
    };
    drill.until(|line| line == Line::Running).await?;
    let mut handled = record.lock().watch_handled();
    let publisher = publish(options.rate, &emulator, &record);
    let moment = random.below(options.rate * MAX_MOMENT);
    wait_for(&mut handled, moment).await?;

    drill.bot.process.tell(&format!("{SWITCH}{}", case.1)).await;
    let outcome = drill.switch(&mut random, &emulator).await?;
    // Some more with the new set.
    let more = *handled.borrow() + options.rate / 5;
    wait_for(&mut handled, more).await?;
    let sent = publisher.stop().await?;
    // If some are missing, the figures say so.
    _ = wait_for(&mut handled, sent).await;
    let stats = emulator.stats();
    drill.bot.process.tell(CLOSE).await;
    let status = drill.bot.process.ended().await?;

    let (findings, faults) = record.take().finish();
    let mut report = Report {
        case,
        moment,
        outcome,
        findings,
        injected: drill.faults,
        stats,
        took: clock::now().saturating_duration_since(began),
        faults,
    };
    if !status.success() {
        report.faults.add(format!("the bot failed: {status}"));
    }
    report.check(&emulator);
    Ok(report)
}

/// Sends numbered events to one guild after the other.
fn publish(rate: u64, emulator: &Arc<Emulator>, record: &SharedRecord) -> Publisher {
    let guilds = emulator.guild_ids();
    let (emulator, record) = (Arc::clone(emulator), record.clone());
    let mut next = guilds.into_iter().cycle();
    Publisher::start(rate, move |_| {
        let Some(guild) = next.next() else { return };
        let number = record.lock().sent(guild.get());
        // An id is not 0.
        let channel = (number + 1).to_string();
        let data = json!({"guild_id": guild.to_string(), "channel_id": channel});
        let sessions = emulator.publish("WEBHOOKS_UPDATE", data);
        if !(1..=2).contains(&sessions) {
            let fault = format!("event {number} of guild {guild} was sent to {sessions} sessions");
            record.lock().fault(fault);
        }
    })
}

/// Waits until so many events are handled. Fails if none is for a long time.
async fn wait_for(handled: &mut watch::Receiver<u64>, count: u64) -> Result<()> {
    while *handled.borrow_and_update() < count {
        let changed = timeout(PATIENCE, handled.changed()).await;
        changed.map_err(|_| "no event is handled")??;
    }
    Ok(())
}

/// The process, and what it writes beside events.
struct Bot {
    process: Process,
    lines: mpsc::UnboundedReceiver<Line>,
}

impl Bot {
    fn start(emulator: &Emulator, shards: u32, record: &SharedRecord) -> Result<Self> {
        let options = BotOptions {
            url: emulator.url().to_owned(),
            shards,
        };
        let record = record.clone();
        let (sender, lines) = mpsc::unbounded_channel();
        let mut sender = Some(sender);
        let process = Process::start(options.into_args(), move |output| {
            let line = match output {
                Output::End => return sender = None,
                Output::Line(line) => Line::parse(line),
            };
            match (line, &sender) {
                (Some(Line::Handled { guild, number }), _) => record.lock().handled(guild, number),
                // At the end of the drill, nobody listens.
                (Some(line), Some(sender)) => _ = sender.send(line),
                _ => {}
            }
        })?;
        Ok(Self { process, lines })
    }
}

struct ReshardDrill {
    bot: Bot,
    faults: FaultPlan,
}

impl ReshardDrill {
    /// Waits for the next line.
    async fn next(&mut self) -> Result<Line> {
        let line = timeout(PATIENCE, self.bot.lines.recv()).await;
        let line = line.map_err(|_| "the bot makes no progress")?;
        let line = line.ok_or("the bot has ended")?;
        if let Line::Connected { shard, total } = line {
            self.faults.connected(shard, total);
        }
        Ok(line)
    }

    async fn until(&mut self, is_awaited: impl Fn(Line) -> bool) -> Result<Line> {
        loop {
            let line = self.next().await?;
            if is_awaited(line) {
                return Ok(line);
            }
        }
    }

    /// Injects faults until the switch is over.
    async fn switch(&mut self, random: &mut Random, emulator: &Emulator) -> Result<Outcome> {
        let began = tokio::time::Instant::from_std(clock::now());
        let mut outcome = None;
        loop {
            let next = self.faults.next();
            let due = sleep_until(began + next.unwrap_or_default());
            tokio::select! {
                biased;
                () = due, if next.is_some() => self.faults.inject(random, emulator),
                line = self.next() => match line? {
                    Line::Ended(ended) => outcome = Some(ended),
                    Line::Over => return outcome.ok_or_else(|| "the switch has no outcome".into()),
                    _ => {}
                },
            }
        }
    }
}
