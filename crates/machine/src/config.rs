//! The settings of a machine.

use crate::{
    BackoffPolicy, GapCause, Lifecycle, RecoveryPolicy, SendLimit, Session, Timeouts,
    requests::RequestPolicy,
};
use gloaming_protocol::{
    Compression, GatewayUrl, Intents, Payload, ResumeHosts, ResumeUrlError, ShardId, Token,
    UrlError, limits::MAX_WAIT,
};
use serde::Deserialize;
use std::{fmt, time::Duration};

/// The settings of a [`Machine`](crate::Machine).
///
/// `Debug` shows neither the token nor IDENTIFY, which holds it.
#[derive(Clone)]
#[non_exhaustive]
pub struct MachineConfig {
    /// The bot's token, for RESUME.
    pub token: Token,
    /// The whole IDENTIFY payload, as [`Identify::encode`](gloaming_protocol::Identify::encode)
    /// makes it.
    pub identify: String,
    /// The shard that IDENTIFY names ([P35](gloaming_protocol::rules#p35)). Default `None`: unknown, and any
    /// session is resumed.
    pub shard: Option<ShardId>,
    /// Transport compression requested in the URL ([P1](gloaming_protocol::rules#p1)).
    pub compression: Compression,
    /// Bounds of every wait.
    pub timeouts: Timeouts,
    /// Bounds of the recovery ([P16](gloaming_protocol::rules#p16)).
    pub recovery: RecoveryPolicy,
    /// Waits between connections.
    pub backoff: BackoffPolicy,
    /// Whether the send limit is enforced ([P22](gloaming_protocol::rules#p22)).
    pub send_limit: SendLimit,
    /// The most commands of the user that may wait to be sent. Default 1024, at least one.
    pub command_bound: usize,
    /// Bounds of requests whose replies are awaited.
    pub requests: RequestPolicy,
    /// The hosts other than the main URL's on which a session may be resumed ([P14](gloaming_protocol::rules#p14)).
    /// Default: those of Discord, if the main URL is Discord's.
    pub resume_hosts: ResumeHosts,
    main_url: GatewayUrl,
}

/// The part of IDENTIFY that says which events the bot receives.
#[derive(Deserialize)]
struct IdentifyIntents {
    intents: u64,
}

/// The shortest bound of a wait between connections.
const SHORTEST_BACKOFF: Duration = Duration::from_millis(100);

impl MachineConfig {
    /// Settings with defaults for everything that has one.
    ///
    /// # Errors
    ///
    /// Returns an error if `gateway_url_base` is not a `ws://` or `wss://` URL with a host.
    pub fn new(
        token: Token,
        identify: String,
        gateway_url_base: &str,
        compression: Compression,
    ) -> Result<Self, UrlError> {
        Ok(Self {
            token,
            identify,
            shard: None,
            compression,
            timeouts: Timeouts::default(),
            recovery: RecoveryPolicy::default(),
            backoff: BackoffPolicy::default(),
            send_limit: SendLimit::default(),
            command_bound: 1024,
            requests: RequestPolicy::default(),
            resume_hosts: ResumeHosts::default(),
            main_url: GatewayUrl::new(gateway_url_base, compression)?,
        })
    }

    /// The main URL, query included.
    #[must_use]
    pub const fn main_url(&self) -> &GatewayUrl {
        &self.main_url
    }

    /// Whether Discord sends the bot its guilds: IDENTIFY has the intent `GUILDS`. One that can't be read is assumed to
    /// have it.
    pub(crate) fn receives_guilds(&self) -> bool {
        let identify = Payload::parse(&self.identify).ok();
        let data = identify.and_then(|payload| payload.decode_data::<IdentifyIntents>().ok());
        data.is_none_or(|data| data.intents & Intents::GUILDS.bits() != 0)
    }

    /// Adds the URL to a session if the token may be sent there.
    pub(crate) fn add_resume_url(
        &self,
        session: Session,
        url: String,
    ) -> (Session, Result<(), ResumeUrlError>) {
        match self.resume_hosts.check(&self.main_url, &url) {
            Ok(()) => (session.with_resume_url(url), Ok(())),
            Err(error) => (session, Err(error)),
        }
    }

