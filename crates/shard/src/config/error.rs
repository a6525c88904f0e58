//! What can be wrong with a configuration.

use gloaming_protocol::Compression;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

/// A configuration can't work. Change the setting it names.
#[derive(Debug)]
pub struct ConfigError {
    kind: ConfigErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Which setting can't work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// This compression is not compiled in.
    CompressionUnavailable(Compression),
    /// There is no token.
    EmptyToken,
    /// The token holds white space, a control character or something else that no token has.
    InvalidToken,
    /// The gateway's or proxy's URL is none.
    GatewayUrl,
    /// Both a `gateway_url` and a `proxy_url` are set, of which one can be connected to.
    TwoGateways,
    /// The URL is `wss://` and the TLS set is [`Tls::plain`](crate::tls::Tls::plain).
    PlainTls,
    /// A connector of your own is set, which would not use this setting of the default one.
    UnusedByConnector(Setting),
    /// A `resume_url` is set and no `session` to resume.
    ResumeUrlWithoutSession,
    /// This can't be zero.
    Zero(Setting),
    /// This wait is over a year.
    TooLong(Setting),
    /// The backoff's base is over its cap.
    BackoffBaseOverCap,
    /// IDENTIFY can't be made: a large threshold out of range, or a presence too large.
    Identify,
    /// This JSON parser is not compiled in.
    JsonParserUnavailable,
}

/// A setting that a [`ConfigErrorKind`] is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Setting {
    /// [`BackoffPolicy::base`](crate::machine::BackoffPolicy::base).
    BackoffBase,
    /// [`BackoffPolicy::cap`](crate::machine::BackoffPolicy::cap).
    BackoffCap,
    /// [`Timeouts::close`](crate::machine::Timeouts::close).
    CloseTimeout,
    /// [`ConfigBuilder::command_bound`](crate::ConfigBuilder::command_bound).
    CommandBound,
    /// [`Timeouts::command`](crate::machine::Timeouts::command).
    CommandTimeout,
    /// [`Timeouts::connect`](crate::machine::Timeouts::connect).
    ConnectTimeout,
    /// [`Timeouts::hello`](crate::machine::Timeouts::hello).
    HelloTimeout,
    /// [`RecoveryPolicy::main_host`](crate::machine::RecoveryPolicy::main_host)'s time.
    MainHostTime,
    /// [`DecoderLimits::max_message_bytes`](gloaming_protocol::DecoderLimits::max_message_bytes).
    MaxMessageBytes,
    /// [`Timeouts::ready_report`](crate::machine::Timeouts::ready_report).
    ReadyReport,
    /// [`RecoveryPolicy::resume_host`](crate::machine::RecoveryPolicy::resume_host)'s time.
    ResumeHostTime,
    /// [`Timeouts::resumed`](crate::machine::Timeouts::resumed).
    ResumedTimeout,
    /// [`Timeouts::stable`](crate::machine::Timeouts::stable).
    StableTime,
    /// [`ConfigBuilder::tls`](crate::ConfigBuilder::tls).
    Tls,
    /// [`ConfigBuilder::network_proxy`](crate::ConfigBuilder::network_proxy).
    NetworkProxy,
}

impl Setting {
    const fn name(self) -> &'static str {
        match self {
            Self::BackoffBase => "backoff.base",
            Self::BackoffCap => "backoff.cap",
            Self::CloseTimeout => "timeouts.close",
            Self::CommandBound => "command_bound",
            Self::CommandTimeout => "timeouts.command",
            Self::ConnectTimeout => "timeouts.connect",
            Self::HelloTimeout => "timeouts.hello",
            Self::MainHostTime => "recovery.main_host.within",
            Self::MaxMessageBytes => "decoder_limits.max_message_bytes",
            Self::ReadyReport => "timeouts.ready_report",
            Self::ResumeHostTime => "recovery.resume_host.within",
            Self::ResumedTimeout => "timeouts.resumed",
            Self::StableTime => "timeouts.stable",
            Self::Tls => "tls",
            Self::NetworkProxy => "network_proxy",
        }
    }
}

/// Its name in code.
impl Display for Setting {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl ConfigError {
    pub(crate) const fn new(kind: ConfigErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) fn caused_by(
        kind: ConfigErrorKind,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind,
            source: Some(Box::new(source)),
        }
    }

    /// Which setting.
    #[must_use]
    pub const fn kind(&self) -> ConfigErrorKind {
        self.kind
    }
}

impl Display for ConfigError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            ConfigErrorKind::CompressionUnavailable(compression) => write!(
                f,
                "{compression} compression is not compiled in; enable its feature or choose another"
            ),
            ConfigErrorKind::EmptyToken => {
                f.write_str("the token is empty; take the bot's from discord's developer portal")
            }
            ConfigErrorKind::InvalidToken => f.write_str(
                "the token holds a character that no token has, such as white space or a line break; \
                 check how it is read",
            ),
            ConfigErrorKind::TwoGateways => f.write_str(
                "both gateway_url and proxy_url are set, and only one can be connected to; leave one out",
            ),
            ConfigErrorKind::PlainTls => f.write_str(
                "the url is wss:// and the tls set is none; use a ws:// url, or set another tls",
            ),
            ConfigErrorKind::UnusedByConnector(setting) => write!(
                f,
                "{setting} is set, and the connector set does not use it; give it to the connector"
            ),
            ConfigErrorKind::ResumeUrlWithoutSession => f.write_str(
                "resume_url is set, and there is no session to resume; set that as well, or neither",
            ),
            ConfigErrorKind::Zero(setting) => write!(f, "{setting} can't be zero"),
            ConfigErrorKind::TooLong(setting) => {
                write!(f, "{setting} is over a year; set a shorter time")
            }
            ConfigErrorKind::BackoffBaseOverCap => {
                f.write_str("backoff.base is over backoff.cap; lower one or raise the other")
            }
            ConfigErrorKind::GatewayUrl => {
                f.write_str("the gateway or proxy url can't be used; it must be ws:// or wss://")
            }
            ConfigErrorKind::Identify => {
                f.write_str("identify can't be made from the large threshold and presence set")
            }
            ConfigErrorKind::JsonParserUnavailable => {
                f.write_str("this json parser is not compiled in; enable its feature")
            }
        }
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
