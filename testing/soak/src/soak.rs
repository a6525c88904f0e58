//! A soak from its beginning to its end.

use std::{collections::VecDeque, fmt, io, time::Duration};

use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::{
    Gateway, Outcome, Plan, Reading,
    audit::{Audit, Living, Overlooked},
    clock,
    control::Control,
    faults::{Deck, Trouble},
    fleet::Fleet,
    outcome::Gauges,
};

/// How far apart the readings are.
const SECOND: Duration = Duration::from_secs(1);

/// Seconds from one look at the sessions that ended to the next.
const AUDIT: u64 = 5;

/// Readings of which a level is the median.
const READINGS: usize = 15;

/// All shards are up within so long, whatever happened: the longest deadlines of the shards, one after another.
const RECOVERY: Duration = Duration::from_secs(150);

/// Allocators and closed sockets take their time.
const SETTLING: Duration = Duration::from_secs(60);

/// What was made is handed over within so long, where nothing goes wrong.
const DELIVERY: Duration = Duration::from_secs(30);

/// Events that fill the windows of compression, at some hundred bytes each.
const LOAD: u64 = 1000;

/// From a trouble to the next one of its round.
const APART: (u64, u64) = (0, 3000);

/// A machine that was late by so much is to blame for what else was.
const STALL: Duration = SECOND;

/// An event that nobody has a type for comes as it is, with its sequence.
const ANCHOR: &str = "SOAK_ANCHOR";

/// How a soak stands.
#[derive(Clone, Debug)]
pub struct Glimpse {
    /// Since its start.
    pub at: Duration,
    /// What is done.
    pub phase: &'static str,
    /// Shards that are up.
    pub up: usize,
    /// Of so many.
    pub shards: u32,
    /// Events made.
    pub made: u64,
    /// Events handed over.
    pub delivered: u64,
    /// Connections that ended.
    pub disconnects: u64,
    /// Rules broken.
    pub violations: u64,
    /// How late this process was, at most, with what it does every second: how busy the machine is.
    pub late: Duration,
    /// What this process takes.
    pub reading: Reading,
    /// What the emulator's takes, if it has one.
    pub emulator: Option<Reading>,
    /// Troubles that began since the last glimpse.
    pub troubles: Vec<String>,
}

/// Runs a soak against an emulator, and tells how it stands every now and then.
///
/// # Errors
///
/// The emulator does not answer, or shards do not end when they are closed.
pub async fn run(
    plan: &Plan,
    gateway: &Gateway,
    tell: impl FnMut(&Glimpse),
) -> io::Result<Outcome> {
    let fleet = Fleet::start(plan, gateway)?;
    let guilds = guilds_by_shard(&gateway.control.guilds().await?, plan.shards);
    let soak = Soak {
        plan,
        control: &gateway.control,
        process: gateway.process,
        fleet,
        audit: Audit::default(),
        ended: 0,
        start: clock::now(),
        seconds: 0,
        told: None,
        late: Duration::ZERO,
        stalls: [Duration::ZERO; 2],
        judged: 0,
        excused: 0,
        tell,
        phase: "start",
        readings: VecDeque::new(),
        guilds,
        troubles: 0,
        begun: Vec::new(),
        wrong: Vec::new(),
    };
    soak.run().await
}

/// The first guild of each shard (P35).
fn guilds_by_shard(guilds: &[String], shards: u32) -> Vec<Option<String>> {
    let mut by_shard = vec![None; shards as usize];
    for guild in guilds {
        let Ok(id) = guild.parse::<u64>() else {
            continue;
        };
        let shard = usize::try_from((id >> 22) % u64::from(shards)).unwrap_or(0);
        by_shard[shard].get_or_insert_with(|| guild.clone());
    }
    by_shard
}

