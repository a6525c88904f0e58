//! What a scenario has shown, and whether a promise was broken.

use crate::{
    commands::CommandFindings,
    options::{EventsChoice, Scenario},
    record::Findings,
    usage::Usage,
    watcher::Watched,
};
use gloaming_emulator::Stats;
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// The longest time until the shards of a node that is gone are served again.
const TAKEOVER: Duration = Duration::from_secs(15);

/// The most faults that are listed.
const MAX_LISTED: usize = 10;

/// What a scenario did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Actions {
    /// From each signal until the last shard of the node was resumed on another one.
    pub(crate) takeovers: Vec<Duration>,
    /// Connections that were left open by a node that was stopped, and that RESUME had to replace.
    pub(crate) left_open: u64,
    pub(crate) faults: Vec<String>,
}

/// How far the counters of the gateway have come in a scenario.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    pub(crate) identifies: u64,
    pub(crate) resumed: u64,
    pub(crate) replaced: u64,
    pub(crate) gone_sessions: u64,
}

impl Counted {
    pub(crate) const fn between(before: &Stats, after: &Stats) -> Self {
        Self {
            identifies: after.identifies - before.identifies,
            resumed: after.sessions_resumed - before.sessions_resumed,
            replaced: after.connections_replaced - before.connections_replaced,
            gone_sessions: after.sessions_ended - before.sessions_ended,
        }
    }
}

/// The figures of a scenario.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) scenario: Scenario,
    pub(crate) events: EventsChoice,
    pub(crate) actions: Actions,
    pub(crate) findings: Findings,
    pub(crate) commands: CommandFindings,
    /// Of the processes that run at the end.
    pub(crate) usage: Vec<Usage>,
    pub(crate) counted: Counted,
    pub(crate) watched: Watched,
    /// Of the limits of identifies.
    pub(crate) limit_violations: usize,
    pub(crate) other_violations: Vec<String>,
    pub(crate) took: Duration,
}

impl Report {
    fn takeover(&self) -> Duration {
        self.actions
            .takeovers
            .iter()
            .copied()
            .max()
            .unwrap_or_default()
    }

    /// How often a shard was served twice: by two sessions, or by two nodes that took a session from each other.
    fn served_twice(&self) -> u64 {
        self.watched.twice + self.counted.replaced.saturating_sub(self.actions.left_open)
    }

