use std::{io, time::Duration};

use gloaming_emulator::model::SessionEndReason;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::audit::{ActiveSession, EndedSession};

/// The emulator responds within milliseconds, unless the machine is busy.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// A client of the emulator's control API. Each request has its own connection.
#[derive(Clone, Debug)]
pub struct Control {
    host: String,
}

/// The counters of the emulator that a soak test uses.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) struct EmulatorCounters {
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

/// A violated rule of the protocol.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Violation {
    pub(crate) rule: String,
    pub(crate) detail: String,
    pub(crate) shard: Option<[u32; 2]>,
}

impl Violation {
    /// Returns whether a stalled machine may have caused the violation.
    pub(crate) fn is_late_heartbeat(&self) -> bool {
        self.rule == "P4" && self.detail.contains("later than the interval")
    }
}

#[derive(Deserialize)]
struct Session {
    id: String,
    shard: [u32; 2],
    sequence: u64,
    /// Of an active session.
    #[serde(default)]
    connection: Option<u64>,
    /// Of an ended session.
    #[serde(default)]
    reason: Option<String>,
}

impl Control {
    /// Builds a client for the emulator with this REST URL, `http://host:port`.
    #[must_use]
    pub fn new(rest_url: &str) -> Self {
        Self {
            host: rest_url.trim_start_matches("http://").to_owned(),
        }
    }

    pub(crate) async fn counters(&self) -> io::Result<EmulatorCounters> {
        self.request("GET", "stats", None).await
    }

    pub(crate) async fn violations(&self) -> io::Result<Vec<Violation>> {
        self.request("GET", "violations", None).await
    }

    pub(crate) async fn guilds(&self) -> io::Result<Vec<String>> {
        self.request("GET", "guilds", None).await
    }

    /// Returns the active sessions, and the shards that are connected.
    pub(crate) async fn active_sessions(&self) -> io::Result<(Vec<ActiveSession>, Vec<u32>)> {
        let sessions: Vec<Session> = self.request("GET", "sessions", None).await?;
        let connected = sessions.iter().filter(|it| it.connection.is_some());
        let connected = connected.map(|it| it.shard[0]).collect();
        let active = sessions.into_iter().map(|it| ActiveSession {
            id: it.id,
            shard: it.shard[0],
            sequence: it.sequence,
        });
        Ok((active.collect(), connected))
    }

    /// Returns the sessions that ended last, oldest first.
    pub(crate) async fn ended_sessions(&self) -> io::Result<Vec<EndedSession>> {
        let sessions: Vec<Session> = self.request("GET", "ended-sessions", None).await?;
        let ended = sessions.into_iter().map(|it| {
            Ok(EndedSession {
                reason: end_reason(it.reason.as_deref())?,
                id: it.id,
                shard: it.shard[0],
                sequence: it.sequence,
            })
        });
        ended.collect()
    }

    pub(crate) async fn perform(&self, action: &Value) -> io::Result<()> {
        self.request::<Value>("POST", "action", Some(action))
            .await
            .map(drop)
    }

    pub(crate) async fn play(&self, scenario: &str) -> io::Result<()> {
        let play = json!({"scenario": scenario});
        self.request::<Value>("POST", "scenario", Some(&play))
            .await
            .map(drop)
    }

    pub(crate) async fn reset_faults(&self) -> io::Result<()> {
        self.request::<Value>("POST", "reset-faults", None)
            .await
            .map(drop)
    }

    pub(crate) async fn send_event(&self, name: &str, data: Value) -> io::Result<()> {
        let event = json!({"name": name, "data": data});
        self.request::<Value>("POST", "event", Some(&event))
            .await
            .map(drop)
    }

    async fn request<T: for<'a> Deserialize<'a>>(
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
        let response = timeout(RESPONSE_TIMEOUT, exchange(host, &request))
            .await
            .map_err(|_| {
                let seconds = RESPONSE_TIMEOUT.as_secs();
                io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!(
                        "the emulator does not respond to {method} {resource} within {seconds} s"
                    ),
                )
            })??;
        let (head, body) = response
            .split_once("\r\n\r\n")
            .ok_or_else(|| io::Error::other("the emulator's response is not HTTP"))?;
        if head.split(' ').nth(1) != Some("200") {
            return Err(io::Error::other(format!(
                "the emulator rejected {method} {resource}: {body}"
            )));
        }
        serde_json::from_str(body).map_err(io::Error::other)
    }
}

async fn exchange(host: &str, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(host).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response)
}

fn end_reason(name: Option<&str>) -> io::Result<SessionEndReason> {
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
    .find(|reason| Some(reason.name()) == name)
    .ok_or_else(|| io::Error::other(format!("a session ended for an unknown reason: {name:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_late_heartbeats_are_excusable() {
        let violation = |rule: &str, detail: &str| Violation {
            rule: rule.to_owned(),
            detail: detail.to_owned(),
            shard: None,
        };
        assert!(violation("P4", "a heartbeat later than the interval").is_late_heartbeat());
        assert!(!violation("P4", "no heartbeat within the interval").is_late_heartbeat());
        assert!(!violation("P13", "a second IDENTIFY").is_late_heartbeat());
    }

    #[test]
    fn end_reasons_are_parsed_by_name() {
        assert_eq!(
            end_reason(Some("expired")).ok(),
            Some(SessionEndReason::Expired)
        );
        assert!(end_reason(Some("unheard-of")).is_err());
        assert!(end_reason(None).is_err());
    }
}
