//! One `[[fault]]` of a scenario file.

use std::time::Duration;

use gloaming_protocol::limits::MAX_WAIT;
use serde::Deserialize;

use super::names::{ActionName, AnswerName, EventName, HostName, MuteName};
use crate::{
    rest::RestRoute,
    scenario::{
        action::{Action, Impairment},
        fault::Fault,
        request_failure::{FailureAnswer, RateLimitScope, RequestFailure},
        trigger::{Repeat, Trigger, TriggerEvent},
    },
};

/// The most events of one action: they are generated synchronously.
const MAX_EVENTS: u64 = 100_000;

/// The most channels of a guild.
const MAX_CHANNELS: u64 = 500;

/// All keys that a `[[fault]]` can have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Entry {
    on: Option<EventName>,
    at: Option<f64>,
    nth: Option<u64>,
    every: Option<f64>,
    times: Option<u64>,
    probability: Option<f64>,
    delay: Option<f64>,
    shard: Option<u32>,
    action: ActionName,

    code: Option<u16>,
    resumable: Option<bool>,
    connections: Option<u64>,
    message: Option<MuteName>,
    duration: Option<f64>,
    host: Option<HostName>,
    status: Option<u16>,
    bytes: Option<u32>,
    bytes_per_second: Option<u32>,
    count: Option<u64>,
    answer: Option<AnswerName>,
    route: Option<String>,
    retry_after: Option<f64>,
    keep_sessions: Option<bool>,
}

impl Entry {
    /// The fault of a `[[fault]]`.
    pub(super) fn fault(mut self) -> Result<Fault, String> {
        let fault = Fault {
            trigger: self.trigger()?,
            probability: self.probability.take().unwrap_or(1.0),
            delay: duration("delay", self.delay.take())?.unwrap_or_default(),
            shard: self.shard.take(),
            action: self.action()?,
        };
        if !(0.0..=1.0).contains(&fault.probability) {
            return Err("`probability` must be from 0 to 1".to_owned());
        }
        self.reject_leftovers()?;
        check_shard(fault.shard, &fault.action)?;
        let is_before_identify = matches!(
            fault.trigger,
            Trigger::On {
                event: TriggerEvent::Connect,
                ..
            }
        );
        if fault.shard.is_some() && is_before_identify {
            return Err("`shard` can't be used with `on = \"connect\"`: the shard is not known until IDENTIFY or RESUME".to_owned());
        }
        Ok(fault)
    }

    /// An action without a trigger, and its shard.
    pub(super) fn immediate_action(mut self) -> Result<(Action, Option<u32>), String> {
        let when = [self.at, self.every, self.delay, self.probability];
        if self.on.is_some() || self.times.is_some() || when.iter().any(Option::is_some) {
            return Err("an immediate action has no trigger: remove `on`, `at`, `every`, `times`, `delay` and `probability`".to_owned());
        }
        let shard = self.shard.take();
        let action = self.action()?;
        self.reject_leftovers()?;
        check_shard(shard, &action)?;
        Ok((action, shard))
    }

    fn trigger(&mut self) -> Result<Trigger, String> {
        let times = self.times.take();
        if times.is_some() && self.every.is_none() {
            return Err("`times` needs `every`".to_owned());
        }
        match (self.on.take(), duration("at", self.at.take())?) {
            (Some(on), None) => {
                let nth = self.nth.take().unwrap_or(1);
                if nth == 0 {
                    return Err("`nth` must be at least 1".to_owned());
                }
                let repeat = match self.every.take() {
                    None => Repeat::Never,
                    Some(every) if every >= 1.0 && every.fract() == 0.0 && every < 1e9 => {
                        Repeat::Every {
                            period: every as u64,
                            times,
                        }
                    }
                    Some(_) => {
                        return Err(
                            "with `on`, `every` must be a whole number of occurrences".to_owned()
                        );
                    }
                };
                Ok(Trigger::On {
                    event: on.event(),
                    nth,
                    repeat,
                })
            }
            (None, Some(at)) => {
                let repeat = match duration("every", self.every.take())? {
                    None => Repeat::Never,
                    Some(period) if period >= Duration::from_millis(1) => {
                        Repeat::Every { period, times }
                    }
                    Some(_) => {
                        return Err("with `at`, `every` must be at least 0.001 seconds".to_owned());
                    }
                };
                Ok(Trigger::At { at, repeat })
            }
            _ => Err("a fault needs either `on` or `at`".to_owned()),
        }
    }

