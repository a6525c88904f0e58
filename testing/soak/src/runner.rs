//! A soak test from start to end.

use std::{collections::VecDeque, io, mem, time::Duration};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use crate::{
    audit::{ActiveSession, Audit, MissedEnds},
    clock,
    control::{Control, EmulatorCounters},
    endpoint::Endpoint,
    faults::{Fault, FaultSchedule},
    fleet::Fleet,
    ledger::Totals,
    markers::Markers,
    plan::Plan,
    report::{ResourceLevels, SoakReport},
    resources::ResourceUsage,
    shard_counters::ShardCounters,
    snapshot::{Phase, Snapshot},
    stalls::Stalls,
};

/// The time between two measurements.
const SECOND: Duration = Duration::from_secs(1);

/// Seconds between two audits of the ended sessions.
const AUDIT_INTERVAL: u64 = 5;

/// The number of measurements whose median is a level.
const MEASUREMENTS: usize = 15;

/// All shards are connected within this time after any fault: the sum of their longest timeouts.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(150);

/// Allocators and closed sockets release their resources within this time.
const COOLDOWN_TIMEOUT: Duration = Duration::from_secs(60);

/// Without faults, sent events are delivered within this time.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// The number of events that fill the compression windows, at some hundred bytes each.
const WARM_UP_EVENTS: u64 = 1000;

/// The bounds of the time between two faults of a round, in milliseconds.
const FAULT_SPACING: (u64, u64) = (0, 3000);

/// Runs a soak test against an emulator, and calls `report` with a snapshot in regular intervals.
///
/// # Errors
///
/// Returns an error if the emulator does not respond, or if shards do not stop when they are closed.
pub async fn run(
    plan: &Plan,
    endpoint: &Endpoint,
    report: impl FnMut(&Snapshot),
) -> io::Result<SoakReport> {
    let fleet = Fleet::start(plan, endpoint)?;
    let markers = Markers::new(&endpoint.control.guilds().await?, plan.shards);
    let runner = Runner {
        plan,
        control: &endpoint.control,
        process: endpoint.process,
        fleet,
        audit: Audit::default(),
        ended_sessions: 0,
        start: clock::now(),
        seconds: 0,
        reported_at: None,
        delay: Duration::ZERO,
        stalls: Stalls::default(),
        report,
        phase: Phase::Start,
        measurements: VecDeque::new(),
        markers,
        faults: 0,
        unreported_faults: Vec::new(),
        problems: Vec::new(),
    };
    runner.run().await
}

struct Runner<'a, R> {
    plan: &'a Plan,
    control: &'a Control,
    process: Option<u32>,
    fleet: Fleet,
    audit: Audit,
    /// The number of ended sessions at the last audit.
    ended_sessions: u64,
    start: Instant,
    /// The seconds since the start, at the last measurement.
    seconds: u64,
    reported_at: Option<Instant>,
    /// The largest delay since the last snapshot.
    delay: Duration,
    stalls: Stalls,
    report: R,
    phase: Phase,
    /// The last measurements.
    measurements: VecDeque<ResourceUsage>,
    markers: Markers,
    faults: u64,
    /// Faults since the last snapshot.
    unreported_faults: Vec<String>,
    problems: Vec<String>,
}

