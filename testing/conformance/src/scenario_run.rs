//! One client in one scenario.

use std::{any::Any, io, sync::Arc, time::Duration};

use gloaming_emulator::{Emulator, scenario::Scenario};
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{Instant, MissedTickBehavior, interval, sleep},
};

use crate::{
    client::Client,
    clock,
    log::EventLog,
    record::{FinalState, Outcome, Record, Sample, by_rule},
};

/// The time between two samples.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(100);

/// Enough that silence means a fault, but so few that the replay buffer of 600 events
/// ([P20](gloaming::protocol::rules#p20)) holds what occurs while a client detects a dead connection, which
/// takes up to two heartbeat intervals.
const EVENTS_PER_SECOND: f64 = 5.0;

/// The time between two starts. If all runs started at once, they would delay each other while they identify.
const START_INTERVAL: Duration = Duration::from_millis(200);

/// How long the last dispatches may be in transit.
const SETTLE_TIME: Duration = Duration::from_secs(2);

/// One client in one scenario, with an emulator of its own.
#[derive(Clone, Debug)]
pub struct ScenarioRun {
    scenario: Scenario,
    client: Client,
}

/// Executes runs at the same time, each for `duration`, and calls `on_outcome` when each ends. Returns the outcomes in
/// the order of the runs.
///
/// # Errors
///
/// An emulator can't listen on loopback.
pub async fn run_all(
    runs: Vec<ScenarioRun>,
    duration: Duration,
    mut on_outcome: impl FnMut(&Outcome),
) -> io::Result<Vec<Outcome>> {
    let mut running = JoinSet::new();
    for (number, run) in runs.into_iter().enumerate() {
        if number > 0 {
            sleep(START_INTERVAL).await;
        }
        running.spawn(async move { (number, run.run(duration).await) });
    }
    let mut outcomes = Vec::new();
    while let Some(ended) = running.join_next().await {
        let (number, outcome) = ended.map_err(io::Error::other)?;
        let outcome = outcome?;
        on_outcome(&outcome);
        outcomes.push((number, outcome));
    }
    outcomes.sort_by_key(|(number, _)| *number);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

impl ScenarioRun {
    /// Creates a run of this client in this scenario.
    #[must_use]
    pub const fn new(scenario: Scenario, client: Client) -> Self {
        Self { scenario, client }
    }

    /// Runs the client for `duration`, or until it stops.
    ///
    /// # Errors
    ///
    /// The emulator can't listen on loopback.
    pub async fn run(self, duration: Duration) -> io::Result<Outcome> {
        let name = self.scenario.name.clone();
        let emulator = Emulator::builder()
            .events_per_second(EVENTS_PER_SECOND)
            .scenario(self.scenario)
            .start()
            .await?;
        let start = clock::now();
        let log = Arc::new(EventLog::default());
        let mut client = self.client.start(emulator.url(), Arc::clone(&log));

        let mut record = Record::new(start);
        let mut samples = interval(SAMPLE_INTERVAL);
        samples.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let last = loop {
            samples.tick().await;
            let sample = sample(&emulator, &log);
            record.sample(&sample);
            if sample.now >= start + duration || client.is_finished() {
                break sample;
            }
        };
        let final_state = if client.is_finished() {
            end(&mut client, last.now.saturating_duration_since(start), &log).await
        } else {
            record.final_state(&last, &log)
        };
        // More violations may be reported after the counters were read.
        let stats = emulator.stats();
        let mut violations = emulator.violations();
        violations.truncate(usize::try_from(stats.violations).unwrap_or(usize::MAX));
        let lost = settle(&record, &log).await;
        client.abort();
        Ok(Outcome {
            scenario: name,
            client: self.client,
            final_state,
            stats,
            rules: by_rule(&violations),
            lost,
        })
    }
}

fn sample(emulator: &Emulator, log: &EventLog) -> Sample {
    Sample {
        stats: emulator.stats(),
        sessions: emulator.sessions(),
        last_event: log.last_event(),
        now: clock::now(),
    }
}

/// Returns the final state of a client that has ended.
async fn end(client: &mut JoinHandle<()>, at: Duration, log: &EventLog) -> FinalState {
    match client.await {
        Ok(()) => FinalState::Stopped {
            at,
            last_error: log.last_error(),
        },
        Err(error) => FinalState::Panicked {
            at,
            message: error
                .try_into_panic()
                .map_or_else(|error| error.to_string(), |panic| panic_message(&*panic)),
        },
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}

/// Returns how many dispatches the client did not receive, after those in transit had time to arrive.
async fn settle(record: &Record, log: &EventLog) -> u64 {
    let until: Instant = clock::now() + SETTLE_TIME;
    loop {
        let lost = record.lost(log);
        if lost == 0 || clock::now() >= until {
            return lost;
        }
        sleep(SAMPLE_INTERVAL).await;
    }
}