    fn action(&mut self) -> Result<Action, String> {
        Ok(match self.action {
            ActionName::Drop => Action::Drop,
            ActionName::Close => match required("code", self.code.take())? {
                code @ (1000..=1003 | 1007..=1014 | 3000..=4999) => Action::Close(code),
                code => return Err(format!("{code} is not a valid code of a close frame")),
            },
            ActionName::Reconnect => Action::Reconnect,
            ActionName::InvalidSession => Action::InvalidSession {
                resumable: required("resumable", self.resumable.take())?,
            },
            ActionName::RequestHeartbeat => Action::RequestHeartbeat,
            ActionName::ReconnectBeforeHello => Action::ReconnectBeforeHello {
                connections: required("connections", self.connections.take())?,
            },
            ActionName::Mute => Action::Mute {
                message: required("message", self.message.take())?.mute(),
                duration: duration("duration", self.duration.take())?,
            },
            ActionName::Unmute => Action::Unmute {
                message: required("message", self.message.take())?.mute(),
            },
            ActionName::Accept => Action::Accept {
                host: required("host", self.host.take())?.host(),
            },
            ActionName::Refuse => Action::Refuse {
                host: required("host", self.host.take())?.host(),
                status: match required("status", self.status.take())? {
                    status @ 400..=599 => status,
                    status => {
                        return Err(format!("`status` must be from 400 to 599, not {status}"));
                    }
                },
                duration: duration("duration", self.duration.take())?,
            },
            ActionName::HalfOpen => Action::Impair(Impairment::HalfOpen),
            ActionName::Throttle => Action::Impair(Impairment::Throttle {
                bytes_per_second: positive("bytes-per-second", self.bytes_per_second.take())?,
            }),
            ActionName::Fragment => Action::Impair(Impairment::Fragment {
                bytes: positive("bytes", self.bytes.take())?,
            }),
            ActionName::SplitMessages => Action::Impair(Impairment::SplitMessages {
                bytes: positive("bytes", self.bytes.take())?,
            }),
            ActionName::Corrupt => Action::Impair(Impairment::Corrupt),
            ActionName::Duplicate => Action::Impair(Impairment::Duplicate),
            ActionName::GenerateEvents => Action::GenerateEvents {
                count: self.bounded_count("; use `flood` for more")?,
            },
            ActionName::GuildFlood => Action::GuildFlood {
                count: self.bounded_count("")?,
            },
            ActionName::UnknownEvents => Action::UnknownEvents {
                count: self.bounded_count("")?,
            },
            ActionName::InvalidJson => Action::InvalidJson,
            ActionName::Flood => Action::Flood {
                count: required("count", self.count.take())?,
            },
            ActionName::GuildsUnavailable => Action::GuildsUnavailable,
            ActionName::GuildsAvailable => Action::GuildsAvailable,
            ActionName::HideChannels => Action::HideChannels {
                count: match required("count", self.count.take())? {
                    count @ 1..=MAX_CHANNELS => count,
                    _ => return Err(format!("`count` must be from 1 to {MAX_CHANNELS}")),
                },
            },
            ActionName::RevealChannels => Action::RevealChannels,
            ActionName::FailRequests => Action::FailRequests(self.request_failure()?),
            ActionName::ForgetSessions => Action::ForgetSessions,
            ActionName::Restart => Action::Restart {
                keep_sessions: required("keep-sessions", self.keep_sessions.take())?,
            },
        })
    }

