//! The names of events, actions, messages and hosts in scenario files.

use serde::Deserialize;

use crate::{connection::Host, mute::Mute, scenario::trigger::TriggerEvent};

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum EventName {
    Connect,
    Identify,
    Ready,
    Resume,
    Resumed,
    Heartbeat,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ActionName {
    Drop,
    Close,
    Reconnect,
    InvalidSession,
    RequestHeartbeat,
    ReconnectBeforeHello,
    Mute,
    Unmute,
    Refuse,
    Accept,
    HalfOpen,
    Throttle,
    Fragment,
    SplitMessages,
    Corrupt,
    Duplicate,
    GenerateEvents,
    Flood,
    GuildsUnavailable,
    GuildsAvailable,
    GuildFlood,
    UnknownEvents,
    InvalidJson,
    HideChannels,
    RevealChannels,
    FailRequests,
    ForgetSessions,
    Restart,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum MuteName {
    Hello,
    Ready,
    Acks,
    CloseReplies,
    VoiceReplies,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AnswerName {
    UserRateLimit,
    SharedRateLimit,
    GlobalRateLimit,
    CloudflareRateLimit,
    Status,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum HostName {
    Main,
    Resume,
}

impl EventName {
    pub(super) const fn event(self) -> TriggerEvent {
        match self {
            Self::Connect => TriggerEvent::Connect,
            Self::Identify => TriggerEvent::Identify,
            Self::Ready => TriggerEvent::Ready,
            Self::Resume => TriggerEvent::Resume,
            Self::Resumed => TriggerEvent::Resumed,
            Self::Heartbeat => TriggerEvent::Heartbeat,
        }
    }
}

impl MuteName {
    pub(super) const fn mute(self) -> Mute {
        match self {
            Self::Hello => Mute::Hello,
            Self::Ready => Mute::Ready,
            Self::Acks => Mute::Acks,
            Self::CloseReplies => Mute::CloseReplies,
            Self::VoiceReplies => Mute::VoiceReplies,
        }
    }
}

impl HostName {
    pub(super) const fn host(self) -> Host {
        match self {
            Self::Main => Host::Main,
            Self::Resume => Host::Resume,
        }
    }
}
