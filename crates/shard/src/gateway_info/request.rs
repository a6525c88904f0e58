//! The request, from the first attempt to the last.

use super::{error::GatewayInfoError, failure::Failure, http::HttpTarget};
use crate::{
    Config,
    driver::clock::now,
    machine::gateway_info::{
        GatewayInfoDecision, GatewayInfoPolicy, GatewayInfoRetry, GatewayInfoState,
    },
    seed::random_seed,
};
use gloaming_queue::BoxFuture;
use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep_until;
use twilight_model::gateway::connection_info::BotConnectionInfo;

type Observer = Arc<dyn Fn(&GatewayInfoState) + Send + Sync>;

/// Requests the recommended number of shards and the limits of session starts from Discord (`GET /gateway/bot`,
/// [P2](gloaming_protocol::rules#p2)).
///
/// The request uses the [API URL](crate::ConfigBuilder::api_url), the TLS and the
/// [network proxy](crate::ConfigBuilder::network_proxy) of the configuration; a custom connector is not used. A response
/// may have 64 KiB.
///
/// A failed attempt is followed by another, as the module [`gateway_info`](crate::machine::gateway_info) decides: after
/// the time that a rate limit asks for, whatever its length, and after a backoff if the network or the server has a
/// fault. There is never more than one request per wait. All attempts and waits end before the
/// [deadline](Self::deadline): if the next attempt would begin after it, the error is returned at once, and says how long
/// Discord asks to wait. HTTP 401, 403 and other refusals are errors at once.
///
/// Each wait is logged at warn level, and [`on_state`](Self::on_state) observes it.
///
/// ```no_run
/// use gloaming_shard::{Config, GatewayInfoRequest, Intents, create_from_info};
///
/// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::new(token, Intents::GUILDS);
/// let info = GatewayInfoRequest::new(&config)
///     .on_state(|state| println!("{state}"))
///     .send()
///     .await?;
/// let shards = create_from_info(&info, config, |_, builder| builder.build());
/// assert_eq!(shards.len(), info.shards as usize);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct GatewayInfoRequest {
    config: Config,
    policy: GatewayInfoPolicy,
    observer: Option<Observer>,
}

impl GatewayInfoRequest {
    /// Creates a request with the [limits](crate::ConfigBuilder::gateway_info) of the configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            config: config.clone(),
            policy: config.gateway_info(),
            observer: None,
        }
    }

    /// Sets the time for all attempts and waits together. Default: that of the
    /// [configuration](crate::ConfigBuilder::gateway_info), 5 min.
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.policy.deadline = deadline;
        self
    }

    /// Sets a function that is called with each new state: before each attempt and before each wait.
    ///
    /// It is called by the task that waits for the response, so it must not block.
    pub fn on_state(mut self, observe: impl Fn(&GatewayInfoState) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observe));
        self
    }

    /// Sends the request, and sends it again after faults.
    ///
    /// # Errors
    ///
    /// Returns an error whose [kind](GatewayInfoError::kind) says whose fault it is: the configuration or the token, a
    /// rate limit, the server, or the network.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the request. The number of requests so far is forgotten, so do not send in a loop.
    pub async fn send(self) -> Result<BotConnectionInfo, GatewayInfoError> {
        let target = HttpTarget::new(&self.config).map_err(GatewayInfoError::config)?;
        self.run(|deadline| Box::pin(target.attempt(deadline)))
            .await
    }

    /// Sends the request through a client of twilight-http, for its settings, such as a proxy that limits the rate.
    ///
    /// twilight-http sends a rate-limited request again at once, and hides how long Discord asks to wait. So:
    ///
    /// - If the client has a rate limiter, each attempt sends one request at most. A rate-limited one is followed by a
    ///   wait of at least 60 s, which doubles each time.
    /// - If it has none, it sends a rate-limited request again without a pause until the
    ///   [time for one attempt](GatewayInfoPolicy::attempt_timeout) is over, unless the proxy that it sends to delays its
    ///   responses. [`send`](Self::send) with the [URL](crate::ConfigBuilder::api_url) of that proxy does not.
    ///
    /// The token, the URL and TLS are those of the client. It needs a TLS feature of twilight-http, which the TLS
    /// features of this crate enable: without one, twilight-http sends the token in clear text.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`send`](Self::send). The HTTP status of an error whose body is not Discord's, such as a page
    /// of HTML, is not known.
    ///
    /// # Cancel safety
    ///
    /// As that of [`send`](Self::send).
    #[cfg(feature = "twilight-http")]
    pub async fn send_through(
        self,
        client: &twilight_http::Client,
    ) -> Result<BotConnectionInfo, GatewayInfoError> {
        self.run(|deadline| Box::pin(super::client::attempt(client, deadline)))
            .await
    }

    /// Makes attempts until one succeeds or none may follow.
    async fn run<'a>(
        &self,
        attempt: impl Fn(Option<Instant>) -> BoxFuture<'a, Result<BotConnectionInfo, Failure>>,
    ) -> Result<BotConnectionInfo, GatewayInfoError> {
        let start = now();
        let backoff = self.config.backoff();
        let mut retry = GatewayInfoRetry::new(self.policy, backoff, start, random_seed());
        loop {
            let deadline = retry.start_attempt(now());
            self.observe(&retry.requesting());
            let failure = match attempt(deadline).await {
                Ok(info) => return Ok(info),
                Err(failure) => failure,
            };
            let failed = now();
            match retry.handle_fault(failed, failure.fault) {
                GatewayInfoDecision::RetryAt(at) => {
                    let state = retry.waiting(failed, failure.fault, at);
                    match &failure.source {
                        Some(error) => {
                            tracing::warn!(attempt = retry.attempts(), %error, "{state}")
                        }
                        None => tracing::warn!(attempt = retry.attempts(), "{state}"),
                    }
                    self.observe(&state);
                    sleep_until(at.into()).await;
                }
                GatewayInfoDecision::GiveUp { kind, retry_after } => {
                    let elapsed = failed.saturating_duration_since(start);
                    return Err(GatewayInfoError::new(kind, failure)
                        .after(retry.attempts(), elapsed)
                        .with_retry_after(retry_after));
                }
            }
        }
    }

    fn observe(&self, state: &GatewayInfoState) {
        if let Some(observe) = &self.observer {
            observe(state);
        }
    }
}

impl Debug for GatewayInfoRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayInfoRequest")
            .field("config", &self.config)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
