//! The error of an invalid configuration.

use gloaming_protocol::Compression;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

/// A configuration is invalid (configuration). The message names the setting to change.
#[derive(Debug)]
pub struct ConfigError {
    kind: ConfigErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The reason why a configuration is invalid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// The compression is not compiled in.
    CompressionUnavailable(Compression),
    /// The token is empty.
    EmptyToken,
    /// The token is in quotation marks.
    QuotedToken,
    /// The token contains white space, a control character or a character outside of ASCII.
    InvalidToken,
    /// The URL of the gateway or of the gateway proxy is not a `ws://` or `wss://` URL with a host.
    GatewayUrl,
    /// The URL of the API is not an `http://` or `https://` URL with a host.
    ApiUrl,
    /// The user agent is empty, begins or ends with a space, or contains a character that is not visible ASCII.
    UserAgent,
    /// Both `gateway_url` and `proxy_url` are set.
    ConflictingUrls,
    /// The URL is `wss://`, and `tls` is [`Tls::plain`](crate::tls::Tls::plain).
    PlainTls,
    /// Both `connector` and a setting that only the default connector uses are set.
    UnusedByConnector(Setting),
    /// `resume_url` is set, but `session` is not.
    ResumeUrlWithoutSession,
    /// A host given to `resume_host` is not the name of a host or an IP address.
    ResumeHost,
    /// The setting is zero.
    Zero(Setting),
    /// The setting exceeds a year.
    TooLong(Setting),
    /// The base of the backoff exceeds its cap.
    BackoffBaseOverCap,
    /// IDENTIFY can't be encoded: the large threshold is out of range, or the presence is too large.
    Identify,
    /// The JSON parser is not compiled in.
    JsonParserUnavailable,
}

/// The setting that a [`ConfigErrorKind`] refers to.
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
    /// [`GatewayInfoPolicy::attempt_timeout`](crate::machine::gateway_info::GatewayInfoPolicy::attempt_timeout).
    GatewayInfoAttemptTimeout,
    /// [`GatewayInfoPolicy::deadline`](crate::machine::gateway_info::GatewayInfoPolicy::deadline).
    GatewayInfoDeadline,
    /// [`Timeouts::guilds`](crate::machine::Timeouts::guilds).
    GuildsTime,
    /// [`Timeouts::hello`](crate::machine::Timeouts::hello).
    HelloTimeout,
    /// [`RecoveryPolicy::main_host`](crate::machine::RecoveryPolicy::main_host)'s time limit.
    MainHostTime,
    /// [`DecoderLimits::max_message_bytes`](gloaming_protocol::DecoderLimits::max_message_bytes).
    MaxMessageBytes,
    /// [`Timeouts::permit_report`](crate::machine::Timeouts::permit_report).
    PermitReport,
    /// [`Timeouts::ready_report`](crate::machine::Timeouts::ready_report).
    ReadyReport,
    /// [`RecoveryPolicy::resume_host`](crate::machine::RecoveryPolicy::resume_host)'s time limit.
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
            Self::GatewayInfoAttemptTimeout => "gateway_info.attempt_timeout",
            Self::GatewayInfoDeadline => "gateway_info.deadline",
            Self::GuildsTime => "timeouts.guilds",
            Self::HelloTimeout => "timeouts.hello",
            Self::MainHostTime => "recovery.main_host.within",
            Self::MaxMessageBytes => "decoder_limits.max_message_bytes",
            Self::PermitReport => "timeouts.permit_report",
            Self::ReadyReport => "timeouts.ready_report",
            Self::ResumeHostTime => "recovery.resume_host.within",
            Self::ResumedTimeout => "timeouts.resumed",
            Self::StableTime => "timeouts.stable",
            Self::Tls => "tls",
            Self::NetworkProxy => "network_proxy",
        }
    }
}

/// Shows the setting's name in code.
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

    pub(crate) fn with_source(mut self, source: Box<dyn Error + Send + Sync>) -> Self {
        self.source = Some(source);
        self
    }

    /// Writes what happened, and why if the source says it, or else what to do.
    fn fmt_with_source(&self, f: &mut Formatter<'_>, problem: &str, remedy: &str) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{problem}: {source}"),
            None => write!(f, "{problem}; {remedy}"),
        }
    }

    /// Returns the kind.
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
                "{compression} compression is not compiled in; enable its feature, or configure another"
            ),
            ConfigErrorKind::EmptyToken => {
                f.write_str(
                "the token is empty; copy the bot's token from discord's developer portal",
            )
            }
            ConfigErrorKind::QuotedToken => f.write_str(
                "the token is in quotation marks; remove them where the program reads it, for example \
                 from an environment file",
            ),
            ConfigErrorKind::InvalidToken => f.write_str(
                "the token contains a character that is not allowed, such as white space or a line \
                 break; check how the program reads it",
            ),
            ConfigErrorKind::ApiUrl => self.fmt_with_source(
                f,
                "the api url can't be used",
                "set an http:// or https:// url with a host and without a query",
            ),
            ConfigErrorKind::UserAgent => self.fmt_with_source(
                f,
                "the user agent can't be used",
                "set a text of visible ascii characters and spaces, such as `DiscordBot \
                 (https://example.com, 1.0.0)`",
            ),
            ConfigErrorKind::ConflictingUrls => f.write_str(
                "both gateway_url and proxy_url are set; remove one of them",
            ),
            ConfigErrorKind::PlainTls => f.write_str(
                "the url is wss://, and tls is disabled by `Tls::plain`; use a ws:// url, or set another \
                 tls",
            ),
            ConfigErrorKind::UnusedByConnector(setting) => write!(
                f,
                "{setting} is set, but the custom connector does not use it; configure the connector \
                 itself"
            ),
            ConfigErrorKind::ResumeUrlWithoutSession => f.write_str(
                "resume_url is set, but session is not; set both or neither",
            ),
            ConfigErrorKind::ResumeHost => f.write_str(
                "a resume_host is not the name of a host; set it without scheme, port and path, such \
                 as resume.example.com",
            ),
            ConfigErrorKind::Zero(setting) => write!(f, "{setting} is zero; set a larger value"),
            ConfigErrorKind::TooLong(setting) => {
                write!(f, "{setting} is longer than a year; set a shorter time")
            }
            ConfigErrorKind::BackoffBaseOverCap => {
                f.write_str(
                "backoff.base is larger than backoff.cap; lower the base or raise the cap",
            )
            }
            ConfigErrorKind::GatewayUrl => self.fmt_with_source(
                f,
                "gateway_url or proxy_url is invalid",
                "set a ws:// or wss:// url with a host",
            ),
            ConfigErrorKind::Identify => self.fmt_with_source(
                f,
                "identify can't be encoded with this large threshold or presence",
                "change the large threshold or the presence",
            ),
            ConfigErrorKind::JsonParserUnavailable => {
                f.write_str(
                "the json parser is not compiled in; enable its feature, or configure another",
            )
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
