//! The recommended number of shards is not known.

use super::failure::{Failure, Source};
use crate::error::{ConfigError, with_causes};
use gloaming_machine::gateway_info::{GatewayInfoErrorKind, GatewayInfoFault};
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// Discord did not return the recommended number of shards.
///
/// `Display` is one line: what happened, how often and for how long it was tried, what to do next, and the cause. The
/// token is not part of it.
#[derive(Debug)]
pub struct GatewayInfoError {
    kind: GatewayInfoErrorKind,
    fault: GatewayInfoFault,
    attempts: u32,
    elapsed: Duration,
    retry_after: Option<Duration>,
    source: Option<Source>,
}

impl GatewayInfoError {
    pub(super) fn new(kind: GatewayInfoErrorKind, failure: Failure) -> Self {
        Self {
            kind,
            fault: failure.fault,
            attempts: 0,
            elapsed: Duration::ZERO,
            retry_after: None,
            source: failure.source,
        }
    }

    pub(super) fn config(error: ConfigError) -> Self {
        let failure = Failure::caused_by(GatewayInfoFault::Misconfigured, error);
        Self::new(GatewayInfoErrorKind::Misconfigured, failure)
    }

    pub(super) const fn after(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.attempts = attempts;
        self.elapsed = elapsed;
        self
    }

    pub(super) const fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// Returns the kind, which says whose fault it is.
    #[must_use]
    pub const fn kind(&self) -> GatewayInfoErrorKind {
        self.kind
    }

    /// Returns why the last attempt failed.
    #[must_use]
    pub const fn fault(&self) -> GatewayInfoFault {
        self.fault
    }

    /// Returns the HTTP status of the last response, if it is known.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        self.fault.status()
    }

    /// Returns how long Discord asked, in the last response, to wait before the next request.
    ///
    /// A program that is started again before must not request the number again. Discord bans addresses that do.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the number of attempts. It is zero if the configuration is invalid.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the time from the first attempt to the end of the last.
    #[must_use]
    pub const fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Returns the cause, if there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.source
    }
}

impl Display for GatewayInfoError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&with_causes(Problem(self).to_string(), self.source()))
    }
}

/// The text of an error without those of its sources.
struct Problem<'a>(&'a GatewayInfoError);

impl Display for Problem<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let GatewayInfoError { kind, fault, .. } = self.0;
        write!(f, "discord did not tell the number of shards: {fault}; ")?;
        match (kind, self.0.retry_after) {
            (GatewayInfoErrorKind::RateLimited, Some(time)) => write!(
                f,
                "the rate limit lasts another {} s, past the deadline; do not start again before, or \
                 raise the deadline, or set the number of shards",
                whole_seconds(time)
            )?,
            (GatewayInfoErrorKind::RateLimited, None) => f.write_str(
                "it lasted past the deadline; start again much later, raise the deadline, or set the \
                 number of shards",
            )?,
            (kind, retry_after) => {
                f.write_str(advice(*kind))?;
                if let Some(time) = retry_after {
                    write!(f, "; it asks to wait {} s", whole_seconds(time))?;
                }
            }
        }
        match self.0.attempts {
            0 => Ok(()),
            1 => write!(f, " (1 attempt, {:.1} s)", self.0.elapsed.as_secs_f64()),
            attempts => write!(
                f,
                " ({attempts} attempts, {:.1} s)",
                self.0.elapsed.as_secs_f64()
            ),
        }
    }
}

impl Error for GatewayInfoError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

fn whole_seconds(time: Duration) -> u128 {
    time.as_millis().div_ceil(1000)
}

const fn advice(kind: GatewayInfoErrorKind) -> &'static str {
    match kind {
        GatewayInfoErrorKind::Misconfigured => "change the setting that is named here",
        GatewayInfoErrorKind::Token => {
            "the token is not valid; copy the bot's token from discord's developer portal"
        }
        GatewayInfoErrorKind::Forbidden => {
            "check the token, and whether discord or a proxy blocks this machine's address"
        }
        GatewayInfoErrorKind::Rejected => "check that the api url is that of discord's api",
        GatewayInfoErrorKind::Unavailable => {
            "discord, or a proxy in between, is out of order; start again later, or set the number of \
             shards"
        }
        GatewayInfoErrorKind::Unreachable => {
            "check the network between this machine and the api, and the api url"
        }
        GatewayInfoErrorKind::Undecodable => {
            "check proxies and logins of networks in between, and the api url"
        }
        _ => "start again later, or set the number of shards",
    }
}