    /// Returns the session if this shard may resume it ([P35](gloaming_protocol::rules#p35)), without a URL that the
    /// token may not be sent to, and what to report.
    pub(crate) fn admit(&self, session: Option<Session>) -> (Option<Session>, Vec<Lifecycle>) {
        let (own, of) = (self.shard, session.as_ref().and_then(Session::shard));
        match (session, own, of) {
            (Some(session), Some(own), Some(identified_as)) if own != identified_as => {
                let reported = vec![
                    Lifecycle::SessionShardMismatch {
                        session_id: session.id().into(),
                        identified_as,
                    },
                    Lifecycle::Gap {
                        session_id: session.id().into(),
                        after: session.sequence(),
                        cause: GapCause::SessionLost,
                    },
                ];
                (None, reported)
            }
            (Some(session), ..) => {
                let (session, url) = session.take_resume_url();
                let Some(url) = url else {
                    return (Some(session), Vec::new());
                };
                let (session, added) = self.add_resume_url(session, url);
                let refused = added
                    .err()
                    .map(|error| Lifecycle::ResumeUrlRefused { error });
                (Some(session), refused.into_iter().collect())
            }
            (None, ..) => (None, Vec::new()),
        }
    }

    pub(crate) fn bounded(mut self) -> Self {
        let timeouts = &mut self.timeouts;
        for wait in [
            &mut timeouts.connect,
            &mut timeouts.hello,
            &mut timeouts.resumed,
            &mut timeouts.ready_report,
            &mut timeouts.guilds,
            &mut timeouts.close,
            &mut timeouts.stable,
            &mut timeouts.command,
            &mut self.backoff.cap,
        ] {
            *wait = (*wait).min(MAX_WAIT);
        }
        self.command_bound = self.command_bound.max(1);
        // Without any wait a host that refuses or closes at once would be asked without end.
        self.backoff.base = self.backoff.base.max(SHORTEST_BACKOFF);
        self.backoff.cap = self.backoff.cap.max(SHORTEST_BACKOFF);
        timeouts.stable = timeouts.stable.max(SHORTEST_BACKOFF);
        // Without any length, extending or reporting these would be a loop.
        for wait in [
            &mut timeouts.connect,
            &mut timeouts.hello,
            &mut timeouts.resumed,
        ] {
            *wait = (*wait).max(Duration::from_millis(1));
        }
        timeouts.ready_report = timeouts.ready_report.max(Duration::from_secs(1));
        self
    }
}

impl fmt::Debug for MachineConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineConfig")
            .field("main_url", &self.main_url)
            .field("shard", &self.shard)
            .field("compression", &self.compression)
            .field("timeouts", &self.timeouts)
            .field("recovery", &self.recovery)
            .field("backoff", &self.backoff)
            .field("send_limit", &self.send_limit)
            .field("command_bound", &self.command_bound)
            .field("requests", &self.requests)
            .field("resume_hosts", &self.resume_hosts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::MachineConfig;
    use gloaming_protocol::{Compression, Token};
    use std::time::Duration;

    const YEAR: Duration = Duration::from_secs(31_536_000);

    fn with_all_waits(wait: Duration) -> MachineConfig {
        let mut config = MachineConfig::new(
            Token::new("token"),
            String::new(),
            "wss://gateway.discord.gg",
            Compression::None,
        )
        .expect("the URL is valid");
        config.timeouts.connect = wait;
        config.timeouts.hello = wait;
        config.timeouts.resumed = wait;
        config.timeouts.ready_report = wait;
        config.timeouts.guilds = wait;
        config.timeouts.close = wait;
        config.timeouts.stable = wait;
        config.timeouts.command = wait;
        config.backoff.base = wait;
        config.backoff.cap = wait;
        config.bounded()
    }

    #[test]
    fn no_wait_is_longer_than_a_year() {
        let config = with_all_waits(Duration::MAX);
        let timeouts = &config.timeouts;
        let waits = [
            timeouts.connect,
            timeouts.hello,
            timeouts.resumed,
            timeouts.ready_report,
            timeouts.guilds,
            timeouts.close,
            timeouts.stable,
            timeouts.command,
            config.backoff.cap,
        ];
        assert_eq!(waits, [YEAR; 9]);
    }

    #[test]
    fn what_would_be_a_loop_has_a_least_length() {
        let config = with_all_waits(Duration::ZERO);
        let timeouts = &config.timeouts;
        let waits = [
            timeouts.connect,
            timeouts.hello,
            timeouts.resumed,
            timeouts.ready_report,
            timeouts.stable,
            config.backoff.base,
            config.backoff.cap,
        ];
        let least = [1, 1, 1, 1_000, 100, 100, 100].map(Duration::from_millis);
        assert_eq!(waits, least);
        assert_eq!([timeouts.close, timeouts.command], [Duration::ZERO; 2]);
    }
}
