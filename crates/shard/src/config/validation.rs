//! Checks a configuration, and converts it into that of a state machine.

use super::{
    Choice, Config,
    error::{ConfigError, ConfigErrorKind, Setting},
};
use crate::{gateway_info::ApiUrl, machine::MachineConfig, transport::check_url};
use gloaming_protocol::{
    Compression, Identify, ResumeHosts, ShardId, default_identify_properties,
    limits::{GATEWAY_URL, MAX_WAIT},
};
use hyper::header::HeaderValue;
use std::time::Duration;

impl Config {
    /// Checks the configuration as a shard does when it starts.
    ///
    /// # Errors
    ///
    /// Returns an error that names the first invalid setting.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.machine_config(ShardId::ONE).map(drop)
    }

    pub(crate) fn machine_config(&self, shard: ShardId) -> Result<MachineConfig, ConfigError> {
        check(self)?;
        let default_properties;
        let properties = match &self.identify_properties {
            Some(properties) => properties,
            None => {
                default_properties = default_identify_properties();
                &default_properties
            }
        };
        let identify = Identify {
            capabilities: self.capabilities,
            compress: self.compression == Compression::Payload,
            large_threshold: self.large_threshold,
            shard: Some(shard),
            presence: self.presence.as_ref(),
            ..Identify::new(&self.token, properties, self.intents)
        }
        .encode()
        .map_err(|error| ConfigError::caused_by(ConfigErrorKind::Identify, error))?;
        let mut config = MachineConfig::new(
            self.token.clone(),
            identify,
            self.main_url(),
            self.compression,
        )
        .map_err(|error| ConfigError::caused_by(ConfigErrorKind::GatewayUrl, error))?;
        config.shard = Some(shard);
        config.timeouts = self.timeouts;
        config.recovery = self.recovery;
        config.backoff = self.backoff;
        config.send_limit = self.send_limit;
        config.command_bound = self.command_bound;
        config.requests = self.requests;
        config.resume_hosts = self.resume_hosts.clone();
        Ok(config)
    }

    /// Checks what a request to the API needs, and returns its URL and the value of the header `Authorization`.
    pub(crate) fn check_rest(&self) -> Result<(ApiUrl, HeaderValue), ConfigError> {
        check_token(self.token())?;
        let url = parse_api_url(self)?;
        let mut authorization = HeaderValue::try_from(format!("Bot {}", self.token()))
            .map_err(|error| ConfigError::caused_by(ConfigErrorKind::InvalidToken, error))?;
        authorization.set_sensitive(true);
        Ok((url, authorization))
    }

    /// Returns the URL to connect to without a session.
    fn main_url(&self) -> &str {
        self.proxy_url.as_deref().unwrap_or(&self.gateway_url)
    }
}

/// Checks what the encoder of IDENTIFY does not check.
fn check(config: &Config) -> Result<(), ConfigError> {
    check_token(config.token())?;
    if !config.inflater.supports(config.compression) {
        let kind = ConfigErrorKind::CompressionUnavailable(config.compression);
        return Err(ConfigError::new(kind));
    }
    if !config.json_parser.is_available() {
        return Err(ConfigError::new(ConfigErrorKind::JsonParserUnavailable));
    }
    check_connection(config)?;
    parse_api_url(config)?;
    if config.resume_url.is_some() && config.session.is_none() {
        return Err(ConfigError::new(ConfigErrorKind::ResumeUrlWithoutSession));
    }
    if !config.resume_hosts.added().all(ResumeHosts::is_host) {
        return Err(ConfigError::new(ConfigErrorKind::ResumeHost));
    }
    check_durations(config)?;
    if config.decoder_limits.max_message_bytes == 0 {
        return Err(zero(Setting::MaxMessageBytes));
    }
    if config.command_bound == 0 {
        return Err(zero(Setting::CommandBound));
    }
    Ok(())
}

