//! What the health says in one scenario, and whether it is right.

use super::TOKEN;
use gloaming_cluster::{Cluster, ClusterHealth, HealthReasonKind, Readiness};
use gloaming_shard::Lifecycle;
use gloaming_test_support::{Logs, scenarios::now};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// Two things that happen at one time may be seen in either order.
const TOLERANCE: Duration = Duration::from_millis(20);

/// The session, as the consumer of the items learns of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Session {
    Never,
    Up,
    Down(Instant),
    /// The shard has stopped.
    Ended,
}

impl Session {
    pub(super) fn follow(self, event: &Lifecycle) -> Self {
        match (self, event) {
            (_, Lifecycle::Ready { .. } | Lifecycle::Resumed { .. }) => Self::Up,
            (Self::Up, Lifecycle::Disconnected { .. }) => Self::Down(now()),
            _ => self,
        }
    }

    /// What the readiness has to be. `None` at the bound.
    fn expected(self, down_after: Duration) -> Option<Option<HealthReasonKind>> {
        match self {
            Self::Never => Some(Some(HealthReasonKind::Starting)),
            Self::Up => Some(None),
            Self::Down(since) => match now() - since {
                down if down + TOLERANCE < down_after => Some(None),
                down if down > down_after + TOLERANCE => Some(Some(HealthReasonKind::Down)),
                _ => None,
            },
            Self::Ended => Some(Some(HealthReasonKind::Ended)),
        }
    }
}

/// What the health has said in one scenario.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// How often it was not ready any more.
    pub(super) outages: u32,
    pub(super) was_ready: bool,
    pub(super) disconnects: u64,
    /// When one of these two last changed.
    pub(super) changed: Option<Instant>,
    /// The causes of disconnects while it was not ready, as data.
    pub(super) causes: BTreeSet<&'static str>,
    /// The reasons for which it was not ready, without the times.
    pub(super) reasons: BTreeSet<String>,
    /// What the reason said that the table expects.
    pub(super) said: BTreeSet<&'static str>,
    pub(super) wrong: Vec<String>,
}

impl Observed {
    pub(super) fn look(
        &mut self,
        cluster: &Cluster,
        session: Session,
        down_after: Duration,
        says: &[&'static str],
    ) {
        let health = cluster.health();
        let kind = health.readiness().reason().map(|reason| reason.kind());
        if let Some(expected) = session.expected(down_after)
            && kind != expected
        {
            self.wrong
                .push(format!("{session:?} is {kind:?}: {health}"));
        }
        if !health.liveness().is_live() {
            self.wrong.push(format!("not live: {health}"));
        }
        self.look_for(says, &health.to_string());
        let is_ready = health.readiness().is_ready();
        if let Readiness::NotReady(reason) = health.readiness() {
            let text = reason.to_string();
            self.look_at_reason(&health, &text, session);
            self.look_for(says, &text);
            self.reasons.insert(without_times(&text));
        }
        if self.was_ready && !is_ready {
            self.outages += 1;
            self.look_for_secrets(cluster, &health);
        }
        let disconnects = health.shards()[0].disconnects().total();
        if (self.was_ready, self.disconnects) != (is_ready, disconnects) {
            self.changed = Some(now());
            self.look_at_snapshot(&health);
        } else if !is_ready {
            self.look_at_snapshot(&health);
        }
        self.was_ready = is_ready;
        self.disconnects = disconnects;
    }

    fn look_for(&mut self, says: &[&'static str], text: &str) {
        self.said
            .extend(says.iter().filter(|part| text.contains(**part)));
    }

    /// The sentence of the reason is that of the worst shard, and names a cause or what is awaited.
    fn look_at_reason(&mut self, health: &ClusterHealth, text: &str, session: Session) {
        let info = &health.shards()[0];
        let last = info.last_disconnect();
        self.causes.extend(last.map(|last| last.cause().name()));
        let names = match session {
            Session::Never => text.contains("; it waits for ") || text.contains(", as "),
            _ => text.contains(", as ") || text.contains("code "),
        };
        if !names {
            self.wrong.push(format!("no cause in {text}"));
        }
    }

    fn look_at_snapshot(&mut self, health: &ClusterHealth) {
        let snapshot = serde_json::to_value(health).unwrap();
        let reason = health.readiness().reason();
        let text = reason.map(ToString::to_string);
        let serialized = snapshot["readiness"]["reason"]["text"].as_str();
        if serialized != text.as_deref() {
            self.wrong.push(format!("{text:?} is not in {snapshot}"));
        }
        self.find_secrets("the snapshot", &snapshot.to_string());
    }

    /// Looks for the token, and in what is meant for status pages for the id of the session.
    pub(super) fn look_for_secrets(&mut self, cluster: &Cluster, health: &ClusterHealth) {
        let record = cluster.shards().next().map(|shard| shard.flight_record());
        let session = health.shards()[0].session_id();
        for (what, text) in [
            ("the health", health.to_string()),
            ("the snapshot", serde_json::to_string(health).unwrap()),
            ("the flight record", serde_json::to_string(&record).unwrap()),
        ] {
            self.find_secrets(what, &text);
            if session.is_some_and(|session| text.contains(session)) {
                self.wrong.push(format!("the session in {what}: {text}"));
            }
        }
        for (what, text) in [
            ("the health", format!("{health:?}")),
            ("the flight record", format!("{record:?}")),
        ] {
            self.find_secrets(what, &text);
        }
    }

    pub(super) fn look_at_logs(&mut self, logs: &Logs) {
        let text = logs.text();
        if !text.contains("TRACE") {
            self.wrong.push("nothing was logged".to_owned());
        }
        self.find_secrets("the logs", &text);
    }

    fn find_secrets(&mut self, what: &str, text: &str) {
        // The first part is the id of the application, which is public.
        let secrets = TOKEN.split('.').skip(1);
        for secret in secrets {
            let (start, end) = (&secret[..6], &secret[secret.len() - 6..]);
            for part in [start, end] {
                if let Some(at) = text.find(part) {
                    let around: String =
                        text.chars().skip(at.saturating_sub(60)).take(120).collect();
                    self.wrong.push(format!("the token in {what}: {around}"));
                }
            }
        }
    }
}

/// Replaces numbers, so that one reason is one text.
fn without_times(text: &str) -> String {
    let mut shortened = String::new();
    for character in text.chars() {
        match character {
            '0'..='9' if shortened.ends_with('#') => {}
            '.' if shortened.ends_with('#') => {}
            '0'..='9' => shortened.push('#'),
            other => shortened.push(other),
        }
    }
    shortened
}
