//! The emulator's control over HTTP.

use std::io;

use gloaming_emulator::model::SessionEndReason;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::audit::{Ended, Living};

/// It answers within milliseconds, unless the machine is busy.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// The emulator's control over HTTP, one connection a request.
#[derive(Clone, Debug)]
pub struct Control {
    host: String,
}

/// Its counters, those of them that are looked at.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) struct Counters {
    pub(crate) connections: u64,
    pub(crate) sessions: u64,
    pub(crate) identifies: u64,
    pub(crate) resumes: u64,
    pub(crate) sessions_resumed: u64,
    pub(crate) replayed: u64,
    pub(crate) sessions_ended: u64,
    pub(crate) dispatches: u64,
    pub(crate) slow_clients_dropped: u64,
    pub(crate) faults: u64,
    pub(crate) violations: u64,
}

/// A rule that was broken.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Violation {
    pub(crate) rule: String,
    pub(crate) detail: String,
    pub(crate) shard: Option<[u32; 2]>,
}

impl Violation {
    /// Whether it may be the machine's doing: one that stands still is late with everything.
    pub(crate) fn is_lateness(&self) -> bool {
        self.rule == "P4" && self.detail.contains("later than the interval")
    }
}

#[derive(Deserialize)]
struct Session {
    id: String,
    shard: [u32; 2],
    sequence: u64,
    /// Of those that live.
    #[serde(default)]
    connection: Option<u64>,
    /// Of those that ended.
    #[serde(default)]
    reason: Option<String>,
}

impl Control {
    /// Of the emulator whose REST is at `http://host:port`.
    #[must_use]
    pub fn new(rest_url: &str) -> Self {
        Self {
            host: rest_url.trim_start_matches("http://").to_owned(),
        }
    }

    pub(crate) async fn counters(&self) -> io::Result<Counters> {
        self.ask("GET", "stats", None).await
    }

    pub(crate) async fn violations(&self) -> io::Result<Vec<Violation>> {
        self.ask("GET", "violations", None).await
    }

    pub(crate) async fn guilds(&self) -> io::Result<Vec<String>> {
        self.ask("GET", "guilds", None).await
    }

    /// The sessions that live, and the shards that are connected.
    pub(crate) async fn living(&self) -> io::Result<(Vec<Living>, Vec<u32>)> {
        let sessions: Vec<Session> = self.ask("GET", "sessions", None).await?;
        let connected = sessions.iter().filter(|it| it.connection.is_some());
        let connected = connected.map(|it| it.shard[0]).collect();
        let living = sessions.into_iter().map(|it| Living {
            session: it.id,
            shard: it.shard[0],
            sequence: it.sequence,
        });
        Ok((living.collect(), connected))
    }

    /// The last sessions that ended, oldest first.
    pub(crate) async fn ended(&self) -> io::Result<Vec<Ended>> {
        let sessions: Vec<Session> = self.ask("GET", "ended-sessions", None).await?;
        let ended = sessions.into_iter().map(|it| {
            Ok(Ended {
                end: end(it.reason.as_deref())?,
                session: it.id,
                shard: it.shard[0],
                sequence: it.sequence,
            })
        });
        ended.collect()
    }

    pub(crate) async fn perform(&self, action: &Value) -> io::Result<()> {
        self.ask::<Value>("POST", "action", Some(action))
            .await
            .map(drop)
    }

    pub(crate) async fn play(&self, scenario: &str) -> io::Result<()> {
        let play = json!({"scenario": scenario});
        self.ask::<Value>("POST", "scenario", Some(&play))
            .await
            .map(drop)
    }

    pub(crate) async fn reset_faults(&self) -> io::Result<()> {
        self.ask::<Value>("POST", "reset-faults", None)
            .await
            .map(drop)
    }

    pub(crate) async fn event(&self, name: &str, data: Value) -> io::Result<()> {
        let event = json!({"name": name, "data": data});
        self.ask::<Value>("POST", "event", Some(&event))
            .await
            .map(drop)
    }

    async fn ask<T: for<'a> Deserialize<'a>>(
        &self,
        method: &str,
        resource: &str,
        body: Option<&Value>,
    ) -> io::Result<T> {
        let host = &self.host;
        let body = body.map_or_else(String::new, Value::to_string);
        let request = format!(
            "{method} /control/{resource} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = timeout(PATIENCE, exchange(host, &request))
            .await
            .map_err(|_| {
                io::Error::new(io::ErrorKind::TimedOut, "the emulator does not answer")
            })??;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .ok_or_else(|| io::Error::other("the emulator's answer is no HTTP"))?;
        if head.split(' ').nth(1) != Some("200") {
            return Err(io::Error::other(format!(
                "the emulator refused {method} {resource}: {body}"
            )));
        }
        serde_json::from_str(body).map_err(io::Error::other)
    }
}

async fn exchange(host: &str, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(host).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

fn end(name: Option<&str>) -> io::Result<SessionEndReason> {
    [
        SessionEndReason::ClosedByClient,
        SessionEndReason::Expired,
        SessionEndReason::Unresumable,
        SessionEndReason::ClosedByGateway,
        SessionEndReason::Invalidated,
        SessionEndReason::Forgotten,
        SessionEndReason::TokenReset,
    ]
    .into_iter()
    .find(|end| Some(end.name()) == name)
    .ok_or_else(|| io::Error::other(format!("a session ended in an unknown way: {name:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lateness_may_be_the_machines_doing() {
        let violation = |rule: &str, detail: &str| Violation {
            rule: rule.to_owned(),
            detail: detail.to_owned(),
            shard: None,
        };
        assert!(violation("P4", "a heartbeat later than the interval").is_lateness());
        assert!(!violation("P4", "no heartbeat within the interval").is_lateness());
        assert!(!violation("P13", "a second IDENTIFY").is_lateness());
    }

    #[test]
    fn the_emulators_words_for_ends_are_known() {
        assert_eq!(end(Some("expired")).ok(), Some(SessionEndReason::Expired));
        assert!(end(Some("eaten")).is_err());
        assert!(end(None).is_err());
    }
}
