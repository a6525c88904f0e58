//! One scenario, one client, and an emulator of their own.

use std::{any::Any, io, sync::Arc, time::Duration};

use gloaming_emulator::{Emulator, scenario::Scenario};
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{Instant, MissedTickBehavior, interval, sleep},
};

use crate::{
    client::Client,
    clock,
    log::Log,
    record::{Ending, Look, Outcome, Record, by_rule},
};

/// How often one is looked at.
const LOOKS: Duration = Duration::from_millis(100);

/// Enough that silence means something, and so few that the replay buffer (P20), of 600 here, holds what happens while a
/// client finds out that its connection is dead: two heartbeat intervals at most, wherever its heartbeats fall.
const EVENTS_PER_SECOND: f64 = 5.0;

/// From the start of one to the start of the next: all at once, they would hold each other up while they identify.
const APART: Duration = Duration::from_millis(200);

/// What was made by the end is on its way for so long at most.
const SETTLING: Duration = Duration::from_secs(2);

/// One scenario, one client, and an emulator of their own.
#[derive(Clone, Debug)]
pub struct Trial {
    scenario: Scenario,
    client: Client,
}

/// Runs trials beside each other, started one by one, each for so long, and tells of each as it ends. Gives the outcomes in the order of the
/// trials.
///
/// # Errors
///
/// An emulator can't listen on loopback.
pub async fn run(
    trials: Vec<Trial>,
    lasting: Duration,
    mut tell: impl FnMut(&Outcome),
) -> io::Result<Vec<Outcome>> {
    let mut running = JoinSet::new();
    for (number, trial) in trials.into_iter().enumerate() {
        if number > 0 {
            sleep(APART).await;
        }
        running.spawn(async move { (number, trial.run(lasting).await) });
    }
    let mut outcomes = Vec::new();
    while let Some(ended) = running.join_next().await {
        let (number, outcome) = ended.map_err(io::Error::other)?;
        let outcome = outcome?;
        tell(&outcome);
        outcomes.push((number, outcome));
    }
    outcomes.sort_by_key(|(number, _)| *number);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

impl Trial {
    /// Of this client in this scenario.
    #[must_use]
    pub const fn new(scenario: Scenario, client: Client) -> Self {
        Self { scenario, client }
    }

    /// Runs it for so long, or until the client ends.
    ///
    /// # Errors
    ///
    /// The emulator can't listen on loopback.
    pub async fn run(self, lasting: Duration) -> io::Result<Outcome> {
        let name = self.scenario.name.clone();
        let emulator = Emulator::builder()
            .events_per_second(EVENTS_PER_SECOND)
            .scenario(self.scenario)
            .start()
            .await?;
        let start = clock::now();
        let log = Arc::new(Log::default());
        let mut client = self.client.start(emulator.url(), Arc::clone(&log));

        let mut record = Record::new(start);
        let mut looks = interval(LOOKS);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let last = loop {
            looks.tick().await;
            let look = look(&emulator, &log);
            record.look(&look);
            if look.now >= start + lasting || client.is_finished() {
                break look;
            }
        };
        let ending = if client.is_finished() {
            end(&mut client, last.now.saturating_duration_since(start), &log).await
        } else {
            record.ending(&last, &log)
        };
        // Both of one moment: counted first, and told of no more than that.
        let stats = emulator.stats();
        let mut violations = emulator.violations();
        violations.truncate(usize::try_from(stats.violations).unwrap_or(usize::MAX));
        let lost = settle(&record, &log).await;
        client.abort();
        Ok(Outcome {
            scenario: name,
            client: self.client,
            ending,
            stats,
            rules: by_rule(&violations),
            lost,
        })
    }
}

fn look(emulator: &Emulator, log: &Log) -> Look {
    Look {
        stats: emulator.stats(),
        sessions: emulator.sessions(),
        heard: log.last(),
        now: clock::now(),
    }
}

/// What a client ended with.
async fn end(client: &mut JoinHandle<()>, at: Duration, log: &Log) -> Ending {
    match client.await {
        Ok(()) => Ending::Stopped {
            at,
            trouble: log.last_trouble(),
        },
        Err(error) => Ending::Panicked {
            at,
            message: error
                .try_into_panic()
                .map_or_else(|error| error.to_string(), |panic| said(&*panic)),
        },
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let words = panic
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned());
    words
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without words".to_owned())
}

/// What the client was not given once that which was on its way had the time to arrive.
async fn settle(record: &Record, log: &Log) -> u64 {
    let until: Instant = clock::now() + SETTLING;
    loop {
        let lost = record.lost(log);
        if lost == 0 || clock::now() >= until {
            return lost;
        }
        sleep(LOOKS).await;
    }
}