    /// Returns what must not have happened.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = self.actions.faults.clone();
        faults.extend(self.findings.faults.iter().cloned());
        faults.extend(self.commands.faults.iter().cloned());
        faults.extend(self.other_violations.iter().cloned());
        let mut none = |count: u64, what: &str| {
            if count > 0 {
                faults.push(format!("{count} {what}"));
            }
        };
        none(self.served_twice(), "times, a shard was served twice");
        none(self.findings.lost as u64, "events were lost");
        none(self.counted.identifies, "shards identified");
        none(self.counted.gone_sessions, "sessions ended");
        none(self.limit_violations as u64, "violations of P11 and P12");
        // A node that can't store where it was repeats the events since then, and a server of which a worker's acknowledgement
        // was lost delivers an event again.
        let is_server_killed = matches!(self.scenario, Scenario::Restart | Scenario::Rollback);
        let redelivers = is_server_killed && self.events == EventsChoice::Nats;
        if !redelivers {
            none(self.findings.out_of_order, "events came after later ones");
        }
        let repeats = matches!(
            self.scenario,
            Scenario::Kill | Scenario::Stop | Scenario::Partition
        );
        if !repeats && !redelivers {
            none(self.findings.duplicates, "events came twice");
        }
        if matches!(self.scenario, Scenario::Deploy | Scenario::Scale) {
            // Each node replies before it ends, and what it has sent arrives.
            none(self.commands.unknown as u64, "commands had no reply");
            none(self.commands.unanswered as u64, "commands were lost");
        }
        if is_server_killed {
            none(self.counted.resumed, "sessions were resumed");
        }
        if self.takeover() > TAKEOVER {
            faults.push(format!(
                "a takeover took more than {} s",
                TAKEOVER.as_secs()
            ));
        }
        faults
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let faults = self.faults();
        write!(
            f,
            "{}: takeover {:.2} s ({} times), served twice {}, events {}, lost {}, duplicates {}, out of order {}, IDENTIFYs {}, RESUMEs {}, \
             P11/P12 violations {}, longest without a connection {:.2} s, lag p99 {} ms, longest {} ms, faults {}, {:.0} s",
            self.scenario.name(),
            self.takeover().as_secs_f64(),
            self.actions.takeovers.len(),
            self.served_twice(),
            self.findings.sent,
            self.findings.lost,
            self.findings.duplicates,
            self.findings.out_of_order,
            self.counted.identifies,
            self.counted.resumed,
            self.limit_violations,
            self.watched.longest_gap.as_secs_f64(),
            self.findings.p99.as_millis(),
            self.findings.longest.as_millis(),
            faults.len(),
            self.took.as_secs_f64(),
        )?;
        if self.commands.asked > 0 {
            let commands = &self.commands;
            write!(
                f,
                "\n  commands {}: sent {}, certainly not sent {}, without a reply {}; sent and not answered {}",
                commands.asked,
                commands.sent,
                commands.not_sent,
                commands.unknown,
                commands.unanswered,
            )?;
        }
        for usage in &self.usage {
            write!(f, "\n  {usage}")?;
        }
        for fault in faults.iter().take(MAX_LISTED) {
            write!(f, "\n  FAULT: {fault}")?;
        }
        match faults.len().saturating_sub(MAX_LISTED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(scenario: Scenario) -> Report {
        Report {
            scenario,
            events: EventsChoice::Stdout,
            actions: Actions::default(),
            findings: Findings::default(),
            commands: CommandFindings::default(),
            usage: Vec::new(),
            counted: Counted::default(),
            watched: Watched::default(),
            limit_violations: 0,
            other_violations: Vec::new(),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn each_broken_promise_is_a_fault() {
        assert_eq!(report(Scenario::Deploy).faults(), [""; 0]);
        let broken: [fn(&mut Report); 12] = [
            |it| {
                it.commands
                    .faults
                    .push("command 1 had two outcomes".to_owned())
            },
            |it| it.commands.unknown = 1,
            |it| it.commands.unanswered = 1,
            |it| it.findings.out_of_order = 1,
            |it| it.watched.twice = 1,
            |it| it.counted.replaced = 1,
            |it| it.findings.lost = 1,
            |it| it.findings.duplicates = 1,
            |it| it.counted.identifies = 1,
            |it| it.counted.gone_sessions = 1,
            |it| it.limit_violations = 1,
            |it| it.actions.takeovers.push(Duration::from_secs(16)),
        ];
        for (index, change) in broken.into_iter().enumerate() {
            let mut report = report(Scenario::Deploy);
            change(&mut report);
            assert_eq!(report.faults().len(), 1, "{index}");
            assert!(report.to_string().contains("FAULT"));
        }
    }

    #[test]
    fn killed_nodes_repeat_events_and_stopped_ones_leave_connections_open() {
        let mut killed = report(Scenario::Kill);
        killed.findings.duplicates = 9;
        assert_eq!(killed.faults(), [""; 0]);
        let mut restarted = report(Scenario::Restart);
        (
            restarted.findings.duplicates,
            restarted.findings.out_of_order,
        ) = (1, 1);
        assert_eq!(restarted.faults().len(), 2);
        restarted.events = EventsChoice::Nats;
        assert_eq!(restarted.faults(), [""; 0]);
        let mut stopped = report(Scenario::Stop);
        (stopped.counted.replaced, stopped.actions.left_open) = (5, 5);
        assert_eq!(stopped.faults(), [""; 0]);
    }
}
