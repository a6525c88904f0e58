//! Which settings, and which two of them together, can't work.

use super::{Chosen, Config, ConfigError, ConfigErrorKind, error::Setting};
use crate::transport::check_url;
use gloaming_protocol::limits::{GATEWAY_URL, MAX_WAIT};
use std::time::Duration;

/// What IDENTIFY's encoder does not check.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    token(config.token())?;
    if !config.compression.is_available() {
        let kind = ConfigErrorKind::CompressionUnavailable(config.compression);
        return Err(ConfigError::new(kind));
    }
    if !config.json_parser.is_available() {
        return Err(ConfigError::new(ConfigErrorKind::JsonParserUnavailable));
    }
    way_to_the_gateway(config)?;
    if config.resume_url.is_some() && config.session.is_none() {
        return Err(ConfigError::new(ConfigErrorKind::ResumeUrlWithoutSession));
    }
    waits(config)?;
    if config.decoder_limits.max_message_bytes == 0 {
        return Err(zero(Setting::MaxMessageBytes));
    }
    if config.command_bound == 0 {
        return Err(zero(Setting::CommandBound));
    }
    Ok(())
}

fn token(token: &str) -> Result<(), ConfigError> {
    if token.is_empty() {
        return Err(ConfigError::new(ConfigErrorKind::EmptyToken));
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::new(ConfigErrorKind::InvalidToken));
    }
    Ok(())
}

fn way_to_the_gateway(config: &Config) -> Result<(), ConfigError> {
    if config.proxy_url.is_some() && *config.gateway_url != *GATEWAY_URL {
        return Err(ConfigError::new(ConfigErrorKind::TwoGateways));
    }
    if config.connector.is_some() {
        // A connector of the user's own may know other URLs and brings its own TLS and way.
        return match (&config.tls, &config.network_proxy) {
            (Chosen::Own(_), _) => Err(unused(Setting::Tls)),
            (_, Some(_)) => Err(unused(Setting::NetworkProxy)),
            (Chosen::Default(_), None) => Ok(()),
        };
    }
    let scheme = check_url(config.main_url())
        .map_err(|error| ConfigError::caused_by(ConfigErrorKind::GatewayUrl, error))?;
    match &config.tls {
        Chosen::Own(tls) if tls.is_plain() && scheme.needs_tls() => {
            Err(ConfigError::new(ConfigErrorKind::PlainTls))
        }
        _ => Ok(()),
    }
}

fn waits(config: &Config) -> Result<(), ConfigError> {
    let timeouts = &config.timeouts;
    let backoff = &config.backoff;
    // A connection that is stable at once, commands that go out at once or not at all, and no farewell
    // are odd but possible.
    for (setting, wait, least) in [
        (
            Setting::ConnectTimeout,
            timeouts.connect,
            Duration::from_nanos(1),
        ),
        (
            Setting::HelloTimeout,
            timeouts.hello,
            Duration::from_nanos(1),
        ),
        (
            Setting::ResumedTimeout,
            timeouts.resumed,
            Duration::from_nanos(1),
        ),
        (
            Setting::ReadyReport,
            timeouts.ready_report,
            Duration::from_nanos(1),
        ),
        (Setting::BackoffBase, backoff.base, Duration::from_nanos(1)),
        (Setting::BackoffCap, backoff.cap, Duration::from_nanos(1)),
        (Setting::CloseTimeout, timeouts.close, Duration::ZERO),
        (Setting::StableTime, timeouts.stable, Duration::ZERO),
        (Setting::CommandTimeout, timeouts.command, Duration::ZERO),
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
        if wait < least {
            return Err(zero(setting));
        }
        if wait > MAX_WAIT {
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
