//! Scenarios in TOML.

use std::time::Duration;

use gloaming_protocol::limits::MAX_WAIT;
use serde::Deserialize;
use toml::Spanned;

use super::{Again, Deed, Fault, Impairment, Occasion, Scenario, ScenarioError, When};
use crate::model::{Host, Mute};

/// They are made at once, while nothing else happens.
const MOST_EVENTS: u64 = 100_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    about: String,
    #[serde(default)]
    fault: Vec<Spanned<Entry>>,
}

/// All that may stand below one `[[fault]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    on: Option<On>,
    at: Option<f64>,
    nth: Option<u64>,
    every: Option<f64>,
    times: Option<u64>,
    chance: Option<f64>,
    after: Option<f64>,
    shard: Option<u32>,
    #[serde(rename = "do")]
    deed: Do,

    code: Option<u16>,
    resumable: Option<bool>,
    connections: Option<u64>,
    what: Option<What>,
    #[serde(rename = "for")]
    lasting: Option<f64>,
    host: Option<Hosts>,
    status: Option<u16>,
    bytes: Option<u32>,
    bytes_per_second: Option<u32>,
    count: Option<u64>,
    keep_sessions: Option<bool>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum On {
    Connect,
    Identify,
    Ready,
    Resume,
    Resumed,
    Heartbeat,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Do {
    Drop,
    Close,
    Reconnect,
    InvalidSession,
    RequestHeartbeat,
    ReconnectFirst,
    Mute,
    Unmute,
    Refuse,
    Accept,
    HalfOpen,
    Slow,
    Split,
    Scatter,
    Tear,
    Duplicate,
    Events,
    Flood,
    GuildsUnavailable,
    GuildsAvailable,
    GuildFlood,
    UnknownEvents,
    Garbage,
    ForgetSessions,
    Restart,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Hello,
    Ready,
    Acks,
    CloseReplies,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Hosts {
    Main,
    Resume,
}

pub(super) fn parse(name: String, text: &str) -> Result<Scenario, ScenarioError> {
    let line = |at: usize| {
        1 + text.as_bytes()[..at.min(text.len())]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map(|span| line(span.start));
        ScenarioError::new(&name, at, error.message())
    })?;
    let mut faults = Vec::with_capacity(file.fault.len());
    for entry in file.fault {
        let at = line(entry.span().start);
        let fault = entry
            .into_inner()
            .fault()
            .map_err(|reason| ScenarioError::new(&name, Some(at), reason))?;
        faults.push(fault);
    }
    if faults.is_empty() {
        return Err(ScenarioError::new(&name, None, "it has no [[fault]]"));
    }
    Ok(Scenario {
        name,
        about: file.about,
        faults,
    })
}

/// A deed that is to be done at once, by the keys that it has in a file, and the shard that it is for.
pub(crate) fn deed_now(json: &[u8]) -> Result<(Deed, Option<u32>), String> {
    let mut entry: Entry = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let when = [entry.at, entry.every, entry.after, entry.chance];
    if entry.on.is_some() || entry.times.is_some() || when.iter().any(Option::is_some) {
        return Err("what is to be done at once has no cue".to_owned());
    }
    let shard = entry.shard.take();
    let deed = entry.deed()?;
    entry.expect_empty()?;
    check_shard(shard, &deed)?;
    Ok((deed, shard))
}

impl Entry {
    fn fault(mut self) -> Result<Fault, String> {
        let fault = Fault {
            when: self.when()?,
            chance: self.chance.take().unwrap_or(1.0),
            after: duration("after", self.after.take())?.unwrap_or_default(),
            shard: self.shard.take(),
            deed: self.deed()?,
        };
        if !(0.0..=1.0).contains(&fault.chance) {
            return Err("`chance` is from 0 to 1".to_owned());
        }
        self.expect_empty()?;
        check_shard(fault.shard, &fault.deed)?;
        let is_before_identify = matches!(
            fault.when,
            When::On {
                occasion: Occasion::Connect,
                ..
            }
        );
        if fault.shard.is_some() && is_before_identify {
            return Err("`shard` is not known yet at `connect`".to_owned());
        }
        Ok(fault)
    }

    fn when(&mut self) -> Result<When, String> {
        let times = self.times.take();
        if times.is_some() && self.every.is_none() {
            return Err("`times` goes with `every`".to_owned());
        }
        match (self.on.take(), duration("at", self.at.take())?) {
            (Some(on), None) => {
                let nth = self.nth.take().unwrap_or(1);
                if nth == 0 {
                    return Err("`nth` counts from 1".to_owned());
                }
                let again = match self.every.take() {
                    None => Again::Never,
                    Some(every) if every >= 1.0 && every.fract() == 0.0 && every < 1e9 => {
                        Again::Every {
                            distance: every as u64,
                            times,
                        }
                    }
                    Some(_) => {
                        return Err("with `on`, `every` is a whole number of times".to_owned());
                    }
                };
                Ok(When::On {
                    occasion: on.occasion(),
                    nth,
                    again,
                })
            }
            (None, Some(at)) => {
                let again = match duration("every", self.every.take())? {
                    None => Again::Never,
                    Some(distance) if distance >= Duration::from_millis(1) => {
                        Again::Every { distance, times }
                    }
                    Some(_) => {
                        return Err("with `at`, `every` is at least 0.001 seconds".to_owned());
                    }
                };
                Ok(When::At { at, again })
            }
            _ => Err("a fault has either `on` or `at`".to_owned()),
        }
    }

    fn deed(&mut self) -> Result<Deed, String> {
        Ok(match self.deed {
            Do::Drop => Deed::Drop,
            Do::Close => match need("code", self.code.take())? {
                code @ (1000..=1003 | 1007..=1014 | 3000..=4999) => Deed::Close(code),
                code => return Err(format!("no close frame may have the code {code}")),
            },
            Do::Reconnect => Deed::Reconnect,
            Do::InvalidSession => Deed::InvalidSession {
                resumable: need("resumable", self.resumable.take())?,
            },
            Do::RequestHeartbeat => Deed::RequestHeartbeat,
            Do::ReconnectFirst => Deed::ReconnectFirst {
                connections: need("connections", self.connections.take())?,
            },
            Do::Mute => Deed::Mute {
                what: need("what", self.what.take())?.mute(),
                lasting: duration("for", self.lasting.take())?,
            },
            Do::Unmute => Deed::Unmute {
                what: need("what", self.what.take())?.mute(),
            },
            Do::Accept => Deed::Accept {
                host: need("host", self.host.take())?.host(),
            },
            Do::Refuse => Deed::Refuse {
                host: need("host", self.host.take())?.host(),
                status: match need("status", self.status.take())? {
                    status @ 400..=599 => status,
                    status => return Err(format!("{status} is no HTTP status of an error")),
                },
                lasting: duration("for", self.lasting.take())?,
            },
            Do::HalfOpen => Deed::Impair(Impairment::HalfOpen),
            Do::Slow => Deed::Impair(Impairment::Slow {
                bytes_per_second: positive("bytes-per-second", self.bytes_per_second.take())?,
            }),
            Do::Split => Deed::Impair(Impairment::Split {
                bytes: positive("bytes", self.bytes.take())?,
            }),
            Do::Scatter => Deed::Impair(Impairment::Scatter {
                bytes: positive("bytes", self.bytes.take())?,
            }),
            Do::Tear => Deed::Impair(Impairment::Tear),
            Do::Duplicate => Deed::Impair(Impairment::Duplicate),
            Do::Events => Deed::Events {
                count: self.bounded_count("; `flood` can do more")?,
            },
            Do::GuildFlood => Deed::GuildFlood {
                count: self.bounded_count("")?,
            },
            Do::UnknownEvents => Deed::UnknownEvents {
                count: self.bounded_count("")?,
            },
            Do::Garbage => Deed::Garbage,
            Do::Flood => Deed::Flood {
                count: need("count", self.count.take())?,
            },
            Do::GuildsUnavailable => Deed::GuildsUnavailable,
            Do::GuildsAvailable => Deed::GuildsAvailable,
            Do::ForgetSessions => Deed::ForgetSessions,
            Do::Restart => Deed::Restart {
                keep_sessions: need("keep-sessions", self.keep_sessions.take())?,
            },
        })
    }

    fn bounded_count(&mut self, hint: &str) -> Result<u64, String> {
        match need("count", self.count.take())? {
            count @ 0..=MOST_EVENTS => Ok(count),
            _ => Err(format!("`count` is at most {MOST_EVENTS}{hint}")),
        }
    }

    /// What was not taken does not go with the cue or the deed.
    fn expect_empty(&self) -> Result<(), String> {
        let left = [
            ("nth", self.nth.is_some()),
            ("code", self.code.is_some()),
            ("resumable", self.resumable.is_some()),
            ("connections", self.connections.is_some()),
            ("what", self.what.is_some()),
            ("for", self.lasting.is_some()),
            ("host", self.host.is_some()),
            ("status", self.status.is_some()),
            ("bytes", self.bytes.is_some()),
            ("bytes-per-second", self.bytes_per_second.is_some()),
            ("count", self.count.is_some()),
            ("keep-sessions", self.keep_sessions.is_some()),
        ];
        match left.iter().find(|(_, is_left)| *is_left) {
            Some((key, _)) => Err(format!("`{key}` does not go with the rest of this fault")),
            None => Ok(()),
        }
    }
}

impl On {
    const fn occasion(self) -> Occasion {
        match self {
            Self::Connect => Occasion::Connect,
            Self::Identify => Occasion::Identify,
            Self::Ready => Occasion::Ready,
            Self::Resume => Occasion::Resume,
            Self::Resumed => Occasion::Resumed,
            Self::Heartbeat => Occasion::Heartbeat,
        }
    }
}

impl What {
    const fn mute(self) -> Mute {
        match self {
            Self::Hello => Mute::Hello,
            Self::Ready => Mute::Ready,
            Self::Acks => Mute::Acks,
            Self::CloseReplies => Mute::CloseReplies,
        }
    }
}

impl Hosts {
    const fn host(self) -> Host {
        match self {
            Self::Main => Host::Main,
            Self::Resume => Host::Resume,
        }
    }
}

/// Some deeds concern the gateway as a whole.
fn check_shard(shard: Option<u32>, deed: &Deed) -> Result<(), String> {
    let is_for_all = matches!(
        deed,
        Deed::Mute { .. }
            | Deed::Unmute { .. }
            | Deed::Refuse { .. }
            | Deed::Accept { .. }
            | Deed::Events { .. }
            | Deed::ReconnectFirst { .. }
            | Deed::Restart { .. }
    );
    if shard.is_some() && is_for_all {
        return Err("`shard` does not go with what concerns the whole gateway".to_owned());
    }
    Ok(())
}

fn need<T>(key: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("`{key}` is missing"))
}

fn positive(key: &str, value: Option<u32>) -> Result<u32, String> {
    match need(key, value)? {
        0 => Err(format!("`{key}` is at least 1")),
        value => Ok(value),
    }
}

fn duration(key: &str, seconds: Option<f64>) -> Result<Option<Duration>, String> {
    let Some(seconds) = seconds else {
        return Ok(None);
    };
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if duration <= MAX_WAIT => Ok(Some(duration)),
        _ => Err(format!("`{key}` is a number of seconds, up to a year")),
    }
}

#[cfg(test)]
mod tests;