fn check_token(token: &str) -> Result<(), ConfigError> {
    if token.is_empty() {
        return Err(ConfigError::new(ConfigErrorKind::EmptyToken));
    }
    if token.starts_with(['"', '\'', '`']) || token.ends_with(['"', '\'', '`']) {
        return Err(ConfigError::new(ConfigErrorKind::QuotedToken));
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::new(ConfigErrorKind::InvalidToken));
    }
    Ok(())
}

fn parse_api_url(config: &Config) -> Result<ApiUrl, ConfigError> {
    ApiUrl::parse(&config.api_url).map_err(|error| {
        let kind = ConfigErrorKind::ApiUrl;
        // The message is about URLs of the gateway, and the reason is its source.
        match error.into_source() {
            Some(reason) => ConfigError::new(kind).with_source(reason),
            None => ConfigError::new(kind),
        }
    })
}

fn check_connection(config: &Config) -> Result<(), ConfigError> {
    if config.proxy_url.is_some() && *config.gateway_url != *GATEWAY_URL {
        return Err(ConfigError::new(ConfigErrorKind::ConflictingUrls));
    }
    if config.connector.is_some() {
        // A custom connector may support other URLs, and has its own TLS and proxy.
        return match (&config.tls, &config.network_proxy) {
            (Choice::Custom(_), _) => Err(unused(Setting::Tls)),
            (_, Some(_)) => Err(unused(Setting::NetworkProxy)),
            (Choice::Default(_), None) => Ok(()),
        };
    }
    let scheme = check_url(config.main_url())
        .map_err(|error| ConfigError::caused_by(ConfigErrorKind::GatewayUrl, error))?;
    match &config.tls {
        Choice::Custom(tls) if tls.is_plain() && scheme.needs_tls() => {
            Err(ConfigError::new(ConfigErrorKind::PlainTls))
        }
        _ => Ok(()),
    }
}

fn check_durations(config: &Config) -> Result<(), ConfigError> {
    const POSITIVE: Duration = Duration::from_nanos(1);
    let timeouts = &config.timeouts;
    let backoff = &config.backoff;
    // Zero is valid for some: a connection that counts as stable at once, commands that are sent at once or
    // not at all, and no wait for the server's close frame.
    for (setting, duration, minimum) in [
        (Setting::ConnectTimeout, timeouts.connect, POSITIVE),
        (Setting::HelloTimeout, timeouts.hello, POSITIVE),
        (Setting::ResumedTimeout, timeouts.resumed, POSITIVE),
        (Setting::PermitReport, timeouts.permit_report, POSITIVE),
        (Setting::ReadyReport, timeouts.ready_report, POSITIVE),
        (Setting::GuildsTime, timeouts.guilds, Duration::ZERO),
        (Setting::BackoffBase, backoff.base, POSITIVE),
        (Setting::BackoffCap, backoff.cap, POSITIVE),
        (Setting::CloseTimeout, timeouts.close, Duration::ZERO),
        (Setting::StableTime, timeouts.stable, Duration::ZERO),
        (Setting::CommandTimeout, timeouts.command, Duration::ZERO),
        (
            Setting::GatewayInfoDeadline,
            config.gateway_info.deadline,
            POSITIVE,
        ),
        (
            Setting::GatewayInfoAttemptTimeout,
            config.gateway_info.attempt_timeout,
            POSITIVE,
        ),
        (
            Setting::ResumeHostTime,
            config.recovery.resume_host.within,
            Duration::ZERO,
        ),
        (
            Setting::MainHostTime,
            config.recovery.main_host.within,
            Duration::ZERO,
        ),
    ] {
        if duration < minimum {
            return Err(zero(setting));
        }
        if duration > MAX_WAIT {
            return Err(ConfigError::new(ConfigErrorKind::TooLong(setting)));
        }
    }
    if backoff.base > backoff.cap {
        return Err(ConfigError::new(ConfigErrorKind::BackoffBaseOverCap));
    }
    Ok(())
}

const fn zero(setting: Setting) -> ConfigError {
    ConfigError::new(ConfigErrorKind::Zero(setting))
}

const fn unused(setting: Setting) -> ConfigError {
    ConfigError::new(ConfigErrorKind::UnusedByConnector(setting))
}