    fn request_failure(&mut self) -> Result<RequestFailure, String> {
        let answer = match required("answer", self.answer.take())? {
            AnswerName::Status => {
                FailureAnswer::Status(match required("status", self.status.take())? {
                    status @ 500..=599 => status,
                    status => {
                        return Err(format!("`status` must be from 500 to 599, not {status}"));
                    }
                })
            }
            AnswerName::CloudflareRateLimit => FailureAnswer::Cloudflare {
                retry_after: self.retry_after()?,
            },
            AnswerName::UserRateLimit => self.rate_limit(RateLimitScope::User)?,
            AnswerName::SharedRateLimit => self.rate_limit(RateLimitScope::Shared)?,
            AnswerName::GlobalRateLimit => self.rate_limit(RateLimitScope::Global)?,
        };
        let route = match self.route.take() {
            None => None,
            Some(route) => Some(RestRoute::find(&route).ok_or_else(|| {
                format!("there is no route `{route}`; the guide lists them: `GET /gateway/bot`")
            })?),
        };
        let count = match self.bounded_count("")? {
            0 => return Err("`count` must be at least 1".to_owned()),
            count => count,
        };
        Ok(RequestFailure {
            route,
            count,
            answer,
        })
    }

    fn rate_limit(&mut self, scope: RateLimitScope) -> Result<FailureAnswer, String> {
        let retry_after = self.retry_after()?;
        Ok(FailureAnswer::RateLimit { scope, retry_after })
    }

    fn retry_after(&mut self) -> Result<Duration, String> {
        required(
            "retry-after",
            duration("retry-after", self.retry_after.take())?,
        )
    }

    fn bounded_count(&mut self, hint: &str) -> Result<u64, String> {
        match required("count", self.count.take())? {
            count @ 0..=MAX_EVENTS => Ok(count),
            _ => Err(format!("`count` must be at most {MAX_EVENTS}{hint}")),
        }
    }

    /// Fails if a key is left that applies neither to the trigger nor to the action.
    fn reject_leftovers(&self) -> Result<(), String> {
        let left = [
            ("nth", self.nth.is_some()),
            ("code", self.code.is_some()),
            ("resumable", self.resumable.is_some()),
            ("connections", self.connections.is_some()),
            ("message", self.message.is_some()),
            ("duration", self.duration.is_some()),
            ("host", self.host.is_some()),
            ("status", self.status.is_some()),
            ("bytes", self.bytes.is_some()),
            ("bytes-per-second", self.bytes_per_second.is_some()),
            ("count", self.count.is_some()),
            ("answer", self.answer.is_some()),
            ("route", self.route.is_some()),
            ("retry-after", self.retry_after.is_some()),
            ("keep-sessions", self.keep_sessions.is_some()),
        ];
        match left.iter().find(|(_, is_present)| *is_present) {
            Some((key, _)) => Err(format!("`{key}` does not apply to this fault")),
            None => Ok(()),
        }
    }
}

/// Some actions apply to the gateway as a whole.
fn check_shard(shard: Option<u32>, action: &Action) -> Result<(), String> {
    let is_global = matches!(
        action,
        Action::Mute { .. }
            | Action::Unmute { .. }
            | Action::Refuse { .. }
            | Action::Accept { .. }
            | Action::GenerateEvents { .. }
            | Action::ReconnectBeforeHello { .. }
            | Action::HideChannels { .. }
            | Action::RevealChannels
            | Action::FailRequests(_)
            | Action::Restart { .. }
    );
    if shard.is_some() && is_global {
        return Err(
            "`shard` can't be used with an action that applies to the whole gateway".to_owned(),
        );
    }
    Ok(())
}

fn required<T>(key: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("`{key}` is missing"))
}

fn positive(key: &str, value: Option<u32>) -> Result<u32, String> {
    match required(key, value)? {
        0 => Err(format!("`{key}` must be at least 1")),
        value => Ok(value),
    }
}

fn duration(key: &str, seconds: Option<f64>) -> Result<Option<Duration>, String> {
    let Some(seconds) = seconds else {
        return Ok(None);
    };
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if duration <= MAX_WAIT => Ok(Some(duration)),
        _ => Err(format!(
            "`{key}` must be a number of seconds, from 0 to a year"
        )),
    }
}