impl<R: FnMut(&Snapshot)> Runner<'_, R> {
    async fn run(mut self) -> io::Result<SoakReport> {
        self.await_connected().await?;
        self.warm_up().await?;
        self.phase = Phase::Baseline;
        self.measurements.clear();
        self.measure_for(self.plan.baseline).await?;
        let before = self.last_measurements();

        self.phase = Phase::Faults;
        self.inject_faults().await?;

        self.phase = Phase::Recovery;
        self.control.reset_faults().await?;
        // Some faults last until the end of their connection.
        self.control.perform(&restart()).await?;
        self.await_connected().await?;
        self.phase = Phase::Cooldown;
        let after = self.cool_down(&before).await?;
        self.finish(before, after).await
    }

    /// Waits until every shard is connected. A timeout is a problem.
    async fn await_connected(&mut self) -> io::Result<()> {
        let deadline = clock::now() + RECOVERY_TIMEOUT;
        loop {
            self.measure_for(SECOND).await?;
            let disconnected = self.fleet.disconnected();
            let (_, connected) = self.control.active_sessions().await?;
            if disconnected.is_empty() && connected.len() >= self.plan.shards as usize {
                return Ok(());
            }
            if clock::now() >= deadline {
                let seconds = RECOVERY_TIMEOUT.as_secs();
                let disconnected: Vec<String> = disconnected
                    .iter()
                    .map(|(shard, state)| format!("shard {shard} ({state})"))
                    .collect();
                self.problems.push(format!(
                    "not connected within {seconds} s in the phase {}: {}; the gateway has {} connected shards",
                    self.phase,
                    disconnected.join(", "),
                    connected.len()
                ));
                return Ok(());
            }
        }
    }

    /// Performs the operations whose memory is retained without being a leak: a reconnect of all shards, a
    /// restart of the client, and load that fills every compression window.
    async fn warm_up(&mut self) -> io::Result<()> {
        self.phase = Phase::WarmUp;
        self.control.perform(&restart()).await?;
        self.await_connected().await?;
        self.fleet.restart_cluster().await?;
        let all: Vec<u32> = (0..self.plan.shards).collect();
        self.fleet.restart_standalone(&all).await?;
        self.await_connected().await?;
        // One shard after the other: load for all of them would delay everything else on a busy machine.
        for shard in all {
            let load = json!({"action": "flood", "count": WARM_UP_EVENTS, "shard": shard});
            self.control.perform(&load).await?;
            self.measure_for(SECOND / 8).await?;
        }
        self.await_connected().await
    }

    async fn inject_faults(&mut self) -> io::Result<()> {
        let end = clock::now() + self.plan.faults;
        let mut schedule = FaultSchedule::new(self.plan.seed, self.plan.shards);
        loop {
            let left = end.saturating_duration_since(clock::now());
            let round = schedule.next_round(left);
            if round.faults.is_empty() {
                return Ok(());
            }
            let round_end = clock::now() + round.duration;
            for fault in round.faults {
                self.unreported_faults.push(fault.to_string());
                self.faults += 1;
                self.inject(fault).await?;
                let (min, max) = FAULT_SPACING;
                self.measure_for(Duration::from_millis(schedule.random().between(min, max)))
                    .await?;
            }
            self.measure_for(round_end.saturating_duration_since(clock::now()))
                .await?;
            self.control.reset_faults().await?;
        }
    }

    async fn inject(&mut self, fault: Fault) -> io::Result<()> {
        match fault {
            Fault::Scenario(name, shard) => {
                self.control.play(name).await?;
                let identify =
                    json!({"action": "invalid-session", "resumable": false, "shard": shard});
                self.control.perform(&identify).await
            }
            Fault::Actions(_, actions) => {
                for action in actions {
                    self.control.perform(&action).await?;
                }
                Ok(())
            }
            Fault::SlowConsumers(time) => {
                self.fleet.pause_consumers(time);
                Ok(())
            }
            Fault::RestartCluster => {
                self.fleet.restart_cluster().await?;
                self.skip_elapsed_seconds();
                Ok(())
            }
            Fault::RestartStandalone(shards) => {
                self.fleet.restart_standalone(&shards).await?;
                self.skip_elapsed_seconds();
                Ok(())
            }
            Fault::Reconnect(shards) => {
                self.fleet.reconnect(&shards);
                Ok(())
            }
        }
    }

    /// The time spent waiting for a restart is not a delay.
    fn skip_elapsed_seconds(&mut self) {
        let elapsed = clock::now().saturating_duration_since(self.start);
        self.seconds = self.seconds.max(elapsed.as_secs());
    }

    /// Measures until the resources returned to their levels, and at least as long as planned.
    async fn cool_down(&mut self, before: &[ResourceUsage]) -> io::Result<Vec<ResourceUsage>> {
        self.measurements.clear();
        self.measure_for(self.plan.cooldown).await?;
        let deadline = clock::now() + COOLDOWN_TIMEOUT;
        loop {
            let after = self.last_measurements();
            if ResourceLevels::compare(before, &after).are_ok() || clock::now() >= deadline {
                return Ok(after);
            }
            self.measure_for(SECOND).await?;
        }
    }

    /// Compares the delivered events with those that were sent, and closes all shards.
    async fn finish(
        mut self,
        before: Vec<ResourceUsage>,
        after: Vec<ResourceUsage>,
    ) -> io::Result<SoakReport> {
        let disconnected = self.fleet.disconnected();
        let (active, connected) = self.control.active_sessions().await?;
        if !disconnected.is_empty() || connected.len() != self.plan.shards as usize {
            self.problems.push(format!(
                "at the end, {} shards report that they are not connected, and the gateway has {} of {} connected",
                disconnected.len(),
                connected.len(),
                self.plan.shards
            ));
        }
        self.await_delivery(&active).await;
        self.audit().await?;
        let sessions = active.len();
        let (events, shards) = self.settle_all(active);
        let counters = self.control.counters().await?;
        let violation_list = self.control.violations().await?;
        self.phase = Phase::Close;
        self.measure().await?;
        let (control, plan) = (self.control, self.plan);
        self.fleet.close().await?;

        let left = await_closed(control).await?;
        // The gateway keeps abandoned sessions until they expire.
        let abandoned = (sessions as u64).saturating_sub(u64::from(plan.shards));
        if left.sessions > abandoned || left.connections > 0 {
            self.problems.push(format!(
                "after the close, {} connections and {} sessions still exist",
                left.connections, left.sessions
            ));
        }
        let peak_memory = ResourceUsage::of_this_process().peak_memory;
        let mut report = SoakReport {
            events,
            shards,
            resources: ResourceLevels::compare(&before, &after),
            // The system updates the two counters at different times.
            peak_memory: peak_memory.max(after.iter().filter_map(|it| it.memory).max()),
            emulator_peak_memory: self
                .process
                .and_then(|id| ResourceUsage::of_process(id).peak_memory),
            emulator_actions: 0,
            faults: self.faults,
            identifies: 0,
            resumes: 0,
            sessions_resumed: 0,
            replayed: 0,
            slow_clients_dropped: 0,
            violations: 0,
            excused: self.stalls.excused(),
            problems: self.problems,
            violation_list,
        };
        report.add_emulator_counters(counters);
        report.evaluate();
        Ok(report)
    }

    /// Settles all sessions, and returns the totals.
    fn settle_all(&mut self, mut active: Vec<ActiveSession>) -> (Totals, ShardCounters) {
        let (totals, shards, open_sessions) = self.fleet.observed().with(|observed| {
            // More events were sent since the list was made, and some were delivered.
            for session in &mut active {
                let delivered = observed.ledger.last_delivered(&session.id).unwrap_or(0);
                session.sequence = session.sequence.max(delivered);
            }
            self.audit.finish(&mut observed.ledger, &active);
            (
                observed.ledger.totals().clone(),
                observed.counters.clone(),
                observed.ledger.open_sessions(),
            )
        });
        if self.audit.missed_ends() == MissedEnds::Some {
            let problem = "more sessions ended between two audits than the gateway reports";
            self.problems.push(problem.to_owned());
        }
        if open_sessions > 0 {
            self.problems.push(format!(
                "{open_sessions} sessions are unknown to the gateway"
            ));
        }
        (totals, shards)
    }

    /// Waits until all events that were sent so far are delivered, within a timeout.
    async fn await_delivery(&self, active: &[ActiveSession]) {
        let deadline = clock::now() + DELIVERY_TIMEOUT;
        loop {
            let is_delivered = self.fleet.observed().with(|observed| {
                active.iter().all(|session| {
                    let is_current = observed.ledger.is_current(session.shard, &session.id);
                    let last = observed.ledger.last_delivered(&session.id);
                    !is_current || last.is_some_and(|last| last >= session.sequence)
                })
            });
            if is_delivered || clock::now() >= deadline {
                return;
            }
            sleep_until(clock::now() + SECOND / 10).await;
        }
    }

    /// Waits for this time, and measures every second.
    async fn measure_for(&mut self, time: Duration) -> io::Result<()> {
        let end = clock::now() + time;
        loop {
            let next = self.start + Duration::from_secs(self.seconds + 1);
            if next > end {
                sleep_until(end).await;
                return Ok(());
            }
            sleep_until(next).await;
            let delay = clock::now().saturating_duration_since(next);
            self.delay = self.delay.max(delay);
            self.stalls.add(delay);
            // After a slow measurement, the next one is skipped and not made up for.
            let elapsed = clock::now().saturating_duration_since(self.start).as_secs();
            self.seconds = elapsed.max(self.seconds + 1);
            self.measure().await?;
        }
    }

    async fn measure(&mut self) -> io::Result<()> {
        let started = clock::now();
        self.markers
            .send(self.control, self.fleet.clustered(), self.seconds)
            .await?;
        // The emulator responds immediately, unless the machine stalls.
        self.stalls
            .add(clock::now().saturating_duration_since(started));
        if self.seconds.is_multiple_of(AUDIT_INTERVAL) {
            self.audit().await?;
        }
        let usage = ResourceUsage::of_this_process();
        if self.measurements.len() == MEASUREMENTS {
            self.measurements.pop_front();
        }
        self.measurements.push_back(usage);
        let now = clock::now();
        let is_due = self.reported_at.is_none_or(|reported_at| {
            now.saturating_duration_since(reported_at) >= self.plan.report_interval
        });
        if is_due || self.phase == Phase::Close {
            self.reported_at = Some(now);
            self.report_snapshot(now, usage).await?;
        }
        Ok(())
    }

    async fn report_snapshot(&mut self, now: Instant, usage: ResourceUsage) -> io::Result<()> {
        let counters = self.control.counters().await?;
        let (delivered, disconnects) = self.fleet.observed().with(|observed| {
            let disconnects = observed.counters.disconnects.values().sum();
            (observed.ledger.delivered(), disconnects)
        });
        let disconnected = self.fleet.disconnected().len();
        (self.report)(&Snapshot {
            elapsed: now.saturating_duration_since(self.start),
            phase: self.phase,
            connected: (self.plan.shards as usize).saturating_sub(disconnected),
            shards: self.plan.shards,
            sent: counters.dispatches,
            delivered,
            disconnects,
            violations: counters.violations,
            delay: mem::take(&mut self.delay),
            usage,
            emulator_usage: self.process.map(ResourceUsage::of_process),
            faults: mem::take(&mut self.unreported_faults),
        });
        Ok(())
    }

    async fn audit(&mut self) -> io::Result<()> {
        let counters = self.control.counters().await?;
        if counters.violations > self.stalls.checked() {
            self.stalls.check(&self.control.violations().await?);
        }
        self.stalls.next_interval();
        let ended = counters.sessions_ended;
        if ended != self.ended_sessions {
            // Sessions that end after the counters were read are reported again next time.
            self.audit.report(self.control.ended_sessions().await?);
            self.ended_sessions = ended;
        }
        self.fleet
            .observed()
            .with(|observed| self.audit.pass(&mut observed.ledger));
        Ok(())
    }

    fn last_measurements(&self) -> Vec<ResourceUsage> {
        self.measurements.iter().copied().collect()
    }
}

/// Waits until the emulator has no connections and no sessions, within a timeout. Returns its counters.
async fn await_closed(control: &Control) -> io::Result<EmulatorCounters> {
    let deadline = clock::now() + DELIVERY_TIMEOUT;
    loop {
        let counters = control.counters().await?;
        let is_closed = counters.sessions == 0 && counters.connections == 0;
        if is_closed || clock::now() >= deadline {
            return Ok(counters);
        }
        sleep_until(clock::now() + SECOND / 10).await;
    }
}

fn restart() -> Value {
    json!({"action": "restart", "keep-sessions": true})
}