struct Soak<'a, T> {
    plan: &'a Plan,
    control: &'a Control,
    process: Option<u32>,
    fleet: Fleet,
    audit: Audit,
    /// Sessions that had ended when the list of them was last looked at.
    ended: u64,
    start: Instant,
    /// Passed since the start, by looks.
    seconds: u64,
    told: Option<Instant>,
    /// The most since it was told.
    late: Duration,
    /// The longest that the machine stood still, since the last audit and in the time before it.
    stalls: [Duration; 2],
    /// Violations that were looked at.
    judged: usize,
    /// Of those, late heartbeats while the machine stood still.
    excused: u64,
    tell: T,
    phase: &'static str,
    /// The last ones.
    readings: VecDeque<Reading>,
    /// A guild of each shard.
    guilds: Vec<Option<String>>,
    troubles: u64,
    /// Troubles that nobody was told of.
    begun: Vec<String>,
    wrong: Vec<String>,
}

impl<T: FnMut(&Glimpse)> Soak<'_, T> {
    async fn run(mut self) -> io::Result<Outcome> {
        self.all_up().await?;
        self.rehearse().await?;
        self.phase = "warm";
        self.readings.clear();
        self.pass(self.plan.warm).await?;
        let before = self.last_readings();

        self.phase = "faults";
        self.go_wrong().await?;

        self.phase = "heal";
        self.control.reset_faults().await?;
        // What is impaired stays so until its connection ends.
        self.control.perform(&restart()).await?;
        self.all_up().await?;
        self.phase = "quiet";
        let after = self.quieten(&before).await?;
        self.settle(before, after).await
    }

    /// Waits until every shard is up, within a bound.
    async fn all_up(&mut self) -> io::Result<()> {
        let deadline = clock::now() + RECOVERY;
        loop {
            self.pass(SECOND).await?;
            let down = self.fleet.not_up();
            let (_, connected) = self.control.living().await?;
            if down.is_empty() && connected.len() >= self.plan.shards as usize {
                return Ok(());
            }
            if clock::now() >= deadline {
                let seconds = RECOVERY.as_secs();
                let down: Vec<String> = down
                    .iter()
                    .map(|(shard, what)| format!("shard {shard} ({what})"))
                    .collect();
                self.wrong.push(format!(
                    "not up within {seconds} s of {}: {}; the gateway has {} connected",
                    self.phase,
                    down.join(", "),
                    connected.len()
                ));
                return Ok(());
            }
        }
    }

    /// What happens for the first time takes memory that is kept, and that is no leak: a reconnect of all, a deploy, and
    /// load that fills every window of compression.
    async fn rehearse(&mut self) -> io::Result<()> {
        self.phase = "rehearse";
        self.control.perform(&restart()).await?;
        self.all_up().await?;
        self.fleet.deploy_cluster().await?;
        let all: Vec<u32> = (0..self.plan.shards).collect();
        self.fleet.deploy_lone(&all).await?;
        self.all_up().await?;
        // One after the other: all at once, a busy machine would be late with everything else.
        for shard in all {
            let load = json!({"action": "flood", "count": LOAD, "shard": shard});
            self.control.perform(&load).await?;
            self.pass(SECOND / 8).await?;
        }
        self.all_up().await
    }

    async fn go_wrong(&mut self) -> io::Result<()> {
        let end = clock::now() + self.plan.faults;
        let mut deck = Deck::new(self.plan.seed, self.plan.shards);
        loop {
            let left = end.saturating_duration_since(clock::now());
            let round = deck.round(left);
            if round.troubles.is_empty() {
                return Ok(());
            }
            let over = clock::now() + round.lasting;
            for trouble in round.troubles {
                self.begun.push(trouble.to_string());
                self.troubles += 1;
                self.make(trouble).await?;
                let (least, most) = APART;
                self.pass(Duration::from_millis(deck.random().between(least, most)))
                    .await?;
            }
            self.pass(over.saturating_duration_since(clock::now()))
                .await?;
            self.control.reset_faults().await?;
        }
    }

    async fn make(&mut self, trouble: Trouble) -> io::Result<()> {
        match trouble {
            Trouble::Scenario(name, shard) => {
                self.control.play(name).await?;
                let anew = json!({"action": "invalid-session", "resumable": false, "shard": shard});
                self.control.perform(&anew).await
            }
            Trouble::Deeds(_, deeds) => {
                for deed in deeds {
                    self.control.perform(&deed).await?;
                }
                Ok(())
            }
            Trouble::SlowConsumers(time) => {
                self.fleet.pause(time);
                Ok(())
            }
            Trouble::ClusterDeploy => {
                self.fleet.deploy_cluster().await?;
                self.catch_up();
                Ok(())
            }
            Trouble::LoneDeploy(shards) => {
                self.fleet.deploy_lone(&shards).await?;
                self.catch_up();
                Ok(())
            }
            Trouble::Reconnect(shards) => {
                self.fleet.reconnect(&shards);
                Ok(())
            }
        }
    }

    /// What was waited for is no lateness.
    fn catch_up(&mut self) {
        let passed = clock::now().saturating_duration_since(self.start);
        self.seconds = self.seconds.max(passed.as_secs());
    }

    /// Reads until levels are back, and for no shorter than planned.
    async fn quieten(&mut self, before: &[Reading]) -> io::Result<Vec<Reading>> {
        self.readings.clear();
        self.pass(self.plan.quiet).await?;
        let deadline = clock::now() + SETTLING;
        loop {
            let after = self.last_readings();
            if Gauges::of(before, &after).are_well() || clock::now() >= deadline {
                return Ok(after);
            }
            self.pass(SECOND).await?;
        }
    }

    /// Holds what was handed over against what was made, and closes all.
    async fn settle(mut self, before: Vec<Reading>, after: Vec<Reading>) -> io::Result<Outcome> {
        let down = self.fleet.not_up();
        let (mut living, connected) = self.control.living().await?;
        if !down.is_empty() || connected.len() != self.plan.shards as usize {
            self.wrong.push(format!(
                "at the end {} shards are not up, and {} of {} are connected",
                down.len(),
                connected.len(),
                self.plan.shards
            ));
        }
        self.deliver(&living).await;
        self.audit().await?;
        let books = self.fleet.board().with(|books| {
            // More was made since, and what was handed over of it is none too much.
            for it in &mut living {
                let reached = books.ledger.reached(&it.session).unwrap_or(0);
                it.sequence = it.sequence.max(reached);
            }
            self.audit.close(&mut books.ledger, &living);
            (
                books.ledger.sums().clone(),
                books.meters.clone(),
                books.ledger.open(),
            )
        });
        if self.audit.overlooked() == Overlooked::Some {
            let wrong = "more sessions ended within seconds than the gateway keeps";
            self.wrong.push(wrong.to_owned());
        }
        if books.2 > 0 {
            let wrong = format!("{} sessions are unknown to the gateway", books.2);
            self.wrong.push(wrong);
        }
        let counters = self.control.counters().await?;
        let broken = self.control.violations().await?;
        self.phase = "close";
        self.look().await?;

        self.fleet.close().await?;
        let deadline = clock::now() + DELIVERY;
        let gone = loop {
            let gone = self.control.counters().await?;
            if gone.sessions == 0 && gone.connections == 0 || clock::now() >= deadline {
                break gone;
            }
            sleep_until(clock::now() + SECOND / 10).await;
        };
        if gone.sessions > living_beside(&living, self.plan.shards) || gone.connections > 0 {
            self.wrong.push(format!(
                "after the close {} connections and {} sessions are left",
                gone.connections, gone.sessions
            ));
        }
        let (events, meters, _) = books;
        let peak = Reading::of_this().peak;
        let mut outcome = Outcome {
            events,
            meters,
            gauges: Gauges::of(&before, &after),
            // The system's own counts are a little apart.
            peak: peak.max(after.iter().filter_map(|it| it.memory).max()),
            emulator_peak: self.process.and_then(|id| Reading::of(id).peak),
            faults: 0,
            troubles: self.troubles,
            identifies: 0,
            resumes: 0,
            resumed: 0,
            replayed: 0,
            slow_clients_dropped: 0,
            violations: 0,
            excused: self.excused,
            wrong: self.wrong,
            broken,
        };
        outcome.count(counters);
        outcome.judge();
        Ok(outcome)
    }

    /// Waits until all that was made until now is handed over, within a bound. What is made meanwhile does not count.
    async fn deliver(&self, living: &[Living]) {
        let deadline = clock::now() + DELIVERY;
        loop {
            let is_there = self.fleet.board().with(|books| {
                living.iter().all(|it| {
                    let is_current = books.ledger.is_current(it.shard, &it.session);
                    let reached = books.ledger.reached(&it.session);
                    !is_current || reached.is_some_and(|reached| reached >= it.sequence)
                })
            });
            if is_there || clock::now() >= deadline {
                return;
            }
            sleep_until(clock::now() + SECOND / 10).await;
        }
    }

    /// Lets time pass, and looks every second.
    async fn pass(&mut self, time: Duration) -> io::Result<()> {
        let end = clock::now() + time;
        loop {
            let next = self.start + Duration::from_secs(self.seconds + 1);
            if next > end {
                sleep_until(end).await;
                return Ok(());
            }
            sleep_until(next).await;
            let late = clock::now().saturating_duration_since(next);
            self.late = self.late.max(late);
            self.stalls[0] = self.stalls[0].max(late);
            // Where a look took long, the next one is later, and not sooner after it.
            let passed = clock::now().saturating_duration_since(self.start).as_secs();
            self.seconds = passed.max(self.seconds + 1);
            self.look().await?;
        }
    }

    async fn look(&mut self) -> io::Result<()> {
        let begun = clock::now();
        self.drop_anchors().await?;
        // The emulator answers at once, unless it can't.
        let answered = clock::now().saturating_duration_since(begun);
        self.stalls[0] = self.stalls[0].max(answered);
        if self.seconds.is_multiple_of(AUDIT) {
            self.audit().await?;
        }
        let reading = Reading::of_this();
        if self.readings.len() == READINGS {
            self.readings.pop_front();
        }
        self.readings.push_back(reading);
        let now = clock::now();
        let is_due = self
            .told
            .is_none_or(|told| now.saturating_duration_since(told) >= self.plan.interval);
        if is_due || self.phase == "close" {
            self.told = Some(now);
            let counters = self.control.counters().await?;
            let (delivered, disconnects) = self.fleet.board().with(|books| {
                let disconnects = books.meters.disconnects.values().sum();
                (books.ledger.delivered(), disconnects)
            });
            let up = (self.plan.shards as usize).saturating_sub(self.fleet.not_up().len());
            (self.tell)(&Glimpse {
                at: now.saturating_duration_since(self.start),
                phase: self.phase,
                up,
                shards: self.plan.shards,
                made: counters.dispatches,
                delivered,
                disconnects,
                violations: counters.violations,
                late: std::mem::take(&mut self.late),
                reading,
                emulator: self.process.map(Reading::of),
                troubles: std::mem::take(&mut self.begun),
            });
        }
        Ok(())
    }

    /// An eighth of the cluster's shards each second.
    async fn drop_anchors(&self) -> io::Result<()> {
        const TURNS: u64 = 8;

        for (turn, shard) in (0..).zip(self.fleet.clustered()) {
            let guild = self.guilds.get(shard as usize).and_then(Option::as_ref);
            if turn % TURNS == self.seconds % TURNS
                && let Some(guild) = guild
            {
                self.control
                    .event(ANCHOR, json!({"guild_id": guild}))
                    .await?;
            }
        }
        Ok(())
    }

    async fn audit(&mut self) -> io::Result<()> {
        let counters = self.control.counters().await?;
        if counters.violations > self.judged as u64 {
            let violations = self.control.violations().await?;
            let new = violations.iter().skip(self.judged);
            if self.stalls.iter().any(|stall| *stall >= STALL) {
                self.excused += new.filter(|it| it.is_lateness()).count() as u64;
            }
            self.judged = violations.len();
        }
        self.stalls = [Duration::ZERO, self.stalls[0]];
        let ended = counters.sessions_ended;
        if ended != self.ended {
            // The list may be longer by now, and is told of again then.
            self.audit.tell(self.control.ended().await?);
            self.ended = ended;
        }
        self.fleet
            .board()
            .with(|books| self.audit.look(&mut books.ledger));
        Ok(())
    }

    fn last_readings(&self) -> Vec<Reading> {
        self.readings.iter().copied().collect()
    }
}

/// Sessions that live with nobody to end them.
fn living_beside(living: &[Living], shards: u32) -> u64 {
    (living.len() as u64).saturating_sub(u64::from(shards))
}

fn restart() -> serde_json::Value {
    json!({"action": "restart", "keep-sessions": true})
}

impl<T> fmt::Debug for Soak<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Soak")
            .field("plan", self.plan)
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}
